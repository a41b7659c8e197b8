import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('creates, pages, assumes and is refused', async () => {
    expect(await python.script('iam_python')).toEqual({
      trust: true,
      inline: true,
      pages: [['u0', 'u1'], ['u2', 'u3'], ['u4']],
      arn: 'arn:aws:sts::000000000000:assumed-role/r/py',
      listed: 5,
      denied: 'AccessDenied',
      missing: 'NoSuchEntity',
      taken: 'EntityAlreadyExists',
      malformed: 'MalformedPolicyDocument',
      unknown: 'InvalidClientTokenId',
      wrong: 'SignatureDoesNotMatch',
    })
  })
})

describe.runIf(hasAwsCli())('the AWS CLI', () => {
  test('asks who it is and reads an AWS policy', async () => {
    const aws = async (...args: string[]) => JSON.parse(await python.aws(...args))
    expect(await aws('sts', 'get-caller-identity')).toEqual({
      UserId: '000000000000',
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:root',
    })
    const version = await aws(
      'iam',
      'get-policy-version',
      '--policy-arn',
      'arn:aws:iam::aws:policy/AdministratorAccess',
      '--version-id',
      'v1',
    )
    expect(version.PolicyVersion.Document.Statement).toEqual([{ Effect: 'Allow', Action: ['*'], Resource: '*' }])
  })
})
