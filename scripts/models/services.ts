import type { Protocol } from '../../src/kernel/model.ts'

/** What has to be said by hand of a service; the rest comes from the SDK and botocore. */
export interface ServiceSource {
  /** Folder under src/services. */
  readonly id: string
  /** `@aws-sdk/client-<client>`. */
  readonly client: string
  /** Folder under botocore's data; default: `id`. */
  readonly botocore?: string
  /** Protocols clients may speak, the current SDKs' default first. */
  readonly protocols: readonly Protocol[]
  readonly resources?: string
  /** Of an API of many hundred operations: those whose shapes are wanted. The others are known by name, to answer that they are not here. */
  readonly only?: readonly string[]
  /** Patterns of shapes that are looser by now than botocore here has them. */
  readonly patterns?: Readonly<Record<string, string>>
}

/** Parameter Store, of all that Systems Manager is. */
const parameterOperations = [
  ...['PutParameter', 'GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory'],
  ...['DescribeParameters', 'DeleteParameter', 'DeleteParameters', 'LabelParameterVersion', 'UnlabelParameterVersion'],
  ...['AddTagsToResource', 'RemoveTagsFromResource', 'ListTagsForResource'],
]

/** What networks of functions need, and what templates with them have. */
const networkOperations = [
  ...['CreateVpc', 'DeleteVpc', 'DescribeVpcs', 'DescribeVpcAttribute', 'ModifyVpcAttribute', 'CreateDefaultVpc'],
  ...['CreateSubnet', 'DeleteSubnet', 'DescribeSubnets', 'ModifySubnetAttribute'],
  ...['CreateSecurityGroup', 'DeleteSecurityGroup', 'DescribeSecurityGroups', 'DescribeSecurityGroupRules'],
  ...['AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress'],
  ...['RevokeSecurityGroupIngress', 'RevokeSecurityGroupEgress', 'ModifySecurityGroupRules'],
  ...['UpdateSecurityGroupRuleDescriptionsIngress', 'UpdateSecurityGroupRuleDescriptionsEgress'],
  ...['CreateTags', 'DeleteTags', 'DescribeTags', 'DescribeAvailabilityZones', 'DescribeRegions'],
  ...['CreateInternetGateway', 'DeleteInternetGateway', 'DescribeInternetGateways'],
  ...['AttachInternetGateway', 'DetachInternetGateway'],
  ...['CreateRouteTable', 'DeleteRouteTable', 'DescribeRouteTables', 'CreateRoute', 'ReplaceRoute', 'DeleteRoute'],
  ...['AssociateRouteTable', 'DisassociateRouteTable', 'ReplaceRouteTableAssociation'],
  ...['AllocateAddress', 'ReleaseAddress', 'DescribeAddresses'],
  ...['CreateNatGateway', 'DeleteNatGateway', 'DescribeNatGateways'],
]

export const services: readonly ServiceSource[] = [
  { id: 'sqs', client: 'sqs', protocols: ['json1.0', 'query'], resources: 'AWS::SQS::' },
  { id: 'lambda', client: 'lambda', protocols: ['rest-json'], resources: 'AWS::Lambda::' },
  { id: 'logs', client: 'cloudwatch-logs', protocols: ['json1.1'], resources: 'AWS::Logs::' },
  { id: 'dynamodb', client: 'dynamodb', protocols: ['json1.0'], resources: 'AWS::DynamoDB::' },
  { id: 'dynamodbstreams', client: 'dynamodb-streams', protocols: ['json1.0'] },
  { id: 's3', client: 's3', protocols: ['rest-xml'], resources: 'AWS::S3::' },
  { id: 'apigateway', client: 'api-gateway', protocols: ['rest-json'], resources: 'AWS::ApiGateway::' },
  { id: 'apigatewayv2', client: 'apigatewayv2', protocols: ['rest-json'], resources: 'AWS::ApiGatewayV2::' },
  { id: 'cloudformation', client: 'cloudformation', protocols: ['query'], resources: 'AWS::CloudFormation::' },
  { id: 'iam', client: 'iam', protocols: ['query'], resources: 'AWS::IAM::' },
  { id: 'sts', client: 'sts', protocols: ['query'] },
  { id: 'cloudwatch', client: 'cloudwatch', protocols: ['json1.0', 'cbor', 'query'], resources: 'AWS::CloudWatch::' },
  { id: 'ec2', client: 'ec2', protocols: ['ec2'], resources: 'AWS::EC2::', only: networkOperations },
  { id: 'ssm', client: 'ssm', protocols: ['json1.1'], resources: 'AWS::SSM::Parameter', only: parameterOperations },
  {
    id: 'secretsmanager',
    client: 'secrets-manager',
    protocols: ['json1.1'],
    resources: 'AWS::SecretsManager::',
  },
  { id: 'kms', client: 'kms', protocols: ['json1.1'], resources: 'AWS::KMS::' },
  { id: 'events', client: 'eventbridge', protocols: ['json1.1'], resources: 'AWS::Events::' },
  { id: 'sns', client: 'sns', protocols: ['query'], resources: 'AWS::SNS::' },
  { id: 'ecr', client: 'ecr', protocols: ['json1.1'], resources: 'AWS::ECR::' },
  {
    ...{ id: 'kinesis', client: 'kinesis', protocols: ['json1.1', 'cbor1.1'], resources: 'AWS::Kinesis::' },
    // https://docs.aws.amazon.com/kinesis/latest/APIReference/API_TagResource.html
    patterns: { ResourceARN: 'arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel)/\\S+' },
  },
  { id: 'scheduler', client: 'scheduler', protocols: ['rest-json'], resources: 'AWS::Scheduler::' },
  { id: 'pipes', client: 'pipes', protocols: ['rest-json'], resources: 'AWS::Pipes::' },
  { id: 'firehose', client: 'firehose', protocols: ['json1.1'], resources: 'AWS::KinesisFirehose::' },
]
