import { type Job, Retry } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { archiveBeginsMs } from './archive.ts'
import { enqueue } from './fifo.ts'
import { wants } from './filter-policy.ts'
import { invalid, type LocatedTopic, lookUpSubscription, subscriptionArn } from './names.ts'
import { archived, type Subscription, subscription } from './state.ts'

const pageSize = 20

interface Window {
  readonly startMs: number
  /** Absent: until the newest message has been brought. */
  readonly endMs?: number
}

/** https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-subscriber.html */
export function readReplayPolicy(text: string): Window | undefined {
  if (/^\s*(?:\{\s*\})?\s*$/.test(text)) return undefined
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch {
    throw invalid('ReplayPolicy: failed to parse JSON.')
  }
  const { PointType, StartingPoint, EndingPoint, ...others } = (policy ?? {}) as Record<string, unknown>
  const unknown = Object.keys(others)[0]
  if (unknown !== undefined) throw invalid(`ReplayPolicy Reason: there is no ${unknown.slice(0, 100)}`)
  if (PointType !== 'Timestamp') throw invalid('ReplayPolicy Reason: PointType is Timestamp.')
  const startMs = Date.parse(String(StartingPoint))
  const endMs = EndingPoint === undefined ? undefined : Date.parse(String(EndingPoint))
  if (Number.isNaN(startMs)) throw invalid('ReplayPolicy Reason: StartingPoint is a time: 2026-01-31T00:00:00.000Z')
  if (endMs !== undefined && !(endMs > startMs)) {
    throw invalid('ReplayPolicy Reason: EndingPoint is a time after StartingPoint.')
  }
  return { startMs, ...(endMs !== undefined && { endMs }) }
}

/** The subscription with the replay begun that its policy asks for, or ended; `home` being the topic's scope. */
export function withReplay(home: Tx, at: LocatedTopic, one: Subscription, host: Host): Subscription {
  const { replayPolicy } = one.settings
  const window = replayPolicy === undefined ? undefined : readReplayPolicy(replayPolicy)
  if (!window) return { ...one, replay: undefined }
  const beginsMs = archiveBeginsMs(at.topic, host.clock.nowMs())
  if (beginsMs === undefined) throw invalid('ReplayPolicy Reason: The topic has no archive.')
  if (window.startMs < beginsMs) {
    throw invalid(`ReplayPolicy Reason: The archive begins at ${new Date(beginsMs).toISOString()}.`)
  }
  const id = host.ids.uuid()
  const data = { subscriptionArn: subscriptionArn(one), id }
  host.deliveries.schedule(home, { kind: 'sns:replay', scope: home.scope, data })
  return { ...one, replay: { id, status: 'Pending' } }
}

/** Whether what is published now reaches the subscription by its replay, which goes on until it has caught up. */
export function isCatchingUp({ replay, settings }: Subscription): boolean {
  if (!replay || replay.status === 'Completed') return false
  return readReplayPolicy(settings.replayPolicy ?? '')?.endMs === undefined
}

/** Hands what is archived to a subscription, page by page, each in a transaction with how far it is. */
export const replay: Job<{ subscriptionArn: string; id: string }> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ subscriptionArn: arn, id }, { host, scope, signal }) {
    for (;;) {
      if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
      const ended = await host.records.write(scope, async (tx) => {
        const found = await lookUpSubscription(tx, arn)
        const one = found?.subscription
        const window = readReplayPolicy(one?.settings.replayPolicy ?? '')
        if (!found || !one || !window || one.replay?.id !== id || one.replay.status === 'Completed') return true
        const { generation } = found.topic
        const { startMs, endMs } = window
        const from = one.replay.after ? { after: one.replay.after } : { from: [startMs] }
        const to = endMs === undefined ? {} : { through: [endMs] }
        let after = one.replay.after
        let count = 0
        // Not on the snapshot: what is published while it ends is either seen here, or sees that it has ended.
        for await (const { key, value } of tx.range(archived.between([generation], { ...from, ...to }), {
          limit: pageSize,
        })) {
          count++
          after = [key[1], key[2]]
          if (wants(one.settings, value)) await enqueue(tx, one, { ...value, replayed: true }, host)
        }
        const status = count < pageSize ? 'Completed' : 'In progress'
        tx.set(subscription(generation, one.id), { ...one, replay: { id, status, after } })
        return status === 'Completed'
      })
      if (ended) return
    }
  },
}
