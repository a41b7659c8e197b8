import { expect, test } from 'vitest'
import { hasBoto3, startPython } from './python.ts'

test.runIf(hasBoto3())(
  'metric streams, anomaly detectors, mute rules, insights and pictures as boto3 uses them',
  async () => {
    await using python = await startPython()
    expect(await python.script('cloudwatch_python')).toEqual({
      stream: [
        'arn:aws:cloudwatch:us-east-1:000000000000:metric-stream/py',
        'stopped',
        [{ Namespace: 'A', MetricNames: ['b'] }],
      ],
      detector: ['p90', 'TRAINED_INSUFFICIENT_DATA'],
      rule: ['RECURRING', 'PT8H'],
      muted: [['ONE_TIME', 'SCHEDULED']],
      report: [
        [['ann'], 9],
        [['bob'], 7],
      ],
      unique: 2,
      disabled: ['DISABLED', ['nobody']],
      selected: [[1], [1]],
      picture: '89504e470d0a1a0a',
      metrics: 400,
      refused: {
        stream: ['ResourceNotFoundException', 404],
        detector: ['ResourceNotFoundException', 404],
        rule: ['ResourceNotFoundException', 404],
        report: ['ResourceNotFoundException', 404],
        picture: ['ValidationError', 400],
      },
    })
  },
)
