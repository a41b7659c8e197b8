import { att, functionOf, policy, ref, roleOf, type Samples, tags, to } from '../sample.ts'

const group = { Type: 'AWS::Logs::LogGroup' }
const transformation = { MetricName: 'Errors', MetricNamespace: 'Walk', MetricValue: '1' }

const stream = { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } }
const { Type, Properties } = roleOf('logs.amazonaws.com')
const putting = { Effect: 'Allow', Action: 'kinesis:PutRecord', Resource: '*' }
const PolicyDocument = { Version: '2012-10-17', Statement: [putting] }
const putter = { Type, Properties: { ...Properties, Policies: [{ PolicyName: 'put', PolicyDocument }] } }
const streams = { Stream: stream, Other: stream, Role: putter, Second: putter }
/** Whom a policy lets in, in text: intrinsic functions are not seen there. */
const lettingIn = (...actions: string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: '*', Action: actions, Resource: '*' },
  })

const DataIdentifier = ['arn:aws:dataprotection::aws:data-identifier/EmailAddress']
const protection = {
  Name: 'walked',
  Version: '2021-06-01',
  Statement: [
    { DataIdentifier, Operation: { Audit: { FindingsDestination: {} } } },
    { DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
  ],
}

const bus = (name: string) => ({ Type: 'AWS::Events::EventBus', Properties: { Name: `walked-${name}-~` } })
const source = (LogType: string) => ({
  Type: 'AWS::Logs::DeliverySource',
  Properties: { Name: `walked-${LogType}-~`, ResourceArn: att('Bus~', 'Arn'), LogType },
})
const destination = (name: string) => ({
  Type: 'AWS::Logs::DeliveryDestination',
  Properties: {
    ...{ Name: `walked-${name}-~`, OutputFormat: 'plain' },
    DestinationResourceArn: { 'Fn::Sub': `\${Bucket~.Arn}/${name}` },
  },
})

export const logs: Samples = {
  'AWS::Logs::LogGroup': {
    beside: { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: policy('kms:*') } } },
    base: {},
    changes: {
      LogGroupName: to('walked-group'),
      RetentionInDays: to(7),
      KmsKeyId: to(att('Key', 'Arn')),
      DataProtectionPolicy: to(protection),
      FieldIndexPolicies: to([{ Fields: ['user'] }]),
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
      ApplyOnTransformedLogs: to(true),
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
      ApplyOnTransformedLogs: to(true),
    },
    still: { RoleArn: 'Functions take none.' },
  },
  'AWS::Logs::Destination': {
    beside: streams,
    base: { DestinationName: 'walked-~', TargetArn: att('Stream', 'Arn'), RoleArn: att('Role', 'Arn') },
    changes: {
      DestinationName: to('walked-destination'),
      DestinationPolicy: to(lettingIn('logs:PutSubscriptionFilter')),
      TargetArn: to(att('Other', 'Arn')),
      RoleArn: to(att('Second', 'Arn')),
      Tags: to(tags),
    },
  },
  'AWS::Logs::Transformer': {
    beside: { 'Group~': group, 'Other~': group },
    base: { LogGroupIdentifier: ref('Group~'), TransformerConfig: [{ ParseJSON: {} }] },
    changes: {
      LogGroupIdentifier: to(ref('Other~')),
      TransformerConfig: to([{ Csv: { Columns: ['a'] } }, { LowerCaseString: { WithKeys: ['a'] } }]),
    },
  },
  'AWS::Logs::LogAnomalyDetector': {
    beside: { 'Group~': group },
    base: {
      LogGroupArnList: [{ 'Fn::Sub': 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group~}' }],
      ...{ DetectorName: 'walked-~', AnomalyVisibilityTime: 7, EvaluationFrequency: 'ONE_HOUR', FilterPattern: 'a' },
    },
    changes: { AnomalyVisibilityTime: to(9), EvaluationFrequency: to('ONE_MIN'), FilterPattern: to('b') },
    still: Object.fromEntries(
      ['DetectorName', 'LogGroupArnList', 'KmsKeyId'].map((name) => [
        name,
        'UpdateLogAnomalyDetector does not take it.',
      ]),
    ),
  },
  'AWS::Logs::ScheduledQuery': {
    beside: { Role: roleOf('logs.amazonaws.com'), Second: roleOf('logs.amazonaws.com'), 'Group~': group },
    base: {
      ...{ Name: 'walked-~', QueryString: 'fields @message', QueryLanguage: 'CWLI' },
      ...{ ExecutionRoleArn: att('Role', 'Arn'), ScheduleExpression: 'cron(0 * * * ? *)' },
      LogGroupIdentifiers: [ref('Group~')],
    },
    changes: {
      Name: to('walked-scheduled'),
      QueryString: to('fields @timestamp'),
      ExecutionRoleArn: to(att('Second', 'Arn')),
      ScheduleExpression: to('cron(30 * * * ? *)'),
      Description: to('of errors'),
      DestinationConfiguration: to({
        S3Configuration: { DestinationIdentifier: 's3://walked/results', RoleArn: att('Role', 'Arn') },
      }),
      ScheduleStartTime: to(2_000_000_000),
      ScheduleEndTime: to(3_000_000_000),
      StartTimeOffset: to(7_200),
      State: to('DISABLED'),
      Timezone: to('Europe/Berlin'),
      Tags: to(tags),
    },
    still: {
      QueryLanguage: 'There is one here.',
      LogGroupIdentifiers: 'There has to be one, and there is one beside it.',
    },
  },
  'AWS::Logs::DeliverySource': {
    beside: { 'Bus~': bus('logging'), 'Other~': bus('logging-too') },
    base: { Name: 'walked-~', ResourceArn: att('Bus~', 'Arn'), LogType: 'INFO_LOGS' },
    changes: {
      Name: to('walked-source'),
      ResourceArn: to(att('Other~', 'Arn')),
      LogType: to('ERROR_LOGS'),
      Tags: to(tags),
    },
    still: { DeliverySourceConfiguration: 'No log that a node has takes any.' },
  },
  'AWS::Logs::DeliveryDestination': {
    beside: {},
    base: { Name: 'walked-~', DestinationResourceArn: 'arn:aws:s3:::walked-logs', OutputFormat: 'json' },
    changes: {
      Name: to('walked-delivery-destination'),
      DeliveryDestinationPolicy: to({ DeliveryDestinationPolicy: JSON.parse(lettingIn('logs:CreateDelivery')) }),
      Tags: to(tags),
    },
    still: Object.fromEntries(
      ['DestinationResourceArn', 'DeliveryDestinationType', 'OutputFormat'].map((name) => [
        name,
        'It would be replaced, which needs another name.',
      ]),
    ),
  },
  'AWS::Logs::Delivery': {
    beside: {
      'Bus~': bus('delivering'),
      'Bucket~': { Type: 'AWS::S3::Bucket' },
      'Source~': source('INFO_LOGS'),
      'OtherSource~': source('ERROR_LOGS'),
      'To~': destination('to'),
      'OtherTo~': destination('other'),
    },
    base: { DeliverySourceName: ref('Source~'), DeliveryDestinationArn: att('To~', 'Arn') },
    changes: {
      DeliverySourceName: to(ref('OtherSource~')),
      DeliveryDestinationArn: to(att('OtherTo~', 'Arn')),
      RecordFields: to(['resource_arn', 'message_timestamp_ms', 'message_type', 'log_level']),
      FieldDelimiter: to('|'),
      S3SuffixPath: to('{yyyy}/{MM}'),
      S3EnableHiveCompatiblePath: to(true),
      Tags: to(tags),
    },
  },
  'AWS::Logs::AccountPolicy': {
    beside: streams,
    base: {
      PolicyName: 'walked-~',
      PolicyType: 'SUBSCRIPTION_FILTER_POLICY',
      PolicyDocument: {
        'Fn::Sub': '{"DestinationArn":"${Stream.Arn}","RoleArn":"${Role.Arn}"}',
      },
    },
    changes: {},
    still: Object.fromEntries(
      ['PolicyName', 'PolicyType', 'PolicyDocument', 'Scope', 'SelectionCriteria'].map((name) => [
        name,
        'There is one in a region: logs-destinations.test.ts has it.',
      ]),
    ),
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
    base: { PolicyName: 'walked-~', PolicyDocument: lettingIn('logs:PutLogEvents') },
    changes: {
      PolicyName: to('renamed'),
      PolicyDocument: to(lettingIn('logs:CreateLogStream')),
    },
  },
}
