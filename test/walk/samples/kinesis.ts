import { att, policy, roleOf, type Samples, tags, to } from '../sample.ts'

const stream = { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } }
const streams = { 'Stream~': stream, 'Other~': stream }

const storage = {
  BucketARN: att('Lake', 'Arn'),
  ExpectedBucketOwner: { Ref: 'AWS::AccountId' },
  CompressionType: 'GZIP',
}
const deliverer = roleOf('kinesis.amazonaws.com')
const listing = {
  PolicyName: 'p',
  PolicyDocument: {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 's3:ListBucket', Resource: att('Lake', 'Arn') },
  },
}
const another = 'Its change replaces, and a stream has one channel at a time.'

export const kinesis: Samples = {
  'AWS::Kinesis::Stream': {
    base: { ShardCount: 2 },
    changes: {
      Name: to('walked-stream'),
      ShardCount: to(4),
      RetentionPeriodHours: to(48),
      StreamEncryption: to({ EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' }),
      DesiredShardLevelMetrics: to(['IncomingBytes']),
      MaxRecordSizeInKiB: to(2048),
      Tags: to(tags),
    },
    still: {
      StreamModeDetails: 'The other mode takes no ShardCount: wire/kinesis-cloudformation.test.ts changes it.',
      WarmThroughputMiBps: 'Of the other mode alone, in an account that committed to it.',
    },
  },
  'AWS::Kinesis::Channel': {
    beside: {
      'Source~': { Type: 'AWS::Kinesis::Stream', Properties: { StreamModeDetails: { StreamMode: 'ON_DEMAND' } } },
      Lake: { Type: 'AWS::S3::Bucket' },
      Role: { ...deliverer, Properties: { ...deliverer.Properties, Policies: [listing] } },
    },
    base: {
      ChannelName: 'walked~',
      ServiceExecutionRoleARN: att('Role', 'Arn'),
      StreamConfigurationList: [
        { StreamARN: att('Source~', 'Arn'), RecordConfiguration: { RecordFormatType: 'JSON' } },
      ],
      S3DestinationConfiguration: { StorageConfiguration: storage },
    },
    changes: {
      S3DestinationConfiguration: to({ StorageConfiguration: storage, DataFreshnessInSeconds: 600 }),
      LoggingConfiguration: to({ CloudWatchLogs: { Enabled: true, LogGroupName: 'walked' } }),
      Tags: to(tags),
    },
    still: {
      ChannelName: another,
      ServiceExecutionRoleARN: another,
      StreamConfigurationList: 'Its change replaces, and the channel that takes its place has the same name.',
      EncryptionConfiguration: another,
    },
  },
  'AWS::Kinesis::StreamConsumer': {
    beside: streams,
    base: { ConsumerName: 'walked', StreamARN: att('Stream~', 'Arn') },
    changes: { ConsumerName: to('other'), StreamARN: to(att('Other~', 'Arn')) },
    still: { Tags: 'Their change replaces, and the consumer that takes its place has the same name.' },
  },
  'AWS::Kinesis::ResourcePolicy': {
    beside: streams,
    base: { ResourceArn: att('Stream~', 'Arn'), ResourcePolicy: policy('kinesis:PutRecord', att('Stream~', 'Arn')) },
    changes: { ResourcePolicy: to(policy('kinesis:GetRecords', att('Stream~', 'Arn'))) },
    still: { ResourceArn: 'The policy names it too: both change together, which is a replacement.' },
  },
}
