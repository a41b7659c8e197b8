import { takeToken } from '../../gateway/throttle.ts'
import type { Job } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { Scope, Tx } from '../../kernel/records.ts'
import { evenStarts } from './hash-keys.ts'
import { reshape } from './lineage.ts'
import { reshard } from './resharding.ts'
import { type Stream, stream } from './state.ts'
import { shardBytesPerSec, shardRecordsPerSec } from './throughput.ts'

/** 200 MiB a second: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
export const mostOnDemandShards = 200
/** How long more than half of what a stream takes has to come, at twice that half, until it gets more shards. */
const sustainedSec = 30

/**
 * Whether a stream on demand gets more than half of what its shards take, and has for a while: there is to be room for
 * twice what comes. Counts what is offered, refused records too; with `hasTokens` as `take` it only tells.
 * https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html#ondemandmode
 */
export function outgrown(
  { mode, id, open }: Stream,
  records: number,
  bytes: number,
  nowMs: number,
  take = takeToken,
): boolean {
  if (mode !== 'ON_DEMAND' || open.length >= mostOnDemandShards) return false
  // Named by the number of shards: with more of them the stream is watched anew.
  const name = `kinesis ${id} demand on ${open.length}`
  const half = (perShard: number) => {
    const rate = (perShard * open.length) / 2
    return { rate, burst: rate * sustainedSec }
  }
  const fewRecords = take(`${name} records`, half(shardRecordsPerSec), nowMs, records)
  const fewBytes = take(`${name} bytes`, half(shardBytesPerSec), nowMs, bytes)
  return !(fewRecords && fewBytes)
}

/** Has the shards of a stream doubled, once however often that is asked for. */
export function scheduleScaling(tx: Tx, host: Host, scope: Scope, { name, id, open }: Stream): void {
  host.deliveries.schedule(tx, { kind: 'kinesis:scale', scope, key: id, data: { name, id, from: open.length } })
}

/** Doubles the open shards of a stream on demand, unless that was done since. */
export const scale: Job<{ name: string; id: string; from: number }> = {
  retry: { attempts: 1_000, minMs: 1_000, maxMs: 60_000 },
  async run({ name, id, from }, { host, scope }) {
    const nowMs = host.clock.nowMs()
    await host.records.write(scope, async (tx) => {
      const found = await tx.get(stream(name))
      if (found?.id !== id || found.status !== 'ACTIVE') return
      if (found.mode !== 'ON_DEMAND' || found.open.length !== from) return
      const starts = evenStarts(Math.min(2 * from, mostOnDemandShards))
      await reshard(tx, { scope, stream: found }, nowMs, (lineage) => reshape(lineage, starts))
    })
  },
}
