import type { ServiceEvent } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { accept } from './accept.ts'
import { envelope } from './envelope.ts'
import { defaultBus } from './names.ts'

/** Takes what a service says happened for the default bus, in the transaction in which it happened. */
export async function announce(tx: Tx, said: ServiceEvent, host: Host): Promise<void> {
  const made = { id: host.ids.uuid(), atMs: host.clock.nowMs() }
  await accept(tx, defaultBus, envelope(tx.scope, made, said), host)
}
