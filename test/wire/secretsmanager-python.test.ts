import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('keeps secrets in versions and deletes them', async () => {
    expect(await python.script('secretsmanager_python')).toEqual({
      binary: [0, 255],
      previous: 'grün',
      listed: ['py/secret'],
      deleted: true,
      marked: ['InvalidRequestException', 400],
      missing: ['ResourceNotFoundException', 400],
      unrotated: ['InvalidRequestException', 400],
    })
  })
})
