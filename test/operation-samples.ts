import { sampleInput } from '../src/authz/action-table.ts'
import type { AnyOperation } from '../src/kernel/operation.ts'
import type { Service } from '../src/kernel/service.ts'
import { entries } from '../src/registry.ts'

/** Every operation there is, and an input for each: for tests that hold all of them to one rule. */

export const account = '000000000000'
export const scope = { account, region: 'us-east-1' }
export const ann = `arn:aws:iam::${account}:user/ann`
export const arn = (service: string, resource: string) => `arn:aws:${service}:${scope.region}:${account}:${resource}`
export const iamArn = (resource: string) => `arn:aws:iam::${account}:${resource}`

/** What members have to look like that a plausible word will not do for; by service, then by member or operation. */
const given: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  sqs: {
    QueueUrl: `http://127.0.0.1:4566/${account}/q`,
    Actions: ['SendMessage'],
    SourceArn: arn('sqs', 'q'),
    DestinationArn: arn('sqs', 'r'),
    TaskHandle: Buffer.from(JSON.stringify({ taskId: 't', sourceArn: arn('sqs', 'q') })).toString('base64'),
  },
  lambda: {
    FunctionName: 'f',
    Qualifier: 'live',
    Role: iamArn('role/r'),
    Resource: arn('lambda', 'function:f'),
    UUID: '14e0db71-96d7-4c3e-8d5f-3b0f2d9c8a11',
    Principal: 's3.amazonaws.com',
    'CreateEventSourceMapping.EventSourceArn': arn('sqs', 'q'),
    'CreateFunction.Runtime': 'nodejs22.x',
    'CreateFunction.Handler': 'index.handler',
    'GetLayerVersionByArn.Arn': arn('lambda', 'layer:l:1'),
    Layers: [arn('lambda', 'layer:l:1')],
    VersionNumber: 1,
    'AddLayerVersionPermission.Action': 'lambda:GetLayerVersion',
    'AddLayerVersionPermission.Principal': account,
    Action: 'lambda:InvokeFunction',
    FunctionVersion: '1',
    CodeSigningConfigArn: arn('lambda', 'code-signing-config:csc-0123456789abcdefg'),
    AllowedPublishers: {
      SigningProfileVersionArns: [arn('signer', '/signing-profiles/profile/abcdefghij')],
    },
    UpdateRuntimeOn: 'Auto',
    RecursiveLoop: 'Allow',
    InvokeArgs: new TextEncoder().encode('{}'),
    ResourceArn: arn('lambda', 'function:f'),
    'PutResourcePolicy.Policy': JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: account },
        Action: 'lambda:InvokeFunction',
        Resource: arn('lambda', 'function:f'),
      },
    }),
  },
  logs: {
    resourceArn: arn('logs', 'log-group:g'),
    logGroupIdentifier: 'g',
    retentionInDays: 7,
    'DescribeLogStreams.logGroupName': 'g',
    'GetLogEvents.logGroupName': 'g',
    'FilterLogEvents.logGroupName': 'g',
    'DescribeLogStreams.logGroupIdentifier': undefined,
    'GetLogEvents.logGroupIdentifier': undefined,
    'FilterLogEvents.logGroupIdentifier': undefined,
  },
  dynamodb: {
    TableName: 'table',
    ResourceArn: arn('dynamodb', 'table/table'),
    'PutResourcePolicy.Policy': JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: account },
        Action: 'dynamodb:*',
        Resource: arn('dynamodb', 'table/table'),
      },
    }),
    AttributeName: 'pk',
    'CreateTable.TableName': 'new-table',
    'CreateTable.BillingMode': 'PAY_PER_REQUEST',
    'CreateTable.AttributeDefinitions': [{ AttributeName: 'pk', AttributeType: 'S' }],
    'CreateTable.KeySchema': [{ AttributeName: 'pk', KeyType: 'HASH' }],
    'GetItem.Key': { pk: { S: 'a' } },
    'UpdateItem.Key': { pk: { S: 'a' } },
    'DeleteItem.Key': { pk: { S: 'a' } },
    Item: { pk: { S: 'a' } },
    RequestItems: { table: { Keys: [{ pk: { S: 'a' } }] } },
    'BatchWriteItem.RequestItems': { table: [{ PutRequest: { Item: { pk: { S: 'a' } } } }] },
    Statement: `SELECT * FROM "table" WHERE pk = 'a'`,
    'ExecuteStatement.Parameters': undefined,
    'BatchExecuteStatement.Statements': [{ Statement: `SELECT * FROM "table" WHERE pk = 'a'` }],
    'ExecuteTransaction.TransactStatements': [{ Statement: `SELECT * FROM "table" WHERE pk = 'a'` }],
    NextToken: undefined,
    TransactItems: [{ Get: { TableName: 'table', Key: { pk: { S: 'a' } } } }],
    'TransactWriteItems.TransactItems': [{ Put: { TableName: 'table', Item: { pk: { S: 'a' } } } }],
    'Query.KeyConditionExpression': 'pk = :a',
    FilterExpression: 'b = :a',
    ConditionExpression: 'b = :a',
    UpdateExpression: 'SET b = :a',
    ExpressionAttributeValues: { ':a': { S: 'a' } },
    'Query.ExpressionAttributeValues': { ':a': { S: 'a' } },
    ExpressionAttributeNames: undefined,
    // What expressions came in place of is not given beside them.
    Expected: undefined,
    ConditionalOperator: undefined,
    AttributeUpdates: undefined,
    AttributesToGet: undefined,
    KeyConditions: undefined,
    QueryFilter: undefined,
    ScanFilter: undefined,
  },
  dynamodbstreams: {
    StreamArn: arn('dynamodb', 'table/table/stream/2026-01-01T00:00:00.000'),
    ExclusiveStartStreamArn: arn('dynamodb', 'table/table/stream/2026-01-01T00:00:00.000'),
    ShardIterator: `${arn('dynamodb', 'table/table/stream/2026-01-01T00:00:00.000')}|1|${btoa('[9e15,""]')}`,
    ShardId: 'shardId-00000001767225600000-0123abcd',
    'GetShardIterator.ShardIteratorType': 'LATEST',
    SequenceNumber: undefined,
  },
  s3: {
    Bucket: 'bucket',
    Key: 'a/key',
    CopySource: 'source/key',
    Tagging: 'a=1',
    'PutBucketTagging.Tagging': { TagSet: [{ Key: 'a', Value: '1' }] },
    'PutObjectTagging.Tagging': { TagSet: [{ Key: 'a', Value: '1' }] },
    'PutBucketLifecycleConfiguration.LifecycleConfiguration': {
      Rules: [{ Status: 'Enabled', Filter: {}, Expiration: { Days: 1 } }],
    },
    'PutBucketVersioning.VersioningConfiguration': { Status: 'Enabled' },
  },
  ec2: {
    VpcId: 'vpc-0123456789abcdef0',
    SubnetId: 'subnet-0123456789abcdef0',
    GroupId: 'sg-0123456789abcdef0',
    CidrBlock: '10.0.0.0/16',
    AvailabilityZone: 'us-east-1a',
    Resources: ['vpc-0123456789abcdef0'],
    Tags: [{ Key: 'a', Value: '1' }],
    Filters: undefined,
  },
  apigatewayv2: {
    AuthorizerType: 'JWT',
    CredentialsArn: iamArn('role/r'),
    AuthorizerCredentialsArn: iamArn('role/r'),
    AuthorizationType: 'NONE',
    StageName: 'sample',
    ResourceArn: `arn:aws:apigateway:${scope.region}::/apis/a1`,
    ProtocolType: 'HTTP',
    RouteKey: 'GET /',
    'CreateIntegration.IntegrationType': 'AWS_PROXY',
    'CreateIntegration.PayloadFormatVersion': '2.0',
    'CreateIntegration.IntegrationUri': arn('lambda', 'function:f'),
  },
  cloudformation: {
    TemplateBody: '{"Resources":{}}',
    StackPolicyBody: '{"Statement":[]}',
    StackPolicyURL: undefined,
    'DeleteStack.StackName': 'made',
    'GetTemplateSummary.TemplateBody': '{"Resources":{}}',
    RoleARN: iamArn('role/r'),
  },
  iam: {
    PolicyArn: iamArn('policy/policy-one'),
    PolicySourceArn: ann,
    'SimulateCustomPolicy.PolicyInputList': [
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ],
    PermissionsBoundary: iamArn('policy/policy-one'),
    RoleArn: iamArn('role/r'),
    AWSServiceName: 'ops.apigateway.amazonaws.com',
    DeletionTaskId: 'task/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway/1',
    Path: '/team/',
    PathPrefix: '/team/',
    NewPath: '/team/',
    AccessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    VersionId: 'v1',
    UserName: 'bob',
  },
  sts: { RoleArn: iamArn('role/r'), AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
  apigateway: {
    statusCode: '200',
    httpMethod: 'GET',
    authorizationType: 'NONE',
    type: 'MOCK',
    'CreateAuthorizer.type': 'TOKEN',
    credentials: iamArn('role/r'),
    authorizerCredentials: iamArn('role/r'),
    responseType: 'DEFAULT_4XX',
    keyType: 'API_KEY',
    startDate: '2026-01-01',
    endDate: '2026-01-02',
  },
  cloudwatch: {
    Namespace: 'App',
    ResourceARN: arn('cloudwatch', 'alarm:a'),
    AlarmRule: 'TRUE',
    ComparisonOperator: 'GreaterThanThreshold',
    StateValue: 'OK',
    'PutMetricAlarm.Metrics': undefined,
    'PutMetricAlarm.ExtendedStatistic': undefined,
    DashboardBody: '{"widgets":[]}',
  },
  ecr: {},
  kms: {
    KeyId: 'alias/sample',
    TargetKeyId: '14e0db71-96d7-4c3e-8d5f-3b0f2d9c8a11',
    AliasName: 'alias/sample',
    DestinationKeyId: 'alias/sample',
    SourceKeyId: undefined,
    'Decrypt.KeyId': undefined,
    'CreateKey.KeySpec': 'SYMMETRIC_DEFAULT',
    'CreateKey.KeyUsage': 'ENCRYPT_DECRYPT',
    CustomerMasterKeySpec: undefined,
    CustomKeyStoreId: undefined,
    XksKeyId: undefined,
    MultiRegion: undefined,
    Origin: 'AWS_KMS',
    PolicyName: 'default',
    Policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
    }),
    GranteePrincipal: ann,
    RetiringPrincipal: ann,
    Constraints: undefined,
    GranteeServicePrincipal: undefined,
    RetiringServicePrincipal: undefined,
    GrantToken: undefined,
    'RetireGrant.KeyId': '14e0db71-96d7-4c3e-8d5f-3b0f2d9c8a11',
    'RetireGrant.GrantId': 'sample',
    Recipient: undefined,
    DryRun: undefined,
    DryRunModifiers: undefined,
    NumberOfBytes: 32,
    'GenerateDataKey.KeySpec': undefined,
    'GenerateDataKeyWithoutPlaintext.KeySpec': undefined,
    KeyPairSpec: 'ECC_NIST_P256',
    SigningAlgorithm: 'ECDSA_SHA_256',
    MacAlgorithm: 'HMAC_SHA_256',
    MessageType: 'RAW',
    Marker: undefined,
    PendingWindowInDays: 7,
    RotationPeriodInDays: 90,
    ...Object.fromEntries(
      ['CancelKeyDeletion', 'EnableKey', 'DisableKey', 'ScheduleKeyDeletion', 'EnableKeyRotation', 'DisableKeyRotation']
        .concat([
          'GetKeyRotationStatus',
          'ListKeyRotations',
          'RotateKeyOnDemand',
          'UpdateKeyDescription',
          'ListAliases',
        ])
        .concat(['PutKeyPolicy', 'GetKeyPolicy', 'ListKeyPolicies', 'CreateGrant', 'ListGrants', 'RevokeGrant'])
        .concat(['TagResource', 'UntagResource', 'ListResourceTags'])
        .map((name) => [`${name}.KeyId`, '14e0db71-96d7-4c3e-8d5f-3b0f2d9c8a11']),
    ),
  },
  secretsmanager: {
    SecretId: 'db',
    'CreateSecret.Name': 'new',
    'CreateSecret.SecretBinary': undefined,
    ClientRequestToken: '14e0db71-96d7-4c3e-8d5f-3b0f2d9c8a11',
    AddReplicaRegions: undefined,
    ForceOverwriteReplicaSecret: undefined,
    Type: undefined,
    SecretBinary: undefined,
    RotationToken: undefined,
    NextToken: undefined,
    VersionStage: 'AWSCURRENT',
    VersionId: undefined,
    'DeleteSecret.RecoveryWindowInDays': 7,
    ForceDeleteWithoutRecovery: undefined,
    KmsKeyId: 'alias/aws/secretsmanager',
    'BatchGetSecretValue.SecretIdList': ['db'],
    'BatchGetSecretValue.Filters': undefined,
    ResourcePolicy: JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: account },
        Action: 'secretsmanager:GetSecretValue',
        Resource: '*',
      },
    }),
    PasswordLength: 32,
    ExcludeNumbers: false,
    ExcludePunctuation: false,
    ExcludeUppercase: false,
    ExcludeLowercase: false,
  },
  ssm: {
    Name: '/app/url',
    Names: ['/app/url'],
    Path: '/app',
    ResourceType: 'Parameter',
    ResourceId: '/app/url',
    ParameterVersion: 1,
    ParameterFilters: undefined,
    NextToken: undefined,
    'DescribeParameters.Filters': [{ Key: 'Name', Values: ['/app'] }],
    'PutParameter.Type': 'String',
    'PutParameter.Overwrite': undefined,
    'PutParameter.Name': '/app/new',
    'PutParameter.Tier': 'Advanced',
    'PutParameter.DataType': 'text',
    'PutParameter.AllowedPattern': '.',
    'PutParameter.KeyId': undefined,
    'PutParameter.Policies': JSON.stringify([
      { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: '2100-01-02T00:00:00Z' } },
    ]),
  },
}

export interface Case {
  readonly service: Service
  readonly name: string
  readonly operation: AnyOperation
}

/** An input with all required members, or with all there are. */
export function inputFor({ service, name }: Case, full: boolean): Record<string, unknown> {
  const own = given[service.id] ?? {}
  const prefix = `${name}.`
  const special = Object.entries(own).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
  )
  return {
    ...sampleInput(service.model, name, full, { ...own, ...Object.fromEntries(special) }),
    ...Object.fromEntries(special),
  }
}

export const services = await Promise.all(entries.map(async (entry) => (await entry.load()).service))
export const cases: Case[] = services.flatMap((service) =>
  Object.entries(service.operations).map(([name, operation]) => ({ service, name, operation })),
)
