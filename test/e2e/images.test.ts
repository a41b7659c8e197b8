import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call } from '../wire/lambda-support.ts'
import { podmanStandIn, type StandIn } from '../wire/podman-stand-in.ts'
import { copyOfService, type Folder } from './folder.ts'
import { osls } from './process.ts'

/** Speaks the Runtime API, and tells how it was started. */
const program = `
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/'
;(async () => {
  for (;;) {
    const next = await fetch(api + 'next')
    const body = JSON.stringify({ argv: process.argv.slice(2), cwd: process.cwd(), greeting: process.env.GREETING })
    await fetch(api + next.headers.get('lambda-runtime-aws-request-id') + '/response', { method: 'POST', body })
  }
})()`

let podman: StandIn
let node: TestNode
let service: Folder
beforeAll(async () => {
  podman = await podmanStandIn()
  service = await copyOfService('test/e2e/images')
  await chmod(service.path, 0o755)
  await writeFile(join(service.path, 'app.cjs'), program)
  node = await startNode({ functions: { containerEngine: podman.program } })
})
afterAll(async () => {
  await node?.close()
  await service?.[Symbol.asyncDispose]()
  await podman?.[Symbol.asyncDispose]()
})

test('functions of osls with images by their digests are deployed, run and removed', { timeout: 180_000 }, async () => {
  const sha = 'a'.repeat(64)
  const entryPoint = [process.execPath, join(service.path, 'app.cjs')]
  const uri = `000000000000.dkr.ecr.us-east-1.amazonaws.com/app@sha256:${sha}`
  await podman.tag(uri, { id: `sha256:${sha}`, entryPoint, command: ['app.handler'] })
  const succeeds = async (...args: string[]) => {
    const { code, out, err } = await osls(args, node.endpoint, service.path)
    expect([code, out + err]).toEqual([0, expect.not.stringContaining('Error:')])
  }
  await succeeds('deploy')
  const lambda = node.client(LambdaClient)
  const plain = await call(lambda, 'images-dev-plain')
  expect(plain.value).toEqual({ argv: ['app.handler'], cwd: '/', greeting: 'hello' })
  const set = await call(lambda, 'images-dev-set')
  expect(set.value).toEqual({ argv: ['other.handler'], cwd: '/tmp', greeting: 'hello' })
  // Again: nothing has changed.
  await succeeds('deploy')
  await succeeds('remove')
  await expect.poll(() => podman.containers()).toEqual([])
})
