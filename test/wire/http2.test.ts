import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startNode } from '../harness.ts'

test('the node answers HTTP/2 on the port of HTTP/1.1', async () => {
  await using node = await startNode({ ephemeral: true })
  const session = connectHttp2(node.endpoint)
  const request = session.request({ ':path': '/_landfall/health' })
  const [headers] = (await once(request, 'response')) as [Record<string, unknown>]
  expect(headers[':status']).toBe(200)
  request.setEncoding('utf8')
  let text = ''
  for await (const chunk of request) text += String(chunk)
  expect(JSON.parse(text)).toMatchObject({ status: 'ready' })
  session.close()
  expect((await fetch(`${node.endpoint}/_landfall/health`)).status).toBe(200)
})

test('a connection that says nothing does not keep a node from closing', async () => {
  const node = await startNode({ ephemeral: true })
  const { hostname, port } = new URL(node.endpoint)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  await node.close()
  await closed
})
