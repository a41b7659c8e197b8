import { type Bringing, fitsKey, prefixOf, putObject } from './object.ts'
import { dataPrefix, errorPrefix } from './prefix.ts'
import { processingOf } from './processing.ts'
import type { ExtendedS3Settings, S3Settings, Waiting } from './state.ts'
import { type Failed, type Item, processed } from './transform.ts'

/** Brings records to a bucket: what was made of them, what could not be, and if so wanted what they were. */
export async function bringToS3(of: Bringing, records: readonly Waiting[], settings: ExtendedS3Settings) {
  const backup = settings.S3BackupMode === 'Enabled' ? settings.S3BackupConfiguration : undefined
  if (backup) await putAsTheyCame(of, records, backup)
  const by = processingOf(settings.ProcessingConfiguration)
  const { items, failed } = await processed(of, records, by, settings.RoleARN)
  const [groups, unplaced] = partitions(of, items, settings)
  for (const group of groups.values()) {
    const oldest = Math.min(...group.map(({ source }) => source.atMs))
    await putObject(
      { ...of, atMs: oldest },
      settings,
      named(settings, group[0]),
      group.map(({ data }) => data),
    )
  }
  await putFailed(of, [...failed, ...unplaced], settings, 'processing-failed', settings.CustomTimeZone)
}

/** Records as they were put, under the prefix of a backup. */
export async function putAsTheyCame(of: Bringing, records: readonly Waiting[], settings: S3Settings): Promise<void> {
  const prefix = dataPrefix(settings.Prefix)
  await putObject(
    of,
    settings,
    { prefix },
    records.map(({ data }) => data),
  )
}

function named({ Prefix, FileExtension, CustomTimeZone }: ExtendedS3Settings, item: Item | undefined) {
  const { query, lambda } = item ?? {}
  const keys = { ...(query && { query }), ...(lambda && { lambda }) }
  return { prefix: dataPrefix(Prefix), extension: FileExtension, zone: CustomTimeZone, keys }
}

/** Items by the prefix that they have, with dynamic partitioning; and those that have not the keys it names, or too long ones. */
function partitions(
  of: Bringing,
  items: readonly Item[],
  settings: ExtendedS3Settings,
): [Map<string, Item[]>, Failed[]] {
  const groups = new Map<string, Item[]>()
  const unplaced: Failed[] = []
  const isPartitioned = settings.DynamicPartitioningConfiguration?.Enabled === true
  for (const item of items) {
    const at = isPartitioned ? prefixOf(of, named(settings, item), of.seed) : ''
    if (at === undefined || !fitsKey(at)) {
      const { source, data } = item
      const message =
        at === undefined
          ? 'The record has not all of the partition keys that the prefix names.'
          : 'With the partition keys of the record the key of the object would be too long.'
      unplaced.push({ source, data, attempts: 1, code: 'DynamicPartitioning.MetadataExtractionFailed', message })
      continue
    }
    const group = groups.get(at)
    if (group) group.push(item)
    else groups.set(at, [item])
  }
  return [groups, unplaced]
}

/** Writes records that could not be delivered, each with the reason, to the prefix for errors. */
export async function putFailed(
  of: Bringing,
  failed: readonly Failed[],
  settings: S3Settings,
  errorType: 'processing-failed' | 'http-endpoint-failed',
  zone?: string,
): Promise<void> {
  if (failed.length === 0) return
  const attemptEndingTimestamp = of.host.clock.nowMs()
  const lines = failed.map(({ source, data, attempts, code, message, lambdaArn }) => {
    const line = {
      attemptsMade: attempts,
      arrivalTimestamp: source.atMs,
      errorCode: code,
      errorMessage: message,
      attemptEndingTimestamp,
      rawData: Buffer.from(data).toString('base64'),
      ...(lambdaArn !== undefined && { lambdaArn }),
    }
    return Buffer.from(`${JSON.stringify(line)}\n`)
  })
  const prefix = errorPrefix(settings.ErrorOutputPrefix, settings.Prefix)
  await putObject(of, settings, { prefix, zone, keys: { errorType } }, lines)
}
