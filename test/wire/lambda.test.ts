import { createHash } from 'node:crypto'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  AddPermissionCommand,
  CreateAliasCommand,
  type CreateFunctionCommandInput,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  LambdaClient,
  ListAliasesCommand,
  ListCapacityProvidersCommand,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, logging, makeFunction, makeRole, zipOf } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let role: string
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`
const source = (value: unknown) => `exports.handler = async () => (${JSON.stringify(value)})`

beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'lambda-role', [logging])
})
afterAll(async () => {
  lambda.destroy()
  await node.close()
})

describe('functions', () => {
  test('one that was created can be described, listed, fetched and called', async () => {
    const zip = await zipOf({ 'index.js': source('made') })
    const sha = createHash('sha256').update(zip).digest('base64')
    const made = await makeFunction(lambda, 'made', role, '', {
      Code: { ZipFile: zip },
      Description: 'first',
      Timeout: 5,
      MemorySize: 256,
      Environment: { Variables: { STAGE: 'test' } },
      Tags: { team: 'a' },
    })
    expect(made).toMatchObject({
      FunctionArn: arn('made'),
      CodeSha256: sha,
      CodeSize: zip.byteLength,
      Version: '$LATEST',
      Timeout: 5,
      MemorySize: 256,
      State: 'Active',
      Environment: { Variables: { STAGE: 'test' } },
    })
    const got = await lambda.send(new GetFunctionCommand({ FunctionName: arn('made') }))
    expect(got.Configuration?.RevisionId).toBe(made.RevisionId)
    expect(got.Tags).toEqual({ team: 'a' })
    const link = got.Code?.Location ?? ''
    const fetched = await fetch(link)
    expect(Buffer.from(await fetched.arrayBuffer()).equals(Buffer.from(zip))).toBe(true)
    expect((await fetch(link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))).status).toBe(403)
    const { Functions } = await lambda.send(new ListFunctionsCommand({}))
    expect(Functions?.map(({ FunctionName }) => FunctionName)).toContain('made')
    expect((await call(lambda, 'made')).value).toBe('made')
  })

  test('what can’t be is refused with the service’s words', async () => {
    const refused = async (more: Partial<CreateFunctionCommandInput>, name: string, message: RegExp) => {
      await expect(makeFunction(lambda, 'refused', role, source(1), more)).rejects.toMatchObject({
        name,
        message: expect.stringMatching(message),
      })
    }
    const invalid = 'InvalidParameterValueException'
    await refused(
      { Role: 'arn:aws:iam::000000000000:role/nobody' },
      invalid,
      /^The role defined for the function cannot be assumed by Lambda\.$/,
    )
    const other = await makeRole(node, 'not-for-lambda', [], 'ec2.amazonaws.com')
    await refused({ Role: other }, invalid, /cannot be assumed by Lambda/)
    await refused({ Code: { ZipFile: Buffer.from('no zip') } }, invalid, /^Could not unzip uploaded file/)
    await refused({ Code: { ZipFile: Buffer.alloc(0) } }, invalid, /non-empty zip/)
    await refused({ Code: { ZipFile: await zipOf({}) } }, invalid, /non-empty zip/)
    await refused({ Code: { S3Bucket: 'no-such-bucket', S3Key: 'k' } }, invalid, /S3 Error Code: NoSuchBucket/)
    await refused({ Runtime: 'nodejs12.x' }, invalid, /nodejs12.x is not here/)
    await refused({ Runtime: 'java25' }, invalid, /(landfall runtimes add java25|Install it \(Debian)/)
    await refused({ Runtime: 'dotnet8' }, invalid, /provided\.al2023/)
    await refused({ Timeout: 901 }, 'ValidationException', /less than or equal to 900/)
    await refused({ MemorySize: 64 }, 'ValidationException', /memorySize/i)
    await refused({ Environment: { Variables: { AWS_REGION: 'x' } } }, invalid, /reserved keys.*AWS_REGION/)
    await refused({ Environment: { Variables: { BIG: 'x'.repeat(5000) } } }, invalid, /4KB limit/)
    await refused(
      { Layers: ['arn:aws:lambda:us-east-1:000000000000:layer:x:1'] },
      invalid,
      /^Layer version .* does not/,
    )
    await refused({ VpcConfig: { SubnetIds: ['subnet-1'] } }, invalid, /must coexist or be both empty list/)
    await refused({ PackageType: 'Image', Code: { ImageUri: 'x' } }, invalid, /^Please don't provide Runtime/)
    await refused({ PackageType: 'Image' }, invalid, /given together/)
    await refused({ Tags: { 'aws:x': 'y' } }, invalid, /reserved/)
    await expect(lambda.send(new GetFunctionCommand({ FunctionName: 'refused' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${arn('refused')}`,
      $metadata: { httpStatusCode: 404 },
    })
    await expect(lambda.send(new ListCapacityProvidersCommand({}))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 501 },
    })
  })

  test('a name is taken once, also by two that come at the same time', async () => {
    const results = await Promise.allSettled([1, 2, 3].map(() => makeFunction(lambda, 'taken', role, source(1))))
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []))
    expect(failures).toHaveLength(2)
    for (const failure of failures) {
      expect(failure).toMatchObject({ name: 'ResourceConflictException', message: 'Function already exist: taken' })
    }
  })

  test('code can come from a bucket, as far as the caller may read it', async () => {
    const s3 = node.client(S3Client)
    await s3.send(new CreateBucketCommand({ Bucket: 'code-bucket' }))
    await s3.send(
      new PutObjectCommand({ Bucket: 'code-bucket', Key: 'f.zip', Body: await zipOf({ 'index.js': source('s3') }) }),
    )
    s3.destroy()
    const Code = { S3Bucket: 'code-bucket', S3Key: 'f.zip' }
    await makeFunction(lambda, 'from-s3', role, '', { Code })
    expect((await call(lambda, 'from-s3')).value).toBe('s3')
    const blind = await userClient('blind', [{ Effect: 'Allow', Action: ['lambda:*', 'iam:PassRole'], Resource: '*' }])
    await expect(makeFunction(blind, 'from-s3-2', role, '', { Code })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('s3:GetObject'),
    })
    blind.destroy()
  })

  test('handing over a role needs iam:PassRole', async () => {
    const careless = await userClient('careless', [{ Effect: 'Allow', Action: 'lambda:*', Resource: '*' }])
    await expect(makeFunction(careless, 'passed', role, source(1))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('iam:PassRole'),
    })
    careless.destroy()
  })

  test('new code and configuration are in force for the next call', async () => {
    const made = await makeFunction(lambda, 'changing', role, source('one'))
    expect((await call(lambda, 'changing')).value).toBe('one')
    const updated = await lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName: 'changing',
        ZipFile: await zipOf({ 'index.js': 'exports.handler = async () => process.env.WORD ?? null' }),
      }),
    )
    expect(updated.CodeSha256).not.toBe(made.CodeSha256)
    expect(updated.RevisionId).not.toBe(made.RevisionId)
    expect((await call(lambda, 'changing')).value).toBeNull()
    await lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: 'changing', Environment: { Variables: { WORD: 'two' } } }),
    )
    expect((await call(lambda, 'changing')).value).toBe('two')
    await expect(
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'changing', Timeout: 9, RevisionId: 'old' })),
    ).rejects.toMatchObject({ name: 'PreconditionFailedException' })
    const kept = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'changing' }))
    expect(kept).toMatchObject({ Timeout: 3, Environment: { Variables: { WORD: 'two' } } })
    const dry = await lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName: 'changing',
        ZipFile: await zipOf({ 'index.js': source('dry') }),
        DryRun: true,
      }),
    )
    expect(dry.CodeSha256).not.toBe(kept.CodeSha256)
    expect((await call(lambda, 'changing')).value).toBe('two')
  })

  test('a deleted function is gone, and a new one of its name is another', async () => {
    await makeFunction(lambda, 'phoenix', role, source('first'))
    expect((await call(lambda, 'phoenix')).value).toBe('first')
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'phoenix' }))
    await expect(call(lambda, 'phoenix')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await makeFunction(lambda, 'phoenix', role, source('second'))
    expect((await call(lambda, 'phoenix')).value).toBe('second')
  })

  test('everything is still there, and works, after a restart', async () => {
    await using own = await startNode()
    const ownRole = await makeRole(own, 'r')
    const before = own.client(LambdaClient)
    await makeFunction(before, 'kept', ownRole, `exports.handler = async () => 'kept' // ${'x'.repeat(40_000)}`)
    before.destroy()
    await own.restart()
    const after = own.client(LambdaClient)
    expect((await call(after, 'kept')).value).toBe('kept')
    after.destroy()
  })
})

describe('versions and aliases', () => {
  test('a published version stays as it was; the same is not published twice', async () => {
    await makeFunction(lambda, 'versioned', role, source('v1'))
    const first = await lambda.send(new PublishVersionCommand({ FunctionName: 'versioned' }))
    expect(first).toMatchObject({ Version: '1', FunctionArn: `${arn('versioned')}:1` })
    expect(await lambda.send(new PublishVersionCommand({ FunctionName: 'versioned' }))).toMatchObject({ Version: '1' })
    const second = await lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName: 'versioned',
        ZipFile: await zipOf({ 'index.js': source('v2') }),
        Publish: true,
      }),
    )
    expect(second.Version).toBe('2')
    expect(await call(lambda, 'versioned', {}, { Qualifier: '1' })).toMatchObject({ value: 'v1', version: '1' })
    expect((await call(lambda, 'versioned:2')).value).toBe('v2')
    const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'versioned' }))
    expect(Versions?.map(({ Version }) => Version)).toEqual(['$LATEST', '1', '2'])
    await expect(call(lambda, 'versioned', {}, { Qualifier: '9' })).rejects.toMatchObject({
      message: `Function not found: ${arn('versioned')}:9`,
    })
    await expect(call(lambda, 'versioned:1', {}, { Qualifier: '2' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
  })

  test('what was changed since it was published is published anew, also when it was changed back', async () => {
    const FunctionName = 'back-and-forth'
    await makeFunction(lambda, FunctionName, role, source('v1'))
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 7 }))
    const publish = async () => (await lambda.send(new PublishVersionCommand({ FunctionName }))).Version
    expect(await publish()).toBe('1')
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 7 }))
    expect(await publish()).toBe('1')
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 8 }))
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 7 }))
    expect(await publish()).toBe('2')
  })

  test('an alias moves between versions, and may share requests with a second', async () => {
    const name = 'aliased'
    await makeFunction(lambda, name, role, source('a1'), { Publish: true })
    await lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName: name,
        ZipFile: await zipOf({ 'index.js': source('a2') }),
        Publish: true,
      }),
    )
    const live = await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion: '1' }))
    expect(live.AliasArn).toBe(`${arn(name)}:live`)
    expect((await call(lambda, `${name}:live`)).value).toBe('a1')
    await lambda.send(new UpdateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion: '2' }))
    expect(await call(lambda, `${name}:live`)).toMatchObject({ value: 'a2', version: '2' })
    await lambda.send(
      new UpdateAliasCommand({
        FunctionName: name,
        Name: 'live',
        RoutingConfig: { AdditionalVersionWeights: { '1': 0.5 } },
      }),
    )
    const values = new Set()
    for (let i = 0; i < 60; i += 1) values.add((await call(lambda, `${name}:live`)).value)
    expect([...values].sort()).toEqual(['a1', 'a2'])
    await expect(lambda.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier: '1' }))).rejects.toMatchObject({
      name: 'ResourceConflictException',
    })
    await expect(
      lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion: '1' })),
    ).rejects.toMatchObject({ name: 'ResourceConflictException' })
    await expect(
      lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'next', FunctionVersion: '7' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    const { Aliases } = await lambda.send(new ListAliasesCommand({ FunctionName: name }))
    expect(Aliases?.map(({ Name }) => Name)).toEqual(['live'])
    await lambda.send(new DeleteAliasCommand({ FunctionName: name, Name: 'live' }))
    await expect(lambda.send(new GetAliasCommand({ FunctionName: name, Name: 'live' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })
})

describe('resource policies', () => {
  test('statements are added, shown, and removed; others get in by them', async () => {
    await makeFunction(lambda, 'shared', role, source('shared'))
    const permission = {
      FunctionName: 'shared',
      StatementId: 'api',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abc/*',
    }
    const { Statement } = await lambda.send(new AddPermissionCommand(permission))
    expect(JSON.parse(Statement ?? '')).toEqual({
      Sid: 'api',
      Effect: 'Allow',
      Principal: { Service: 'apigateway.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: arn('shared'),
      Condition: { ArnLike: { 'AWS:SourceArn': permission.SourceArn } },
    })
    await expect(lambda.send(new AddPermissionCommand(permission))).rejects.toMatchObject({
      name: 'ResourceConflictException',
    })
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'shared',
        StatementId: 'account',
        Action: 'lambda:InvokeFunction',
        Principal: '111111111111',
      }),
    )
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: 'shared' }))
    expect(JSON.parse(Policy ?? '').Statement).toHaveLength(2)

    const target = await node.node.host.functionTarget(arn('shared'))
    const principal = {
      kind: 'service',
      account: '',
      arn: 'apigateway.amazonaws.com',
      userId: 'apigateway.amazonaws.com',
    } as const
    const reply = await target.call(Buffer.from('{}'), {
      principal,
      sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abc/x/GET/y',
    })
    expect(Buffer.from(reply.payload).toString()).toBe('"shared"')
    await expect(
      target.call(Buffer.from('{}'), { principal, sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:other/x' }),
    ).rejects.toMatchObject({ message: expect.stringContaining('lambda:InvokeFunction') })

    await lambda.send(new RemovePermissionCommand({ FunctionName: 'shared', StatementId: 'account' }))
    await lambda.send(new RemovePermissionCommand({ FunctionName: 'shared', StatementId: 'api' }))
    await expect(lambda.send(new GetPolicyCommand({ FunctionName: 'shared' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    await expect(target.call(Buffer.from('{}'), { principal })).rejects.toThrow()
  })
})

describe('limits and tags', () => {
  test('reserved concurrency is kept to, and leaves 100 to the others', async () => {
    await makeFunction(
      lambda,
      'reserved',
      role,
      'exports.handler = (e) => new Promise((r) => setTimeout(r, e.ms ?? 0, 1))',
    )
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'reserved', ReservedConcurrentExecutions: 1 }))
    await call(lambda, 'reserved')
    const results = await Promise.allSettled([
      call(lambda, 'reserved', { ms: 400 }),
      call(lambda, 'reserved', { ms: 400 }),
    ])
    const [failure] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []))
    expect(failure).toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    })
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'reserved', ReservedConcurrentExecutions: 0 }))
    await expect(call(lambda, 'reserved')).rejects.toMatchObject({ name: 'TooManyRequestsException' })
    await expect(
      lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'reserved', ReservedConcurrentExecutions: 901 })),
    ).rejects.toMatchObject({ message: expect.stringContaining('minimum value of [100]') })
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'reserved' }))
    expect(
      (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: 'reserved' }))).ReservedConcurrentExecutions,
    ).toBeUndefined()
    expect((await call(lambda, 'reserved')).value).toBe(1)
  })

  test('account settings count what is there', async () => {
    await using own = await startNode()
    const client = own.client(LambdaClient)
    const ownRole = await makeRole(own, 'r')
    const { CodeSize = 0 } = await makeFunction(client, 'one', ownRole, source(1), { Publish: true })
    await client.send(new PutFunctionConcurrencyCommand({ FunctionName: 'one', ReservedConcurrentExecutions: 5 }))
    const settings = await client.send(new GetAccountSettingsCommand({}))
    expect(settings.AccountUsage).toEqual({ FunctionCount: 1, TotalCodeSize: CodeSize })
    expect(settings.AccountLimit).toMatchObject({ ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 995 })
    await client.send(new DeleteFunctionCommand({ FunctionName: 'one' }))
    const after = await client.send(new GetAccountSettingsCommand({}))
    expect(after.AccountUsage).toEqual({ FunctionCount: 0, TotalCodeSize: 0 })
    expect(after.AccountLimit?.UnreservedConcurrentExecutions).toBe(1000)
    client.destroy()
  })

  test('tags can be added and taken away', async () => {
    await makeFunction(lambda, 'tagged', role, source(1), { Tags: { a: '1' } })
    const Resource = arn('tagged')
    await lambda.send(new TagResourceCommand({ Resource, Tags: { b: '2' } }))
    await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ['a'] }))
    expect((await lambda.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ b: '2' })
  })

  test('long lists come in pages', async () => {
    await makeFunction(lambda, 'page-a', role, source(1))
    await makeFunction(lambda, 'page-b', role, source(1))
    const names: (string | undefined)[] = []
    let Marker: string | undefined
    do {
      const page = await lambda.send(new ListFunctionsCommand({ MaxItems: 1, ...(Marker ? { Marker } : {}) }))
      expect(page.Functions).toHaveLength(1)
      names.push(page.Functions?.[0]?.FunctionName)
      Marker = page.NextMarker
    } while (Marker)
    expect(names).toEqual([...names].sort())
    expect(names).toEqual(expect.arrayContaining(['page-a', 'page-b']))
    await expect(lambda.send(new ListFunctionsCommand({ Marker: 'nonsense' }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
  })
})

async function userClient(UserName: string, statements: object[]): Promise<LambdaClient> {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName }))
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  iam.destroy()
  return node.client(LambdaClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  })
}
