import { type Job, Retry } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { invalid } from './names.ts'
import { archived, type Topic, topic } from './state.ts'

const dayMs = 86_400_000
const trimmedEveryMs = 3_600_000
const removedAtOnce = 100

/**
 * The days of an archive policy; undefined for one that ends the archive.
 * https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-topic-owner.html
 */
export function readArchivePolicy(text: string): number | undefined {
  if (/^\s*(?:\{\s*\})?\s*$/.test(text)) return undefined
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch {
    throw invalid('ArchivePolicy: failed to parse JSON.')
  }
  const { MessageRetentionPeriod: days, ...others } = (policy ?? {}) as Record<string, unknown>
  const count = Number(days)
  if (Object.keys(others).length > 0 || !/^\d+$/.test(String(days)) || count < 1 || count > 365) {
    throw invalid('ArchivePolicy Reason: It has a MessageRetentionPeriod of 1 to 365 days.')
  }
  return count
}

/** The topic with its archive begun or ended, as its settings say, and the removal of what grows old: in `tx`, at its home. */
export function withArchive(
  tx: Tx,
  { settings, ...rest }: Topic,
  nowMs: number,
  host: Pick<Host, 'deliveries'>,
): Topic {
  const { archivedFromMs, archiveDays } = settings
  if (archiveDays === undefined && archivedFromMs === undefined) return { ...rest, settings }
  const { name, generation } = rest
  const data = { name, generation }
  host.deliveries.schedule(tx, { kind: 'sns:trim', scope: tx.scope, key: generation, data })
  const since = archiveDays === undefined ? undefined : (archivedFromMs ?? nowMs)
  return { ...rest, settings: { ...settings, archivedFromMs: since } }
}

/** From when on messages are in the archive; undefined when the topic has none. */
export function archiveBeginsMs({ settings }: Topic, nowMs: number): number | undefined {
  const { archiveDays, archivedFromMs } = settings
  if (archiveDays === undefined || archivedFromMs === undefined) return undefined
  return Math.max(archivedFromMs, nowMs - archiveDays * dayMs)
}

/** Removes what is older than its topic keeps it, and all that a topic kept that keeps nothing any more. */
export const trim: Job<{ name: string; generation: string }> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ name, generation }, { host, scope, signal }) {
    const nowMs = host.clock.nowMs()
    for (;;) {
      if (signal.aborted) throw new Retry(nowMs, 'the node is stopping', { counts: false })
      const left = await host.records.write(scope, async (tx) => {
        const found = await tx.get(topic(name))
        const beginsMs = found?.generation === generation ? archiveBeginsMs(found, nowMs) : undefined
        const gone =
          beginsMs === undefined ? archived.under(generation) : archived.between([generation], { to: [beginsMs] })
        let removed = 0
        for await (const key of tx.snapshot.keys(gone, { limit: removedAtOnce })) {
          tx.delete(archived(...key))
          removed++
        }
        return removed === removedAtOnce ? 'more' : beginsMs === undefined ? 'nothing' : 'archive'
      })
      if (left === 'nothing') return
      if (left === 'archive') throw new Retry(nowMs + trimmedEveryMs, 'the archive goes on', { counts: false })
    }
  },
}
