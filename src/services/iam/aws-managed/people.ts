import { actions, allow, type Policies, readServices } from './statement.ts'

/** For administrators, developers and those who look after accounts. */
export const people: Policies = {
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
}
