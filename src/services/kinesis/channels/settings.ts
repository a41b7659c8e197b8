import type { InputFor } from '../../../kernel/operation.ts'
import type { Api } from '../api.ts'
import { invalid } from '../names.ts'
import { checkTemplate, defaultTemplate } from './key-template.ts'
import type { Channel, DeadLetters, Logging, RecordFormat, Storage } from './state.ts'

type Creation = InputFor<Api, 'CreateChannel'>
type S3Destination = NonNullable<Creation['S3DestinationConfiguration']>
type GivenLogging = NonNullable<Creation['LoggingConfiguration']>['CloudWatchLogs']

const [leastFreshSec, mostFreshSec] = [300, 900]
const formats: readonly string[] = ['JSON', 'STRING', 'BYTE_ARRAY']
const compressions: readonly string[] = ['NONE', 'GZIP', 'ZSTD']
const storageClasses: readonly string[] = ['STANDARD', 'INTELLIGENT_TIERING', 'GLACIER_IR']

const named = {
  ChannelName: /^[a-zA-Z0-9_.-]{1,128}$/,
  ServiceExecutionRoleARN: /^arn:aws[-a-z0-9]*:iam::\d{12}:role\/[a-zA-Z_0-9+=,.@\-_/]{1,512}$/,
  BucketARN: /^arn:aws[-a-z0-9]*:s3:::[a-z0-9._-]{3,63}$/,
  ExpectedBucketOwner: /^\d{12}$/,
  ErrorOutputPrefix: /^[0-9A-Za-z!\-_'.*()/]{1,512}$/,
  LogGroupName: /^[.\-_/#A-Za-z0-9]{1,512}$/,
  LogStreamName: /^[^:*]{1,512}$/,
  KeyId: /^.{1,2048}$/s,
}

function check(name: keyof typeof named, value: string): string {
  if (named[name].test(value)) return value
  throw invalid(`${name} ${value} does not match ${named[name].source}.`)
}

function checkOneOf<T extends string>(name: string, value: string, allowed: readonly string[]): T {
  if (allowed.includes(value)) return value as T
  throw invalid(`${name} ${value} is none of ${allowed.join(', ')}.`)
}

export function freshness(seconds: number | undefined): number {
  const sec = seconds ?? leastFreshSec
  if (Number.isInteger(sec) && sec >= leastFreshSec && sec <= mostFreshSec) return sec
  throw invalid(`DataFreshnessInSeconds ${sec} is not from ${leastFreshSec} to ${mostFreshSec}.`)
}

/** Throws InvalidArgumentException: a node has buckets, and no tables in them. */
export function refuseTables(input: { readonly S3TablesDestinationConfiguration?: object | undefined }): void {
  if (input.S3TablesDestinationConfiguration === undefined) return
  throw invalid(
    'S3TablesDestinationConfiguration is not supported by Landfall, which has no S3 Tables. ' +
      'Use S3DestinationConfiguration.',
  )
}

/** The one stream of a channel, and what its records are. Throws InvalidArgumentException. */
export function sourceOf({ StreamConfigurationList: list }: Creation): { streamArn: string; format: RecordFormat } {
  const [first, second] = list
  if (!first || second) throw invalid('StreamConfigurationList has exactly one stream.')
  const { RecordFormatType, GSRSchemaARN } = first.RecordConfiguration
  if (RecordFormatType === 'GSR_JSON') throw invalid('RecordFormatType GSR_JSON is for streaming tables alone.')
  if (GSRSchemaARN !== undefined) {
    throw invalid('GSRSchemaARN is not supported by Landfall, which has no Glue Schema Registry. Leave it out.')
  }
  return { streamArn: first.StreamARN, format: checkOneOf('RecordFormatType', RecordFormatType, formats) }
}

/** A channel's settings with what is not said. Throws InvalidArgumentException for what is wrong, or not here. */
export function settingsOf(
  input: Creation,
  of: Pick<Channel, 'id' | 'stream'>,
): Pick<Channel, 'name' | 'roleArn' | 'freshnessSec' | 'storage' | 'deadLetters' | 'keyId' | 'logging'> {
  const name = check('ChannelName', input.ChannelName)
  const { S3DestinationConfiguration: destination, EncryptionConfiguration: encryption } = input
  if (!destination) throw invalid('S3DestinationConfiguration is required.')
  const at = { name, id: of.id }
  return {
    name,
    roleArn: check('ServiceExecutionRoleARN', input.ServiceExecutionRoleARN),
    freshnessSec: freshness(destination.DataFreshnessInSeconds),
    storage: storageOf(destination.StorageConfiguration, at, of.stream.name),
    deadLetters: deadLettersOf(destination, at),
    keyId: encryption && keyOf(encryption),
    logging: loggingOf(input.LoggingConfiguration?.CloudWatchLogs, at),
  }
}

function storageOf(
  given: S3Destination['StorageConfiguration'],
  { name, id }: Pick<Channel, 'name' | 'id'>,
  streamName: string,
): Storage {
  const template = given.OutputKeyTemplate ?? defaultTemplate
  const compression = checkOneOf<Storage['compression']>('CompressionType', given.CompressionType, compressions)
  checkTemplate(template, { channelName: name, channelId: id, streamName, compression })
  return {
    bucketArn: check('BucketARN', given.BucketARN),
    owner: check('ExpectedBucketOwner', given.ExpectedBucketOwner),
    template,
    storageClass: checkOneOf('StorageClass', given.StorageClass ?? 'STANDARD', storageClasses),
    compression,
  }
}

/** Without settings of its own: the same bucket, under a prefix for errors. */
function deadLettersOf(
  { DeadLetterQueueS3Configuration: given, StorageConfiguration }: S3Destination,
  { name, id }: Pick<Channel, 'name' | 'id'>,
): DeadLetters {
  const { BucketARN, ExpectedBucketOwner } = given ?? StorageConfiguration
  return {
    bucketArn: check('BucketARN', BucketARN),
    owner: check('ExpectedBucketOwner', ExpectedBucketOwner),
    prefix: check('ErrorOutputPrefix', given?.ErrorOutputPrefix ?? `kinesis-channel/errors/${name}/${id}/`),
  }
}

function keyOf({ EncryptionType, KeyId }: NonNullable<Creation['EncryptionConfiguration']>): string {
  if (EncryptionType !== 'KMS') throw invalid(`EncryptionType ${EncryptionType} is not KMS.`)
  if (isServiceKey(KeyId)) throw invalid('KeyId: the key aws/kinesis is not one of a channel. Use one of your own.')
  return check('KeyId', KeyId)
}

/** Whether it is the key that the service itself has: neither streams with a channel nor its objects may have it. */
export function isServiceKey(keyId: string | undefined): boolean {
  return keyId !== undefined && /(^|:)alias\/aws\/kinesis$/.test(keyId)
}

/** What is not given stays as it is `before`, or is as the service has it. */
export function loggingOf(
  given: GivenLogging | undefined,
  { name, id }: Pick<Channel, 'name' | 'id'>,
  before?: Logging,
): Logging {
  return {
    enabled: given?.Enabled ?? before?.enabled ?? false,
    group: check('LogGroupName', given?.LogGroupName ?? before?.group ?? `/aws/kinesis/${name}/${id}`),
    stream: check('LogStreamName', given?.LogStreamName ?? before?.stream ?? 'DestinationDelivery'),
  }
}
