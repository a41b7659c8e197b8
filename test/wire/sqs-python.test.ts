import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { awsCli2, hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test.each(['json', 'query'])(
    'sends, receives, batches, waits, redrives and keeps order by the %s protocol',
    async (by) => {
      const prefix = by === 'query' ? 'q-' : 'j-'
      expect(await python.script('sqs_python', by === 'query' ? ['query'] : [])).toEqual({
        protocol: by,
        attributes: {
          VisibilityTimeout: '45',
          MaximumMessageSize: '2048',
          QueueArn: `arn:aws:sqs:us-east-1:000000000000:${prefix}std`,
        },
        tags: { team: 'a&b' },
        found: true,
        message: ['<ä & "b">\n', 'wört', ['Number.int', '7'], [0, 255], '1'],
        hidden: [],
        again: { ApproximateReceiveCount: '2' },
        sent: [['one', 'three'], [['wrong', 'InvalidParameterValue', true]]],
        received: ['1', '3'],
        batches: [2, 2, [['bad', 'ReceiptHandleIsInvalid']]],
        late: 'late',
        source: [],
        poison: ['poison', `${prefix}source`],
        sources: [true],
        duplicate: true,
        sequence: true,
        group: [
          ['a1', 'a'],
          ['a2', 'a'],
        ],
        rest: ['b1'],
        pages: [3, 1],
        errors: {
          missing: ['AWS.SimpleQueueService.NonExistentQueue', 400],
          attribute: ['InvalidAttributeName', 400],
          handle: ['ReceiptHandleIsInvalid', 404],
          empty: ['AWS.SimpleQueueService.EmptyBatchRequest', 400],
          group: ['MissingParameter', 400],
        },
        typed: true,
        left: [],
      })
    },
  )
})

const flow = async (aws: Python['aws'], name: string) => {
  const { QueueUrl } = JSON.parse(
    await aws('sqs', 'create-queue', '--queue-name', name, '--attributes', 'DelaySeconds=0'),
  ) as { QueueUrl: string }
  const attributes = '{"kind":{"DataType":"String","StringValue":"order"}}'
  const queue = ['--queue-url', QueueUrl]
  await aws('sqs', 'send-message', ...queue, '--message-body', 'from the CLI: ä', '--message-attributes', attributes)
  const received = JSON.parse(
    await aws('sqs', 'receive-message', ...queue, '--message-attribute-names', 'All', '--wait-time-seconds', '5'),
  ) as { Messages: { Body: string; ReceiptHandle: string; MessageAttributes: object }[] }
  expect(received.Messages).toMatchObject([
    { Body: 'from the CLI: ä', MessageAttributes: { kind: { StringValue: 'order' } } },
  ])
  await aws('sqs', 'delete-message', ...queue, '--receipt-handle', received.Messages[0]!.ReceiptHandle)
  expect(await aws('sqs', 'list-queues', '--queue-name-prefix', name, '--output', 'text')).toContain(QueueUrl)
  await expect(aws('sqs', 'get-queue-url', '--queue-name', 'none')).rejects.toThrow(/NonExistentQueue/)
  await aws('sqs', 'delete-queue', ...queue)
}

describe.runIf(hasAwsCli())('the AWS CLI', () => {
  test('makes a queue, sends, receives and deletes', () => flow(python.aws, 'cli'))
})

// Debian 12 has one of January 2023, which still speaks the query protocol.
const cli2 = awsCli2()
describe.runIf(cli2 !== undefined)('the AWS CLI 2', () => {
  test('does the same', () => flow((...args) => python.awsBy(cli2!, ...args), 'cli2'))
})
