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
  expect((await landfall('faults')).out).toMatch(/throttle {2}operation=CreateQueue .*happened 1 time$/m)
  expect((await landfall('faults', 'remove', id)).err).toContain('No fault is set.')
  expect(await landfall('faults', 'remove', id)).toMatchObject({
    code: 1,
    err: expect.stringContaining('landfall faults'),
  })
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
  [['clock', 'advance', '9999999d'], 'landfall: advanceMs is a number from 1 to', 1],
  [['outbox', 'opt-out', 'abc'], 'landfall: phoneNumber is a number like +4915112345678.', 1],
  [['outbox', 'show', 'abc'], 'landfall: The outbox has no abc', 1],
  [['outbox', '--limit', 'many'], 'landfall: limit is a whole number from 1 to 1000.', 1],
  [['deliveries', '--limit', '0'], 'landfall: limit is a whole number from 1 to 1000.', 1],
  [['faults', 'add', 'duplicate', '--queue', 'bücher'], 'landfall: queue is a name.', 1],
  [['faults', 'add', 'throttle', '--service', 'dynamo'], 'landfall: service is one of apigateway, ', 1],
  [['logs', 'nope'], 'landfall: There is no function nope.', 1],
  [['logs', '/nope'], 'landfall: There is no log group /nope.', 1],
] as [string[], string, number?][])(
  'a wrong command line is said with what to do: %j',
  async (args, message, code = 2) => {
    expect(await landfall(...args)).toMatchObject({ code, out: '', err: expect.stringContaining(message) })
  },
)

test('landfall env says so when no node answers', async () => {
  expect(await landfall('env')).toMatchObject({ code: 0, err: '' })
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const argv = ['env', '--endpoint', 'http://127.0.0.1:1', '--data', node.dataDir]
  expect(await runCli(argv, { stdout, stderr, signal: new AbortController().signal })).toBe(0)
  stdout.end()
  stderr.end()
  expect(await text(stdout)).toContain('export AWS_ENDPOINT_URL=http://127.0.0.1:1\n')
  expect(await text(stderr)).toContain('no node answers at http://127.0.0.1:1. Start one with: landfall start')
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
