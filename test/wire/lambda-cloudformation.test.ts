import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
} from '@aws-sdk/client-lambda'
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call } from './lambda-support.ts'

let node: TestNode
let stacks: CloudFormationClient
let lambda: LambdaClient
let sqs: SQSClient

beforeAll(async () => {
  node = await startNode()
  stacks = node.client(CloudFormationClient)
  lambda = node.client(LambdaClient)
  sqs = node.client(SQSClient)
})
afterAll(async () => {
  for (const client of [stacks, lambda, sqs]) client.destroy()
  await node.close()
})

async function settled(StackName: string): Promise<string> {
  let status = ''
  await expect
    .poll(async () => {
      const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }))
      status = Stacks?.[0]?.StackStatus ?? ''
      return status.endsWith('_IN_PROGRESS')
    })
    .toBe(false)
  return status
}
async function reasons(StackName: string): Promise<string> {
  const { StackEvents = [] } = await stacks.send(new DescribeStackEventsCommand({ StackName }))
  return StackEvents.map((event) => event.ResourceStatusReason ?? '').join('\n')
}

const template = (settings: { word: string; version: string; batch?: number; reserved?: number; role?: string }) => `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      Policies:
        - PolicyName: all
          PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: Allow, Action: ['sqs:*', 'logs:*'], Resource: '*' }] }
  In: { Type: AWS::SQS::Queue, Properties: { QueueName: cfn-in, VisibilityTimeout: 60 } }
  Out: { Type: AWS::SQS::Queue, Properties: { QueueName: cfn-out } }
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Role: ${settings.role ?? '!GetAtt Role.Arn'}
      Timeout: 20
      MemorySize: 256
      Environment: { Variables: { WORD: ${settings.word}, OUT: !Ref Out } }
      ${settings.reserved === undefined ? '' : `ReservedConcurrentExecutions: ${settings.reserved}`}
      Tags: [{ Key: team, Value: ${settings.word} }]
      Code:
        ZipFile: |
          const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
          exports.handler = async (event) => {
            const MessageBody = process.env.WORD + ' ' + (event.Records ?? []).map((record) => record.body).join()
            if (event.Records) await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: process.env.OUT, MessageBody }))
            return MessageBody
          }
  ${settings.version}:
    Type: AWS::Lambda::Version
    DeletionPolicy: Retain
    Properties: { FunctionName: !Ref Worker }
  Live:
    Type: AWS::Lambda::Alias
    Properties: { FunctionName: !Ref Worker, FunctionVersion: !GetAtt ${settings.version}.Version, Name: live }
  Permission:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !GetAtt Worker.Arn, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com }
  Retries:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: { FunctionName: !Ref Worker, Qualifier: $LATEST, MaximumRetryAttempts: 1 }
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { FunctionName: !Ref Worker, EventSourceArn: !GetAtt In.Arn, BatchSize: ${settings.batch ?? 1} }
Outputs:
  Name: { Value: !Ref Worker }
  Arn: { Value: !GetAtt Worker.Arn }
  Version: { Value: !GetAtt ${settings.version}.Version }
  In: { Value: !Ref In }
  Out: { Value: !Ref Out }
`
const capabilities = { Capabilities: ['CAPABILITY_IAM' as const] }

async function outputs(StackName: string): Promise<Record<string, string>> {
  const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }))
  return Object.fromEntries((Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))
}
async function next(QueueUrl: string): Promise<string | undefined> {
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  return Messages?.[0]?.Body
}

test('a template makes a function with all that is attached to it, changes it in place, and takes it away', async () => {
  const StackName = 'worker'
  await stacks.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: template({ word: 'one', version: 'V1', reserved: 5 }),
      ...capabilities,
    }),
  )
  expect(await settled(StackName), await reasons(StackName)).toBe('CREATE_COMPLETE')
  const made = await outputs(StackName)
  const FunctionName = made.Name ?? ''
  expect(FunctionName).toMatch(/^worker-Worker-[A-Za-z0-9]{12}$/)
  expect(made.Version).toBe('1')
  expect((await call(lambda, `${FunctionName}:live`)).value).toBe('one ')
  await sqs.send(new SendMessageCommand({ QueueUrl: made.In, MessageBody: 'first' }))
  expect(await next(made.Out ?? '')).toBe('one first')
  const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName }))
  expect(JSON.parse(Policy ?? '').Statement).toHaveLength(1)
  expect(await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))).toMatchObject({
    MaximumRetryAttempts: 1,
  })
  expect((await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions).toBe(5)
  const { Tags } = await lambda.send(new ListTagsCommand({ Resource: made.Arn }))
  expect(Tags).toMatchObject({ team: 'one', 'aws:cloudformation:logical-id': 'Worker' })

  await stacks.send(
    new UpdateStackCommand({
      StackName,
      TemplateBody: template({ word: 'two', version: 'V2', batch: 3 }),
      ...capabilities,
    }),
  )
  expect(await settled(StackName), await reasons(StackName)).toBe('UPDATE_COMPLETE')
  const changed = await outputs(StackName)
  expect(changed).toMatchObject({ Name: FunctionName, Version: '2' })
  expect((await call(lambda, `${FunctionName}:live`)).value).toBe('two ')
  expect((await call(lambda, `${FunctionName}:1`)).value).toBe('one ')
  expect(
    (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions,
  ).toBeUndefined()
  const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }))
  expect(EventSourceMappings).toMatchObject([{ BatchSize: 3, State: 'Enabled' }])

  await stacks.send(new DeleteStackCommand({ StackName }))
  await expect
    .poll(() =>
      stacks.send(new DescribeStacksCommand({ StackName })).then(
        ({ Stacks }) => Stacks?.[0]?.StackStatus,
        (error: Error) => error.message,
      ),
    )
    .toContain('does not exist')
  await expect(lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('what a function may not have fails the stack, by name', async () => {
  // Until the queues of the stack before may be made again.
  node.clock.advance(60_000)
  const StackName = 'refused'
  const TemplateBody = template({ word: 'x', version: 'V1', role: 'arn:aws:iam::000000000000:role/nobody' })
  await stacks.send(new CreateStackCommand({ StackName, TemplateBody, ...capabilities }))
  expect(await settled(StackName)).toBe('ROLLBACK_COMPLETE')
  expect(await reasons(StackName)).toContain('The role defined for the function cannot be assumed by Lambda.')
})

test('a mapping that is to begin elsewhere would be a second one of its source: the update says so, and is taken back', async () => {
  const streamed = (StartingPosition: string) =>
    JSON.stringify({
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
              ],
            },
            ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole'],
          },
        },
        Fn: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            ...{ Runtime: 'nodejs22.x', Handler: 'index.handler', Role: { 'Fn::GetAtt': ['Role', 'Arn'] } },
            Code: { ZipFile: 'exports.handler = async () => 1' },
          },
        },
        Stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
        Mapping: {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: {
            ...{ FunctionName: { Ref: 'Fn' }, EventSourceArn: { 'Fn::GetAtt': ['Stream', 'Arn'] } },
            StartingPosition,
          },
        },
      },
    })
  const stack = { StackName: 'streamed', Capabilities: ['CAPABILITY_IAM' as const] }
  await stacks.send(new CreateStackCommand({ ...stack, TemplateBody: streamed('TRIM_HORIZON') }))
  expect(await settled('streamed')).toBe('CREATE_COMPLETE')
  await stacks.send(new UpdateStackCommand({ ...stack, TemplateBody: streamed('LATEST') }))
  expect(await settled('streamed')).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect(await reasons('streamed')).toContain('already exists')
})
