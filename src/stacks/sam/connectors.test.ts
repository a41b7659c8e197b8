import { expect, test } from 'vitest'
import { parseTemplate } from '../parse.ts'
import { transformServerless } from './transform.ts'

const made = (resources: string) =>
  (
    transformServerless(
      parseTemplate(`
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Handler: index.h, Runtime: nodejs22.x}}
  Bare: {Type: AWS::Lambda::Function, Properties: {Role: r}}
  Queue: {Type: AWS::SQS::Queue}
  Topic: {Type: AWS::SNS::Topic}
  Table: {Type: AWS::DynamoDB::Table}
${resources}`),
    ) as { Resources: Record<string, { Type: string; Properties: object; DependsOn?: unknown; Metadata?: unknown }> }
  ).Resources
const connector = (properties: string) => `  C: {Type: AWS::Serverless::Connector, Properties: {${properties}}}`

// What is expected is what aws-sam-translator 1.110 makes of the same templates.
test('a connector gives the role of a function what the pair of types says, before what waits for it', () => {
  const all = made(`${connector('Source: {Id: Fn}, Destination: {Id: Table}, Permissions: [Read]')}
  Later: {Type: AWS::S3::Bucket, DependsOn: [Topic, C]}`)
  expect(all).not.toHaveProperty('C')
  const table = { 'Fn::GetAtt': ['Table', 'Arn'] }
  const read = ['GetItem', 'Query', 'Scan', 'BatchGetItem', 'ConditionCheckItem', 'PartiQLSelect']
  const Statement = {
    Effect: 'Allow',
    Action: read.map((name) => `dynamodb:${name}`),
    Resource: [table, { 'Fn::Sub': ['${DestinationArn}/index/*', { DestinationArn: table }] }],
  }
  expect(all.CPolicy).toEqual({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: { Version: '2012-10-17', Statement: [Statement] }, Roles: [{ Ref: 'FnRole' }] },
    Metadata: {
      'aws:sam:connectors': {
        C: { Source: { Type: 'AWS::Serverless::Function' }, Destination: { Type: 'AWS::DynamoDB::Table' } },
      },
    },
  })
  expect(all.Later?.DependsOn).toEqual(['Topic', 'CPolicy'])
})

test('a queue that a function is mapped to is read with the policy, which comes before the mapping', () => {
  const all = made(`${connector('Source: {Id: Queue}, Destination: {Id: Fn}, Permissions: [Read, Write]')}
  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref Fn}}`)
  expect(all.Mapping?.DependsOn).toEqual(['CPolicy'])
})

test('attached connectors have their resource for a source, and may have several destinations', () => {
  const all = made(`
  Other:
    Type: AWS::SNS::Topic
    Connectors:
      To: {Properties: {Destination: [{Id: Queue}, {Id: Fn}, {Type: AWS::SQS::Queue, Arn: a, QueueUrl: u}], Permissions: [Write]}}`)
  expect(all.Other).toEqual({ Type: 'AWS::SNS::Topic' })
  expect(all.OtherToQueuePolicyDestination0?.Properties).toMatchObject({ Queues: [{ Ref: 'Queue' }] })
  expect(all.OtherToWriteLambdaPermissionDestination1?.Properties).toEqual({
    ...{ Action: 'lambda:InvokeFunction', FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] } },
    ...{ Principal: 'sns.amazonaws.com', SourceArn: { Ref: 'Other' } },
  })
  expect(all.OtherToQueuePolicyDestination2?.Properties).toMatchObject({ Queues: ['u'] })
})

test.each([
  [
    'Source: {Id: Fn}, Destination: {Id: Queue}, Permissions: []',
    "'Permissions' cannot be empty; valid values are: Read, Write.",
  ],
  ['Source: {Id: Fn}, Destination: {Id: Queue}', "Missing required property 'Permissions'."],
  ['Source: {Id: Fn}, Destination: [], Permissions: [Read]', "'Destination' is an empty list"],
  ['Source: {Id: Fn}, Destination: {Id: None}, Permissions: [Read]', "Unable to find resource with logical ID 'None'."],
  ['Source: {Id: Fn, Arn: a}, Destination: {Id: Queue}, Permissions: [Read]', "Must provide 'Id'"],
  ['Source: {Arn: a}, Destination: {Id: Queue}, Permissions: [Read]', "'Type' is missing or not a string."],
  [
    'Source: {Id: Bare}, Destination: {Id: Queue}, Permissions: [Read]',
    "Unable to get IAM role name from 'Source' resource.",
  ],
  ['Source: {Id: Queue}, Destination: {Id: Fn}, Permissions: [Read]', 'valid combinations are: Read + Write.'],
  ['Source: {Id: Topic}, Destination: {Id: Fn}, Permissions: [Read]', 'valid values are: Write.'],
  [
    'Source: {Id: Table}, Destination: {Id: Queue}, Permissions: [Read]',
    'Unable to create connector from AWS::DynamoDB::Table to AWS::SQS::Queue',
  ],
  ['Source: {Type: AWS::SNS::Topic}, Destination: {Id: Fn}, Permissions: [Write]', 'Source.Arn is missing.'],
  ['Source: {Id: __proto__}, Destination: {Id: Fn}, Permissions: [Write]', 'Unable to find resource'],
])('%s is refused', (properties, message) => {
  expect(() => made(connector(properties))).toThrow(message)
})
