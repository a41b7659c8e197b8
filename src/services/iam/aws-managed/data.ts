import { actions, allow, type Policies, passRoleTo } from './statement.ts'

/** For buckets and tables. */
export const data: Policies = {
  AmazonS3FullAccess: [allow(['s3:*', 's3-object-lambda:*'])],
  AmazonS3ReadOnlyAccess: [
    allow([...actions('s3', 'Get* List* Describe*'), ...actions('s3-object-lambda', 'Get* List*')]),
  ],
  AmazonDynamoDBFullAccess: [
    allow([
      'dynamodb:*',
      'dax:*',
      ...actions(
        'application-autoscaling',
        'DeleteScalingPolicy DeregisterScalableTarget Describe* PutScalingPolicy RegisterScalableTarget',
      ),
      ...actions(
        'cloudwatch',
        'DeleteAlarms DescribeAlarmHistory DescribeAlarms DescribeAlarmsForMetric GetMetricStatistics GetMetricData ListMetrics PutMetricAlarm',
      ),
      ...actions('iam', 'GetRole ListRoles'),
      ...actions('kms', 'DescribeKey ListAliases'),
      ...actions(
        'sns',
        'CreateTopic DeleteTopic ListSubscriptions ListSubscriptionsByTopic ListTopics Subscribe Unsubscribe SetTopicAttributes',
      ),
      ...actions(
        'lambda',
        'CreateFunction ListFunctions ListEventSourceMappings CreateEventSourceMapping DeleteEventSourceMapping GetFunctionConfiguration DeleteFunction',
      ),
      ...actions('kinesis', 'ListStreams DescribeStream DescribeStreamSummary'),
      'tag:GetResources',
    ]),
    passRoleTo('application-autoscaling.amazonaws.com', 'dax.amazonaws.com'),
  ],
  AmazonDynamoDBFullAccess_v2: [
    allow([
      'dynamodb:*',
      'dax:*',
      ...actions('cloudwatch', 'GetMetricData GetMetricStatistics ListMetrics'),
      ...actions('kms', 'DescribeKey ListAliases'),
    ]),
  ],
  AmazonDynamoDBReadOnlyAccess: [
    allow([
      ...actions(
        'dynamodb',
        'BatchGetItem Describe* List* GetAbacStatus GetItem GetResourcePolicy Query Scan PartiQLSelect',
      ),
      ...actions('dax', 'Describe* List* GetItem BatchGetItem Query Scan'),
      ...actions(
        'application-autoscaling',
        'DescribeScalableTargets DescribeScalingActivities DescribeScalingPolicies',
      ),
      ...actions(
        'cloudwatch',
        'DescribeAlarmHistory DescribeAlarms DescribeAlarmsForMetric GetMetricStatistics GetMetricData ListMetrics',
      ),
      ...actions('iam', 'GetRole ListRoles'),
      ...actions('kms', 'DescribeKey ListAliases'),
      ...actions('sns', 'ListSubscriptionsByTopic ListTopics'),
      ...actions('lambda', 'ListFunctions ListEventSourceMappings GetFunctionConfiguration'),
      ...actions('kinesis', 'ListStreams DescribeStream DescribeStreamSummary'),
      'tag:GetResources',
    ]),
  ],
}
