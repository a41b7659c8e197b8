import type { JobCtx } from '../../../kernel/delivery.ts'
import { operationByAge, setListed, setOperation, setTemplate, stackSet, target } from './state.ts'

/** Removes all that is known of a set deleted long ago, an operation at a time, the set itself last. */
export async function forgetSet({ uuid }: { uuid: string }, { host, scope, signal }: JobCtx): Promise<void> {
  for (let more = true; more; ) {
    signal.throwIfAborted()
    more = await host.records.write(scope, async (tx) => {
      for await (const [, atMs, id] of tx.keys(operationByAge.under(uuid), { limit: 1 })) {
        tx.clear(target.under(uuid, id))
        tx.delete(setOperation(uuid, id))
        tx.delete(operationByAge(uuid, atMs, id))
        return true
      }
      return false
    })
  }
  await host.records.write(scope, async (tx) => {
    const set = await tx.get(stackSet(uuid))
    if (!set) return
    tx.delete(setListed('DELETED', set.name, uuid))
    tx.delete(setTemplate(uuid))
    tx.delete(stackSet(uuid))
  })
}
