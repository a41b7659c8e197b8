import { expect, test } from 'vitest'
import { hasBoto3, startPython } from './python.ts'

test.runIf(hasBoto3())('data streams as boto3 uses them, records pushed to a consumer too', async () => {
  await using python = await startPython()
  expect(await python.script('kinesis_python')).toEqual({
    shards: 2,
    failed: 0,
    read: ['\0one', 'two'],
    lately: true,
    after: ['two'],
    pushed: ['\0one', 'two'],
    behind: true,
    later: ['three'],
    open: 4,
    all: 6,
    tags: [{ Key: 'a', Value: '1' }],
    settings: 'DISABLED',
    refused: {
      twice: ['ResourceInUseException', 400],
      missing: ['ResourceNotFoundException', 400],
      large: ['InvalidArgumentException', 400],
      consumed: ['ResourceInUseException', 400],
    },
  })
})
