import { expect, test } from 'vitest'
import { validatePolicy } from '../../authz/validate.ts'
import { awsManagedPolicies, awsManagedPolicy } from './aws-managed.ts'

test('every AWS policy is well formed, found by its ARN, and has an id of its own', () => {
  const all = awsManagedPolicies()
  expect(all.length).toBe(71)
  for (const [arn, policy] of all) {
    expect(() => validatePolicy(policy.versions[0]!.document, 'identity')).not.toThrow()
    expect(awsManagedPolicy(arn)).toBe(policy)
    expect(arn).toBe(`arn:aws:iam::aws:policy${policy.path}${policy.name}`)
  }
  expect(new Set(all.map(([, { id }]) => id)).size).toBe(all.length)
})

test.each([
  'AdministratorAccess',
  'PowerUserAccess',
  'ReadOnlyAccess',
  'service-role/AWSLambdaBasicExecutionRole',
  'service-role/AWSLambdaSQSQueueExecutionRole',
  'service-role/AWSLambdaDynamoDBExecutionRole',
  'service-role/AWSLambdaKinesisExecutionRole',
  'service-role/AWSLambdaVPCAccessExecutionRole',
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs',
  'AWSXRayDaemonWriteAccess',
  'AmazonS3FullAccess',
  'AmazonS3ReadOnlyAccess',
  'AmazonDynamoDBFullAccess',
  'AmazonDynamoDBReadOnlyAccess',
  'AmazonSQSFullAccess',
  'AmazonSNSFullAccess',
  'AmazonKinesisFullAccess',
  'AmazonEventBridgeFullAccess',
  'AWSStepFunctionsFullAccess',
  'AmazonSSMReadOnlyAccess',
  'SecretsManagerReadWrite',
  'AWSLambda_FullAccess',
  'CloudWatchFullAccess',
  'CloudWatchLogsFullAccess',
  'IAMFullAccess',
])('%s is there', (name) => {
  expect(awsManagedPolicy(`arn:aws:iam::aws:policy/${name}`)).toBeDefined()
})
