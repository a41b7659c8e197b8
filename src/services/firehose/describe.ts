import type { Scope } from '../../kernel/records.ts'
import { streamArn } from './names.ts'
import type { DeliveryStream, ExtendedS3Settings, S3Settings } from './state.ts'

/** The one destination that a stream has. */
export const destinationId = 'destinationId-000000000001'

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeliveryStreamDescription.html */
export function describe(of: DeliveryStream, scope: Scope) {
  return {
    DeliveryStreamName: of.name,
    DeliveryStreamARN: streamArn(scope, of.name),
    DeliveryStreamStatus: of.status,
    DeliveryStreamType: of.source ? ('KinesisStreamAsSource' as const) : ('DirectPut' as const),
    DeliveryStreamEncryptionConfiguration:
      of.encryption === undefined
        ? { Status: 'DISABLED' as const }
        : { KeyType: of.encryption.keyType, KeyARN: of.encryption.keyArn, Status: 'ENABLED' as const },
    VersionId: String(of.version),
    CreateTimestamp: new Date(of.createdAtMs),
    LastUpdateTimestamp: of.updatedAtMs === undefined ? undefined : new Date(of.updatedAtMs),
    Source: sourceOf(of),
    Destinations: [{ DestinationId: destinationId, ...destinationOf(of) }],
    HasMoreDestinations: false,
  }
}

function sourceOf({ source, throughputHint, createdAtMs }: DeliveryStream) {
  if (source) {
    const { streamArn: KinesisStreamARN, roleArn: RoleARN } = source
    return {
      KinesisStreamSourceDescription: { KinesisStreamARN, RoleARN, DeliveryStartTimestamp: new Date(createdAtMs) },
    }
  }
  return throughputHint === undefined
    ? undefined
    : { DirectPutSourceDescription: { ThroughputHintInMBs: throughputHint } }
}

function destinationOf({ destination }: DeliveryStream) {
  if (destination.type === 'http') {
    const { S3Configuration, ...rest } = destination.settings
    return { HttpEndpointDestinationDescription: { ...rest, S3DestinationDescription: described(S3Configuration) } }
  }
  const { S3BackupConfiguration, ...rest } = destination.settings
  return {
    S3DestinationDescription: described(plain(rest)),
    ExtendedS3DestinationDescription: {
      ...described(rest),
      S3BackupDescription: S3BackupConfiguration && described(S3BackupConfiguration),
    },
  }
}

/** What `withDefaults` has put there is there. */
function described<S extends S3Settings>(settings: S) {
  const { BufferingHints = {}, CompressionFormat = 'UNCOMPRESSED', EncryptionConfiguration = {} } = settings
  return { ...settings, BufferingHints, CompressionFormat, EncryptionConfiguration }
}

/** What settings have of those of a plain destination in S3. */
function plain(settings: ExtendedS3Settings): S3Settings {
  const { RoleARN, BucketARN, Prefix, ErrorOutputPrefix, BufferingHints, CompressionFormat } = settings
  const { EncryptionConfiguration, CloudWatchLoggingOptions } = settings
  return {
    RoleARN,
    BucketARN,
    ...(Prefix !== undefined && { Prefix }),
    ...(ErrorOutputPrefix !== undefined && { ErrorOutputPrefix }),
    ...(BufferingHints && { BufferingHints }),
    ...(CompressionFormat && { CompressionFormat }),
    ...(EncryptionConfiguration && { EncryptionConfiguration }),
    ...(CloudWatchLoggingOptions && { CloudWatchLoggingOptions }),
  }
}
