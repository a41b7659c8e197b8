import { expect, test } from 'vitest'
import { parseTemplate } from '../parse.ts'
import { transformServerless } from './transform.ts'

const made = (events: string, more = '') =>
  (
    transformServerless(
      parseTemplate(`
Transform: AWS::Serverless-2016-10-31
Conditions: {C: !Equals [a, a]}
Resources:
  G: {Type: AWS::Logs::LogGroup}
  Fn:
    Type: AWS::Serverless::Function
    Condition: C
    Properties:
      {InlineCode: x, Handler: index.h, Runtime: nodejs22.x, Role: r, ${more} Events: {${events}}}`),
    ) as { Resources: Record<string, object> }
  ).Resources

// What is expected is what aws-sam-translator 1.110 makes of the same templates.
test('CloudWatchLogs: a subscription filter that comes after its permission', () => {
  const { FnLogs, FnLogsPermission } = made(
    "Logs: {Type: CloudWatchLogs, Properties: {LogGroupName: !Ref G, FilterPattern: ''}}",
    'AutoPublishAlias: live,',
  )
  const arn = 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*'
  expect(FnLogsPermission).toEqual({
    ...{ Type: 'AWS::Lambda::Permission', Condition: 'C' },
    Properties: {
      ...{ Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'FnAliaslive' }, Principal: 'logs.amazonaws.com' },
      SourceArn: { 'Fn::Sub': [arn, { __LogGroupName__: { Ref: 'G' } }] },
    },
  })
  expect(FnLogs).toEqual({
    ...{ Type: 'AWS::Logs::SubscriptionFilter', DependsOn: ['FnLogsPermission'], Condition: 'C' },
    Properties: { LogGroupName: { Ref: 'G' }, FilterPattern: '', DestinationArn: { Ref: 'FnAliaslive' } },
  })
  expect(() => made('Logs: {Type: CloudWatchLogs, Properties: {LogGroupName: g}}')).toThrow(/FilterPattern/)
})

test('ScheduleV2: a schedule, a role for it, and a queue for what fails', () => {
  const all = made(`
          Dead: {Type: ScheduleV2, Properties: {
            ScheduleExpression: rate(1 minute), OmitName: true, Description: d, State: DISABLED, Input: '{}', GroupName: g,
            FlexibleTimeWindow: {Mode: FLEXIBLE, MaximumWindowInMinutes: 5}, RetryPolicy: {MaximumRetryAttempts: 1},
            PermissionsBoundary: b, DeadLetterConfig: {Type: SQS}}},
          Plain: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute), RoleArn: r}}`)
  const Arn = { 'Fn::GetAtt': ['Fn', 'Arn'] }
  const queue = { 'Fn::GetAtt': ['FnDeadQueue', 'Arn'] }
  const can = (name: string, Action: string, Resource: object) => ({
    PolicyName: `FnDead${name}Policy`,
    PolicyDocument: { Statement: [{ Action, Effect: 'Allow', Resource }] },
  })
  expect(all.FnDead).toEqual({
    ...{ Type: 'AWS::Scheduler::Schedule', Condition: 'C' },
    Properties: {
      ...{ ScheduleExpression: 'rate(1 minute)', State: 'DISABLED', Description: 'd', GroupName: 'g' },
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
      Target: {
        ...{ Arn, RoleArn: { 'Fn::GetAtt': ['FnDeadRole', 'Arn'] }, Input: '{}' },
        ...{ DeadLetterConfig: { Arn: queue }, RetryPolicy: { MaximumRetryAttempts: 1 } },
      },
    },
  })
  expect(all.FnDeadRole).toEqual({
    ...{ Type: 'AWS::IAM::Role', Condition: 'C' },
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: ['scheduler.amazonaws.com'] } },
        ],
      },
      Policies: [can('Lambda', 'lambda:InvokeFunction', Arn), can('SQS', 'sqs:SendMessage', queue)],
      PermissionsBoundary: 'b',
    },
  })
  expect(all.FnDeadQueue).toEqual({ Type: 'AWS::SQS::Queue', Condition: 'C', Properties: {} })
  expect(all.FnPlain).toMatchObject({
    Properties: { Name: 'FnPlain', FlexibleTimeWindow: { Mode: 'OFF' }, Target: { Arn, RoleArn: 'r' } },
  })
  expect(all.FnPlainRole).toBeUndefined()
  const wrong = (more: string) => () =>
    made(`S: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute), ${more}}}`)
  expect(wrong('OmitName: true, Name: n')).toThrow(/Name cannot be set when OmitName is True/)
  expect(wrong('DeadLetterConfig: {Type: SNS}')).toThrow(/'Type' property of DeadLetterConfig is 'SQS'/)
  expect(wrong('DeadLetterConfig: {Type: SQS, Arn: a}')).toThrow(/either define 'Arn' or 'Type'/)
})

test('AlexaSkill: a permission, for one skill or all', () => {
  const all = made('One: {Type: AlexaSkill, Properties: {SkillId: s}}, All: {Type: AlexaSkill}')
  const shared = { Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Fn' }, Principal: 'alexa-appkit.amazon.com' }
  expect(all.FnOnePermission).toMatchObject({ Properties: { ...shared, EventSourceToken: 's' } })
  expect(all.FnAllPermission).toMatchObject({ Properties: shared })
})

test('rules: dead letters with a policy for the rule, retries, a target of another id', () => {
  const all = made(`
          Day: {Type: Schedule, Properties: {Schedule: rate(1 day), RetryPolicy: {MaximumRetryAttempts: 1}, DeadLetterConfig: {Type: SQS}}},
          Kind: {Type: EventBridgeRule, Properties: {
            Pattern: {source: [x]}, Target: {Id: mine}, InputTransformer: {InputTemplate: t}, DeadLetterConfig: {Arn: a}}}`)
  const rule = { 'Fn::GetAtt': ['FnDay', 'Arn'] }
  const queue = { 'Fn::GetAtt': ['FnDayQueue', 'Arn'] }
  const Arn = { 'Fn::GetAtt': ['Fn', 'Arn'] }
  expect(all.FnDay).toMatchObject({
    Properties: {
      Targets: [
        { Arn, Id: 'FnDayLambdaTarget', RetryPolicy: { MaximumRetryAttempts: 1 }, DeadLetterConfig: { Arn: queue } },
      ],
    },
  })
  expect(all.FnDayQueue).toEqual({ Type: 'AWS::SQS::Queue', Condition: 'C', Properties: {} })
  const Statement = [
    {
      ...{
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: queue,
        Principal: { Service: 'events.amazonaws.com' },
      },
      Condition: { ArnEquals: { 'aws:SourceArn': rule } },
    },
  ]
  expect(all.FnDayQueuePolicy).toEqual({
    ...{ Type: 'AWS::SQS::QueuePolicy', Condition: 'C' },
    Properties: { PolicyDocument: { Version: '2012-10-17', Statement }, Queues: [{ Ref: 'FnDayQueue' }] },
  })
  expect(all.FnKind).toMatchObject({
    Properties: { Targets: [{ Id: 'mine', InputTransformer: { InputTemplate: 't' }, DeadLetterConfig: { Arn: 'a' } }] },
  })
  const schedule = (more: string) => () => made(`Day: {Type: Schedule, Properties: {Schedule: rate(1 day), ${more}}}`)
  expect(schedule('State: ENABLED, Enabled: true')).toThrow('cannot both be specified')
  expect(schedule('DeadLetterConfig: {Type: SNS}')).toThrow("The only valid value for 'Type'")
  expect(schedule('DeadLetterConfig: {Type: SQS, Arn: a}')).toThrow("either define 'Arn' or 'Type'")
})

test('SNS: a queue between topic and function, made or named', () => {
  const all = made(`
          A: {Type: SNS, Properties: {Topic: t, SqsSubscription: true}},
          B: {Type: SNS, Properties: {Topic: t, SqsSubscription: {QueueArn: a, QueueUrl: u, BatchSize: 3, QueuePolicyLogicalId: P}}}`)
  const queue = { 'Fn::GetAtt': ['FnAQueue', 'Arn'] }
  expect(all.FnA).toMatchObject({ Properties: { Protocol: 'sqs', Endpoint: queue } })
  expect(all.FnAEventSourceMapping).toMatchObject({ Properties: { BatchSize: 10, EventSourceArn: queue } })
  expect(all.P).toMatchObject({ Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: ['u'] } })
  expect(all.FnBEventSourceMapping).toMatchObject({ Properties: { BatchSize: 3, EventSourceArn: 'a' } })
  expect(() => made('A: {Type: SNS, Properties: {Topic: t, SqsSubscription: {QueueArn: a}}}')).toThrow('QueueURL')
})

test('PropagateTags: what is made for a function has its tags, and so have implicit APIs', () => {
  const all = made(
    `Day: {Type: Schedule, Properties: {Schedule: rate(1 day), DeadLetterConfig: {Type: SQS}}}`,
    'PropagateTags: true, Tags: {team: one}, EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SNS}}},',
  )
  const Tags = [{ Key: 'team', Value: 'one' }]
  for (const id of ['Fn', 'FnDayQueue', 'FnEventInvokeConfigOnSuccessTopic'])
    expect(all[id]).toMatchObject({ Properties: { Tags } })
  expect(all.FnDay).not.toHaveProperty('Properties.Tags')
  const api = transformServerless(
    parseTemplate(`
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      {InlineCode: x, Handler: h, Runtime: nodejs22.x, Tags: {a: b}, PropagateTags: true,
       Events: {A: {Type: Api, Properties: {Path: /, Method: get}}}}`),
  )
  expect(api).toMatchObject({ Resources: { ServerlessRestApi: { Properties: { Tags: [{ Key: 'a', Value: 'b' }] } } } })
})
