import type { Scope } from '../kernel/records.ts'
import { keyspace } from '../store/keyspace.ts'

/** Waiting work. Its key says when it is due, so that the earliest of a kind is found with one seek. */
export interface Work {
  readonly scope: Scope
  readonly data: unknown
  readonly key?: string | undefined
  /** Attempts started so far that count. */
  readonly attempts: number
  /** Why the last attempt failed, shortened. */
  readonly lastError?: string | undefined
  readonly createdAtMs: number
  /** The node that holds it until the key's time; absent while nobody does. */
  readonly node?: string | undefined
}

const delivery = keyspace('delivery', { scope: 'global' })

export const due = delivery.record<Work, [kind: string, dueAtMs: number, id: string]>('due')
/** What a node holds, so that a restarted one takes up at once what died with its predecessor. */
export const lease = delivery.record<{ kind: string; dueAtMs: number }, [node: string, id: string]>('lease')
/** The only valid work of a key; a due entry with another id has been replaced or cancelled. */
export const keyed = delivery.record<{ id: string }, [kind: string, account: string, region: string, key: string]>(
  'keyed',
)
