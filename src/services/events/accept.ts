import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { logAccepted, type Origin } from './accept-log.ts'
import { archivesFor, logOf, rulesFor } from './bus-rules.ts'
import { dispatch, type Invocation } from './deliver.ts'
import type { Event } from './input.ts'
import { archived, archivedCount, type Rule } from './state.ts'

/**
 * Takes an event for a bus, `home` being in the bus's scope: what brings it to the targets of the rules it matches is
 * written with it, and it itself to the archives that want it. `relayed`: it came from another bus.
 */
export async function accept(
  home: Tx,
  bus: string,
  event: Event,
  host: Host,
  { relayed = false, origin = {} }: { readonly relayed?: boolean; readonly origin?: Origin } = {},
): Promise<void> {
  const nowMs = host.clock.nowMs()
  const log = await logOf(home.snapshot, bus)
  const matched: { rule: Rule; invocations: Invocation[] }[] = []
  // On the snapshot: a rule that changes meanwhile holds no event up.
  for (const found of await rulesFor(home.snapshot, bus, String(event.source), event)) {
    matched.push({ rule: found, invocations: dispatch(home, found, event, host, nowMs, { relayed, log }) })
  }
  await logAccepted(home, { name: bus, log }, event, matched, origin, host)
  for (const { generation } of await archivesFor(home.snapshot, bus, event)) {
    const sizeBytes = Buffer.byteLength(JSON.stringify(event))
    home.set(archived(generation, nowMs, String(event.id)), { event, sizeBytes })
    home.add(archivedCount(generation, 'events'), 1)
    home.add(archivedCount(generation, 'bytes'), sizeBytes)
  }
}
