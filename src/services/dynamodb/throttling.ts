import type { Ctx } from '../../kernel/context.ts'
import { type AwsError, awsError, isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Index, Table } from './state.ts'

/** Capacity that was not used is kept for so long. */
const burstSec = 300
/** Buckets kept; the one that was used least recently goes first, and is full when it is needed again. */
const maxBuckets = 20_000

type Kind = 'read' | 'write'

interface Bucket {
  units: number
  atMs: number
}

interface Limit {
  readonly unitsPerSec: number
  readonly onDemand: boolean
}

const buckets = new WeakMap<Host, Map<string, Bucket>>()

/**
 * Holds a request to the throughput of the tables and indexes that it uses. A table has a bucket of capacity units that
 * fills at the rate provisioned, up to 300 seconds of it; a request is let in while there is anything in it, and takes
 * what it turns out to cost. Buckets are this process's, and full when it starts. Tables on demand have no limit here
 * but the maximum that they were given. Local indexes use their table's.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
 */
export class Meter {
  readonly #host: Host
  readonly #nowMs: number
  readonly #taken: { readonly bucket: Bucket; readonly units: number }[] = []

  constructor(host: Host, nowMs: number) {
    this.#host = host
    this.#nowMs = nowMs
  }

  /** Throws the error of the service when there is nothing left. */
  admit(table: Table, index: Index | undefined, kind: Kind): void {
    const limit = limitOf(table, index, kind)
    if (limit && this.#bucket(table, index, kind, limit).units <= 0) throw exceeded(limit, index)
  }

  take(table: Table, index: Index | undefined, kind: Kind, units: number): void {
    const limit = limitOf(table, index, kind)
    if (!limit || units === 0) return
    const bucket = this.#bucket(table, index, kind, limit)
    bucket.units -= units
    this.#taken.push({ bucket, units })
  }

  /** Gives back what was taken by an attempt that is made again. */
  refund(): void {
    for (const { bucket, units } of this.#taken.splice(0)) bucket.units += units
  }

  #bucket(table: Table, index: Index | undefined, kind: Kind, { unitsPerSec }: Limit): Bucket {
    const all = buckets.get(this.#host) ?? new Map<string, Bucket>()
    buckets.set(this.#host, all)
    const global = index?.kind === 'global' ? index : undefined
    const name = `${(global ?? table).id} ${kind}`
    const most = unitsPerSec * burstSec
    const bucket = all.get(name) ?? { units: most, atMs: this.#nowMs }
    const elapsedSec = Math.max(0, this.#nowMs - bucket.atMs) / 1_000
    bucket.units = Math.min(most, bucket.units + elapsedSec * unitsPerSec)
    bucket.atMs = Math.max(bucket.atMs, this.#nowMs)
    all.delete(name)
    all.set(name, bucket)
    if (all.size > maxBuckets) all.delete(all.keys().next().value ?? '')
    return bucket
  }
}

const meters = new WeakMap<Ctx, Meter>()

/** The meter of an attempt of a `write` operation; the attempt before it, if any, came to nothing. */
export function meterOfAttempt(ctx: Ctx): Meter {
  meters.get(ctx)?.refund()
  const meter = new Meter(ctx.host, ctx.nowMs)
  meters.set(ctx, meter)
  return meter
}

function limitOf({ billing }: Table, index: Index | undefined, kind: Kind): Limit | undefined {
  const global = index?.kind === 'global' ? index : undefined
  const { throughput, onDemand } = global ?? billing
  if (billing.mode === 'PROVISIONED') return throughput && { unitsPerSec: throughput[kind], onDemand: false }
  const most = kind === 'read' ? onDemand?.maxRead : onDemand?.maxWrite
  return most === undefined ? undefined : { unitsPerSec: most, onDemand: true }
}

function exceeded({ onDemand }: Limit, index: Index | undefined): AwsError {
  if (onDemand) {
    return awsError(
      'ThrottlingException',
      'Throughput exceeds the maximum OnDemandThroughput configured on table or index.',
    )
  }
  return awsError(
    'ProvisionedThroughputExceededException',
    index?.kind === 'global'
      ? 'The level of configured provisioned throughput for one or more global secondary indexes of the table was ' +
          'exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes ' +
          'with the UpdateTable API'
      : 'The level of configured provisioned throughput for the table was exceeded. Consider increasing your ' +
          'provisioning level with the UpdateTable API.',
  )
}

/** Whether it is the error of `admit`. */
export function isThrottled(error: unknown): error is AwsError {
  return isAwsError(error, 'ProvisionedThroughputExceededException', 'ThrottlingException')
}
