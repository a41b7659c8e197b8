import { expect, test } from 'vitest'
import { hasBoto3, startPython } from './python.ts'

test.runIf(hasBoto3())('metric streams, anomaly detectors, mute rules and large puts as boto3 uses them', async () => {
  await using python = await startPython()
  expect(await python.script('cloudwatch_python')).toEqual({
    stream: [
      'arn:aws:cloudwatch:us-east-1:000000000000:metric-stream/py',
      'stopped',
      [{ Namespace: 'A', MetricNames: ['b'] }],
    ],
    detector: ['p90', 'TRAINED_INSUFFICIENT_DATA'],
    rule: ['RECURRING', 'PT8H'],
    metrics: 400,
    refused: {
      stream: ['ResourceNotFoundException', 404],
      detector: ['ResourceNotFoundException', 404],
      rule: ['ResourceNotFoundException', 404],
    },
  })
})
