import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { GetEventSourceMappingCommand, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let cfn: CloudFormationClient
const StackName = 'streaming'
beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
})
afterAll(async () => {
  cfn.destroy()
  await node.close()
})

/** What `events: - stream: …` of a service becomes, and what it needs. */
const template = (mapping: object) =>
  JSON.stringify({
    Resources: {
      Out: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'told' } },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'orders',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        },
      },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] },
            ],
          },
          Policies: [
            {
              PolicyName: 'stream',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [
                  {
                    Effect: 'Allow',
                    Action: [
                      'dynamodb:GetRecords',
                      'dynamodb:GetShardIterator',
                      'dynamodb:DescribeStream',
                      'dynamodb:ListStreams',
                    ],
                    Resource: [{ 'Fn::GetAtt': ['Table', 'StreamArn'] }],
                  },
                  { Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: '*' },
                ],
              },
            },
          ],
        },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'told',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Environment: { Variables: { OUT: { Ref: 'Out' } } },
          Code: {
            ZipFile: `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
              exports.handler = async ({ Records }) => new SQSClient({}).send(new SendMessageCommand({
                QueueUrl: process.env.OUT,
                MessageBody: JSON.stringify(Records.map((record) => record.dynamodb.NewImage.id.S)),
              })).then(() => undefined)`,
          },
        },
      },
      FunctionEventSourceMappingDynamodbTable: {
        Type: 'AWS::Lambda::EventSourceMapping',
        DependsOn: ['Role'],
        Properties: {
          BatchSize: 10,
          EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
          FunctionName: { 'Fn::GetAtt': ['Function', 'Arn'] },
          StartingPosition: 'TRIM_HORIZON',
          Enabled: true,
          ...mapping,
        },
      },
    },
  })

async function settled(): Promise<string> {
  for (;;) {
    const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName })).catch(() => ({ Stacks: [] }))
    const status = Stacks?.[0]?.StackStatus ?? 'GONE'
    if (!status.endsWith('_IN_PROGRESS')) return status
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const reasons = async () =>
  (await cfn.send(new DescribeStackEventsCommand({ StackName }))).StackEvents!.flatMap(
    ({ ResourceStatusReason }) => ResourceStatusReason ?? [],
  )

test('a stack with a stream, a function and a mapping between them works, changes and goes', async () => {
  const Capabilities = ['CAPABILITY_IAM' as const]
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody: template({}), Capabilities }))
  expect(await settled(), (await reasons()).join('\n')).toBe('CREATE_COMPLETE')
  const db = node.client(DynamoDBClient)
  await db.send(new PutItemCommand({ TableName: 'orders', Item: { id: { S: 'o1' } } }))
  const sqs = node.client(SQSClient)
  const QueueUrl = `${node.endpoint}/000000000000/told`
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  expect(Messages![0]!.Body).toBe('["o1"]')

  const lambda = node.client(LambdaClient)
  const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: 'told' }))
  const UUID = EventSourceMappings![0]!.UUID
  const changed = { BatchSize: 20, ParallelizationFactor: 2, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 3 }
  const windowed = { BatchSize: 10, ParallelizationFactor: 1, TumblingWindowInSeconds: 30 }
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template(changed), Capabilities }))
  expect(await settled(), (await reasons()).join('\n')).toBe('UPDATE_COMPLETE')
  expect(await lambda.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject(changed)
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template(windowed), Capabilities }))
  expect(await settled(), (await reasons()).join('\n')).toBe('UPDATE_COMPLETE')
  expect(await lambda.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject(windowed)
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template({}), Capabilities }))
  expect(await settled()).toBe('UPDATE_COMPLETE')
  expect(await lambda.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject({
    BatchSize: 10,
    ParallelizationFactor: 1,
    BisectBatchOnFunctionError: false,
    MaximumRetryAttempts: -1,
    TumblingWindowInSeconds: 0,
  })
  await cfn.send(new DeleteStackCommand({ StackName }))
  expect(await settled()).toBe('GONE')
  for (const client of [db, sqs, lambda]) client.destroy()
})
