import { deliverObject, uuidFrom } from '../../delivery/bucket.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Scope } from '../../kernel/records.ts'
import { compressed, compressions } from './compression.ts'
import { measure } from './metrics.ts'
import { principalOf, serviceName } from './names.ts'
import { evaluate, formatted, type Naming, type PrefixPart } from './prefix.ts'
import type { DeliveryStream, S3Settings } from './state.ts'

/** Records that are brought together: taken again after a crash they have the same names, so that nothing is there twice. */
export interface Bringing {
  readonly host: Host
  readonly scope: Scope
  readonly stream: DeliveryStream
  readonly signal: AbortSignal
  /** When the oldest of them arrived. */
  readonly atMs: number
  /** What their names are drawn from. */
  readonly seed: string
}

/** What an object is called. */
export interface ObjectName {
  readonly prefix: readonly PrefixPart[]
  readonly extension?: string | undefined
  readonly zone?: string | undefined
  readonly keys?: Pick<Naming, 'query' | 'lambda' | 'errorType'>
}

/** Writes records to an object of a bucket, one after the other, as the settings' role. Throws what S3 refuses. */
export async function putObject(
  of: Bringing,
  settings: S3Settings,
  name: ObjectName,
  data: readonly Uint8Array[],
  records = data.length,
): Promise<void> {
  const { host, scope, stream, signal } = of
  const format = settings.CompressionFormat ?? 'UNCOMPRESSED'
  const id = uuidFrom(`${of.seed} ${JSON.stringify([settings.BucketARN, name.prefix, name.keys])}`)
  const prefix = prefixOf(of, name, id)
  const zone = name.zone || 'UTC'
  const base = `${stream.name}-${stream.version}-${formatted('yyyy-MM-dd-HH-mm-ss', zone, of.atMs)}-${id}`
  const { extension, encoding: contentEncoding } = compressions[format]
  const body = await compressed(data, format, base, host)
  const as = await principalOf(settings.RoleARN, stream.name, { host, scope })
  const bytes = await deliverObject(
    { host, scope, signal, as, service: serviceName },
    {
      bucketArn: settings.BucketARN,
      key: `${prefix}${base}${name.extension || extension}`,
      ...{ body, contentEncoding },
      kmsKey: settings.EncryptionConfiguration?.KMSEncryptionConfig?.AWSKMSKeyARN,
    },
  )
  measure(of, stream.name, {
    'DeliveryToS3.Success': 1,
    'DeliveryToS3.Records': records,
    'DeliveryToS3.Bytes': bytes,
    'DeliveryToS3.DataFreshness': Math.max(0, host.clock.nowMs() - of.atMs) / 1_000,
  })
}

/** What the prefix of an object is; undefined when it names a key that is not there. */
export function prefixOf(
  of: Pick<Bringing, 'atMs'>,
  { prefix, zone, keys }: ObjectName,
  id: string,
): string | undefined {
  let drawn = 0
  const random = (length: number) => uuidFrom(`${id} ${drawn++}`).slice(0, length)
  return evaluate(prefix, { atMs: of.atMs, zone: zone || 'UTC', random, ...keys })
}

/** Of the 1,024 bytes of a key: what the name of a stream, a version, a time, a UUID and an extension leave. */
const mostPrefixBytes = 760

/** Whether an object can have the prefix. A NUL takes two bytes where keys are kept. */
export function fitsKey(prefix: string): boolean {
  return Buffer.byteLength(prefix) + prefix.split('\0').length - 1 <= mostPrefixBytes
}

/** Tells of a problem in the log stream of the settings, if they have one, as their role: when that fails too, only here. */
export async function tellProblem(
  of: Pick<Bringing, 'host' | 'scope' | 'stream'>,
  logging: S3Settings['CloudWatchLoggingOptions'],
  roleArn: string,
  problem: { readonly code: string; readonly message: string; readonly destination: string },
): Promise<void> {
  const { host, scope, stream } = of
  host.log.warn('firehose.not-delivered', { stream: stream.name, code: problem.code, error: problem.message })
  if (!logging?.Enabled) return
  const message = JSON.stringify({
    deliveryStreamARN: `arn:aws:firehose:${scope.region}:${scope.account}:deliverystream/${stream.name}`,
    destination: problem.destination,
    deliveryStreamVersionId: stream.version,
    message: problem.message,
    errorCode: problem.code,
  })
  const { LogGroupName: logGroupName, LogStreamName: logStreamName } = logging
  const logEvents = [{ timestamp: host.clock.nowMs(), message }]
  try {
    const as = await principalOf(roleArn, stream.name, { host, scope })
    await host.invoke('logs:PutLogEvents', { logGroupName, logStreamName, logEvents }, { as, scope })
  } catch (error) {
    if (!isAwsError(error)) throw error
    host.log.warn('firehose.log-not-written', { stream: stream.name, error: error.message })
  }
}
