import { policy, type Samples, tags, to } from '../sample.ts'

const attributes = (...names: string[]) => names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }))
const key = (hash: string, range?: string) => [
  { AttributeName: hash, KeyType: 'HASH' },
  ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' }]),
]
const index = (IndexName: string, hash: string, range?: string) => ({
  IndexName,
  KeySchema: key(hash, range),
  Projection: { ProjectionType: 'ALL' },
})
const base = { AttributeDefinitions: attributes('id'), KeySchema: key('id'), BillingMode: 'PAY_PER_REQUEST' }
const two = { AttributeDefinitions: attributes('id', 'at'), KeySchema: key('id', 'at') }
const provisioned = (units: number) => ({ ReadCapacityUnits: units, WriteCapacityUnits: units })
const shared = {
  KeySchema: to(key('at', 'id'), two),
  GlobalSecondaryIndexes: to([index('by-at', 'at')], { AttributeDefinitions: attributes('id', 'at'), ...indexed() }),
  LocalSecondaryIndexes: to([index('other', 'id', 'at')], {
    AttributeDefinitions: attributes('id', 'at', 'to'),
    KeySchema: key('id', 'to'),
    LocalSecondaryIndexes: [index('one', 'id', 'at')],
  }),
  StreamSpecification: to({ StreamViewType: 'KEYS_ONLY' }),
  TimeToLiveSpecification: to({ Enabled: true, AttributeName: 'until' }),
  VectorIndexes: to([vectors('by-text', 'COSINE')], { VectorIndexes: [vectors('by-text', 'EUCLIDEAN')] }),
}

function vectors(IndexName: string, DistanceFunction: string) {
  const VectorAttribute = { AttributeName: 'text' }
  return { IndexName, VectorAttribute, Dimensions: 3, DistanceFunction, Projection: { ProjectionType: 'KEYS_ONLY' } }
}

function indexed() {
  return { GlobalSecondaryIndexes: [index('first', 'at')] }
}

export const dynamodb: Samples = {
  'AWS::DynamoDB::Table': {
    beside: {
      Key: { Type: 'AWS::KMS::Key' },
      Stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
    },
    base,
    changes: {
      ...shared,
      TableName: to('walked-table'),
      ProvisionedThroughput: to(provisioned(3), { BillingMode: 'PROVISIONED', ProvisionedThroughput: provisioned(2) }),
      OnDemandThroughput: to({ MaxReadRequestUnits: 20, MaxWriteRequestUnits: 20 }),
      TableClass: to('STANDARD_INFREQUENT_ACCESS'),
      PointInTimeRecoverySpecification: to({ PointInTimeRecoveryEnabled: true }),
      ResourcePolicy: to({ PolicyDocument: policy('dynamodb:GetItem') }),
      SSESpecification: to({ SSEEnabled: true, SSEType: 'KMS' }),
      KinesisStreamSpecification: to({ StreamArn: { 'Fn::GetAtt': ['Stream', 'Arn'] } }),
      Tags: to(tags),
    },
    still: {
      BillingMode: 'It comes and goes with ProvisionedThroughput: dynamodb-cloudformation.test.ts has it.',
      DeletionProtectionEnabled: 'A table that is protected can not be deleted with its stack.',
      AttributeDefinitions: 'They change with the indexes that use them.',
      ImportSourceSpecification: 'Not told of a table, and needs files: dynamodb-imports.test.ts has it.',
      ContributorInsightsSpecification: 'Only off is taken: on is refused by name.',
    },
  },
  'AWS::DynamoDB::GlobalTable': {
    base: { ...base, Replicas: [{ Region: 'us-east-1' }] },
    changes: {
      ...shared,
      TableName: to('walked-global'),
      ReadOnDemandThroughputSettings: to({ MaxReadRequestUnits: 20 }),
      WriteOnDemandThroughputSettings: to({ MaxWriteRequestUnits: 20 }),
      Replicas: to([{ Region: 'us-east-1', TableClass: 'STANDARD_INFREQUENT_ACCESS', Tags: tags }], {
        Replicas: [{ Region: 'us-east-1', TableClass: 'STANDARD' }],
      }),
      SSESpecification: to({ SSEEnabled: true, SSEType: 'KMS' }),
    },
    still: {
      BillingMode: 'PROVISIONED needs scaling by load, which is refused by name.',
      AttributeDefinitions: 'They change with the indexes that use them.',
    },
  },
}
