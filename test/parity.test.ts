import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  APIGatewayClient,
  CreateRestApiCommand,
  GetResourcesCommand,
  PutMethodCommand,
} from '@aws-sdk/client-api-gateway'
import { ApiGatewayV2Client, CreateApiCommand, CreateIntegrationCommand } from '@aws-sdk/client-apigatewayv2'
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient, PutRuleCommand } from '@aws-sdk/client-eventbridge'
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import { CreateGroupCommand, CreateInstanceProfileCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateAliasCommand as CreateKeyAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  LambdaClient,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda'
import { CreatePipeCommand, DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateScheduleCommand, CreateScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parity } from '../scripts/parity.ts'
import { sampleInput } from '../src/authz/action-table.ts'
import { RequestCtx } from '../src/http/request-ctx.ts'
import type { AccessRequest } from '../src/kernel/authorization.ts'
import type { Ctx } from '../src/kernel/context.ts'
import type { Model, Shape } from '../src/kernel/model.ts'
import type { ReadTx, Tx } from '../src/kernel/records.ts'
import type { Service } from '../src/kernel/service.ts'
import { patiently, startNode, type TestNode } from './harness.ts'
import { account, type Case, cases, inputFor, scope, services } from './operation-samples.ts'
import { watched } from './watched.ts'
import { makeFunction, makeRole } from './wire/lambda-support.ts'

const root = join(import.meta.dirname, '..')

test('docs/parity.md says what the code says (npm run parity writes it)', async () => {
  expect(await readFile(join(root, 'docs', 'parity.md'), 'utf8')).toBe(await parity())
})

/**
 * "Present" is said of an operation when each of its parameters works, is refused by name, or is listed as inert. Each
 * is given to the operation, alone and beside what is required, and what the operation looks at is watched.
 */
describe('every parameter of every operation is looked at, refused by name, or listed as inert', () => {
  let node: TestNode
  let ids: Readonly<Record<string, unknown>>
  beforeAll(async () => {
    node = await startNode({ ephemeral: true })
    ids = await furnish(node)
  })
  afterAll(() => node.close())

  test.each(services.map((service) => [service.id, service] as const))('%s', async (_, service) => {
    const words = await wordsOf(service)
    const ignored: string[] = []
    for (const one of cases.filter((each) => each.service === service)) {
      for (const member of topMembers(service.model, one.name)) {
        const given = isInert(service, one.name, member)
          ? { read: new Set([member]), refused: new Set([member]), done: true }
          : await giveOnly(one, member)
        // An operation that stopped before it got there can only be asked whether its service knows the name at all.
        const refused = given.refused.has(member)
        const looked = given.read.has(member) || refused || (!given.done && words.has(member))
        if (!looked && !lookedAtElsewhere.has(`${one.name}.${member}`)) ignored.push(`${one.name}.${member}`)
        if (refused) continue
        for (const path of pathsBelow(service.model, one.name, member)) {
          const names = path.split('.')
          if (names.some((_, i) => lookedAtElsewhere.has([one.name, ...names.slice(0, i + 1)].join('.')))) continue
          if (given.read.has(path) || isInert(service, one.name, path)) continue
          if (names.some((name) => given.refused.has(name)) || words.has(names.at(-1)!)) continue
          ignored.push(`${one.name}.${path}`)
        }
      }
    }
    expect(ignored).toEqual([])
  })

  /** Runs an operation with one optional member, and takes back what it wrote. */
  async function giveOnly(one: Case, member: string) {
    const base = { ...inputFor(one, false), ...pick(ids, topMembers(one.service.model, one.name)) }
    const value =
      base[member] ??
      inputFor(one, true)[member] ??
      pick(sampleInput(one.service.model, one.name, true), [member])[member]
    const read = new Set<string>()
    const error = await run(one, watched({ ...base, [member]: value }, '', read) as Record<string, unknown>)
    const before = await run(one, base)
    const refused = new Set(
      error === undefined || error.message === before?.message
        ? []
        : [member, ...pathsBelow(one.service.model, one.name, member).flatMap((path) => path.split('.'))].filter(
            (name) => namesIt(error, name),
          ),
    )
    return { read, refused, done: error === undefined }
  }

  /** What it throws, if anything. */
  async function run({ operation }: Case, input: Record<string, unknown>): Promise<Error | undefined> {
    const ctx = context(node)
    const op = operation as unknown as Runnable
    try {
      if (op.authorize !== 'none') await ctx.read((tx) => (op.authorize as Authorize)(input, ctx, tx))
      if (op.read) await ctx.read((tx) => op.read!(tx, input, ctx))
      if (op.call) await op.call(input, ctx)
      if (op.write) {
        await ctx.write(async (tx) => {
          await op.write!(tx, input, ctx)
          throw new Undo()
        })
      }
    } catch (error) {
      if (!(error instanceof Undo)) return error as Error
    }
    return undefined
  }
})

class Undo extends Error {}

type Authorize = (input: object, ctx: Ctx, tx: ReadTx) => Promise<readonly AccessRequest[]>
interface Runnable {
  readonly authorize: Authorize | 'none'
  read?(tx: ReadTx, input: object, ctx: Ctx): Promise<unknown>
  write?(tx: Tx, input: object, ctx: Ctx): Promise<unknown>
  call?(input: object, ctx: Ctx): Promise<unknown>
}

/** Looked at only when there is something to choose from, or on the wire rather than in the input. */
const lookedAtElsewhere = new Set([
  // Refused by name, within what cannot be left out.
  'ImportTable.TableCreationParameters.GlobalSecondaryIndexes.WarmThroughput',
  ...['CreatePortal', 'UpdatePortal'].flatMap((name) => [
    `${name}.Authorization.CognitoConfig`,
    `${name}.EndpointConfiguration.AcmManaged`,
  ]),
  // By a condition that failed.
  'PutItem.ReturnValuesOnConditionCheckFailure',
  'DeleteItem.ReturnValuesOnConditionCheckFailure',
  // Of messages, of policies, of the parts of an upload: there are none.
  'ReceiveMessage.MessageAttributeNames',
  ...['ListAttachedUserPolicies', 'ListAttachedGroupPolicies', 'ListAttachedRolePolicies', 'ListEntitiesForPolicy'].map(
    (name) => `${name}.PathPrefix`,
  ),
  'FilterLogEvents.logStreamNamePrefix',
  'GetObjectAttributes.MaxParts',
  'GetObjectAttributes.PartNumberMarker',
  // By the processors in telemetry/transform, of events; tests there have each of them.
  'PutTransformer.transformerConfig',
  'TestTransformer.transformerConfig',
  // The header, of the body as it came (whole-body.ts).
  ...[
    'PutBucketTagging',
    'PutBucketAbac',
    'PutBucketEncryption',
    'PutPublicAccessBlock',
    'PutBucketOwnershipControls',
    'PutBucketPolicy',
    'PutBucketCors',
    'PutBucketVersioning',
    'PutBucketLifecycleConfiguration',
    'PutBucketWebsite',
    'PutBucketRequestPayment',
    'PutBucketAccelerateConfiguration',
    'PutBucketLogging',
    'PutBucketAcl',
    'PutObjectAcl',
    'PutObjectTagging',
    'UpdateObjectEncryption',
    'DeleteObjects',
  ].flatMap((name) => [`${name}.ContentMD5`, `${name}.ChecksumAlgorithm`]),
])

function namesIt(error: Error, member: string): boolean {
  return JSON.stringify([error.message, error]).toLowerCase().includes(member.toLowerCase())
}

/** `*.Name` is of every operation; an entry covers what is below it. */
function isInert({ inert = {} }: Service, operation: string, path: string): boolean {
  const parts = path.split('.')
  return parts.some((_, index) => {
    const upTo = parts.slice(0, index + 1).join('.')
    return Object.hasOwn(inert, `${operation}.${upTo}`) || Object.hasOwn(inert, `*.${upTo}`)
  })
}

function topMembers(model: Model, operation: string): string[] {
  const index = model.operations[operation]?.in
  const shape = index === undefined ? undefined : model.shapes[index]
  return shape?.k === 'struct' ? shape.m.map(({ n }) => n) : []
}

/** The paths of what is inside a member, lists seen through, recursion once. */
function pathsBelow(model: Model, operation: string, member: string): string[] {
  const paths: string[] = []
  const walk = (index: number, path: string, above: readonly number[]): void => {
    if (above.includes(index)) return
    const shape: Shape = model.shapes[index]!
    const next = [...above, index]
    if (shape.k === 'list' || shape.k === 'map') walk(shape.of, path, next)
    if (shape.k !== 'struct' && shape.k !== 'union') return
    for (const { n, s } of shape.m) {
      const inner = path === '' ? n : `${path}.${n}`
      if (path !== '') paths.push(inner)
      if (path !== '' || n === member) walk(s, inner, next)
    }
  }
  walk(model.operations[operation]!.in!, '', [])
  return paths
}

/** The words of a service's code, and of its schemas' converters that live there. */
async function wordsOf({ id }: Service): Promise<Set<string>> {
  const folder = join(root, 'src', 'services', id)
  const files = await readdir(folder, { recursive: true })
  const code = files.filter((file) => file.endsWith('.ts') && !/(^|\/)(api|.*\.test|.*\.d\.json)\.ts$/.test(file))
  expect(code.length).toBeGreaterThan(1)
  const texts = await Promise.all(code.map((file) => readFile(join(folder, file), 'utf8')))
  return new Set(texts.join('\n').match(/[A-Za-z][A-Za-z0-9]*/g))
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  const values = from as Readonly<Record<string, unknown>>
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name]]] : [])))
}

function context({ node, endpoint }: TestNode): Ctx {
  const wire = {
    method: 'POST',
    path: '/',
    query: '',
    headers: { 'content-length': '1' },
    rawHeaders: [],
    body: new Uint8Array(1),
    remoteAddress: '127.0.0.1',
    origin: endpoint,
  }
  return new RequestCtx({
    host: node.host,
    scope,
    requestId: 'parity',
    principal: { kind: 'root', account, arn: `arn:aws:iam::${account}:root`, userId: account },
    baseUrl: endpoint,
    sourceIp: '127.0.0.1',
    requestContext: {},
    wire,
    signal: () => AbortSignal.timeout(5_000),
  })
}

/** Makes what the samples name, so that operations get past finding it. Answers the names that the node chose. */
async function furnish(node: TestNode): Promise<Record<string, unknown>> {
  const [s3, sqs, db, lambda, logs, iam, apis, rest, stacks] = [
    node.client(S3Client),
    node.client(SQSClient),
    node.client(DynamoDBClient),
    node.client(LambdaClient),
    node.client(CloudWatchLogsClient),
    node.client(IAMClient),
    node.client(ApiGatewayV2Client),
    node.client(APIGatewayClient),
    node.client(CloudFormationClient),
  ]
  for (const Bucket of ['bucket', 'source']) await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'a/key', Body: 'x' }))
  await s3.send(new PutObjectCommand({ Bucket: 'source', Key: 'key', Body: 'x' }))
  await sqs.send(new CreateQueueCommand({ QueueName: 'q' }))
  await db.send(
    new CreateTableCommand({
      TableName: 'table',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  )
  const role = await makeRole(node, 'r', [{ Effect: 'Allow', Action: ['logs:*', 'sqs:*'], Resource: '*' }])
  await makeFunction(lambda, 'f', role, 'exports.handler = async () => 1')
  await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }))
  await lambda.send(new CreateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' }))
  const { UUID } = await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'f:live',
      EventSourceArn: `arn:aws:sqs:${scope.region}:${account}:q`,
      Enabled: false,
    }),
  )
  for (const logGroupName of ['g', 'sample']) {
    await logs.send(new CreateLogGroupCommand({ logGroupName }))
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'sample' }))
  }
  for (const UserName of ['ann', 'bob']) await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new CreateGroupCommand({ GroupName: 'sample' }))
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'sample' }))
  const { ApiId } = await apis.send(new CreateApiCommand({ Name: 'a', ProtocolType: 'HTTP' }))
  const { IntegrationId } = await apis.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: `arn:aws:lambda:${scope.region}:${account}:function:f`,
      PayloadFormatVersion: '2.0',
    }),
  )
  const { id: restApiId } = await rest.send(new CreateRestApiCommand({ name: 'r' }))
  const { items = [] } = await rest.send(new GetResourcesCommand({ restApiId }))
  const resourceId = items[0]?.id
  await rest.send(new PutMethodCommand({ restApiId, resourceId, httpMethod: 'GET', authorizationType: 'NONE' }))
  await stacks.send(
    new CreateStackCommand({ StackName: 'made', TemplateBody: '{"Resources":{"B":{"Type":"AWS::S3::Bucket"}}}' }),
  )
  const scheduler = node.client(SchedulerClient)
  const scheduling = await makeRole(node, 'schedules', [], 'scheduler.amazonaws.com')
  await scheduler.send(new CreateScheduleGroupCommand({ Name: 'sample' }))
  await scheduler.send(
    new CreateScheduleCommand({
      Name: 'sample',
      ScheduleExpression: 'rate(1 day)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: `arn:aws:sqs:${scope.region}:${account}:q`, RoleArn: scheduling },
      State: 'DISABLED',
    }),
  )
  const destination = { RoleARN: `arn:aws:iam::${account}:role/sample`, BucketARN: 'arn:aws:s3:::sample' }
  await node
    .client(FirehoseClient)
    .send(new CreateDeliveryStreamCommand({ DeliveryStreamName: 'stream', S3DestinationConfiguration: destination }))
  const piping = await makeRole(
    node,
    'pipes',
    [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }],
    'pipes.amazonaws.com',
  )
  const queue = `arn:aws:sqs:${scope.region}:${account}:q`
  const pipes = node.client(PipesClient)
  const stopped = { Source: queue, Target: queue, RoleArn: piping, DesiredState: 'STOPPED' as const }
  await pipes.send(new CreatePipeCommand({ Name: 'sample', ...stopped }))
  await vi.waitFor(
    async () => expect((await pipes.send(new DescribePipeCommand({ Name: 'sample' }))).CurrentState).toBe('STOPPED'),
    patiently,
  )
  const ssm = node.client(SSMClient)
  await ssm.send(new PutParameterCommand({ Name: '/app/url', Value: 'x', Type: 'String' }))
  const secrets = node.client(SecretsManagerClient)
  await secrets.send(new CreateSecretCommand({ Name: 'db', SecretString: 'x' }))
  const kms = node.client(KMSClient)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  await kms.send(new CreateKeyAliasCommand({ AliasName: 'alias/sample', TargetKeyId: KeyMetadata?.KeyId }))
  const events = node.client(EventBridgeClient)
  await events.send(new PutRuleCommand({ Name: 'sample', EventPattern: '{"source":["shop"]}' }))
  for (const client of [events, kms, secrets, ssm, s3, sqs, db, lambda, logs, iam, apis, rest, stacks]) client.destroy()
  return { ApiId, UUID, IntegrationId, restApiId, resourceId }
}
