import {
  CreateCodeSigningConfigCommand,
  DeleteCodeSigningConfigCommand,
  DeleteFunctionCodeSigningConfigCommand,
  DeleteFunctionCommand,
  GetCodeSigningConfigCommand,
  GetFunctionCodeSigningConfigCommand,
  LambdaClient,
  ListCodeSigningConfigsCommand,
  ListFunctionsByCodeSigningConfigCommand,
  ListTagsCommand,
  PublishLayerVersionCommand,
  PutFunctionCodeSigningConfigCommand,
  TagResourceCommand,
  UpdateCodeSigningConfigCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, makeFunction, makeRole, zipOf } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let role: string
const profile = (name: string) => `arn:aws:signer:us-east-1:000000000000:/signing-profiles/${name}/abcdefghij`
const source = 'exports.handler = async () => 1'
const arnOf = async (policy?: 'Enforce' | 'Warn') => {
  const { CodeSigningConfig } = await lambda.send(
    new CreateCodeSigningConfigCommand({
      AllowedPublishers: { SigningProfileVersionArns: [profile('one')] },
      Tags: { team: 'a' },
      ...(policy && { CodeSigningPolicies: { UntrustedArtifactOnDeployment: policy } }),
    }),
  )
  return CodeSigningConfig?.CodeSigningConfigArn ?? ''
}
beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'signing')
})
afterAll(() => node.close())

test('a configuration is made, shown, changed, tagged, listed and deleted', async () => {
  const CodeSigningConfigArn = await arnOf()
  expect(CodeSigningConfigArn).toMatch(/^arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-[a-z0-9]{17}$/)
  await node.restart()
  lambda = node.client(LambdaClient)
  const { CodeSigningConfig: changed } = await lambda.send(
    new UpdateCodeSigningConfigCommand({
      CodeSigningConfigArn,
      Description: 'two',
      AllowedPublishers: { SigningProfileVersionArns: [profile('two')] },
    }),
  )
  expect(changed).toMatchObject({
    Description: 'two',
    AllowedPublishers: { SigningProfileVersionArns: [profile('two')] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' },
  })
  const { CodeSigningConfig: shown } = await lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn }))
  expect(shown).toEqual(changed)
  const { CodeSigningConfigs } = await lambda.send(new ListCodeSigningConfigsCommand({}))
  expect(CodeSigningConfigs).toEqual([changed])
  await lambda.send(new TagResourceCommand({ Resource: CodeSigningConfigArn, Tags: { stage: 'b' } }))
  const { Tags } = await lambda.send(new ListTagsCommand({ Resource: CodeSigningConfigArn }))
  expect(Tags).toEqual({ team: 'a', stage: 'b' })
  await lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }))
  await expect(lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('what is no configuration is refused', async () => {
  const make = (arns: string[]) =>
    lambda.send(new CreateCodeSigningConfigCommand({ AllowedPublishers: { SigningProfileVersionArns: arns } }))
  await expect(make(['arn:aws:iam::000000000000:role/x'])).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  })
  await expect(make([])).rejects.toThrow()
  const gone = 'arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-aaaaaaaaaaaaaaaaa'
  await expect(makeFunction(lambda, 'none', role, source, { CodeSigningConfigArn: gone })).rejects.toMatchObject({
    name: 'CodeSigningConfigNotFoundException',
  })
})

test('Enforce refuses code and layers that nobody signed, and nothing else', async () => {
  const enforce = await arnOf('Enforce')
  const refusal = { name: 'CodeVerificationFailedException' }
  await expect(makeFunction(lambda, 'strict', role, source, { CodeSigningConfigArn: enforce })).rejects.toMatchObject(
    refusal,
  )
  await makeFunction(lambda, 'strict', role, source)
  const FunctionName = 'strict'
  await lambda.send(new PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn: enforce }))
  const ZipFile = await zipOf({ 'index.js': 'exports.handler = async () => 2' })
  await expect(lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }))).rejects.toMatchObject(refusal)
  const { LayerVersionArn = '' } = await lambda.send(
    new PublishLayerVersionCommand({ LayerName: 'l', Content: { ZipFile: await zipOf({ 'nodejs/a.js': '1' }) } }),
  )
  await expect(
    lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Layers: [LayerVersionArn] })),
  ).rejects.toMatchObject(refusal)
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: 'still' }))
  expect((await call(lambda, FunctionName)).value).toBe(1)

  await expect(
    lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn: enforce })),
  ).rejects.toMatchObject({
    name: 'ResourceConflictException',
  })
  await lambda.send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName }))
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }))
  expect((await call(lambda, FunctionName)).value).toBe(2)
  await lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn: enforce }))
})

test('Warn lets it pass; the functions of a configuration are listed until they are gone', async () => {
  const CodeSigningConfigArn = await arnOf('Warn')
  for (const name of ['warned-1', 'warned-2']) await makeFunction(lambda, name, role, source, { CodeSigningConfigArn })
  const shown = await lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: 'warned-1' }))
  expect(shown).toMatchObject({ CodeSigningConfigArn, FunctionName: 'warned-1' })
  const list = async (MaxItems: number, Marker?: string) =>
    lambda.send(new ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn, MaxItems, Marker }))
  const first = await list(1)
  expect(first.FunctionArns).toEqual(['arn:aws:lambda:us-east-1:000000000000:function:warned-1'])
  const second = await list(1, first.NextMarker)
  expect(second.FunctionArns).toEqual(['arn:aws:lambda:us-east-1:000000000000:function:warned-2'])
  expect(second.NextMarker).toBeUndefined()
  for (const FunctionName of ['warned-1', 'warned-2']) await lambda.send(new DeleteFunctionCommand({ FunctionName }))
  expect((await list(10)).FunctionArns).toEqual([])
  await lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }))
})
