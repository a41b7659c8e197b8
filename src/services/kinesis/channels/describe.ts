import { streamArn } from '../names.ts'
import { channelArn, type LocatedChannel } from './names.ts'

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ChannelDescription.html */
export function describeChannel({ scope, channel: of }: LocatedChannel) {
  const { storage, deadLetters, logging } = of
  return {
    ...common({ scope, channel: of }),
    ServiceExecutionRoleARN: of.roleArn,
    StreamConfigurationList: [
      { ...source({ scope, channel: of }), RecordConfiguration: { RecordFormatType: of.format } },
    ],
    S3DestinationConfiguration: {
      DataFreshnessInSeconds: of.freshnessSec,
      DeadLetterQueueS3Configuration: {
        BucketARN: deadLetters.bucketArn,
        ExpectedBucketOwner: deadLetters.owner,
        ErrorOutputPrefix: deadLetters.prefix,
      },
      StorageConfiguration: {
        BucketARN: storage.bucketArn,
        ExpectedBucketOwner: storage.owner,
        OutputKeyTemplate: storage.template,
        StorageClass: storage.storageClass,
        CompressionType: storage.compression,
      },
    },
    EncryptionConfiguration: of.keyId === undefined ? undefined : { EncryptionType: 'KMS' as const, KeyId: of.keyId },
    LoggingConfiguration: {
      CloudWatchLogs: { Enabled: logging.enabled, LogGroupName: logging.group, LogStreamName: logging.stream },
    },
  }
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ChannelSummary.html */
export function summarizeChannel(at: LocatedChannel) {
  return { ...common(at), ChannelDestinationType: 'S3' as const, Streams: [source(at)] }
}

function common({ scope, channel: of }: LocatedChannel) {
  return {
    ChannelName: of.name,
    ChannelARN: channelArn(scope, of.id),
    ChannelId: of.id,
    ChannelStatus: of.status,
    ChannelStatusReason: of.reason,
    ChannelCreationTimestamp: new Date(of.createdAtMs),
  }
}

function source({ scope, channel: { stream } }: LocatedChannel) {
  return { StreamARN: streamArn(scope, stream.name), StreamCreationTimestamp: new Date(stream.createdAtMs) }
}
