import { actions, allow, networkInterfaces, type Policies, passRoleTo, readRoles, writeLogs } from './statement.ts'

/** For execution roles of functions, and for those who manage functions. */
export const functions: Policies = {
  'service-role/AWSLambdaBasicExecutionRole': [allow(writeLogs)],
  'service-role/AWSLambdaBasicDurableExecutionRolePolicy': [
    allow([...writeLogs, ...actions('lambda', 'CheckpointDurableExecution GetDurableExecutionState')]),
  ],
  'service-role/AWSLambdaSQSQueueExecutionRole': [
    allow([...actions('sqs', 'ReceiveMessage DeleteMessage GetQueueAttributes'), ...writeLogs]),
  ],
  'service-role/AWSLambdaDynamoDBExecutionRole': [
    allow([...actions('dynamodb', 'DescribeStream GetRecords GetShardIterator ListStreams'), ...writeLogs]),
  ],
  'service-role/AWSLambdaKinesisExecutionRole': [
    allow([
      ...actions(
        'kinesis',
        'DescribeStream DescribeStreamSummary GetRecords GetShardIterator ListShards ListStreams SubscribeToShard',
      ),
      ...writeLogs,
    ]),
  ],
  'service-role/AWSLambdaVPCAccessExecutionRole': [
    allow([
      ...writeLogs,
      ...networkInterfaces,
      ...actions('ec2', 'DescribeSecurityGroups DescribeVpcs GetSecurityGroupsForVpc'),
    ]),
  ],
  'service-role/AWSLambdaENIManagementAccess': [allow(networkInterfaces)],
  'service-role/AWSLambdaMSKExecutionRole': [
    allow([
      ...actions('kafka', 'DescribeCluster DescribeClusterV2 GetBootstrapBrokers'),
      ...networkInterfaces,
      ...actions('ec2', 'DescribeVpcs DescribeSecurityGroups'),
      ...writeLogs,
    ]),
  ],
  'service-role/AWSLambdaRole': [allow(['lambda:InvokeFunction'])],
  AWSLambdaInvocation: [allow(['lambda:InvokeFunction'])],
  'AWSLambdaInvocation-DynamoDB': [
    allow(['lambda:InvokeFunction']),
    allow(actions('dynamodb', 'DescribeStream GetRecords GetShardIterator ListStreams')),
  ],
  AWSLambdaExecute: [
    allow(['logs:*'], 'arn:aws:logs:*:*:*'),
    allow(actions('s3', 'GetObject PutObject'), 'arn:aws:s3:::*'),
  ],
  AWSLambda_FullAccess: [
    allow([
      'lambda:*',
      ...readRoles,
      ...actions('cloudformation', 'DescribeStacks ListStackResources'),
      ...actions('cloudwatch', 'ListMetrics GetMetricData'),
      ...actions('ec2', 'DescribeSecurityGroups DescribeSubnets DescribeVpcs'),
      'kms:ListAliases',
      'logs:DescribeLogGroups',
      ...actions('states', 'DescribeStateMachine ListStateMachines'),
      'tag:GetResources',
      ...actions('xray', 'GetTraceSummaries BatchGetTraces'),
    ]),
    passRoleTo('lambda.amazonaws.com'),
    allow(
      actions('logs', 'DescribeLogStreams GetLogEvents FilterLogEvents StartLiveTail StopLiveTail'),
      'arn:aws:logs:*:*:log-group:/aws/lambda/*',
    ),
  ],
  AWSLambda_ReadOnlyAccess: [
    allow([
      ...actions('lambda', 'Get* List*'),
      ...readRoles,
      ...actions('cloudformation', 'DescribeStacks ListStackResources'),
      ...actions('cloudwatch', 'ListMetrics GetMetricData'),
      ...actions('ec2', 'DescribeSecurityGroups DescribeSubnets DescribeVpcs'),
      'kms:ListAliases',
      'logs:DescribeLogGroups',
      ...actions('states', 'DescribeStateMachine ListStateMachines'),
      'tag:GetResources',
      ...actions('xray', 'GetTraceSummaries BatchGetTraces'),
    ]),
    allow(
      actions('logs', 'DescribeLogStreams GetLogEvents FilterLogEvents StartLiveTail StopLiveTail'),
      'arn:aws:logs:*:*:log-group:/aws/lambda/*',
    ),
  ],
  'service-role/AmazonS3ObjectLambdaExecutionRolePolicy': [
    allow(['s3-object-lambda:WriteGetObjectResponse', ...writeLogs]),
  ],
}
