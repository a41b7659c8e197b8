import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  paginateGetParametersByPath,
  RemoveTagsFromResourceCommand,
  SSMClient,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let ssm: SSMClient
let serial = 0

beforeAll(async () => {
  node = await startNode()
  ssm = node.client(SSMClient)
})
afterAll(async () => {
  ssm.destroy()
  await node.close()
})

const fresh = () => `/fresh/p${++serial}`
const put = (Name: string, Value: string, rest: Partial<PutParameterCommandInput> = {}) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...rest }))
const again = (Name: string, Value: string, rest: Partial<PutParameterCommandInput> = {}) =>
  ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true, ...rest }))
const get = async (Name: string, WithDecryption?: boolean) =>
  (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter!

describe('putting and getting', () => {
  test('a parameter has its value, type, version and ARN', async () => {
    expect(await put('/put/list', 'a,b', { Type: 'StringList' })).toMatchObject({ Version: 1, Tier: 'Standard' })
    expect(await get('/put/list')).toMatchObject({
      Name: '/put/list',
      Type: 'StringList',
      Value: 'a,b',
      Version: 1,
      ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/put/list',
      DataType: 'text',
    })
    expect((await get('arn:aws:ssm:us-east-1:000000000000:parameter/put/list')).Value).toBe('a,b')
  })

  test('one that is there is overwritten only when told, and keeps its type', async () => {
    const name = fresh()
    await put(name, '1')
    await expect(put(name, '2')).rejects.toMatchObject({ name: 'ParameterAlreadyExists' })
    expect(await again(name, '2')).toMatchObject({ Version: 2 })
    await expect(again(name, '3', { Type: 'SecureString' })).rejects.toMatchObject({
      name: 'HierarchyTypeMismatchException',
    })
    await expect(again(name, '3', { Tags: [{ Key: 'a', Value: '1' }] })).rejects.toThrow(/tags and overwrite/)
  })

  test.each([
    ['a/b', 'ValidationException', /fully qualified/],
    ['/a b', 'ValidationException', /letters, digits/],
    ['/awsome', 'AccessDeniedException', /reserved/],
    ['ssm-one', 'ValidationException', /ssm/],
    [`${'/a'.repeat(16)}`, 'HierarchyLevelLimitExceededException', /15/],
    [`/${'a'.repeat(1_011)}`, 'ValidationException', /1011/],
  ])('the name %s is refused', async (name, code, message) => {
    const error = await put(name, 'x').catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ name: code, message: expect.stringMatching(message) })
  })

  test('values are bounded by the tier, and an advanced parameter stays one', async () => {
    const name = fresh()
    const large = 'x'.repeat(4_097)
    await expect(put(name, large)).rejects.toThrow(/4096/)
    expect(await put(name, large, { Tier: 'Intelligent-Tiering' })).toMatchObject({ Tier: 'Advanced' })
    await expect(again(name, 'x', { Tier: 'Standard' })).rejects.toThrow(/downgrade/)
    expect(await again(name, 'x')).toMatchObject({ Tier: 'Advanced' })
    await expect(again(name, 'x'.repeat(8_193))).rejects.toThrow(/8192/)
  })

  test('a value must match the allowed pattern, also one that comes later', async () => {
    const name = fresh()
    await expect(put(name, 'abc', { AllowedPattern: '^\\d+$' })).rejects.toMatchObject({
      name: 'ParameterPatternMismatchException',
    })
    await put(name, '12', { AllowedPattern: '^\\d+$' })
    await expect(again(name, 'abc')).rejects.toMatchObject({ name: 'ParameterPatternMismatchException' })
    await expect(put(fresh(), 'x', { AllowedPattern: '(' })).rejects.toMatchObject({
      name: 'InvalidAllowedPatternException',
    })
    await expect(put(fresh(), `${'a'.repeat(60)}!`, { AllowedPattern: '^(a+)+$' })).rejects.toMatchObject({
      name: 'InvalidAllowedPatternException',
    })
  })

  test('several at once, with those that are not there named', async () => {
    const [one, two] = [fresh(), fresh()]
    await put(one, '1')
    await put(two, '2')
    const { Parameters, InvalidParameters } = await ssm.send(
      new GetParametersCommand({ Names: [one, `${two}:1`, '/no/where', `${one}:9`] }),
    )
    expect(Parameters!.map(({ Name, Value, Selector }) => [Name, Value, Selector])).toEqual([
      [one, '1', undefined],
      [two, '2', ':1'],
    ])
    expect(InvalidParameters).toEqual(['/no/where', `${one}:9`])
    await expect(get('/no/where')).rejects.toMatchObject({
      name: 'ParameterNotFound',
      $metadata: { httpStatusCode: 400 },
    })
    const gone = await ssm.send(new DeleteParametersCommand({ Names: [one, '/no/where'] }))
    expect(gone).toMatchObject({ DeletedParameters: [one], InvalidParameters: ['/no/where'] })
    await expect(ssm.send(new DeleteParameterCommand({ Name: one }))).rejects.toMatchObject({
      name: 'ParameterNotFound',
    })
  })

  test('a SecureString is answered in the clear only when asked, and is not in the clear on disk', async () => {
    const name = fresh()
    await put(name, 'plain-as-day-0123456789', { Type: 'String' })
    await put(`${name}-s`, 'hush-hush-0123456789', { Type: 'SecureString' })
    expect((await get(`${name}-s`)).Value).not.toContain('hush')
    expect((await get(`${name}-s`, true)).Value).toBe('hush-hush-0123456789')
    const { Parameters } = await ssm.send(
      new DescribeParametersCommand({ ParameterFilters: [{ Key: 'Name', Values: [`${name}-s`] }] }),
    )
    expect(Parameters).toMatchObject([{ KeyId: 'alias/aws/ssm', Type: 'SecureString' }])
    await node.restart()
    ssm = node.client(SSMClient)
    expect((await get(`${name}-s`, true)).Value).toBe('hush-hush-0123456789')
    const files = readdirSync(node.dataDir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    const found = (text: string) =>
      files.some(({ parentPath, name: file }) => readFileSync(join(parentPath, file)).includes(text))
    expect([found('plain-as-day-0123456789'), found('hush-hush-0123456789')]).toEqual([true, false])
  })
})

describe('who may', () => {
  test('a denial of a name holds however the name is written', async () => {
    const iam = node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: 'ann' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
    const own = 'arn:aws:ssm:us-east-1:000000000000:parameter/own'
    const Statement = [
      { Effect: 'Allow', Action: 'ssm:*', Resource: '*' },
      { Effect: 'Deny', Action: 'ssm:*', Resource: own },
    ]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }))
    const ann = node.client(SSMClient, {
      credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
    })
    await put('/own', 'x')
    const denied = { name: 'AccessDeniedException' }
    for (const Name of ['/own', 'own', ' /own', '/own ']) {
      const given = { Name, Value: 'y', Type: 'String' as const, Overwrite: true }
      await expect(ann.send(new PutParameterCommand(given))).rejects.toMatchObject(denied)
    }
    for (const Name of ['/own', '/own:1', own]) {
      await expect(ann.send(new GetParameterCommand({ Name }))).rejects.toMatchObject(denied)
    }
    await ann.send(new PutParameterCommand({ Name: '/others', Value: 'y', Type: 'String' }))
    iam.destroy()
    ann.destroy()
  })
})

describe('versions', () => {
  test('a selector chooses by number or label, and a label moves', async () => {
    const name = fresh()
    await put(name, '1')
    await again(name, '2')
    const labelled = await ssm.send(
      new LabelParameterVersionCommand({ Name: name, ParameterVersion: 1, Labels: ['live', '9lives', 'aws-no'] }),
    )
    expect(labelled).toMatchObject({ ParameterVersion: 1, InvalidLabels: ['9lives', 'aws-no'] })
    expect(await get(`${name}:live`)).toMatchObject({ Value: '1', Version: 1, Selector: ':live' })
    expect((await get(`${name}:2`)).Value).toBe('2')
    await ssm.send(new LabelParameterVersionCommand({ Name: name, Labels: ['live'] }))
    expect((await get(`${name}:live`)).Value).toBe('2')
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: name }))
    expect(Parameters!.map(({ Version, Value, Labels }) => [Version, Value, Labels])).toEqual([
      [1, '1', []],
      [2, '2', ['live']],
    ])
    await ssm.send(new UnlabelParameterVersionCommand({ Name: name, ParameterVersion: 2, Labels: ['live'] }))
    await expect(get(`${name}:live`)).rejects.toMatchObject({ name: 'ParameterVersionNotFound' })
    await expect(get(`${name}:3`)).rejects.toMatchObject({ name: 'ParameterVersionNotFound' })
  })

  test('a hundred are kept; a labelled one is not dropped', async () => {
    const name = fresh()
    await put(name, '1')
    await ssm.send(new LabelParameterVersionCommand({ Name: name, Labels: ['keep'] }))
    for (let n = 2; n <= 100; n++) await again(name, String(n))
    await expect(again(name, '101')).rejects.toMatchObject({ name: 'ParameterMaxVersionLimitExceeded' })
    await ssm.send(new LabelParameterVersionCommand({ Name: name, Labels: ['keep'] }))
    expect(await again(name, '101')).toMatchObject({ Version: 101 })
    await expect(get(`${name}:1`)).rejects.toMatchObject({ name: 'ParameterVersionNotFound' })
    const first = await ssm.send(new GetParameterHistoryCommand({ Name: name, MaxResults: 50 }))
    const second = await ssm.send(new GetParameterHistoryCommand({ Name: name, NextToken: first.NextToken }))
    expect([first.Parameters![0]!.Version, second.Parameters!.at(-1)!.Version]).toEqual([2, 101])
    expect(second.NextToken).toBeUndefined()
  })

  test('Expiration deletes by the clock; other policies are refused by name', async () => {
    const name = fresh()
    const at = new Date(node.clock.nowMs() + 3_600_000).toISOString()
    const policy = (Type: string) => JSON.stringify([{ Type, Version: '1.0', Attributes: { Timestamp: at } }])
    await expect(put(name, 'x', { Policies: policy('Expiration') })).rejects.toThrow(/Advanced/)
    await expect(put(name, 'x', { Tier: 'Advanced', Policies: policy('NoChangeNotification') })).rejects.toMatchObject({
      name: 'InvalidPolicyTypeException',
    })
    await put(name, 'x', { Tier: 'Advanced', Policies: policy('Expiration') })
    await get(name)
    node.clock.advance(3_600_000)
    await expect.poll(() => get(name).catch((error: Error) => error.name)).toBe('ParameterNotFound')
  })
})

describe('finding', () => {
  beforeAll(async () => {
    for (const name of ['/tree/a', '/tree/b/c', '/tree/b/d/e', '/tree/f', '/treeless', 'tree']) await put(name, name)
    for (let n = 10; n < 40; n++) await put(`/many/${n}`, String(n), { Tags: [{ Key: 'odd', Value: String(n % 2) }] })
  })
  const under = async (Path: string, Recursive: boolean) => {
    const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path, Recursive }))
    return Parameters!.map(({ Name }) => Name)
  }
  const described = async (input: ConstructorParameters<typeof DescribeParametersCommand>[0]) =>
    (await ssm.send(new DescribeParametersCommand({ MaxResults: 50, ...input }))).Parameters!.map(({ Name }) => Name)

  test('a path is read one level deep or whole', async () => {
    expect(await under('/tree', false)).toEqual(['/tree/a', '/tree/f'])
    expect(await under('/tree/', true)).toEqual(['/tree/a', '/tree/b/c', '/tree/b/d/e', '/tree/f'])
    expect(await under('/', false)).toEqual(expect.arrayContaining(['/treeless', 'tree']))
    expect(await under('/nowhere', true)).toEqual([])
    await expect(under('tree', false)).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test('pages follow each other without gaps', async () => {
    const seen: (string | undefined)[] = []
    for await (const page of paginateGetParametersByPath({ client: ssm, pageSize: 7 }, { Path: '/many' })) {
      seen.push(...page.Parameters!.map(({ Value }) => Value))
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => String(index + 10)))
    await expect(ssm.send(new DescribeParametersCommand({ NextToken: 'x' }))).rejects.toMatchObject({
      name: 'InvalidNextToken',
    })
  })

  test('filters choose by name, path, tag and type', async () => {
    const by = (Key: string, Option: string | undefined, ...Values: string[]) =>
      described({ ParameterFilters: [{ Key, Option, Values }] })
    expect(await by('Name', 'BeginsWith', '/tree/b')).toEqual(['/tree/b/c', '/tree/b/d/e'])
    expect(await by('Name', 'Contains', 'less')).toEqual(['/treeless'])
    expect(await by('Path', 'Recursive', '/tree/b')).toEqual(['/tree/b/c', '/tree/b/d/e'])
    expect(await by('Path', undefined, '/tree/b')).toEqual(['/tree/b/c'])
    expect(await by('tag:odd', undefined, '1')).toHaveLength(15)
    expect(await described({ Filters: [{ Key: 'Name', Values: ['/tree/b'] }] })).toEqual(['/tree/b/c', '/tree/b/d/e'])
    await expect(by('Label', undefined, 'x')).rejects.toMatchObject({ name: 'InvalidFilterKey' })
    await expect(by('Type', 'Contains', 'x')).rejects.toMatchObject({ name: 'InvalidFilterOption' })
  })

  test('tags are added, listed and removed', async () => {
    const of = { ResourceType: 'Parameter' as const, ResourceId: '/tree/a' }
    await ssm.send(
      new AddTagsToResourceCommand({
        ...of,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    )
    await ssm.send(new RemoveTagsFromResourceCommand({ ...of, TagKeys: ['a'] }))
    expect((await ssm.send(new ListTagsForResourceCommand(of))).TagList).toEqual([{ Key: 'b', Value: '2' }])
    await expect(ssm.send(new ListTagsForResourceCommand({ ...of, ResourceId: '/none' }))).rejects.toMatchObject({
      name: 'InvalidResourceId',
    })
  })
})
