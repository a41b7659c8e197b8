import { APIGatewayClient, GetApiKeyCommand } from '@aws-sdk/client-api-gateway'
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { ListQueueTagsCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient

beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
})
afterAll(async () => {
  cfn.destroy()
  await node.close()
})

const settled = async (name: string) => (await settledStack(cfn, name)).StackStatus!

const template = `
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: nodejs22.x, Handler: index.handler, Environment: {Variables: {TABLE: !Ref Notes}}}
Resources:
  Notes: {Type: AWS::Serverless::SimpleTable}
  Work: {Type: AWS::SQS::Queue}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify({ path: event.rawPath, table: process.env.TABLE }) })"
      AutoPublishAlias: live
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Notes}
      Events:
        Get: {Type: HttpApi, Properties: {Path: '/hello/{name}', Method: get}}
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn, BatchSize: 5}}
Outputs:
  Url: {Value: !Sub 'https://\${ServerlessHttpApi}.execute-api.\${AWS::Region}.amazonaws.com'}
  Api: {Value: !Ref ServerlessHttpApi}
  Alias: {Value: !Ref Hello.Alias}`
const Capabilities = ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'] as ('CAPABILITY_IAM' | 'CAPABILITY_AUTO_EXPAND')[]

test('a serverless template is transformed, deployed, answers, and goes', async () => {
  const refused = cfn.send(
    new CreateStackCommand({ StackName: 'sam', TemplateBody: template, Capabilities: ['CAPABILITY_IAM'] }),
  )
  await expect(refused).rejects.toThrow('Requires capabilities : [CAPABILITY_AUTO_EXPAND]')
  await cfn.send(new CreateStackCommand({ StackName: 'sam', TemplateBody: template, Capabilities }))
  const status = await settled('sam')
  const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName: 'sam' }))
  const failures = StackEvents!.filter((each) => each.ResourceStatus!.endsWith('FAILED'))
  expect(failures.map((each) => each.ResourceStatusReason)).toEqual([])
  expect(status).toBe('CREATE_COMPLETE')
  const { StackResourceSummaries } = await cfn.send(new ListStackResourcesCommand({ StackName: 'sam' }))
  expect(StackResourceSummaries!.map(({ ResourceType }) => ResourceType!.slice(5)).sort()).toEqual([
    'ApiGatewayV2::Api',
    'ApiGatewayV2::Stage',
    'DynamoDB::Table',
    'IAM::Role',
    'Lambda::Alias',
    'Lambda::EventSourceMapping',
    'Lambda::Function',
    'Lambda::Permission',
    'Lambda::Version',
    'SQS::Queue',
  ])
  const { Outputs } = (await cfn.send(new DescribeStacksCommand({ StackName: 'sam' }))).Stacks![0]!
  const output = (key: string) => Outputs!.find(({ OutputKey }) => OutputKey === key)!.OutputValue!
  const answer = await fetch(`${node.endpoint}/_aws/execute-api/${output('Api')}/hello/ann`)
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ table: expect.any(String) })])
  const lambda = node.client(LambdaClient)
  const { StatusCode } = await lambda.send(new InvokeCommand({ FunctionName: output('Alias'), Payload: '{}' }))
  lambda.destroy()
  expect(StatusCode).toBe(200)

  const original = await cfn.send(new GetTemplateCommand({ StackName: 'sam', TemplateStage: 'Original' }))
  expect(original.TemplateBody).toBe(template)
  const processed = await cfn.send(new GetTemplateCommand({ StackName: 'sam' }))
  expect(JSON.parse(processed.TemplateBody!)).toMatchObject({
    Resources: { Hello: { Type: 'AWS::Lambda::Function' }, HelloRole: { Type: 'AWS::IAM::Role' } },
  })
  const { StackId } = (await cfn.send(new DescribeStacksCommand({ StackName: 'sam' }))).Stacks![0]!
  await cfn.send(new DeleteStackCommand({ StackName: 'sam' }))
  expect(await settled(StackId!)).toBe('DELETE_COMPLETE')
})

test('destinations: the role may use them, what is not named is made, and what was invoked in vain gets there', async () => {
  const body = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Work: {Type: AWS::SQS::Queue}
  Failed: {Type: AWS::SQS::Queue}
  Fails:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "exports.handler = async () => { throw new Error('never') }"
      Runtime: nodejs22.x
      Handler: index.handler
      AutoPublishAlias: live
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: {OnFailure: {Type: SQS}, OnSuccess: {Type: SNS}}
      Events:
        Stream:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Clicks.Arn
            StartingPosition: LATEST
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}
        Jobs:
          Type: SQS
          Properties: {Queue: !GetAtt Work.Arn, ProvisionedPollerConfig: {MinimumPollers: 2, MaximumPollers: 4}}
Outputs:
  Alias: {Value: !Ref Fails.Alias}
  Queue: {Value: !Ref FailsEventInvokeConfigOnFailureQueue}
  Destination: {Value: !GetAtt Fails.DestinationQueue.Arn}
  Failed: {Value: !GetAtt Failed.Arn}`
  await cfn.send(new CreateStackCommand({ StackName: 'destined', TemplateBody: body, Capabilities }))
  const stack = await settledStack(cfn, 'destined')
  expect(stack.StackStatus).toBe('CREATE_COMPLETE')
  const output = (key: string) => stack.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue
  const [lambda, sqs] = [node.client(LambdaClient), node.client(SQSClient)]
  const FunctionName = output('Alias')
  const { DestinationConfig } = await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))
  expect(DestinationConfig).toMatchObject({
    OnFailure: { Destination: output('Destination') },
    OnSuccess: { Destination: expect.stringContaining(':sns:') },
  })
  const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }))
  expect(EventSourceMappings).toContainEqual(
    expect.objectContaining({ DestinationConfig: { OnFailure: { Destination: output('Failed') } } }),
  )
  expect(EventSourceMappings).toContainEqual(
    expect.objectContaining({ ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 4 } }),
  )
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: '{}' }))
  const received = new ReceiveMessageCommand({ QueueUrl: output('Queue'), WaitTimeSeconds: 20 })
  expect((await sqs.send(received)).Messages?.[0]?.Body).toContain('never')
  lambda.destroy()
  sqs.destroy()
})

test('a change set shows what it becomes; what is not here is refused by name', async () => {
  const { Id } = await cfn.send(
    new CreateChangeSetCommand({
      StackName: 'seen',
      ChangeSetName: 'first',
      ChangeSetType: 'CREATE',
      TemplateBody: template,
      Capabilities: ['CAPABILITY_IAM'],
    }),
  )
  const { Changes } = await cfn.send(new DescribeChangeSetCommand({ ChangeSetName: Id! }))
  expect(Changes!.map((each) => each.ResourceChange!.ResourceType)).toContain('AWS::Lambda::EventSourceMapping')
  const validated = await cfn.send(new ValidateTemplateCommand({ TemplateBody: template }))
  expect(validated).toMatchObject({
    Capabilities: ['CAPABILITY_AUTO_EXPAND'],
    DeclaredTransforms: ['AWS::Serverless-2016-10-31'],
  })
  const refused = async (resource: string) => {
    const TemplateBody = `Transform: AWS::Serverless-2016-10-31\nResources: {A: ${resource}}`
    const error = await cfn
      .send(new CreateStackCommand({ StackName: 'no', TemplateBody, Capabilities }))
      .catch((each: Error) => each)
    return String(error)
  }
  expect(await refused('{Type: AWS::Serverless::GraphQLApi}')).toContain('The type AWS::Serverless::GraphQLApi is not')
  expect(await refused('{Type: AWS::Serverless::Function, Properties: {Nope: 1}}')).toContain('Property Nope is not')
  expect(
    await refused('{Type: AWS::Serverless::Function, Properties: {InlineCode: x, Events: {E: {Type: MQ}}}}'),
  ).toContain('has the type MQ')
  expect(await refused('{Type: AWS::Serverless::Function, Properties: {CodeUri: ./src}}')).toContain(
    'not a valid S3 Uri',
  )
  const sends = (config: string) =>
    refused(`{Type: AWS::Serverless::Function, Properties: {InlineCode: x, EventInvokeConfig: ${config}}}`)
  expect(await sends('{DestinationConfig: {OnFailure: {Type: Mail}}}')).toContain("'Type: Mail' must be one of")
  expect(await sends('{DestinationConfig: {OnFailure: {Type: Lambda}}}')).toContain('Destination is required if Type')
  expect(await sends('{DestinationConfig: {OnFailure: x}}')).toContain("OnFailure' should be a map")
  const polls = (config: string) =>
    refused(
      `{Type: AWS::Serverless::Function, Properties: {InlineCode: x, Events: {E: {Type: Kinesis, Properties: {Stream: x, DestinationConfig: ${config}}}}}}`,
    )
  expect(await polls('{OnFailure: {Type: Lambda, Destination: x}}')).toContain(
    "valid values for 'Type' are 'SQS', 'SNS'",
  )
  expect(await polls('{OnSuccess: {Type: SQS}}')).toContain("'DestinationConfig.OnFailure' should be a map")
})

test('Auth: authorizers, keys, signatures and addresses decide who may call', async () => {
  const TemplateBody = `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: nodejs22.x, Handler: index.handler}
Resources:
  Token:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "exports.handler = async (event) => ({ principalId: 'p', policyDocument: { Version: '2012-10-17', Statement: [{ Effect: event.authorizationToken === 'yes' ? 'Allow' : 'Deny', Action: 'execute-api:Invoke', Resource: event.methodArn }] } })"
  Simple:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "exports.handler = async (event) => ({ isAuthorized: event.headers.authorization === 'yes' })"
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      Auth:
        DefaultAuthorizer: A
        Authorizers: {A: {FunctionArn: !GetAtt Token.Arn, Identity: {ReauthorizeEvery: 0}}}
        UsagePlan: {CreateUsagePlan: PER_API}
  Barred:
    Type: AWS::Serverless::Api
    Properties: {StageName: live, Auth: {ResourcePolicy: {IpRangeBlacklist: [127.0.0.0/8, '::1/128']}}}
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: A
        EnableIamAuthorizer: true
        Authorizers:
          A: {FunctionArn: !GetAtt Simple.Arn, AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true, EnableFunctionDefaultPermissions: true, Identity: {Headers: [authorization]}}
  Answer:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "exports.handler = async () => ({ statusCode: 200, body: 'in' })"
      Events:
        All: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /all, Method: get}}
        None: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /none, Method: get, Auth: {Authorizer: NONE}}}
        Key: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /key, Method: get, Auth: {Authorizer: NONE, ApiKeyRequired: true}}}
        Iam: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /iam, Method: get, Auth: {Authorizer: AWS_IAM, InvokeRole: NONE}}}
        Barred: {Type: Api, Properties: {RestApiId: !Ref Barred, Path: /all, Method: get}}
        HttpAll: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /all, Method: get}}
        HttpNone: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /none, Method: get, Auth: {Authorizer: NONE}}}
        HttpIam: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /iam, Method: get, Auth: {Authorizer: AWS_IAM}}}
Outputs:
  Rest: {Value: !Sub '\${Rest}/live'}
  Barred: {Value: !Sub '\${Barred}/live'}
  Http: {Value: !Ref Http}
  Key: {Value: !Ref RestApiKey}`
  await cfn.send(new CreateStackCommand({ StackName: 'auth', TemplateBody, Capabilities }))
  const { StackId, StackStatus, StackStatusReason, Outputs } = await settledStack(cfn, 'auth')
  expect([StackStatus, StackStatusReason]).toEqual(['CREATE_COMPLETE', undefined])
  const output = (key: string) => Outputs!.find(({ OutputKey }) => OutputKey === key)!.OutputValue!
  const status = async (api: string, path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${node.endpoint}/_aws/execute-api/${output(api)}${path}`, { headers })).status
  for (const api of ['Rest', 'Http']) {
    const refused = [await status(api, '/all'), await status(api, '/all', { authorization: 'no' })]
    expect(refused).toEqual([401, 403])
    expect(await status(api, '/all', { authorization: 'yes' })).toBe(200)
    expect(await status(api, '/none')).toBe(200)
    expect(await status(api, '/iam')).toBe(403)
  }
  expect(await status('Barred', '/all')).toBe(403)
  const gateway = node.client(APIGatewayClient)
  const { value } = await gateway.send(new GetApiKeyCommand({ apiKey: output('Key'), includeValue: true }))
  gateway.destroy()
  expect([await status('Rest', '/key'), await status('Rest', '/key', { 'x-api-key': value! })]).toEqual([403, 200])
  await cfn.send(new DeleteStackCommand({ StackName: 'auth' }))
  expect(await settled(StackId!)).toBe('DELETE_COMPLETE')
})

test('schedules of Scheduler and log groups call functions of a template', async () => {
  const body = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Group: {Type: AWS::Logs::LogGroup}
  Told: {Type: AWS::SQS::Queue}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      InlineCode: "exports.handler = async (event) => ({ kind: event.awslogs ? 'logs' : event.kind })"
      EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SQS, Destination: !GetAtt Told.Arn}}}
      Events:
        Logs: {Type: CloudWatchLogs, Properties: {LogGroupName: !Ref Group, FilterPattern: ERROR}}
        Often:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 minute), OmitName: true, Input: '{"kind": "schedule"}'}
Outputs:
  Group: {Value: !Ref Group}
  Queue: {Value: !Ref Told}`
  await cfn.send(new CreateStackCommand({ StackName: 'sources', TemplateBody: body, Capabilities }))
  expect(await settled('sources')).toBe('CREATE_COMPLETE')
  const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: 'sources' }))
  const output = (key: string) => Stacks![0]!.Outputs!.find(({ OutputKey }) => OutputKey === key)!.OutputValue!
  const logs = node.client(CloudWatchLogsClient)
  const named = { logGroupName: output('Group'), logStreamName: 's' }
  await logs.send(new CreateLogStreamCommand(named))
  await logs.send(
    new PutLogEventsCommand({ ...named, logEvents: [{ timestamp: node.clock.nowMs(), message: 'ERROR: x' }] }),
  )
  node.clock.advance(60_000)
  const sqs = node.client(SQSClient)
  const kinds = new Set<string>()
  await expect
    .poll(async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: output('Queue'), MaxNumberOfMessages: 10 }),
      )
      for (const { Body } of Messages) kinds.add(JSON.parse(Body!).responsePayload.kind)
      return [...kinds].sort()
    })
    .toEqual(['logs', 'schedule'])
})

test('connectors let a topic send to a queue, and a rule to the queue of what it could not deliver', async () => {
  const TemplateBody = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Said:
    Type: AWS::SNS::Topic
    Connectors:
      Heard: {Properties: {Destination: {Id: Ears}, Permissions: [Write]}}
  Ears: {Type: AWS::SQS::Queue, Properties: {QueueName: ears}}
  Subscribed: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, TopicArn: !Ref Said, Endpoint: !GetAtt Ears.Arn}}
  Fn:
    Type: AWS::Serverless::Function
    Connectors:
      Kept: {Properties: {Destination: {Id: Ears}, Permissions: [Read, Write]}}
    Properties:
      {InlineCode: x, Handler: index.h, Runtime: nodejs22.x, PropagateTags: true, Tags: {team: one},
       Events: {Day: {Type: Schedule, Properties: {Schedule: rate(1 day), DeadLetterConfig: {Type: SQS}}}}}
Outputs:
  Topic: {Value: !Ref Said}
  Lost: {Value: !Ref FnDayQueue}`
  const Capabilities = ['CAPABILITY_IAM' as const, 'CAPABILITY_AUTO_EXPAND' as const]
  await cfn.send(new CreateStackCommand({ StackName: 'connected', TemplateBody, Capabilities }))
  expect(await settled('connected')).toBe('CREATE_COMPLETE')
  const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: 'connected' }))
  const outputs = Object.fromEntries(Stacks![0]!.Outputs!.map((one) => [one.OutputKey, one.OutputValue!]))
  await node.client(SNSClient).send(new PublishCommand({ TopicArn: outputs.Topic, Message: 'hello' }))
  const sqs = node.client(SQSClient)
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: `${node.endpoint}/000000000000/ears`, WaitTimeSeconds: 20 }),
  )
  expect(JSON.parse(Messages![0]!.Body!)).toMatchObject({ Message: 'hello' })
  const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: outputs.Lost }))
  expect(Tags).toMatchObject({ team: 'one' })
  await cfn.send(new DeleteStackCommand({ StackName: 'connected' }))
  await settledStack(cfn, Stacks![0]!.StackId!)
})
