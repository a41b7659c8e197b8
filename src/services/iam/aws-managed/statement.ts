/**
 * What the policies that AWS manages allow, by path and name: those that serverless templates commonly attach,
 * written down from what the AWS documentation says each is for
 * (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html). Actions of services that
 * do not exist here are left out where they decide nothing.
 */

export interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** `actions('sqs', 'A B')` is `['sqs:A', 'sqs:B']`. */
export function actions(service: string, names: string): string[] {
  return names.split(' ').map((name) => `${service}:${name}`)
}

export function allow(
  Action: readonly string[],
  Resource: Statement['Resource'] = '*',
  Condition?: Statement['Condition'],
): Statement {
  return { Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) }
}

export const writeLogs = actions('logs', 'CreateLogGroup CreateLogStream PutLogEvents')
export const passRoleTo = (...services: string[]) =>
  allow(['iam:PassRole'], '*', { StringEquals: { 'iam:PassedToService': services } })
export const networkInterfaces = actions(
  'ec2',
  'CreateNetworkInterface DescribeNetworkInterfaces DescribeSubnets DeleteNetworkInterface AssignPrivateIpAddresses UnassignPrivateIpAddresses',
)
export const readRoles = actions(
  'iam',
  'GetPolicy GetPolicyVersion GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies ListRoles',
)
export const readServices =
  `acm apigateway application-autoscaling appsync athena autoscaling cloudformation cloudfront cloudtrail cloudwatch codebuild
  codepipeline cognito-identity cognito-idp config dynamodb ec2 ecr ecs elasticloadbalancing events firehose glue iam kinesis kms lambda logs pipes
  rds route53 s3 scheduler schemas secretsmanager sns sqs ssm states tag wafv2 xray`.split(/\s+/)

export type Policies = Readonly<Record<string, readonly Statement[]>>
