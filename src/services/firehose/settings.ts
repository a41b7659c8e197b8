import { isTimeZone } from '../../kernel/time-zone.ts'
import { invalid } from './names.ts'
import { hasExpression, type PrefixPart, parsePrefix } from './prefix.ts'
import { type Processing, processingOf } from './processing.ts'
import type { ExtendedS3Settings, HttpSettings, S3Settings } from './state.ts'

const buffering = { SizeInMBs: 5, IntervalInSeconds: 300 }
/** Partitions are buffered each for itself, so there is to be more of them together. */
const partitioned = { least: 64, usual: 128 }
const none = { NoEncryptionConfig: 'NoEncryption' } as const

/** A destination's settings with what is not said. Throws InvalidArgumentException for what is wrong, or not here. */
export function s3Settings(given: ExtendedS3Settings): ExtendedS3Settings {
  const { DataFormatConversionConfiguration: conversion, DynamicPartitioningConfiguration: partitioning } = given
  if (conversion && conversion.Enabled !== false) {
    throw invalid('DataFormatConversionConfiguration (Parquet, ORC) is not supported by Landfall. Leave it out.')
  }
  if (given.CustomTimeZone && !isTimeZone(given.CustomTimeZone)) {
    throw invalid(`CustomTimeZone ${given.CustomTimeZone} is not the name of a time zone.`)
  }
  const isPartitioned = partitioning?.Enabled === true
  const checked = withDefaults(given, isPartitioned ? partitioned.usual : buffering.SizeInMBs)
  checkPartitioning(checked, isPartitioned, processingOf(given.ProcessingConfiguration))
  const { S3BackupMode = 'Disabled', S3BackupConfiguration: backup } = given
  if (S3BackupMode === 'Enabled' && !backup) throw invalid('S3BackupMode Enabled needs an S3BackupConfiguration.')
  return { ...checked, S3BackupMode, ...(backup && { S3BackupConfiguration: backupSettings(backup) }) }
}

/** Of a bucket for what was backed up, or failed elsewhere: its prefixes name no partitions. */
export function backupSettings(given: S3Settings): S3Settings {
  const checked = withDefaults(given, buffering.SizeInMBs)
  checkPartitioning(checked, false, {})
  return checked
}

/** Of an endpoint. https://docs.aws.amazon.com/firehose/latest/APIReference/API_HttpEndpointDestinationConfiguration.html */
export function httpSettings(given: HttpSettings): HttpSettings {
  if (given.SecretsManagerConfiguration?.Enabled) {
    throw invalid('SecretsManagerConfiguration (a SecretARN) is not supported by Landfall. Give an AccessKey.')
  }
  if (!URL.canParse(given.EndpointConfiguration.Url)) {
    throw invalid(`The Url of the endpoint is not one: ${given.EndpointConfiguration.Url}`)
  }
  if (processingOf(given.ProcessingConfiguration).query) {
    throw invalid('MetadataExtraction is for destinations in S3 with dynamic partitioning.')
  }
  checkLogging(given.CloudWatchLoggingOptions)
  const { AccessKey: _, ...EndpointConfiguration } = given.EndpointConfiguration
  return {
    ...given,
    EndpointConfiguration,
    BufferingHints: { ...buffering, ...given.BufferingHints },
    RetryOptions: { DurationInSeconds: 300, ...given.RetryOptions },
    RequestConfiguration: { ContentEncoding: 'NONE', ...given.RequestConfiguration },
    S3BackupMode: given.S3BackupMode ?? 'FailedDataOnly',
    S3Configuration: backupSettings(given.S3Configuration),
  }
}

function withDefaults<S extends S3Settings>(given: S, sizeInMBs: number): S {
  const { CompressionFormat = 'UNCOMPRESSED', BufferingHints, Prefix, ErrorOutputPrefix } = given
  checkLogging(given.CloudWatchLoggingOptions)
  checkPrefixes(Prefix, ErrorOutputPrefix)
  return {
    ...given,
    CompressionFormat,
    BufferingHints: { ...buffering, SizeInMBs: sizeInMBs, ...BufferingHints },
    EncryptionConfiguration: given.EncryptionConfiguration ?? none,
    CloudWatchLoggingOptions: given.CloudWatchLoggingOptions ?? { Enabled: false },
  }
}

function checkLogging(given: S3Settings['CloudWatchLoggingOptions']): void {
  if (given?.Enabled && !(given.LogGroupName && given.LogStreamName)) {
    throw invalid('CloudWatchLoggingOptions that are enabled need LogGroupName and LogStreamName.')
  }
}

const isExpression = (part: PrefixPart) => typeof part !== 'string'

/** https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html#prefix-rules */
function checkPrefixes(prefix = '', ofErrors = ''): void {
  const [data, errors] = [parsePrefix(prefix), parsePrefix(ofErrors)]
  if (hasExpression(data, 'firehose', 'error-output-type')) {
    throw invalid("Prefix can't contain !{firehose:error-output-type}.")
  }
  if (data.some(isExpression) && ofErrors === '') {
    throw invalid("ErrorOutputPrefix can't be null or empty when Prefix contains expressions.")
  }
  if (errors.some(isExpression) && !hasExpression(errors, 'firehose', 'error-output-type')) {
    throw invalid('ErrorOutputPrefix with expressions must contain !{firehose:error-output-type}.')
  }
  if (['partitionKeyFromQuery', 'partitionKeyFromLambda'].some((namespace) => hasExpression(errors, namespace))) {
    throw invalid("ErrorOutputPrefix can't contain partition keys.")
  }
}

/** https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-s3bucketprefix.html */
function checkPartitioning(
  { Prefix = '', ErrorOutputPrefix, BufferingHints }: S3Settings,
  on: boolean,
  by: Processing,
) {
  const parts = parsePrefix(Prefix)
  const named = (namespace: string) =>
    parts.flatMap((part) => (typeof part !== 'string' && part.namespace === namespace ? [part.value] : []))
  const [ofQuery, ofLambda] = [named('partitionKeyFromQuery'), named('partitionKeyFromLambda')]
  if (!on) {
    if (ofQuery.length + ofLambda.length > 0)
      throw invalid('Partition keys in Prefix need dynamic partitioning enabled.')
    if (by.query) throw invalid('MetadataExtraction needs dynamic partitioning enabled.')
    return
  }
  if (ofQuery.length + ofLambda.length === 0) throw invalid('Dynamic partitioning needs partition keys in Prefix.')
  if (!ErrorOutputPrefix) throw invalid('Dynamic partitioning needs an ErrorOutputPrefix.')
  if (BufferingHints?.SizeInMBs !== undefined && BufferingHints.SizeInMBs < partitioned.least) {
    throw invalid(
      `BufferingHints.SizeInMBs must be at least ${partitioned.least} when dynamic partitioning is enabled.`,
    )
  }
  if (BufferingHints?.IntervalInSeconds === 0) {
    throw invalid('BufferingHints.IntervalInSeconds can not be 0 when dynamic partitioning is enabled.')
  }
  const unknown = ofQuery.find((key) => !by.query?.has(key))
  if (unknown !== undefined) throw invalid(`Prefix names ${unknown}, which no MetadataExtractionQuery extracts.`)
  if (ofLambda.length > 0 && !by.lambda) throw invalid('partitionKeyFromLambda in Prefix needs a Lambda processor.')
}
