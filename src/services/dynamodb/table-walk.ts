import { type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Position } from './positions.ts'
import { item, type Table, table } from './state.ts'

/** Items of 400 KB with all their index entries must fit into one transaction. */
const itemsPerStep = 25

type ItemKey = ReturnType<typeof item>

/** Visits all items of a table in small transactions, until the table is gone. */
export async function eachItem(
  { host, scope, signal, nowMs }: JobCtx,
  tableName: string,
  tableId: string,
  visit: (tx: Tx, found: Table, position: Position, key: ItemKey) => Promise<void>,
): Promise<void> {
  let after: Position | undefined
  for (;;) {
    if (signal.aborted) throw new Retry(nowMs, 'the node is stopping', { counts: false })
    const last: Position | undefined = await host.records.write(scope, async (tx) => {
      const found = await tx.get(table(tableName))
      if (found?.id !== tableId) return undefined
      let at: Position | undefined
      const rest = item.between([tableId], after ? { after: [after.partition, after.sort] } : {})
      for await (const [, partition, sort] of tx.snapshot.keys(rest, { limit: itemsPerStep })) {
        at = { partition, sort }
        await visit(tx, found, at, item(tableId, partition, sort))
      }
      return at
    })
    if (!last) return
    after = last
  }
}
