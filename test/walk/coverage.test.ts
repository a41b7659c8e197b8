import { expect, test } from 'vitest'
import { knownTypes } from './known-types.ts'
import { apigateway } from './samples/apigateway.ts'
import { apigatewayv2 } from './samples/apigatewayv2.ts'
import { cloudformation } from './samples/cloudformation.ts'
import { cloudwatch } from './samples/cloudwatch.ts'
import { dynamodb } from './samples/dynamodb.ts'
import { ec2 } from './samples/ec2.ts'
import { ecr } from './samples/ecr.ts'
import { events } from './samples/events.ts'
import { firehose } from './samples/firehose.ts'
import { iam } from './samples/iam.ts'
import { kinesis } from './samples/kinesis.ts'
import { kms } from './samples/kms.ts'
import { lambda } from './samples/lambda.ts'
import { logs } from './samples/logs.ts'
import { pipes } from './samples/pipes.ts'
import { s3 } from './samples/s3.ts'
import { scheduler } from './samples/scheduler.ts'
import { secretsmanager } from './samples/secretsmanager.ts'
import { sns } from './samples/sns.ts'
import { sqs } from './samples/sqs.ts'
import { ssm } from './samples/ssm.ts'

const walked = {
  ...apigateway,
  ...apigatewayv2,
  ...cloudformation,
  ...cloudwatch,
  ...dynamodb,
  ...ec2,
  ...ecr,
  ...events,
  ...firehose,
  ...iam,
  ...kinesis,
  ...kms,
  ...lambda,
  ...logs,
  ...pipes,
  ...s3,
  ...scheduler,
  ...secretsmanager,
  ...sns,
  ...sqs,
  ...ssm,
}

/** Types that are walked nowhere, with the test that has them in place of that. */
const elsewhere = {
  'AWS::CloudFormation::CustomResource': 'cloudformation-custom.test.ts',
  'AWS::CloudFormation::Macro': 'cloudformation-transforms.test.ts',
  'AWS::CloudFormation::Stack': 'cloudformation-nested.test.ts',
  'AWS::CloudFormation::WaitCondition': 'cloudformation-wait.test.ts',
  'AWS::CloudFormation::WaitConditionHandle': 'cloudformation-wait.test.ts',
  'AWS::Lambda::LayerVersion': 'lambda-layers.test.ts: its content comes from a bucket',
  'AWS::Lambda::LayerVersionPermission': 'lambda-layers.test.ts',
}

test('every resource type of the registry is walked, or tested elsewhere', async () => {
  const known = [...(await knownTypes()).keys()]
  expect(known.length).toBeGreaterThan(70)
  const named = { ...walked, ...elsewhere }
  expect(known.filter((name) => !Object.hasOwn(named, name))).toEqual([])
})

test('every type that is walked can be read for its drift', async () => {
  const unread = [...(await knownTypes())].filter(([, { type }]) => type.read === undefined).map(([name]) => name)
  expect(unread.filter((name) => Object.hasOwn(walked, name))).toEqual([])
})
