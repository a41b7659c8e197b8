/**
 * What the policies that AWS manages allow, by path and name: those that serverless templates commonly attach,
 * written down from what the AWS documentation says each is for
 * (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html). Actions of services that
 * do not exist here are left out where they decide nothing.
 */

interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** `actions('sqs', 'A B')` is `['sqs:A', 'sqs:B']`. */
function actions(service: string, names: string): string[] {
  return names.split(' ').map((name) => `${service}:${name}`)
}

function allow(
  Action: readonly string[],
  Resource: Statement['Resource'] = '*',
  Condition?: Statement['Condition'],
): Statement {
  return { Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) }
}

const writeLogs = actions('logs', 'CreateLogGroup CreateLogStream PutLogEvents')
const passRoleTo = (...services: string[]) =>
  allow(['iam:PassRole'], '*', { StringEquals: { 'iam:PassedToService': services } })
const networkInterfaces = actions(
  'ec2',
  'CreateNetworkInterface DescribeNetworkInterfaces DescribeSubnets DeleteNetworkInterface AssignPrivateIpAddresses UnassignPrivateIpAddresses',
)
const readRoles = actions(
  'iam',
  'GetPolicy GetPolicyVersion GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies ListRoles',
)
const readServices =
  `acm apigateway application-autoscaling appsync athena autoscaling cloudformation cloudfront cloudtrail cloudwatch codebuild
  codepipeline cognito-identity cognito-idp config dynamodb ec2 ecr ecs elasticloadbalancing events firehose glue iam kinesis kms lambda logs pipes
  rds route53 s3 scheduler schemas secretsmanager sns sqs ssm states tag wafv2 xray`.split(/\s+/)

export const awsManagedStatements: Readonly<Record<string, readonly Statement[]>> = {
  AdministratorAccess: [allow(['*'])],
  PowerUserAccess: [
    { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
    allow([
      ...actions('iam', 'CreateServiceLinkedRole DeleteServiceLinkedRole ListRoles'),
      'organizations:DescribeOrganization',
      'account:ListRegions',
      'account:GetAccountInformation',
    ]),
  ],
  ReadOnlyAccess: [
    allow([
      ...readServices
        .filter((service) => !['secretsmanager', 'kms', 'apigateway', 'dynamodb', 'sqs', 'logs'].includes(service))
        .flatMap((service) => actions(service, 'Get* List* Describe*')),
      ...actions('apigateway', 'GET'),
      ...actions('dynamodb', 'BatchGet* Describe* Get* List* Query Scan PartiQLSelect'),
      ...actions('kms', 'Describe* Get* List*'),
      ...actions('logs', 'Describe* FilterLogEvents Get* ListTags* StartQuery StopQuery TestMetricFilter'),
      ...actions('secretsmanager', 'Describe* GetResourcePolicy List*'),
      ...actions('sqs', 'Get* List* Receive*'),
      ...actions('xray', 'BatchGet*'),
      ...actions('iam', 'Simulate*'),
      ...actions('cloudformation', 'Detect* Estimate*'),
    ]),
  ],
  'job-function/ViewOnlyAccess': [
    allow([
      ...readServices
        .filter((service) => service !== 's3' && service !== 'apigateway')
        .flatMap((service) => actions(service, 'List* Describe*')),
      ...actions('s3', 'ListAllMyBuckets ListBucket GetBucketLocation'),
      ...actions('sqs', 'GetQueueAttributes GetQueueUrl'),
      ...actions('iam', 'GetAccountSummary'),
    ]),
  ],
  IAMFullAccess: [
    allow(['iam:*', ...actions('organizations', 'DescribeAccount DescribeOrganization ListRoots ListPolicies')]),
  ],
  IAMReadOnlyAccess: [
    allow(
      actions(
        'iam',
        'GenerateCredentialReport GenerateServiceLastAccessedDetails Get* List* SimulateCustomPolicy SimulatePrincipalPolicy',
      ),
    ),
  ],
  IAMUserChangePassword: [
    allow(['iam:ChangePassword'], ['arn:aws:iam::*:user/${aws:username}']),
    allow(['iam:GetAccountPasswordPolicy']),
  ],

  'service-role/AWSLambdaBasicExecutionRole': [allow(writeLogs)],
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

  AmazonS3FullAccess: [allow(['s3:*', 's3-object-lambda:*'])],
  AmazonS3ReadOnlyAccess: [
    allow([...actions('s3', 'Get* List* Describe*'), ...actions('s3-object-lambda', 'Get* List*')]),
  ],
  'service-role/AmazonS3ObjectLambdaExecutionRolePolicy': [
    allow(['s3-object-lambda:WriteGetObjectResponse', ...writeLogs]),
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

  AWSCloudFormationFullAccess: [allow(['cloudformation:*'])],
  AWSCloudFormationReadOnlyAccess: [
    allow(
      actions(
        'cloudformation',
        'Describe* EstimateTemplateCost Get* List* ValidateTemplate Detect* BatchDescribeTypeConfigurations',
      ),
    ),
  ],
  AmazonSSMFullAccess: [
    allow([
      'ssm:*',
      'cloudwatch:PutMetricData',
      'ec2:DescribeInstanceStatus',
      'logs:*',
      'ssmmessages:*',
      'ec2messages:*',
    ]),
  ],
  AmazonSSMReadOnlyAccess: [allow(actions('ssm', 'Describe* Get* List*'))],
  SecretsManagerReadWrite: [
    allow([
      'secretsmanager:*',
      ...actions(
        'cloudformation',
        'CreateChangeSet DescribeChangeSet DescribeStackResource DescribeStacks ExecuteChangeSet',
      ),
      ...actions('ec2', 'DescribeSecurityGroups DescribeSubnets DescribeVpcs'),
      ...actions('kms', 'DescribeKey ListAliases ListKeys'),
      'lambda:ListFunctions',
      'tag:GetResources',
    ]),
    allow(
      actions('lambda', 'AddPermission CreateFunction GetFunction InvokeFunction UpdateFunctionConfiguration'),
      'arn:aws:lambda:*:*:function:SecretsManager*',
    ),
  ],
  AWSKeyManagementServicePowerUser: [
    allow([
      ...actions(
        'kms',
        'CreateAlias CreateKey DeleteAlias Describe* GenerateRandom Get* List* TagResource UntagResource',
      ),
      ...actions('iam', 'ListGroups ListRoles ListUsers'),
    ]),
  ],
  AmazonCognitoPowerUser: [
    allow([
      'cognito-identity:*',
      'cognito-idp:*',
      'cognito-sync:*',
      ...actions('iam', 'ListRoles ListOpenIdConnectProviders GetRole ListSAMLProviders GetSAMLProvider'),
      'kinesis:ListStreams',
      'lambda:GetPolicy',
      'lambda:ListFunctions',
      'sns:GetSMSSandboxAccountStatus',
      'sns:ListPlatformApplications',
    ]),
  ],
  AmazonCognitoReadOnly: [
    allow([
      ...actions('cognito-identity', 'Describe* Get* List*'),
      ...actions('cognito-idp', 'Describe* AdminGet* AdminList* List* Get*'),
      ...actions('iam', 'ListOpenIdConnectProviders ListRoles ListSAMLProviders GetSAMLProvider'),
    ]),
  ],
  AmazonEC2ContainerRegistryReadOnly: [
    allow(
      actions(
        'ecr',
        'GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer GetRepositoryPolicy DescribeRepositories ListImages DescribeImages BatchGetImage GetLifecyclePolicy GetLifecyclePolicyPreview ListTagsForResource DescribeImageScanFindings',
      ),
    ),
  ],
  AmazonEC2ReadOnlyAccess: [
    allow([
      ...actions('ec2', 'Describe* GetSecurityGroupsForVpc'),
      'elasticloadbalancing:Describe*',
      ...actions('cloudwatch', 'ListMetrics GetMetricStatistics Describe*'),
      'autoscaling:Describe*',
    ]),
  ],
  AmazonSESFullAccess: [allow(['ses:*'])],
}
