import { actions, allow, type Policies, passRoleTo, writeLogs } from './statement.ts'

/** For queues, topics, streams, buses, state machines and gateways. */
export const messaging: Policies = {
  AmazonSQSFullAccess: [allow(['sqs:*'])],
  AmazonSQSReadOnlyAccess: [
    allow(
      actions(
        'sqs',
        'GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues ListQueues ListMessageMoveTasks ListQueueTags',
      ),
    ),
  ],
  'service-role/AmazonSNSRole': [
    allow(actions('logs', 'CreateLogGroup CreateLogStream PutLogEvents PutMetricFilter PutRetentionPolicy')),
  ],
  AmazonSNSFullAccess: [allow(['sns:*'])],
  AmazonSNSReadOnlyAccess: [
    allow(
      actions(
        'sns',
        'GetTopicAttributes List* CheckIfPhoneNumberIsOptedOut GetEndpointAttributes GetDataProtectionPolicy GetPlatformApplicationAttributes GetSMSAttributes GetSMSSandboxAccountStatus GetSubscriptionAttributes',
      ),
    ),
  ],
  AmazonKinesisFullAccess: [allow(['kinesis:*'])],
  AmazonKinesisReadOnlyAccess: [allow(actions('kinesis', 'Get* List* Describe*'))],
  AmazonKinesisFirehoseFullAccess: [allow(['firehose:*'])],
  AmazonKinesisFirehoseReadOnlyAccess: [allow(actions('firehose', 'Describe* List*'))],
  AmazonEventBridgeFullAccess: [
    allow(['events:*', 'schemas:*', 'scheduler:*', 'pipes:*']),
    passRoleTo('events.amazonaws.com', 'scheduler.amazonaws.com', 'pipes.amazonaws.com'),
  ],
  AmazonEventBridgeReadOnlyAccess: [
    allow([
      ...actions('events', 'Describe* List* TestEventPattern'),
      ...actions('schemas', 'Describe* Export* Get* List* Search*'),
      ...actions('scheduler', 'Get* List*'),
      ...actions('pipes', 'Describe* List*'),
    ]),
  ],
  AmazonEventBridgeSchedulerFullAccess: [allow(['scheduler:*']), passRoleTo('scheduler.amazonaws.com')],
  AWSStepFunctionsFullAccess: [allow(['states:*'])],
  AWSStepFunctionsReadOnlyAccess: [
    allow(actions('states', 'Describe* List* GetExecutionHistory ValidateStateMachineDefinition')),
  ],
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': [
    allow(
      actions(
        'logs',
        'CreateLogGroup CreateLogStream DescribeLogGroups DescribeLogStreams PutLogEvents GetLogEvents FilterLogEvents',
      ),
    ),
  ],
  AmazonAPIGatewayAdministrator: [allow(['apigateway:*'], 'arn:aws:apigateway:*::/*')],
  AmazonAPIGatewayInvokeFullAccess: [
    allow(actions('execute-api', 'Invoke ManageConnections'), 'arn:aws:execute-api:*:*:*'),
  ],
  'service-role/AWSAppSyncPushToCloudWatchLogs': [allow(writeLogs)],
  AWSAppSyncInvokeFullAccess: [allow(actions('appsync', 'GraphQL GetGraphqlApi ListGraphqlApis ListApiKeys'))],
  AWSAppSyncAdministrator: [allow(['appsync:*']), passRoleTo('appsync.amazonaws.com')],
  AmazonSESFullAccess: [allow(['ses:*'])],
}
