import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  CreateFunctionUrlConfigCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionExists,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, makeFunction, makeRole, zipOf } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let role: string
const source = (word: string) => `exports.handler = async () => '${word}'`
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`
beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'limits')
})
afterAll(async () => {
  lambda.destroy()
  await node.close()
})

describe('limits', () => {
  const invalid = 'InvalidParameterValueException'
  const validation = 'ValidationException'
  test.each<[string, Partial<CreateFunctionCommandInput>, string, RegExp]>([
    ['a timeout', { Timeout: 901 }, validation, /'timeout' failed .* less than or equal to 900/],
    ['no timeout', { Timeout: 0 }, validation, /'timeout' failed .* greater than or equal to 1/],
    ['memory', { MemorySize: 10_241 }, validation, /'memorySize' failed .* less than or equal to 10240/],
    ['little memory', { MemorySize: 127 }, validation, /'memorySize' failed .* greater than or equal to 128/],
    ['storage', { EphemeralStorage: { Size: 10_241 } }, validation, /'ephemeralStorage.size' failed/],
    ['little storage', { EphemeralStorage: { Size: 511 } }, validation, /'ephemeralStorage.size' failed/],
    [
      'a description',
      { Description: 'x'.repeat(257) },
      validation,
      /'description' failed .* less than or equal to 256/,
    ],
    ['a name', { FunctionName: 'x'.repeat(65) }, validation, /'functionName' failed .* less than or equal to 64/],
    ['tags', { Tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, ''])) }, invalid, /50 tags/],
    ['an environment', { Environment: { Variables: { AB: 'x'.repeat(4096) } } }, invalid, /4KB limit/],
    ['an empty package', { Code: { ZipFile: new Uint8Array() } }, invalid, /source for function code|non-empty zip/],
  ])('%s', async (_, more, name, message) => {
    await expect(makeFunction(lambda, 'refused', role, source('x'), more)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    })
  })

  test('five layers', async () => {
    const Layers: string[] = []
    for (const LayerName of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const Content = { ZipFile: await zipOf({ [`nodejs/${LayerName}.js`]: '1' }) }
      const { LayerVersionArn = '' } = await lambda.send(new PublishLayerVersionCommand({ LayerName, Content }))
      Layers.push(LayerVersionArn)
    }
    await expect(makeFunction(lambda, 'six', role, source('x'), { Layers })).rejects.toMatchObject({ name: invalid })
    await makeFunction(lambda, 'five', role, source('x'), { Layers: Layers.slice(1) })
  })

  test('50 MB of package sent along', async () => {
    const ZipFile = Buffer.alloc(52_428_801)
    await expect(lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'five', ZipFile }))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      $metadata: { httpStatusCode: 413 },
    })
  })

  test('6 MB of event, 1 MB of one that is not waited for', async () => {
    const send = (bytes: number, InvocationType: 'Event' | 'RequestResponse') =>
      lambda.send(
        new InvokeCommand({
          FunctionName: 'five',
          InvocationType,
          Payload: Buffer.from(JSON.stringify('x'.repeat(bytes - 2))),
        }),
      )
    const refusal = { name: 'RequestTooLargeException', $metadata: { httpStatusCode: 413 } }
    expect((await send(6_291_456, 'RequestResponse')).StatusCode).toBe(200)
    await expect(send(6_291_457, 'RequestResponse')).rejects.toMatchObject(refusal)
    expect((await send(1_048_576, 'Event')).StatusCode).toBe(202)
    await expect(send(1_048_577, 'Event')).rejects.toMatchObject(refusal)
  })

  test('50 tags, also one after the other', async () => {
    await makeFunction(lambda, 'tags', role, source('x'))
    const Tags = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`t${n}`, 'x']))
    await lambda.send(new TagResourceCommand({ Resource: arn('tags'), Tags }))
    await expect(
      lambda.send(new TagResourceCommand({ Resource: arn('tags'), Tags: { more: 'x' } })),
    ).rejects.toMatchObject({ name: invalid })
  })
})

test('an older revision changes nothing, by any operation', async () => {
  const FunctionName = 'revisions'
  const made = await makeFunction(lambda, FunctionName, role, source('a'), { Publish: true })
  const stale = { FunctionName, RevisionId: '00000000-0000-0000-0000-000000000000' }
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }))
  await lambda.send(
    new AddPermissionCommand({ FunctionName, StatementId: 's', Action: 'lambda:*', Principal: '111111111111' }),
  )
  const ZipFile = await zipOf({ 'index.js': source('b') })
  const attempts = [
    lambda.send(new UpdateFunctionCodeCommand({ ...stale, ZipFile })),
    lambda.send(new UpdateFunctionConfigurationCommand({ ...stale, Description: 'b' })),
    lambda.send(new PublishVersionCommand(stale)),
    lambda.send(new UpdateAliasCommand({ ...stale, Name: 'live', Description: 'b' })),
    lambda.send(
      new AddPermissionCommand({ ...stale, StatementId: 't', Action: 'lambda:*', Principal: '1'.repeat(12) }),
    ),
    lambda.send(new RemovePermissionCommand({ ...stale, StatementId: 's' })),
  ]
  for (const attempt of await Promise.allSettled(attempts)) {
    expect(attempt.status === 'rejected' && attempt.reason).toMatchObject({
      name: 'PreconditionFailedException',
      $metadata: { httpStatusCode: 412 },
    })
  }
  expect((await call(lambda, FunctionName)).value).toBe('a')
  expect(made.Version).toBe('1')
})

test('the SDK’s waiters come to an end', async () => {
  const FunctionName = 'waited'
  await makeFunction(lambda, FunctionName, role, source('a'), { Publish: true })
  const waiting = { client: lambda, maxWaitTime: 10 }
  const states = await Promise.all([
    waitUntilFunctionExists(waiting, { FunctionName }),
    waitUntilFunctionActiveV2(waiting, { FunctionName }),
    waitUntilFunctionUpdatedV2(waiting, { FunctionName }),
    waitUntilPublishedVersionActive(waiting, { FunctionName, Qualifier: '1' }),
  ])
  expect(states.map(({ state }) => state)).toEqual(Array(4).fill('SUCCESS'))
})

test('requests of an alias are shared out by weight, and say which version had them', async () => {
  const FunctionName = 'weighted'
  await makeFunction(lambda, FunctionName, role, source('one'), { Publish: true })
  await lambda.send(
    new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await zipOf({ 'index.js': source('two') }), Publish: true }),
  )
  const RoutingConfig = { AdditionalVersionWeights: { '2': 0.5 } }
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1', RoutingConfig }))
  const answers = []
  for (let n = 0; n < 200; n++) answers.push(await call(lambda, FunctionName, {}, { Qualifier: 'live' }))
  for (const { value, version } of answers) expect(value).toBe(version === '1' ? 'one' : 'two')
  const second = answers.filter(({ version }) => version === '2').length
  // 100 is expected; six standard deviations on either side.
  expect(second).toBeGreaterThan(57)
  expect(second).toBeLessThan(143)
})

test('all versions of all functions are listed in pages, and those of one', async () => {
  await using own = await startNode({ ephemeral: true })
  const client = own.client(LambdaClient)
  const ownRole = await makeRole(own, 'lists')
  for (const name of ['a', 'b']) {
    await makeFunction(client, name, ownRole, source(name), { Publish: true })
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description: '2' }))
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, MemorySize: 256 }))
    await client.send(new PublishVersionCommand({ FunctionName: name }))
  }
  const all = async (
    get: (Marker: string | undefined) => Promise<{ arns: (string | undefined)[]; NextMarker?: string | undefined }>,
  ) => {
    const found: (string | undefined)[] = []
    let Marker: string | undefined
    do {
      const page = await get(Marker)
      expect(page.arns.length).toBeLessThanOrEqual(2)
      found.push(...page.arns)
      Marker = page.NextMarker
    } while (Marker)
    return found
  }
  const functions = (FunctionVersion?: 'ALL') =>
    all(async (Marker) => {
      const page = await client.send(new ListFunctionsCommand({ MaxItems: 2, Marker, FunctionVersion }))
      return { ...page, arns: page.Functions?.map(({ FunctionArn }) => FunctionArn) ?? [] }
    })
  const expected = (name: string) => [`${arn(name)}:$LATEST`, `${arn(name)}:1`, `${arn(name)}:2`]
  expect(await functions('ALL')).toEqual([...expected('a'), ...expected('b')])
  expect(await functions()).toEqual([arn('a'), arn('b')])
  const versions = await all(async (Marker) => {
    const page = await client.send(new ListVersionsByFunctionCommand({ FunctionName: 'b', MaxItems: 2, Marker }))
    return { ...page, arns: page.Versions?.map(({ FunctionArn }) => FunctionArn) ?? [] }
  })
  expect(versions).toEqual(expected('b'))
  expect((await client.send(new ListFunctionsCommand({ MasterRegion: 'eu-west-1' }))).Functions).toEqual([])
  client.destroy()
})

test.each(['names', '000000000000:names', arn('names'), 'function:names', `${arn('names')}:1`, 'names:1'])(
  'a function is meant by %s',
  async (FunctionName) => {
    await makeFunction(lambda, 'names', role, source('named'), { Publish: true }).catch(() => undefined)
    expect((await call(lambda, FunctionName)).value).toBe('named')
  },
)

test('a function that is a package takes no image', async () => {
  const ImageUri = '000000000000.dkr.ecr.us-east-1.amazonaws.com/app:1'
  const refusal = { name: 'InvalidParameterValueException', message: expect.stringMatching(/Image/) }
  await makeFunction(lambda, 'zipped', role, source('x'))
  await expect(lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'zipped', ImageUri }))).rejects.toMatchObject(
    refusal,
  )
  const ImageConfig = { Command: ['app.handler'] }
  await expect(
    lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'zipped', ImageConfig })),
  ).rejects.toMatchObject(refusal)
})

test('what tools look for in messages is in them', async () => {
  const FunctionName = 'worded'
  await makeFunction(lambda, FunctionName, role, source('x'), { Publish: true })
  const url = () => lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }))
  await url()
  const refusals: [Promise<unknown>, string, string][] = [
    [
      lambda.send(new GetPolicyCommand({ FunctionName })),
      'ResourceNotFoundException',
      'The resource you requested does not exist.',
    ],
    [
      lambda.send(new GetFunctionCommand({ FunctionName: arn(FunctionName).replace('us-east-1', 'eu-west-1') })),
      'ResourceNotFoundException',
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    ],
    [
      lambda.send(new TagResourceCommand({ Resource: `${arn(FunctionName)}:1`, Tags: { a: 'b' } })),
      'InvalidParameterValueException',
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    ],
    [
      url(),
      'ResourceConflictException',
      `Failed to create function url config for [functionArn = ${arn(FunctionName)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
    ],
  ]
  for (const [attempt, name, message] of refusals) await expect(attempt).rejects.toMatchObject({ name, message })
})

test('CreateFunction without a role that can be assumed says so', async () => {
  const Code = { ZipFile: await zipOf({ 'index.js': source('x') }) }
  const input = { FunctionName: 'x', Runtime: 'nodejs22.x', Handler: 'index.handler', Code } as const
  await expect(
    lambda.send(new CreateFunctionCommand({ ...input, Role: 'arn:aws:iam::000000000000:role/none' })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
})
