import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('publishes to a topic, and sees its errors', async () => {
    expect(await python.script('sns_python')).toEqual({
      published: [2, 0],
      got: ['m2', '2'],
      topics: [true],
      subscriptions: [true],
      missing: ['NotFound', 404],
      empty: ['InvalidParameter', 400],
      batch: ['BatchEntryIdsNotDistinct', 400],
      attribute: ['ParameterValueInvalid', 400],
    })
  })
})
