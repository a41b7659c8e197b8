import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { awsCli2, hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('puts, reads on to the end, filters over pages, lists and deletes, and understands the errors', async () => {
    expect(await python.script('logs_python')).toEqual({
      groups: [
        ['/app/a', 7],
        ['/app/b', null],
      ],
      tags: { team: 'x' },
      put: [true, null],
      rejected: [{ tooOldLogEventEndIndex: 1 }, ['in time']],
      got: [50, true, { level: 'INFO', n: 49, text: 'ä' }, true],
      last: [48, 49],
      all: [52, true],
      json: [10, 20, 30, 40],
      word: 5,
      stream: [['plain ERROR text', 'two']],
      window: [47, 48, 49],
      streams: [
        ['two', -75, 0],
        ['one', -100, -51],
      ],
      errors: {
        group: 'ResourceNotFoundException',
        stream: 'ResourceNotFoundException',
        again: 'ResourceAlreadyExistsException',
        pattern: 'InvalidParameterException',
        order: 'InvalidParameterException',
      },
      left: [],
    })
  })

  test('filters for metrics, tails live and asks queries', async () => {
    expect(await python.script('logs_newer_python')).toEqual({
      metric: [true],
      tried: [1],
      subscription: 'InvalidParameterException',
      subscriptions: [],
      started: 'error',
      tailed: [1, 3, 5, 7, 9],
      rows: [
        'Complete',
        [
          { n: '9', twice: '18' },
          { n: '7', twice: '14' },
        ],
      ],
      stats: [
        'Complete',
        [
          { level: 'error', n: '5', 'avg(ms)': '5' },
          { level: 'info', n: '5', 'avg(ms)': '4' },
        ],
      ],
      malformed: ['MalformedQueryException', { startCharOffset: 11, endCharOffset: 18 }],
      queries: 2,
      saved: ['fields n'],
      deleted: true,
      transformer: true,
      transformed: { level: 'info', mail: 'a' },
      masked: ['info,***********', 'info,a@b.example'],
      looked: ['Complete', [{ n: '1', rank: '1' }]],
      delivered: ['events', ['CWL'], 9],
      undelivered: 'ValidationException',
    })
  })
})

/** A group with a stream and one line in it, written by the CLI. */
async function written(aws: Python['aws'], group: string): Promise<void> {
  await aws('logs', 'create-log-group', '--log-group-name', group)
  const stream = ['--log-group-name', group, '--log-stream-name', 's']
  await aws('logs', 'create-log-stream', ...stream)
  const events = JSON.stringify([{ timestamp: Date.now(), message: 'from the CLI: ä' }])
  await aws('logs', 'put-log-events', ...stream, '--log-events', events)
}

describe.runIf(hasAwsCli())('the AWS CLI', () => {
  test('writes, filters and reads', async () => {
    const { aws } = python
    await written(aws, '/cli')
    const filtered = await aws('logs', 'filter-log-events', '--log-group-name', '/cli', '--filter-pattern', 'CLI')
    expect(JSON.parse(filtered).events).toMatchObject([{ message: 'from the CLI: ä', logStreamName: 's' }])
    const stream = ['--log-group-name', '/cli', '--log-stream-name', 's', '--output', 'text']
    expect(await aws('logs', 'get-log-events', ...stream)).toContain('from the CLI: ä')
    await aws('logs', 'delete-log-group', '--log-group-name', '/cli')
  })
})

const cli2 = awsCli2()
describe.runIf(cli2 !== undefined)('the AWS CLI 2', () => {
  test('shows the tail of a group', async () => {
    const aws: Python['aws'] = (...args) => python.awsBy(cli2!, ...args)
    await written(aws, '/tail')
    expect(await aws('logs', 'tail', '/tail', '--since', '1h', '--format', 'short')).toMatch(/ from the CLI: ä\n$/)
    expect(await aws('logs', 'tail', '/tail', '--filter-pattern', 'absent')).toBe('')
  })
})
