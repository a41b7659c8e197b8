import type { ServiceEntry } from './kernel/service.ts'

/** The services, each loaded on first use. A new one is a folder under `services/` and its entry here. */
export const entries: readonly ServiceEntry[] = [
  {
    id: 'sqs',
    signingNames: ['sqs'],
    targetPrefixes: ['AmazonSQS'],
    queryVersion: '2012-11-05',
    arnServices: ['sqs'],
    resourcePrefixes: ['AWS::SQS::'],
    resourceSchemas: async () =>
      (await import('./services/sqs/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/sqs/index.ts'),
  },
  {
    id: 's3',
    signingNames: ['s3'],
    arnServices: ['s3'],
    resourcePrefixes: ['AWS::S3::'],
    resourceSchemas: async () =>
      (await import('./services/s3/resource-types.json', { with: { type: 'json' } })).default,
    catchAll: true,
    entrances: [{ pathPrefix: '/_aws/s3-website/', hostPattern: /\.s3-website[.-]/ }],
    load: () => import('./services/s3/index.ts'),
  },
  {
    id: 'dynamodb',
    signingNames: ['dynamodb'],
    targetPrefixes: ['DynamoDB_20120810'],
    arnServices: ['dynamodb'],
    resourcePrefixes: ['AWS::DynamoDB::'],
    resourceSchemas: async () =>
      (await import('./services/dynamodb/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/dynamodb/index.ts'),
  },
  {
    id: 'dynamodbstreams',
    // Signed as the tables' API; the target tells which it is.
    signingNames: ['dynamodb'],
    targetOnly: true,
    targetPrefixes: ['DynamoDBStreams_20120810'],
    arnServices: [],
    load: () => import('./services/dynamodbstreams/index.ts'),
  },
  {
    id: 'iam',
    signingNames: ['iam'],
    queryVersion: '2010-05-08',
    arnServices: ['iam'],
    resourcePrefixes: ['AWS::IAM::'],
    resourceSchemas: async () =>
      (await import('./services/iam/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/iam/index.ts'),
  },
  {
    id: 'cloudformation',
    signingNames: ['cloudformation'],
    queryVersion: '2010-05-15',
    arnServices: ['cloudformation'],
    resourcePrefixes: ['AWS::CloudFormation::'],
    resourceSchemas: async () =>
      (await import('./services/cloudformation/resource-types.json', { with: { type: 'json' } })).default,
    entrances: [{ pathPrefix: '/_aws/cloudformation-response/' }],
    load: () => import('./services/cloudformation/index.ts'),
  },
  {
    id: 'sts',
    signingNames: ['sts'],
    queryVersion: '2011-06-15',
    arnServices: ['sts'],
    load: () => import('./services/sts/index.ts'),
  },
  {
    id: 'logs',
    signingNames: ['logs'],
    targetPrefixes: ['Logs_20140328'],
    arnServices: ['logs'],
    resourcePrefixes: ['AWS::Logs::'],
    resourceSchemas: async () =>
      (await import('./services/logs/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/logs/index.ts'),
  },
  {
    id: 'lambda',
    signingNames: ['lambda'],
    arnServices: ['lambda'],
    resourcePrefixes: ['AWS::Lambda::'],
    resourceSchemas: async () =>
      (await import('./services/lambda/resource-types.json', { with: { type: 'json' } })).default,
    entrances: [
      { pathPrefix: '/_aws/lambda-code/' },
      { pathPrefix: '/_aws/lambda-url/', hostPattern: /^[a-z0-9]+\.lambda-url\./ },
    ],
    load: () => import('./services/lambda/index.ts'),
  },
  {
    id: 'cloudwatch',
    signingNames: ['monitoring', 'cloudwatch'],
    targetPrefixes: ['GraniteServiceVersion20100801'],
    rpcNames: ['GraniteServiceVersion20100801'],
    queryVersion: '2010-08-01',
    arnServices: ['cloudwatch'],
    resourcePrefixes: ['AWS::CloudWatch::'],
    resourceSchemas: async () =>
      (await import('./services/cloudwatch/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/cloudwatch/index.ts'),
  },
  {
    id: 'ec2',
    signingNames: ['ec2'],
    queryVersion: '2016-11-15',
    arnServices: ['ec2'],
    resourcePrefixes: ['AWS::EC2::'],
    resourceSchemas: async () =>
      (await import('./services/ec2/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/ec2/index.ts'),
  },
  {
    id: 'ecr',
    signingNames: ['ecr'],
    targetPrefixes: ['AmazonEC2ContainerRegistry_V20150921'],
    arnServices: ['ecr'],
    resourcePrefixes: ['AWS::ECR::'],
    resourceSchemas: async () =>
      (await import('./services/ecr/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/ecr/index.ts'),
  },
  {
    id: 'ssm',
    signingNames: ['ssm'],
    targetPrefixes: ['AmazonSSM'],
    arnServices: ['ssm'],
    resourcePrefixes: ['AWS::SSM::'],
    resourceSchemas: async () =>
      (await import('./services/ssm/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/ssm/index.ts'),
  },
  {
    id: 'secretsmanager',
    signingNames: ['secretsmanager'],
    targetPrefixes: ['secretsmanager'],
    arnServices: ['secretsmanager'],
    resourcePrefixes: ['AWS::SecretsManager::'],
    resourceSchemas: async () =>
      (await import('./services/secretsmanager/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/secretsmanager/index.ts'),
  },
  {
    id: 'kms',
    signingNames: ['kms'],
    targetPrefixes: ['TrentService'],
    arnServices: ['kms'],
    resourcePrefixes: ['AWS::KMS::'],
    resourceSchemas: async () =>
      (await import('./services/kms/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/kms/index.ts'),
  },
  {
    id: 'events',
    signingNames: ['events'],
    targetPrefixes: ['AWSEvents'],
    arnServices: ['events'],
    resourcePrefixes: ['AWS::Events::'],
    resourceSchemas: async () =>
      (await import('./services/events/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/events/index.ts'),
  },
  {
    id: 'kinesis',
    signingNames: ['kinesis'],
    targetPrefixes: ['Kinesis_20131202'],
    arnServices: ['kinesis'],
    resourcePrefixes: ['AWS::Kinesis::'],
    resourceSchemas: async () =>
      (await import('./services/kinesis/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/kinesis/index.ts'),
  },
  {
    id: 'sns',
    signingNames: ['sns'],
    queryVersion: '2010-03-31',
    arnServices: ['sns'],
    entrances: [{ pathPrefix: '/_aws/sns/' }],
    resourcePrefixes: ['AWS::SNS::'],
    resourceSchemas: async () =>
      (await import('./services/sns/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/sns/index.ts'),
  },
  {
    id: 'apigateway',
    signingNames: ['apigateway'],
    arnServices: ['apigateway'],
    resourcePrefixes: ['AWS::ApiGateway::'],
    resourceSchemas: async () =>
      (await import('./services/apigateway/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/apigateway/index.ts'),
  },
  {
    id: 'apigatewayv2',
    signingNames: ['apigateway'],
    pathPrefix: '/v2/',
    arnServices: ['apigatewayv2', 'execute-api'],
    resourcePrefixes: ['AWS::ApiGatewayV2::'],
    entrances: [
      { pathPrefix: '/_aws/execute-api/', hostPattern: /^[a-z0-9]+\.execute-api\./ },
      { pathPrefix: '/_aws/api-portal/' },
    ],
    resourceSchemas: async () =>
      (await import('./services/apigatewayv2/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/apigatewayv2/index.ts'),
  },
  {
    id: 'scheduler',
    signingNames: ['scheduler'],
    arnServices: ['scheduler'],
    resourcePrefixes: ['AWS::Scheduler::'],
    resourceSchemas: async () =>
      (await import('./services/scheduler/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/scheduler/index.ts'),
  },
  {
    id: 'pipes',
    signingNames: ['pipes'],
    arnServices: ['pipes'],
    resourcePrefixes: ['AWS::Pipes::'],
    resourceSchemas: async () =>
      (await import('./services/pipes/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/pipes/index.ts'),
  },
  {
    id: 'firehose',
    signingNames: ['firehose'],
    targetPrefixes: ['Firehose_20150804'],
    arnServices: ['firehose'],
    resourcePrefixes: ['AWS::KinesisFirehose::'],
    resourceSchemas: async () =>
      (await import('./services/firehose/resource-types.json', { with: { type: 'json' } })).default,
    load: () => import('./services/firehose/index.ts'),
  },
]
