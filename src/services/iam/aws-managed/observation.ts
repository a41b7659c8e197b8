import { actions, allow, type Policies, passRoleTo, writeLogs } from './statement.ts'

/** For logs, metrics and traces. */
export const observation: Policies = {
  AWSXRayDaemonWriteAccess: [
    allow(
      actions(
        'xray',
        'PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets GetSamplingStatisticSummaries',
      ),
    ),
  ],
  AWSXrayWriteOnlyAccess: [
    allow(
      actions(
        'xray',
        'PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets GetSamplingStatisticSummaries',
      ),
    ),
  ],
  AWSXrayReadOnlyAccess: [allow(actions('xray', 'Get* List* BatchGet*'))],
  AWSXrayFullAccess: [allow(['xray:*'])],
  CloudWatchFullAccess: [
    allow([
      ...['cloudwatch:*', 'logs:*', 'sns:*', 'autoscaling:Describe*', 'oam:ListSinks'],
      ...actions('iam', 'GetPolicy GetPolicyVersion GetRole'),
    ]),
  ],
  CloudWatchFullAccessV2: [
    allow([
      ...['cloudwatch:*', 'logs:*', 'xray:*', 'synthetics:*', 'rum:*', 'oam:ListSinks'],
      ...actions('sns', 'CreateTopic ListSubscriptions ListSubscriptionsByTopic ListTopics Subscribe'),
      ...actions('iam', 'GetPolicy GetPolicyVersion GetRole'),
    ]),
  ],
  CloudWatchReadOnlyAccess: [
    allow([
      ...actions('cloudwatch', 'BatchGet* Describe* GenerateQuery Get* List*'),
      ...actions(
        'logs',
        'Get* List* StartQuery StopQuery Describe* TestMetricFilter FilterLogEvents StartLiveTail StopLiveTail',
      ),
      ...actions('sns', 'Get* List*'),
      ...actions('xray', 'BatchGet* Get* List*'),
    ]),
  ],
  CloudWatchLogsFullAccess: [allow(['logs:*', 'cloudwatch:GenerateQuery'])],
  CloudWatchLogsReadOnlyAccess: [
    allow([
      ...actions(
        'logs',
        'Describe* Get* List* StartQuery StopQuery TestMetricFilter FilterLogEvents StartLiveTail StopLiveTail',
      ),
      'cloudwatch:GenerateQuery',
    ]),
  ],
  CloudWatchAgentServerPolicy: [
    allow([
      'cloudwatch:PutMetricData',
      ...actions('ec2', 'DescribeVolumes DescribeTags'),
      ...actions(
        'logs',
        'PutLogEvents PutRetentionPolicy DescribeLogStreams DescribeLogGroups CreateLogStream CreateLogGroup',
      ),
      ...actions(
        'xray',
        'PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets GetSamplingStatisticSummaries',
      ),
    ]),
    allow(['ssm:GetParameter'], 'arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*'),
  ],
  CloudWatchEventsFullAccess: [allow(['events:*']), passRoleTo('events.amazonaws.com')],
  CloudWatchLambdaInsightsExecutionRolePolicy: [
    allow(['logs:CreateLogGroup']),
    allow(actions('logs', 'CreateLogStream PutLogEvents'), 'arn:aws:logs:*:*:log-group:/aws/lambda-insights:*'),
  ],
  CloudWatchLambdaApplicationSignalsExecutionRolePolicy: [
    allow(['xray:PutTraceSegments']),
    allow(writeLogs, 'arn:aws:logs:*:*:log-group:/aws/application-signals/data:*'),
  ],
}
