import { hash } from 'node:crypto'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import {
  AddLayerVersionPermissionCommand,
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetAccountSettingsCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  LambdaClient,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  RemoveLayerVersionPermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { zipOf as modedZip } from '../../src/functions/runner.fixture.ts'
import { ensureAdministrator } from '../../src/services/iam/bootstrap.ts'
import { startNode, type TestNode } from '../harness.ts'
import { call, makeFunction, makeRole, zipOf } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let other: LambdaClient
let s3: S3Client
let role: string
const arn = (name: string, version: number) => `arn:aws:lambda:us-east-1:000000000000:layer:${name}:${version}`
const usesLayer = `exports.handler = async () => require('word')`

beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  other = await otherAccount()
  s3 = node.client(S3Client)
  role = await makeRole(node, 'layer-role')
})
afterAll(async () => {
  for (const client of [lambda, other, s3]) client.destroy()
  await node.close()
})

/** A client of an administrator of another account. */
async function otherAccount(): Promise<LambdaClient> {
  const { host } = node.node
  const { accessKeyId, secretAccessKey } = await ensureAdministrator(host.records, host.ids, '111111111111', 0)
  return node.client(LambdaClient, { credentials: { accessKeyId, secretAccessKey } })
}

const wordLayer = (word: string) => zipOf({ 'nodejs/node_modules/word/index.js': `module.exports = '${word}'` })
async function publish(LayerName: string, word: string, client = lambda) {
  const ZipFile = await wordLayer(word)
  return client.send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile }, Description: word }))
}

test('layer versions are published, described, listed and deleted', async () => {
  const first = await lambda.send(
    new PublishLayerVersionCommand({
      LayerName: 'words',
      Description: 'first',
      LicenseInfo: 'MIT',
      CompatibleRuntimes: ['nodejs22.x'],
      CompatibleArchitectures: ['arm64'],
      Content: { ZipFile: await wordLayer('one') },
    }),
  )
  expect(first).toMatchObject({
    Version: 1,
    LayerArn: 'arn:aws:lambda:us-east-1:000000000000:layer:words',
    LayerVersionArn: arn('words', 1),
    Description: 'first',
    LicenseInfo: 'MIT',
    CompatibleRuntimes: ['nodejs22.x'],
    CompatibleArchitectures: ['arm64'],
  })
  expect((await publish('words', 'two')).Version).toBe(2)

  const got = await lambda.send(new GetLayerVersionCommand({ LayerName: 'words', VersionNumber: 1 }))
  const byArn = await lambda.send(new GetLayerVersionByArnCommand({ Arn: arn('words', 1) }))
  for (const answer of [got, byArn])
    expect(answer).toMatchObject({ Version: 1, Content: { CodeSha256: first.Content?.CodeSha256 } })
  const download = await fetch(got.Content?.Location ?? '')
  const digest = hash('sha256', Buffer.from(await download.arrayBuffer()), 'base64')
  expect(digest).toBe(first.Content?.CodeSha256)

  const versions = await lambda.send(new ListLayerVersionsCommand({ LayerName: 'words' }))
  expect(versions.LayerVersions?.map(({ Version }) => Version)).toEqual([2, 1])
  const paged = await lambda.send(new ListLayerVersionsCommand({ LayerName: 'words', MaxItems: 1 }))
  expect(paged.LayerVersions?.map(({ Version }) => Version)).toEqual([2])
  const rest = await lambda.send(new ListLayerVersionsCommand({ LayerName: 'words', Marker: paged.NextMarker }))
  expect(rest.LayerVersions?.map(({ Version }) => Version)).toEqual([1])
  const all = await lambda.send(new ListLayersCommand({}))
  expect(all.Layers?.find(({ LayerName }) => LayerName === 'words')?.LatestMatchingVersion?.Version).toBe(2)
  const matching = await lambda.send(new ListLayersCommand({ CompatibleRuntime: 'nodejs22.x' }))
  expect(matching.Layers?.map(({ LatestMatchingVersion }) => LatestMatchingVersion?.Version)).toEqual([1])

  await lambda.send(new DeleteLayerVersionCommand({ LayerName: 'words', VersionNumber: 2 }))
  await lambda.send(new DeleteLayerVersionCommand({ LayerName: 'words', VersionNumber: 2 }))
  await expect(lambda.send(new GetLayerVersionCommand({ LayerName: 'words', VersionNumber: 2 }))).rejects.toMatchObject(
    { name: 'ResourceNotFoundException' },
  )
  expect((await publish('words', 'three')).Version).toBe(3)
})

test('a function has its layers in order, and keeps one that was deleted', async () => {
  await publish('base', 'base')
  await publish('cover', 'cover')
  const made = await makeFunction(lambda, 'layered', role, usesLayer, { Layers: [arn('base', 1), arn('cover', 1)] })
  expect(made.Layers?.map(({ Arn }) => Arn)).toEqual([arn('base', 1), arn('cover', 1)])
  expect((await call(lambda, 'layered')).value).toBe('cover')

  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'layered', Layers: [arn('base', 1)] }))
  expect((await call(lambda, 'layered')).value).toBe('base')
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: 'layered' }))

  await lambda.send(new DeleteLayerVersionCommand({ LayerName: 'base', VersionNumber: 1 }))
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'layered', Timeout: 5 }))
  await node.restart()
  lambda = node.client(LambdaClient)
  other = await otherAccount()
  s3 = node.client(S3Client)
  expect((await call(lambda, 'layered')).value).toBe('base')
  expect((await call(lambda, 'layered', {}, { Qualifier: Version })).value).toBe('base')
  await expect(makeFunction(lambda, 'late', role, usesLayer, { Layers: [arn('base', 1)] })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: `Layer version ${arn('base', 1)} does not exist.`,
  })

  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'layered', Layers: [] }))
  expect((await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'layered' }))).Layers).toBeUndefined()
  expect((await call(lambda, 'layered')).error).toBe('Unhandled')
  expect((await call(lambda, 'layered', {}, { Qualifier: Version })).value).toBe('base')
})

test('a custom runtime may come from a layer', async () => {
  const bootstrap = `#!/bin/sh
    api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
    while true; do
      id=$(curl -s -D - -o /dev/null "$api/next" | tr -d '\\r' | sed -n 's/^lambda-runtime-aws-request-id: //Ip')
      curl -s -X POST --data-binary @"$LAMBDA_TASK_ROOT/answer.json" "$api/$id/response" > /dev/null
    done`
  const ZipFile = await modedZip({ bootstrap }, 0o100755)
  await lambda.send(new PublishLayerVersionCommand({ LayerName: 'runtime', Content: { ZipFile } }))
  const Code = { ZipFile: await zipOf({ 'answer.json': '{"from":"the package"}' }) }
  const more = { Code, Layers: [arn('runtime', 1)], Runtime: 'provided.al2023' as const, Handler: 'any' }
  await makeFunction(lambda, 'custom', role, '', more)
  expect((await call(lambda, 'custom')).value).toEqual({ from: 'the package' })
})

test('what nothing has any more is not counted as stored', async () => {
  const stored = async () => (await lambda.send(new GetAccountSettingsCommand({}))).AccountUsage?.TotalCodeSize
  const before = await stored()
  await publish('counted', 'counted')
  await makeFunction(lambda, 'counts', role, usesLayer, { Layers: [arn('counted', 1)], Publish: true })
  await lambda.send(new DeleteLayerVersionCommand({ LayerName: 'counted', VersionNumber: 1 }))
  expect(await stored()).toBeGreaterThan(before ?? 0)
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'counts' }))
  expect(await stored()).toBe(before)
})

test('another account uses a layer version only when its policy says so', async () => {
  await publish('shared', 'shared')
  const otherRole = 'arn:aws:iam::111111111111:role/none'
  const denied = { name: 'AccessDeniedException' }
  await expect(other.send(new GetLayerVersionByArnCommand({ Arn: arn('shared', 1) }))).rejects.toMatchObject(denied)
  await expect(
    makeFunction(other, 'theirs', otherRole, usesLayer, { Layers: [arn('shared', 1)] }),
  ).rejects.toMatchObject(denied)

  const permission = { LayerName: 'shared', VersionNumber: 1, StatementId: 'them' }
  const added = await lambda.send(
    new AddLayerVersionPermissionCommand({
      ...permission,
      Action: 'lambda:GetLayerVersion',
      Principal: '111111111111',
    }),
  )
  const policy = await lambda.send(new GetLayerVersionPolicyCommand({ LayerName: 'shared', VersionNumber: 1 }))
  expect(policy.RevisionId).toBe(added.RevisionId)
  expect(JSON.parse(policy.Policy ?? '').Statement).toEqual([JSON.parse(added.Statement ?? '')])
  expect((await other.send(new GetLayerVersionByArnCommand({ Arn: arn('shared', 1) }))).Version).toBe(1)
  // Allowed to use the layer: what is refused now is the role, which does not exist.
  await expect(
    makeFunction(other, 'theirs', otherRole, usesLayer, { Layers: [arn('shared', 1)] }),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  await lambda.send(new RemoveLayerVersionPermissionCommand(permission))
  await expect(other.send(new GetLayerVersionByArnCommand({ Arn: arn('shared', 1) }))).rejects.toMatchObject(denied)
  await expect(
    lambda.send(new GetLayerVersionPolicyCommand({ LayerName: 'shared', VersionNumber: 1 })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test.for([
  ['six layers', [1, 2, 3, 4, 5, 6].map((n) => arn(`l${n}`, 1)), 'InvalidParameterValueException'],
  ['two versions of one layer', [arn('words', 1), arn('words', 3)], 'InvalidParameterValueException'],
  ['one that does not exist', [arn('nowhere', 1)], 'InvalidParameterValueException'],
  ['one of another region', ['arn:aws:lambda:eu-west-1:000000000000:layer:words:1'], 'InvalidParameterValueException'],
  ['a layer without version', ['arn:aws:lambda:us-east-1:000000000000:layer:words'], 'ValidationException'],
] as const)('refused: %s', async ([, Layers, name]) => {
  await expect(makeFunction(lambda, 'refused', role, usesLayer, { Layers: [...Layers] })).rejects.toMatchObject({
    name,
  })
})

test('a function and its layers are at most 250 MB together', async () => {
  const half = 140_000_000
  const zip = async (name: string) => zipOf({ [name]: '\0'.repeat(half) })
  await lambda.send(new PublishLayerVersionCommand({ LayerName: 'big', Content: { ZipFile: await zip('a') } }))
  await expect(
    makeFunction(lambda, 'too-big', role, '', { Code: { ZipFile: await zip('b') }, Layers: [arn('big', 1)] }),
  ).rejects.toMatchObject({
    message: `Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is ${2 * half} bytes.`,
  })
})

test('a template makes a layer from a bucket, shares it, and removes both', async () => {
  const stacks = node.client(CloudFormationClient)
  await s3.send(new CreateBucketCommand({ Bucket: 'layer-bucket' }))
  await s3.send(new PutObjectCommand({ Bucket: 'layer-bucket', Key: 'layer.zip', Body: await wordLayer('stacked') }))
  const TemplateBody = JSON.stringify({
    Resources: {
      Layer: {
        Type: 'AWS::Lambda::LayerVersion',
        Properties: { LayerName: 'stacked', Content: { S3Bucket: 'layer-bucket', S3Key: 'layer.zip' } },
      },
      Permission: {
        Type: 'AWS::Lambda::LayerVersionPermission',
        Properties: { LayerVersionArn: { Ref: 'Layer' }, Action: 'lambda:GetLayerVersion', Principal: '*' },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'stacked',
          Role: role,
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Layers: [{ Ref: 'Layer' }],
          Code: { ZipFile: usesLayer },
        },
      },
    },
    Outputs: { Layer: { Value: { Ref: 'Layer' } } },
  })
  await stacks.send(new CreateStackCommand({ StackName: 'layers', TemplateBody }))
  const stack = async () => (await stacks.send(new DescribeStacksCommand({ StackName: 'layers' }))).Stacks?.[0]
  await expect.poll(async () => (await stack())?.StackStatus).toBe('CREATE_COMPLETE')
  expect((await stack())?.Outputs?.[0]?.OutputValue).toBe(arn('stacked', 1))
  expect((await call(lambda, 'stacked')).value).toBe('stacked')
  expect((await other.send(new GetLayerVersionByArnCommand({ Arn: arn('stacked', 1) }))).Version).toBe(1)
  await stacks.send(new DeleteStackCommand({ StackName: 'layers' }))
  await expect
    .poll(() => lambda.send(new ListLayerVersionsCommand({ LayerName: 'stacked' })))
    .toMatchObject({ LayerVersions: [] })
  stacks.destroy()
})
