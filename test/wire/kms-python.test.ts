import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('makes keys and rules, and sees the errors of both services', async () => {
    expect(await python.script('kms_python')).toEqual({
      opened: 'grün',
      shut: ['InvalidCiphertextException', 400],
      missing: ['NotFoundException', 400],
      keys: [true],
      failed: [1, 'InvalidArgument'],
      rules: ['py', 'py2'],
      schedule: ['ValidationException', 400],
      planned_event: ['NotImplemented', 501],
    })
  })
})
