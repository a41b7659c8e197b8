import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../../src/cli/run.ts'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
beforeAll(async () => {
  node = await startNode()
})
afterAll(() => node.close())

/** Runs `landfall ARGS` against that node. */
async function landfall(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const argv = [...args, '--endpoint', node.endpoint, '--data', node.dataDir]
  const code = await runCli(argv, { stdout, stderr, signal: new AbortController().signal })
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), err: await text(stderr) }
}

test('landfall faults sets, shows and takes away what is to go wrong', async () => {
  const added = await landfall('faults', 'add', 'throttle', '--operation', 'CreateQueue', '--count', '1', '--json')
  expect(added).toMatchObject({ code: 0, err: '' })
  const { id } = JSON.parse(added.out) as { id: string }
  const create = () => node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'q' }))
  await expect(create()).rejects.toThrow('Rate exceeded')
  await expect(create()).resolves.toBeDefined()
  expect((await landfall('faults')).out).toMatch(/throttle {2}operation=CreateQueue .*happened 1 times/)
  expect((await landfall('faults', 'remove', id)).err).toContain('No fault is set.')
  expect(await landfall('faults', 'remove', id)).toMatchObject({ code: 1, err: expect.stringContaining('NotFound') })
  await landfall('faults', 'add', 'latency', '--by', '1ms')
  expect(JSON.parse((await landfall('faults', 'clear', '--json')).out)).toEqual({ faults: [] })
})

test.each([
  [['faults', 'add'], 'needs to know what'],
  [['faults', 'add', 'latency'], 'needs --by'],
  [['faults', 'add', 'throttle', '--count', 'many'], '--count must be a number'],
  [['clock', 'advance'], 'advance TIME'],
  [['clock', 'set', 'tomorrow'], '"tomorrow" is not a moment'],
  [['clock', 'set', '2020-01-01T00:00:00Z'], 'moves only forwards'],
  [['deliveries', 'forget'], 'does not take "forget"'],
  [['deliveries', 'drop'], 'Say which to drop'],
  [['deliveries', 'drop', 'x'], 'add --yes'],
])('a wrong command line is said with what to do: %j', async (args, message) => {
  expect(await landfall(...args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) })
})

test('landfall clock moves the time of the node, and landfall deliveries has nothing to show', async () => {
  const { nowMs } = JSON.parse((await landfall('clock', '--json')).out) as { nowMs: number }
  const moved = JSON.parse((await landfall('clock', 'advance', '3h', '--json')).out) as { nowMs: number }
  expect(moved.nowMs - nowMs).toBeGreaterThanOrEqual(3 * 3_600_000)
  const then = new Date(moved.nowMs + 3_600_000).toISOString()
  expect((await landfall('clock', 'set', then)).out).toContain(then.slice(0, 16))
  expect(await landfall('deliveries')).toMatchObject({ code: 0, err: expect.stringContaining('Nothing waits') })
  expect(JSON.parse((await landfall('deliveries', 'redrive', '--kind', 'sns:deliver', '--json')).out)).toEqual({
    action: 'redrive',
    count: 0,
  })
})
