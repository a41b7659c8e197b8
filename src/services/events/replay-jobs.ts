import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { logAccepted } from './accept-log.ts'
import { logOf, rulesFor } from './bus-rules.ts'
import { dispatch } from './deliver.ts'
import { ruleArn } from './names.ts'
import { archived, replay } from './state.ts'

const retry = { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 }
/** Events that are replayed in one transaction. */
const pageSize = 50
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html */
const keptMs = 90 * 86_400_000

/**
 * Brings the events of an archive to the rules of their bus, in the order in which they came, as the rules are now.
 * Events and how far it got are written together: a node that is killed goes on, and dispatches none of them twice.
 */
export const replaying: Job<{ name: string }> = {
  retry,
  async run({ name }, { host, scope, signal }: JobCtx) {
    for (;;) {
      if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
      const more = await host.records.write(scope, async (tx) => {
        const found = await tx.get(replay(name))
        if (!found || found.endedAtMs !== undefined) return false
        const { generation, position, fromMs, toMs, ruleArns } = found
        const nowMs = host.clock.nowMs()
        const end = (state: 'COMPLETED' | 'CANCELLED', last = position) => {
          tx.set(replay(name), { ...found, state, position: last, endedAtMs: nowMs })
          const dueAtMs = nowMs + keptMs
          const data = { name, startedAtMs: found.startedAtMs }
          host.deliveries.schedule(tx, { kind: 'events:forgetReplay', scope, data, dueAtMs })
          return false
        }
        if (found.state === 'CANCELLING') return end('CANCELLED')
        const start = position ? { after: [position.atMs, position.eventId] } : { from: [fromMs] }
        let last = position
        let count = 0
        const range = archived.between([generation], { ...start, to: [toMs] })
        for await (const { key, value } of tx.snapshot.range(range, { limit: pageSize })) {
          const event = { ...value.event, 'replay-name': name }
          const log = await logOf(tx.snapshot, found.bus)
          const matched = []
          for (const rule of await rulesFor(tx.snapshot, found.bus, String(value.event.source), event)) {
            if (ruleArns && !ruleArns.includes(ruleArn(scope, rule.bus, rule.name))) continue
            matched.push({ rule, invocations: dispatch(tx, rule, event, host, nowMs, { log }) })
          }
          const origin = { callerAccount: scope.account }
          await logAccepted(tx, { name: found.bus, log }, event, matched, origin, host)
          last = { atMs: key[1], eventId: key[2] }
          count++
        }
        if (count < pageSize) return end('COMPLETED', last)
        tx.set(replay(name), { ...found, state: 'RUNNING', position: last })
        return true
      })
      if (!more) return
    }
  },
}

/** Forgets a replay long after it has ended. */
export const forgetReplay: Job<{ name: string; startedAtMs: number }> = {
  retry,
  async run({ name, startedAtMs }, { host, scope }: JobCtx) {
    await host.records.write(scope, async (tx) => {
      if ((await tx.get(replay(name)))?.startedAtMs === startedAtMs) tx.delete(replay(name))
    })
  },
}
