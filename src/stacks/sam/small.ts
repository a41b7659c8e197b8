import { isMap, own, type ValueMap } from '../value.ts'
import { s3Location } from './function.ts'
import { add, type Declared, hashOf, type Output, pick, refuseOthers, samError } from './output.ts'

/** `AWS::Serverless::SimpleTable`: a table with one key. */
export function transformTable({ id, properties, rest }: Declared, out: Output): void {
  refuseOthers(id, properties, [
    'PrimaryKey',
    'ProvisionedThroughput',
    'TableName',
    'Tags',
    'SSESpecification',
    'PointInTimeRecoverySpecification',
  ])
  const key = own(properties, 'PrimaryKey')
  const [name, type] = isMap(key) ? [own(key, 'Name'), own(key, 'Type')] : ['id', 'String']
  const letter = { String: 'S', Number: 'N', Binary: 'B' }[String(type)]
  if (letter === undefined || name === undefined)
    throw samError(id, `Invalid 'PrimaryKey'. Its Type must be String, Number or Binary.`)
  const tags = own(properties, 'Tags')
  const throughput = own(properties, 'ProvisionedThroughput')
  const made: ValueMap = {
    AttributeDefinitions: [{ AttributeName: name, AttributeType: letter }],
    KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
    ...(throughput === undefined ? { BillingMode: 'PAY_PER_REQUEST' } : { ProvisionedThroughput: throughput }),
    ...pick(properties, ['TableName', 'SSESpecification', 'PointInTimeRecoverySpecification']),
    ...(isMap(tags) ? { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } : {}),
  }
  add(out, id, 'AWS::DynamoDB::Table', made, rest)
}

/** `AWS::Serverless::LayerVersion`: each content is a version of its own, and old ones stay. */
export function transformLayer({ id, properties, rest }: Declared, out: Output): void {
  const same = ['Description', 'LicenseInfo', 'CompatibleRuntimes', 'CompatibleArchitectures']
  refuseOthers(id, properties, [...same, 'LayerName', 'ContentUri', 'RetentionPolicy'])
  const policy = own(properties, 'RetentionPolicy') ?? 'Retain'
  if (typeof policy !== 'string' || !/^(retain|delete)$/i.test(policy)) {
    throw samError(id, "'RetentionPolicy' must be one of the following options: ['Retain', 'Delete'].")
  }
  const made: ValueMap = {
    Content: s3Location(id, 'ContentUri', own(properties, 'ContentUri')),
    LayerName: own(properties, 'LayerName') ?? id,
    ...pick(properties, same),
  }
  const version = id + hashOf({ ...made, rest })
  const kept = /^retain$/i.test(policy) ? 'Retain' : 'Delete'
  add(out, version, 'AWS::Lambda::LayerVersion', made, {
    ...rest,
    DeletionPolicy: own(properties, 'RetentionPolicy') === undefined ? (own(rest, 'DeletionPolicy') ?? kept) : kept,
  })
  out.renamed.set(id, version)
}
