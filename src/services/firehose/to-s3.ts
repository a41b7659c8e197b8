import { backupOf } from './buffer.ts'
import { type Bringing, putObject } from './object.ts'
import { dataPrefix, errorPrefix } from './prefix.ts'
import { processingOf } from './processing.ts'
import type { ExtendedS3Settings, S3Settings, Waiting } from './state.ts'
import { type Failed, ofSlice, processed, slicesOf } from './transform.ts'

/** Brings records to a bucket: what was made of them, what could not be, and if so wanted what they were. */
export async function bringToS3(of: Bringing, records: readonly Waiting[], settings: ExtendedS3Settings) {
  const backup = backupOf(of.stream)
  if (backup) await putAsTheyCame(of, records, backup)
  const by = processingOf(settings.ProcessingConfiguration)
  const { Prefix, FileExtension: extension, CustomTimeZone: zone } = settings
  const body: Uint8Array[] = []
  let [count, oldest] = [0, Number.POSITIVE_INFINITY]
  for (const [index, slice] of slicesOf(records, by).entries()) {
    const own = ofSlice(of, index)
    const { items, failed } = await processed(own, slice, by, settings.RoleARN)
    const data = items.map((item) => item.data)
    // What was split is many small parts, and as one there are fewer.
    if (by.split === undefined) for (const one of data) body.push(one)
    else body.push(Buffer.concat(data))
    count += items.length
    oldest = items.reduce((atMs, { source }) => Math.min(atMs, source.atMs), oldest)
    await putFailed(own, failed, settings, 'processing-failed', zone)
  }
  const name = { prefix: dataPrefix(Prefix), extension, zone }
  if (count > 0) await putObject({ ...of, atMs: oldest }, settings, name, body, count)
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

/** Writes records that could not be delivered, each with the reason, to the prefix for errors. */
export async function putFailed(
  of: Bringing,
  failed: readonly Failed[],
  settings: S3Settings,
  errorType: 'processing-failed' | 'http-endpoint-failed' | 'activePartitionExceeded',
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
