import { att, functionOf, policy, ref, roleOf, type Samples, tags, to } from '../sample.ts'

const group = { Type: 'AWS::Logs::LogGroup' }
const transformation = { MetricName: 'Errors', MetricNamespace: 'Walk', MetricValue: '1' }

export const logs: Samples = {
  'AWS::Logs::LogGroup': {
    beside: { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: policy('kms:*') } } },
    base: {},
    changes: {
      LogGroupName: to('walked-group'),
      RetentionInDays: to(7),
      KmsKeyId: to(att('Key', 'Arn')),
      Tags: to(tags),
    },
    still: {
      LogGroupClass: 'It can not be changed, as AWS has it.',
      DeletionProtectionEnabled: 'A group that is protected can not be deleted with its stack.',
    },
  },
  'AWS::Logs::LogStream': {
    beside: { Group: group, Other: group },
    base: { LogGroupName: ref('Group') },
    changes: { LogGroupName: to(ref('Other')), LogStreamName: to('walked-stream') },
  },
  'AWS::Logs::MetricFilter': {
    beside: { 'Group~': group, 'Other~': group },
    base: { FilterPattern: 'ERROR', LogGroupName: ref('Group~'), MetricTransformations: [transformation] },
    changes: {
      FilterName: to('walked-filter'),
      FilterPattern: to('WARN'),
      LogGroupName: to(ref('Other~')),
      MetricTransformations: to([{ ...transformation, DefaultValue: 0, Unit: 'Count' }]),
    },
  },
  'AWS::Logs::SubscriptionFilter': {
    beside: {
      Role: roleOf('lambda.amazonaws.com'),
      Function: functionOf('Role'),
      Second: functionOf('Role'),
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: { Action: 'lambda:InvokeFunction', FunctionName: ref('Function'), Principal: 'logs.amazonaws.com' },
      },
      SecondPermission: {
        Type: 'AWS::Lambda::Permission',
        Properties: { Action: 'lambda:InvokeFunction', FunctionName: ref('Second'), Principal: 'logs.amazonaws.com' },
      },
      'Group~': { ...group, DependsOn: ['Permission', 'SecondPermission'] },
      'Other~': group,
    },
    base: { FilterPattern: 'ERROR', LogGroupName: ref('Group~'), DestinationArn: att('Function', 'Arn') },
    changes: {
      FilterName: to('walked-subscription'),
      FilterPattern: to('WARN'),
      LogGroupName: to(ref('Other~')),
      DestinationArn: to(att('Second', 'Arn')),
      Distribution: to('Random'),
    },
    still: { RoleArn: 'Functions take none, and there are no other destinations.' },
  },
  'AWS::Logs::QueryDefinition': {
    beside: { 'Group~': group },
    base: { Name: 'walked-~', QueryString: 'fields @message' },
    changes: {
      Name: to('renamed-definition'),
      QueryString: to('fields @timestamp'),
      LogGroupNames: to([ref('Group~')]),
      Parameters: to([{ Name: 'level', DefaultValue: 'ERROR' }]),
    },
    still: { QueryLanguage: 'There is one here.' },
  },
  'AWS::Logs::ResourcePolicy': {
    base: { PolicyName: 'walked-~', PolicyDocument: JSON.stringify(policy('logs:PutLogEvents')) },
    changes: {
      PolicyName: to('renamed'),
      PolicyDocument: to(JSON.stringify(policy('logs:CreateLogStream'))),
    },
  },
}
