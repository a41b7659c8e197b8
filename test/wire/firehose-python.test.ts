import { expect, test } from 'vitest'
import { hasBoto3, startPython } from './python.ts'

test.runIf(hasBoto3())('delivery streams as boto3 uses them', async () => {
  await using python = await startPython()
  expect(await python.script('firehose_python')).toEqual({
    arn: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/py',
    described: ['ACTIVE', 'DirectPut', '1', 'GZIP'],
    put: [true, 0, 2],
    body: 'one\ntwo\nthree\n',
    version: '2',
    listed: [['py'], false],
    tags: [{ Key: 'a', Value: '1' }],
    refused: {
      twice: ['ResourceInUseException', 400],
      missing: ['ResourceNotFoundException', 400],
      parquet: ['InvalidArgumentException', 400],
    },
  })
})
