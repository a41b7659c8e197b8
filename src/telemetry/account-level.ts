import type { Processor } from '@aws-sdk/client-cloudwatch-logs'
import type { ReadTx } from '../kernel/records.ts'
import { accountProtection, accountTransformers, type LogGroup } from './log-state.ts'

/** What makes a common form of a group's events: its own transformer, or else the account's that applies to it. */
export async function processorsOf(tx: ReadTx, group: LogGroup): Promise<readonly Processor[] | undefined> {
  if (group.transformer) return group.transformer.config
  // Transformers are for the one class.
  if (group.logClass !== 'STANDARD') return undefined
  const found = (await tx.get(accountTransformers())) ?? []
  return found.find(({ prefix }) => group.name.startsWith(prefix))?.config
}

/** The names of the data identifiers whose finds are masked in a group's events: its own policy's, and the account's. */
export async function protectedBy(tx: ReadTx, { protection }: LogGroup): Promise<readonly string[] | undefined> {
  const ofAccount = await tx.get(accountProtection())
  if (!ofAccount) return protection?.identifiers
  return [...new Set([...ofAccount.identifiers, ...(protection?.identifiers ?? [])])]
}
