import type { Host } from '../../kernel/host.ts'
import type { InputFor } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid } from './names.ts'
import type { processingOf } from './processing.ts'
import { httpSettings, s3Settings } from './settings.ts'
import type { Destination, ExtendedS3Settings, HttpSettings, S3Settings } from './state.ts'

type Creation = InputFor<Api, 'CreateDeliveryStream'>
type Update = InputFor<Api, 'UpdateDestination'>

/** Of destinations that are not here. */
const refused = [
  'Redshift',
  'Elasticsearch',
  'Amazonopensearchservice',
  'Splunk',
  'AmazonOpenSearchServerless',
  'Snowflake',
  'Iceberg',
] as const

/** Throws InvalidArgumentException for a destination that is not here, by name. */
export function refuseDestinations(input: Creation | Update): void {
  const given = input as Readonly<Record<string, unknown>>
  const names = refused.flatMap((name) => [`${name}DestinationConfiguration`, `${name}DestinationUpdate`])
  const found = names.find((name) => given[name] !== undefined)
  if (found) throw invalid(`${found} is not supported by Landfall. Deliver to S3 or an HTTP endpoint.`)
}

/** The one destination that is given. Throws InvalidArgumentException. */
export function destinationOf(input: Creation, name: string, { sealing }: Pick<Host, 'sealing'>): Destination {
  const { S3DestinationConfiguration: s3, ExtendedS3DestinationConfiguration: extended } = input
  const { HttpEndpointDestinationConfiguration: http } = input
  if ([s3, extended, http].filter((one) => one !== undefined).length !== 1) {
    throw invalid('Exactly one destination configuration is supported for a Firehose.')
  }
  if (http) {
    const key = http.EndpointConfiguration.AccessKey
    const accessKey = key === undefined ? undefined : sealing.seal(keyPurpose, Buffer.from(key), name)
    return { type: 'http', settings: httpSettings(http), accessKey }
  }
  return { type: 's3', settings: s3Settings((extended ?? s3)!) }
}

const keyPurpose = 'firehose-access-key'

export function accessKeyOf({ name, destination }: { name: string; destination: Destination }, host: Host): string {
  if (destination.type !== 'http' || !destination.accessKey) return ''
  return Buffer.from(host.sealing.unseal(keyPurpose, destination.accessKey, name) ?? '').toString('utf8')
}

/** The destination with what an update changes of it: members that it does not name stay as they are. */
export function changedDestination(before: Destination, input: Update, name: string, host: Host): Destination {
  refuseDestinations(input)
  const { S3DestinationUpdate: s3, ExtendedS3DestinationUpdate: extended, HttpEndpointDestinationUpdate: http } = input
  if ([s3, extended, http].filter((one) => one !== undefined).length !== 1) {
    throw invalid('Exactly one destination update is supported for a Firehose.')
  }
  if (http) {
    if (before.type !== 'http') throw invalid('The destination is not an HTTP endpoint, and its kind does not change.')
    const { S3Update, ...rest } = http
    const S3Configuration = merged<S3Settings>(before.settings.S3Configuration, S3Update)
    const settings = httpSettings({ ...merged<HttpSettings>(before.settings, rest), S3Configuration })
    const key = http.EndpointConfiguration?.AccessKey
    const accessKey = key === undefined ? before.accessKey : host.sealing.seal(keyPurpose, Buffer.from(key), name)
    return { type: 'http', settings, accessKey }
  }
  if (before.type !== 's3') throw invalid('The destination is not a bucket, and its kind does not change.')
  const { S3BackupUpdate: backup, ...rest } = extended ?? { ...s3, S3BackupUpdate: undefined }
  const S3BackupConfiguration = backup && merged<S3Settings>(before.settings.S3BackupConfiguration, backup)
  if (S3BackupConfiguration && !(S3BackupConfiguration.BucketARN && S3BackupConfiguration.RoleARN)) {
    throw invalid('S3BackupUpdate needs BucketARN and RoleARN where there was no backup.')
  }
  const next = merged<ExtendedS3Settings>(before.settings, rest)
  const settings = s3Settings({ ...next, ...(S3BackupConfiguration && { S3BackupConfiguration }) })
  const isPartitioned = (of: ExtendedS3Settings) => of.DynamicPartitioningConfiguration?.Enabled === true
  if (isPartitioned(settings) !== isPartitioned(before.settings)) {
    throw invalid('Dynamic partitioning is enabled or not when a Firehose is created.')
  }
  return { type: 's3', settings }
}

function merged<S extends object>(before: S | undefined, update: Partial<S> | undefined): S {
  const given = Object.entries(update ?? {}).filter(([, value]) => value !== undefined)
  return { ...before, ...Object.fromEntries(given) } as S
}

type Destinations = Partial<Pick<Creation, (typeof creating)[number]> & Pick<Update, (typeof updating)[number]>>
const creating = [
  'S3DestinationConfiguration',
  'ExtendedS3DestinationConfiguration',
  'HttpEndpointDestinationConfiguration',
] as const
const updating = ['S3DestinationUpdate', 'ExtendedS3DestinationUpdate', 'HttpEndpointDestinationUpdate'] as const

/** The roles that are handed over with a destination. */
export function rolesOf(input: Destinations): (string | undefined)[] {
  const http = input.HttpEndpointDestinationConfiguration ?? input.HttpEndpointDestinationUpdate
  const s3 = [
    input.S3DestinationConfiguration ?? input.S3DestinationUpdate,
    input.ExtendedS3DestinationConfiguration ?? input.ExtendedS3DestinationUpdate,
    input.ExtendedS3DestinationConfiguration?.S3BackupConfiguration,
    input.ExtendedS3DestinationUpdate?.S3BackupUpdate,
    input.HttpEndpointDestinationConfiguration?.S3Configuration,
    input.HttpEndpointDestinationUpdate?.S3Update,
  ]
  const processing = [input.ExtendedS3DestinationConfiguration ?? input.ExtendedS3DestinationUpdate, http]
  const ofLambda = processing.flatMap((one) => lambdaRoles(one?.ProcessingConfiguration))
  return [...s3.map((one) => one?.RoleARN), http?.RoleARN, ...ofLambda]
}

/** All that are named: permission is asked for before it is known whether the settings are right. */
function lambdaRoles(settings: Parameters<typeof processingOf>[0]): string[] {
  const parameters = (settings?.Processors ?? []).flatMap(({ Parameters = [] }) => Parameters)
  return parameters.flatMap(({ ParameterName, ParameterValue }) => (ParameterName === 'RoleArn' ? ParameterValue : []))
}
