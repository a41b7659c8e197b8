import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeResourceScanCommand,
  DescribeStackResourcesCommand,
  ExecuteChangeSetCommand,
  paginateListResourceScanResources,
  StartResourceScanCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { altered, startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
})
afterAll(() => node.close())

const ref = (Ref: string) => ({ Ref })
const att = (...path: string[]) => ({ 'Fn::GetAtt': path })
const Version = '2012-10-17'
const trust = {
  Version,
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: ['apigateway', 'lambda', 'logs', 'scheduler'].map((name) => `${name}.amazonaws.com`) },
      Action: 'sts:AssumeRole',
    },
  ],
}
const allows = (Action: string, Resource: unknown) => ({
  Version,
  Statement: [{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action, Resource }],
})
const ApiKeyAuthParameters = { ApiKeyName: 'key', ApiKeyValue: 'value' }

/** What the resources under test stand on; it stays in its stack. */
const Ground = {
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: trust,
      Policies: [
        {
          PolicyName: 'all',
          PolicyDocument: { Version, Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
        },
      ],
    },
  },
  Function: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'there',
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      Role: att('Role', 'Arn'),
      Code: { ZipFile: 'exports.handler = async () => 1' },
    },
  },
  Stream: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'there', ShardCount: 1 } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'there' } },
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'there' } },
  Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'there' } },
  Key: { Type: 'AWS::KMS::Key', Properties: {} },
  Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'there' } },
}

/** By logical id: the type, what identifies it, the properties, and the attributes that Fn::GetAtt answers after the import. */
const types: Record<
  string,
  readonly [type: string, identifier: string, properties: object, attributes: readonly string[]]
> = {
  Vpc: ['AWS::EC2::VPC', 'VpcId', { CidrBlock: '10.0.0.0/16' }, ['DefaultSecurityGroup', 'CidrBlock']],
  Subnet: ['AWS::EC2::Subnet', 'SubnetId', { VpcId: ref('Vpc'), CidrBlock: '10.0.1.0/24' }, ['AvailabilityZone']],
  Security: ['AWS::EC2::SecurityGroup', 'Id', { GroupDescription: 'there', VpcId: ref('Vpc') }, ['GroupId', 'VpcId']],
  Ingress: [
    'AWS::EC2::SecurityGroupIngress',
    'Id',
    { GroupId: att('Security', 'GroupId'), IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '10.0.0.0/8' },
    ['Id'],
  ],
  Egress: [
    'AWS::EC2::SecurityGroupEgress',
    'Id',
    { GroupId: att('Security', 'GroupId'), IpProtocol: 'tcp', FromPort: 81, ToPort: 81, CidrIp: '10.0.0.0/8' },
    ['Id'],
  ],
  Routes: ['AWS::EC2::RouteTable', 'RouteTableId', { VpcId: ref('Vpc') }, ['RouteTableId']],
  Routing: [
    'AWS::EC2::SubnetRouteTableAssociation',
    'Id',
    { RouteTableId: ref('Routes'), SubnetId: ref('Subnet') },
    ['Id'],
  ],
  Nat: [
    'AWS::EC2::NatGateway',
    'NatGatewayId',
    { SubnetId: ref('Subnet'), ConnectivityType: 'private' },
    ['NatGatewayId', 'EniId'],
  ],
  Connection: [
    'AWS::Events::Connection',
    'Name',
    { Name: 'there', AuthorizationType: 'API_KEY', AuthParameters: { ApiKeyAuthParameters } },
    ['Arn', 'SecretArn'],
  ],
  Destination: [
    'AWS::Events::ApiDestination',
    'Name',
    {
      Name: 'there',
      ConnectionArn: att('Connection', 'Arn'),
      InvocationEndpoint: 'https://example.com',
      HttpMethod: 'POST',
    },
    ['Arn', 'ArnForPolicy'],
  ],
  Managed: [
    'AWS::IAM::ManagedPolicy',
    'PolicyArn',
    {
      ManagedPolicyName: 'there',
      PolicyDocument: { Version, Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] },
    },
    ['PolicyArn', 'PolicyId'],
  ],
  Profile: ['AWS::IAM::InstanceProfile', 'InstanceProfileName', { InstanceProfileName: 'there', Roles: [] }, ['Arn']],
  Alias: ['AWS::KMS::Alias', 'AliasName', { AliasName: 'alias/there', TargetKeyId: att('Key', 'KeyId') }, []],
  Consumer: [
    'AWS::Kinesis::StreamConsumer',
    'ConsumerARN',
    { ConsumerName: 'there', StreamARN: att('Stream', 'Arn') },
    ['ConsumerName', 'ConsumerCreationTimestamp'],
  ],
  StreamPolicy: [
    'AWS::Kinesis::ResourcePolicy',
    'ResourceArn',
    {
      ResourceArn: att('Stream', 'Arn'),
      ResourcePolicy: allows('kinesis:DescribeStreamSummary', att('Stream', 'Arn')),
    },
    [],
  ],
  Published: ['AWS::Lambda::Version', 'FunctionArn', { FunctionName: ref('Function') }, ['Version', 'FunctionArn']],
  Live: [
    'AWS::Lambda::Alias',
    'AliasArn',
    { FunctionName: ref('Function'), FunctionVersion: att('Published', 'Version'), Name: 'live' },
    ['AliasArn'],
  ],
  Url: [
    'AWS::Lambda::Url',
    'FunctionArn',
    { TargetFunctionArn: att('Function', 'Arn'), AuthType: 'NONE' },
    ['FunctionUrl'],
  ],
  LogDestination: [
    'AWS::Logs::Destination',
    'DestinationName',
    { DestinationName: 'there', RoleArn: att('Role', 'Arn'), TargetArn: att('Stream', 'Arn') },
    ['Arn'],
  ],
  Schedule: [
    'AWS::Scheduler::Schedule',
    'Name',
    {
      Name: 'there',
      ScheduleExpression: 'rate(1 day)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: att('Queue', 'Arn'), RoleArn: att('Role', 'Arn') },
    },
    ['Arn'],
  ],
  QueuePolicy: [
    'AWS::SQS::QueueInlinePolicy',
    'Queue',
    { Queue: ref('Queue'), PolicyDocument: allows('sqs:SendMessage', att('Queue', 'Arn')) },
    [],
  ],
  TopicPolicy: [
    'AWS::SNS::TopicInlinePolicy',
    'TopicArn',
    { TopicArn: ref('Topic'), PolicyDocument: allows('sns:Publish', ref('Topic')) },
    [],
  ],
  FunctionPolicy: [
    'AWS::Lambda::ResourcePolicy',
    'ResourceArn',
    {
      ResourceArn: att('Function', 'Arn'),
      PolicyDocument: allows('lambda:InvokeFunction', att('Function', 'Arn')),
    },
    [],
  ],
  Transformer: [
    'AWS::Logs::Transformer',
    'LogGroupIdentifier',
    { LogGroupIdentifier: ref('Group'), TransformerConfig: [{ ParseJSON: {} }] },
    [],
  ],
  Http: ['AWS::ApiGatewayV2::Api', 'ApiId', { Name: 'there', ProtocolType: 'HTTP' }, ['ApiEndpoint', 'ApiId']],
  Rest: ['AWS::ApiGateway::RestApi', 'RestApiId', { Name: 'there' }, ['RootResourceId']],
  Response: [
    'AWS::ApiGateway::GatewayResponse',
    'Id',
    { RestApiId: ref('Rest'), ResponseType: 'DEFAULT_4XX', StatusCode: '404' },
    ['Id'],
  ],
  ApiKey: ['AWS::ApiGateway::ApiKey', 'APIKeyId', { Name: 'there' }, ['APIKeyId']],
  Plan: ['AWS::ApiGateway::UsagePlan', 'Id', { UsagePlanName: 'there' }, ['Id']],
  PlanKey: [
    'AWS::ApiGateway::UsagePlanKey',
    'Id',
    { UsagePlanId: ref('Plan'), KeyId: ref('ApiKey'), KeyType: 'API_KEY' },
    ['Id'],
  ],
  Account: ['AWS::ApiGateway::Account', 'Id', { CloudWatchRoleArn: att('Role', 'Arn') }, ['Id']],
  SecretPolicy: [
    'AWS::SecretsManager::ResourcePolicy',
    'Id',
    { SecretId: ref('Secret'), ResourcePolicy: allows('secretsmanager:GetSecretValue', '*') },
    ['Id'],
  ],
  Linked: ['AWS::IAM::ServiceLinkedRole', 'RoleName', { AWSServiceName: 'ecs.amazonaws.com' }, ['RoleName']],
  Query: [
    'AWS::Logs::QueryDefinition',
    'QueryDefinitionId',
    { Name: 'there', QueryString: 'fields @message' },
    ['QueryDefinitionId'],
  ],
  Detector: [
    'AWS::Logs::LogAnomalyDetector',
    'AnomalyDetectorArn',
    {
      DetectorName: 'there',
      LogGroupArnList: [{ 'Fn::Sub': 'arn:aws:logs:us-east-1:000000000000:log-group:${Group}' }],
    },
    ['AnomalyDetectorArn'],
  ],
  Global: [
    'AWS::DynamoDB::GlobalTable',
    'TableName',
    {
      TableName: 'there',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      Replicas: [{ Region: 'us-east-1' }],
    },
    ['Arn', 'TableId'],
  ],
}

const Outputs = Object.fromEntries(
  Object.entries(types).flatMap(([id, [, , , attributes]]) =>
    attributes.map((name) => [`${id}${name}`, { Value: att(id, name) }]),
  ),
)
const outputsOf = async (StackName: string) =>
  Object.fromEntries(
    (await describeStack(cfn, StackName)).Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  )

test('each type of one identifier is taken over by it, with its attributes, and refused for another', async () => {
  const Resources = {
    ...Object.fromEntries(Object.entries(Ground).map(([id, one]) => [id, { ...one, DeletionPolicy: 'Retain' }])),
    ...Object.fromEntries(
      Object.entries(types).map(([id, [Type, , Properties]]) => [id, { Type, DeletionPolicy: 'Retain', Properties }]),
    ),
  }
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const]
  await cfn.send(
    new CreateStackCommand({ StackName: 'made', TemplateBody: JSON.stringify({ Resources, Outputs }), Capabilities }),
  )
  const made = await settledStack(cfn, 'made')
  expect([made.StackStatus, made.StackStatusReason]).toEqual(['CREATE_COMPLETE', undefined])
  const wanted = await outputsOf('made')
  const { StackResources = [] } = await cfn.send(new DescribeStackResourcesCommand({ StackName: 'made' }))
  const physical = Object.fromEntries(StackResources.map((one) => [one.LogicalResourceId, one.PhysicalResourceId!]))
  await cfn.send(new DeleteStackCommand({ StackName: 'made' }))
  await settledStack(cfn, made.StackId!)

  const identifierOf: Record<string, readonly [string, string]> = {
    ...Object.fromEntries(Object.entries(types).map(([id, [type, name]]) => [id, [type, name]])),
    Role: ['AWS::IAM::Role', 'RoleName'],
    Function: ['AWS::Lambda::Function', 'FunctionName'],
    Stream: ['AWS::Kinesis::Stream', 'Name'],
    Queue: ['AWS::SQS::Queue', 'QueueUrl'],
    Topic: ['AWS::SNS::Topic', 'TopicArn'],
    Group: ['AWS::Logs::LogGroup', 'LogGroupName'],
    Key: ['AWS::KMS::Key', 'KeyId'],
    Secret: ['AWS::SecretsManager::Secret', 'Id'],
  }
  const importing = (StackName: string, ids: readonly string[], change: (id: string) => string) =>
    cfn.send(
      new CreateChangeSetCommand({
        StackName,
        ChangeSetName: 'set',
        ChangeSetType: 'IMPORT',
        Capabilities,
        TemplateBody: JSON.stringify({ Resources }),
        ResourcesToImport: Object.entries(identifierOf).map(([LogicalResourceId, [ResourceType, name]]) => {
          const id = physical[LogicalResourceId]!
          return {
            LogicalResourceId,
            ResourceType,
            ResourceIdentifier: { [name]: ids.includes(LogicalResourceId) ? change(id) : id },
          }
        }),
      }),
    )
  for (const id of Object.keys(types)) {
    const other = altered(physical[id]!)
    // A template that states its identifier is refused before anything is looked for.
    const refusal = await importing(`wrong-${id}`, [id], () => other).then(
      async () =>
        (await cfn.send(new DescribeChangeSetCommand({ StackName: `wrong-${id}`, ChangeSetName: 'set' }))).StatusReason,
      (error: Error) => error.message,
    )
    expect([id, refusal]).toEqual([
      id,
      expect.stringMatching(/was not found\.$|in the template\.$|^1 validation error/),
    ])
  }
  await importing('adopted', [], (id) => id)
  const set = { StackName: 'adopted', ChangeSetName: 'set' }
  const seen = await cfn.send(new DescribeChangeSetCommand(set))
  expect([seen.Status, seen.StatusReason]).toEqual(['CREATE_COMPLETE', undefined])
  await cfn.send(new ExecuteChangeSetCommand(set))
  expect((await settledStack(cfn, 'adopted')).StackStatus).toBe('IMPORT_COMPLETE')
  await cfn.send(
    new UpdateStackCommand({
      StackName: 'adopted',
      TemplateBody: JSON.stringify({ Resources, Outputs }),
      Capabilities,
    }),
  )
  expect((await settledStack(cfn, 'adopted')).StackStatus).toBe('UPDATE_COMPLETE')
  expect(await outputsOf('adopted')).toEqual(wanted)

  // Scans find what has a list, and whose it is.
  const { ResourceScanId } = await cfn.send(new StartResourceScanCommand({}))
  while ((await cfn.send(new DescribeResourceScanCommand({ ResourceScanId }))).Status === 'IN_PROGRESS') {}
  const found: string[] = []
  for await (const page of paginateListResourceScanResources({ client: cfn }, { ResourceScanId }))
    for (const { ResourceType, ResourceIdentifier = {}, ManagedByStack } of page.Resources ?? [])
      if (ManagedByStack) found.push(`${ResourceType} ${Object.values(ResourceIdentifier)[0]}`)
  const scanned = (id: string) => found.includes(`${types[id]![0]} ${physical[id]}`)
  const listed = [
    'Response',
    'ApiKey',
    'Plan',
    'PlanKey',
    'SecretPolicy',
    'Query',
    'Detector',
    'LogDestination',
    'Profile',
  ]
  expect(listed.filter((id) => !scanned(id))).toEqual([])
  // What AWS cannot list.
  expect(['Account', 'Linked'].filter(scanned)).toEqual([])
})
