import { att, roleOf, type Samples, tags, to } from '../sample.ts'

const destination = { BucketARN: att('Lake', 'Arn'), RoleARN: att('Role', 'Arn') }

export const firehose: Samples = {
  'AWS::KinesisFirehose::DeliveryStream': {
    beside: { Lake: { Type: 'AWS::S3::Bucket' }, Role: roleOf('firehose.amazonaws.com') },
    base: { ExtendedS3DestinationConfiguration: destination },
    changes: {
      DeliveryStreamName: to('walked-stream'),
      ExtendedS3DestinationConfiguration: to({
        ...destination,
        Prefix: 'day=!{timestamp:dd}/',
        ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
        CompressionFormat: 'GZIP',
        CustomTimeZone: 'Europe/Vienna',
        FileExtension: '.json.gz',
      }),
      DeliveryStreamEncryptionConfigurationInput: to({ KeyType: 'AWS_OWNED_CMK' }),
      DirectPutSourceConfiguration: to({ ThroughputHintInMBs: 2 }),
      Tags: to(tags),
    },
    still: {
      DeliveryStreamType: 'It goes with its source: wire/firehose-cloudformation.test.ts makes one that reads.',
      KinesisStreamSourceConfiguration: 'It goes with the type.',
      S3DestinationConfiguration: 'A stream has one destination: wire/firehose-cloudformation.test.ts changes it.',
      HttpEndpointDestinationConfiguration:
        'A stream has one destination: wire/firehose-cloudformation.test.ts changes it.',
    },
  },
}
