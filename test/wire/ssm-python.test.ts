import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('puts parameters and reads them by name and path', async () => {
    expect(await python.script('ssm_python')).toEqual({
      values: ['1', 'grün'],
      stored: true,
      described: ['/py/secret'],
      missing: ['ParameterNotFound', 400],
      planned: ['NotImplemented', 501],
      twice: ['ParameterAlreadyExists', 400],
    })
  })
})

describe.runIf(hasAwsCli())('the AWS CLI', () => {
  test('puts a parameter and gets it', async () => {
    await python.aws('ssm', 'put-parameter', '--name', '/cli/a', '--value', 'x', '--type', 'String')
    const query = ['--query', 'Parameter.Value', '--output', 'text']
    expect((await python.aws('ssm', 'get-parameter', '--name', '/cli/a', ...query)).trim()).toBe('x')
  })
})
