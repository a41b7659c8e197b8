import { describe, expect, test } from 'vitest'
import { sampleInput } from '../src/authz/action-table.ts'
import { isAwsError } from '../src/kernel/errors.ts'
import type { Model, PropertyType, ResourceSchema } from '../src/kernel/model.ts'
import { type ResourceCtx, ResourceFailure, type ResourceType } from '../src/kernel/resource.ts'
import { entries } from '../src/registry.ts'
import { account, arn, iamArn, scope, services } from './operation-samples.ts'
import { watched } from './watched.ts'

type Properties = Record<string, unknown>

/** What properties have to look like that a plausible word will not do for. */
const given: Readonly<Record<string, unknown>> = {
  Code: { ZipFile: 'exports.handler = async () => 1' },
  Runtime: 'nodejs22.x',
  Role: iamArn('role/r'),
  FunctionName: 'f',
  AccessControl: 'Private',
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
  ContributorInsightsSpecification: { Enabled: false },
  // A table that is imported has fewer of the others.
  ImportSourceSpecification: undefined,
  StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
  Replicas: [{ Region: scope.region }],
  TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' },
  LayerVersionArn: arn('lambda', 'layer:l:1'),
  StageDescription: { Description: 'sample' },
  EventSourceArn: arn('sqs', 'q'),
  Region: scope.region,
  AWSServiceName: 'ops.apigateway.amazonaws.com',
}

interface Case {
  readonly type: ResourceType<Properties>
  readonly schema: ResourceSchema
}

const types: [string, Case][] = []
for (const entry of entries) {
  const { service } = await entry.load()
  const schemas = await entry.resourceSchemas?.()
  for (const [name, type] of Object.entries(service.resources ?? {})) {
    types.push([name, { type: type as unknown as ResourceType<Properties>, schema: schemas![name]! }])
  }
}

test('there are types to look at', () => {
  expect(types.length).toBeGreaterThan(30)
})

describe('every property that a resource type takes', () => {
  test.each(types)('of %s is published, and looked at when it is made', async (title, { type, schema }) => {
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining([...type.properties]))
    const read = new Set<string>()
    await tried(type.create(watched(all(type, schema), '', read) as Properties, resourceCtx()))
    expect(type.properties.filter((name) => !read.has(name) && !notByItself.has(`${title}.${name}`))).toEqual([])
  })

  const changeable = types.filter(([, { type }]) => type.update !== undefined)
  test.each(changeable)('of %s is looked at when it changes', async (title, { type, schema }) => {
    const replacing = (name: string) =>
      schema.properties[name]?.replace === 'yes' || (type.replaceOn ?? []).includes(name)
    for (const name of type.properties.filter((each) => !replacing(each))) {
      if (notByItself.has(`${title}.${name}`)) continue
      const props = all(type, schema)
      const read = new Set<string>()
      const previous = { ...props }
      delete previous[name]
      if (schema.properties[name]?.required) previous[name] = props[name]
      await tried(type.update!('id', watched(props, '', read) as Properties, previous, resourceCtx()))
      expect({ name, read: read.has(name) }).toEqual({ name, read: true })
    }
  })
})

/** Only their change matters, or their creation, or that of another property: a new serial replaces the key, a new index uses attributes. */
const notByItself = new Set([
  'AWS::CloudFormation::Stack.TimeoutInMinutes',
  'AWS::IAM::AccessKey.Serial',
  'AWS::DynamoDB::Table.AttributeDefinitions',
  'AWS::DynamoDB::GlobalTable.AttributeDefinitions',
])

/** What a service refuses in answers that are only plausible is not what is asked here. */
async function tried(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!isAwsError(error) && !(error instanceof ResourceFailure)) throw error
  })
}

function all(type: ResourceType<Properties>, schema: ResourceSchema): Properties {
  return Object.fromEntries(
    type.properties.map((name) => [name, sample(schema.properties[name]!.type, name, schema, 0)]),
  )
}

function sample(type: PropertyType, name: string, schema: ResourceSchema, depth: number): unknown {
  if (Object.hasOwn(given, name)) return given[name]
  if (typeof type === 'object') {
    if ('list' in type) return depth > 5 ? [] : [sample(type.list, name, schema, depth + 1)]
    if ('map' in type) return { key: sample(type.map, name, schema, depth + 1) }
    if ('union' in type) return sample(type.union[0]!, name, schema, depth + 1)
    const inner = depth > 5 ? {} : (schema.definitions[type.ref] ?? {})
    return Object.fromEntries(
      Object.entries(inner).map(([key, value]) => [key, sample(value.type, key, schema, depth + 1)]),
    )
  }
  if (type === 'tag') return { Key: 'a', Value: 'b' }
  if (type === 'json') return { Version: '2012-10-17', Statement: [] }
  if (type === 'boolean') return true
  if (type === 'number' || type === 'integer') return 1
  return /arn$/i.test(name) ? arn('lambda', 'function:f') : 'sample'
}

/** A stack that answers every operation with something plausible, and lets through only what the operation takes. */
function resourceCtx(): ResourceCtx {
  let left = 200
  return {
    account,
    region: scope.region,
    stackId: `arn:aws:cloudformation:${scope.region}:${account}:stack/s/1`,
    stackName: 's',
    logicalId: 'It',
    type: 'Custom::It',
    restoring: false,
    clientToken: 'token',
    baseUrl: 'http://127.0.0.1:4566',
    tags: {},
    previousTags: {},
    nowMs: 0,
    signal: new AbortController().signal,
    name: () => 's-It-123456789012',
    created: () => undefined,
    write: async () => undefined,
    sleepUntil: async () => undefined,
    found: async () => undefined,
    answerUrl: () => 'http://127.0.0.1:4566/answer',
    async invoke<O>(operation: string, input: object): Promise<O> {
      if (left-- === 0) throw new Error(`it goes on without end, with ${operation}`)
      const [id, name = ''] = operation.split(':')
      const service = services.find((each) => each.id === id)!
      expect(Object.keys(service.operations)).toContain(name)
      const { in: index, out } = service.model.operations[name]!
      expect({ operation, unknown: unknownMembers(service.model, index, input, '') }).toEqual({
        operation,
        unknown: [],
      })
      if (out === undefined) return {} as O
      const answering = { ...service.model, operations: { answer: { in: out } } }
      return sampleInput(answering, 'answer', true, answers) as O
    },
  }
}

/** Answers that end what is waited for. */
const answers = {
  TableStatus: 'ACTIVE',
  IndexStatus: 'ACTIVE',
  State: 'Active',
  LastUpdateStatus: 'Successful',
  Status: 'READY',
  NextToken: undefined,
  NextMarker: undefined,
  Marker: undefined,
  IsTruncated: false,
  nextToken: undefined,
  position: undefined,
}

/** Paths of what an input has and the operation does not take. */
function unknownMembers(model: Model, index: number | undefined, value: unknown, path: string): string[] {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return []
  const shape = index === undefined ? undefined : model.shapes[index]
  if (!shape) return Object.keys(value)
  if (shape.k === 'list')
    return Array.isArray(value) ? value.flatMap((each) => unknownMembers(model, shape.of, each, path)) : []
  if (shape.k === 'map') return Object.values(value).flatMap((each) => unknownMembers(model, shape.of, each, path))
  if (shape.k !== 'struct' && shape.k !== 'union') return []
  return Object.entries(value).flatMap(([key, each]) => {
    const inner = path === '' ? key : `${path}.${key}`
    const member = shape.m.find(({ n }) => n === key)
    if (member) return unknownMembers(model, member.s, each, inner)
    return each === undefined ? [] : [inner]
  })
}
