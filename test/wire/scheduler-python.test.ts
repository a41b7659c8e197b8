import { expect, test } from 'vitest'
import { hasBoto3, startPython } from './python.ts'

test.runIf(hasBoto3())('schedules as boto3 uses them', async () => {
  await using python = await startPython()
  expect(await python.script('scheduler_python')).toEqual({
    arns: ['arn:aws:scheduler:us-east-1:000000000000:schedule/py/py', true],
    got: 'hello',
    found: ['DISABLED', 2100, 185],
    listed: ['py'],
    groups: ['default', 'py'],
    tags: [{ Key: 'a', Value: '1' }],
    refused: {
      twice: ['ConflictException', 409],
      missing: ['ResourceNotFoundException', 404],
      expression: ['ValidationException', 400],
    },
    deleted: ['ResourceNotFoundException', 404],
  })
})
