import type { BlobRef } from '../../../kernel/blobs.ts'
import type { ReadTx, Scope } from '../../../kernel/records.ts'
import { keyspace } from '../../../store/keyspace.ts'

/** Reference data for queries: rows of comma-separated values. */
export interface LookupTable {
  readonly name: string
  readonly description?: string | undefined
  readonly kmsKeyId?: string | undefined
  /** As it was given, the names of its fields first. */
  readonly body: BlobRef
  readonly fields: readonly string[]
  readonly records: number
  readonly tags: Readonly<Record<string, string>>
  readonly modifiedAtMs: number
}

/** Of the tables of one query together: they are in memory while it runs. */
export const mostTableBytes = 20 * 1024 * 1024

export const lookupTable = keyspace('logs').record<LookupTable, [name: string]>('lookup-table')

export function lookupTableArn({ region, account }: Scope, name: string): string {
  return `arn:aws:logs:${region}:${account}:lookup-table:${name}`
}

/** The table of an ARN, if it is here. */
export async function lookupTableOf(tx: ReadTx, arn: string): Promise<LookupTable | undefined> {
  const name = /:lookup-table:(\w+)$/.exec(arn)?.[1]
  return name !== undefined && arn === lookupTableArn(tx.scope, name) ? await tx.get(lookupTable(name)) : undefined
}
