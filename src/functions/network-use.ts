import type { ReadTx, Tx } from '../kernel/records.ts'
import { keyspace } from '../store/keyspace.ts'

/**
 * The subnets and security groups that versions of functions are attached to, kept where Lambda writes and EC2 reads in
 * a transaction of its own: what a function uses is not deleted, as if its network interface were there.
 */
const use = keyspace('function-network').record<number, [id: string, functionName: string]>('use')

/** In the transaction in which a version comes to be attached (1), or is no more (-1). */
export async function attach(tx: Tx, ids: readonly string[], functionName: string, by: 1 | -1): Promise<void> {
  for (const id of ids) {
    const versions = ((await tx.get(use(id, functionName))) ?? 0) + by
    if (versions > 0) tx.set(use(id, functionName), versions)
    else tx.delete(use(id, functionName))
  }
}

/** Whether a version of some function of this account and region is attached to the subnet or group. */
export async function isUsedByFunction(tx: ReadTx, id: string): Promise<boolean> {
  for await (const _ of tx.keys(use.under(id), { limit: 1 })) return true
  return false
}
