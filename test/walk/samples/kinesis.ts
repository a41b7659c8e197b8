import { att, policy, type Samples, tags, to } from '../sample.ts'

const stream = { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } }
const streams = { 'Stream~': stream, 'Other~': stream }

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
