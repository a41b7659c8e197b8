import type { JobCtx } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { KeyPart, RecordType, Tx } from '../../kernel/records.ts'
import { operation, operationEvent, operationHome } from './operation-log.ts'
import {
  byAge,
  change,
  changeSet,
  changeSetHome,
  changeSetNamed,
  driftDetection,
  driftDetectionHome,
  event,
  exported,
  importing,
  journal,
  leftover,
  named,
  resource,
  resourceDrift,
  resourceSignal,
  type Stack,
  stack,
  stackPolicy,
  template,
} from './state.ts'

/** Deleted stacks can be described by id for this long. */
const rememberedMs = 90 * 24 * 3_600_000
const batch = 500

/** In the transaction that ends a deletion: the name, the exports and the change sets are free. */
export async function releaseName(tx: Tx, of: Stack): Promise<void> {
  tx.delete(named(of.name))
  if (of.alias !== undefined) tx.delete(named(of.alias))
  for (const { exportName } of of.outputs) if (exportName !== undefined) tx.delete(exported(exportName))
  for (const name of of.imports) tx.delete(importing(name, of.uuid))
  for await (const { value } of tx.range(changeSet.under(of.uuid))) dropChangeSet(tx, of.uuid, value)
}

export function dropChangeSet(tx: Tx, stackUuid: string, { uuid, name }: { uuid: string; name: string }): void {
  tx.delete(changeSet(stackUuid, uuid))
  tx.delete(changeSetNamed(stackUuid, name))
  tx.delete(changeSetHome(uuid))
  tx.clear(change.under(uuid))
  tx.delete(template(stackUuid, `change-set/${uuid}`))
}

export function forgetLater(tx: Tx, host: Host, of: Stack, nowMs: number): void {
  host.deliveries.schedule(tx, {
    kind: 'cloudformation:forget',
    scope: tx.scope,
    dueAtMs: nowMs + rememberedMs,
    data: { uuid: of.uuid },
  })
}

/** Removes all that is known of a stack deleted long ago, in small transactions, the stack itself last. */
export async function forget({ uuid }: { uuid: string }, { host, scope, signal }: JobCtx): Promise<void> {
  const kinds = [
    resource,
    leftover,
    event,
    journal,
    template,
    resourceSignal,
    stackPolicy,
    resourceDrift,
    operationEvent,
    // Types of records that differ in the rest of their keys: each is cleared by its first part alone.
  ] as unknown as RecordType<unknown, [string, ...KeyPart[]]>[]
  for (const kind of kinds) {
    let gone = batch
    while (gone === batch) {
      signal.throwIfAborted()
      gone = await host.records.write(scope, async (tx) => {
        let count = 0
        for await (const key of tx.keys(kind.under(uuid), { limit: batch })) {
          tx.delete(kind(...key))
          count += 1
        }
        return count
      })
    }
  }
  await host.records.write(scope, async (tx) => {
    const found = await tx.get(stack(uuid))
    if (!found) return
    await forgetDetections(tx, uuid, 0)
    for await (const [, id] of tx.keys(operation.under(uuid))) {
      tx.delete(operation(uuid, id))
      tx.delete(operationHome(id))
    }
    tx.delete(byAge(found.createdAtMs, uuid))
    tx.delete(stack(uuid))
  })
}

/** Removes what is known of a stack's drift detections but for the latest. */
export async function forgetDetections(tx: Tx, uuid: string, kept: number): Promise<void> {
  const found = []
  for await (const key of tx.keys(driftDetection.under(uuid))) found.push(key)
  for (const key of found.slice(0, Math.max(0, found.length - kept))) {
    tx.delete(driftDetection(...key))
    tx.delete(driftDetectionHome(key[2]))
  }
}
