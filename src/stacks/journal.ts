import { AwsError } from '../kernel/errors.ts'

/** The outcome of one operation that a resource type invoked, so that running the type again does not do it again. */
export interface JournalEntry {
  readonly operation: string
  /** It ran in one transaction with this entry, so it has happened exactly once. */
  readonly write: boolean
  readonly output?: Readonly<Record<string, unknown>>
  readonly error?: {
    readonly code: string
    readonly message: string
    readonly status?: number
    readonly members: Readonly<Record<string, unknown>>
  }
}

/** The entry for an operation that answered. */
export function answered(operation: string, write: boolean, output: Readonly<Record<string, unknown>>): JournalEntry {
  return { operation, write, output: plain(output) as Record<string, unknown> }
}

/** The entry for an operation that was refused. */
export function refused(operation: string, error: AwsError): JournalEntry {
  const { code, message, status, members } = error
  return {
    operation,
    write: false,
    error: {
      code,
      message,
      ...(status === undefined ? {} : { status }),
      members: plain(members) as Record<string, unknown>,
    },
  }
}

/** What the operation answered then, or throws as it threw then. */
export function replay(entry: JournalEntry, operation: string): Record<string, unknown> {
  if (entry.operation !== operation) {
    throw new Error(
      `the journal has ${entry.operation} where ${operation} is invoked: the resource type is not repeatable`,
    )
  }
  if (entry.error) {
    const { code, message, status, members } = entry.error
    throw new AwsError(code, message, { ...(status === undefined ? {} : { status }), members: { ...members } })
  }
  return { ...entry.output }
}

/** What can be kept: data. A streamed body cannot be answered twice, so it is left out. */
function plain(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value
  if (Symbol.asyncIterator in value) return undefined
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const kept = plain(item)
      return kept === undefined ? [] : [[key, kept]]
    }),
  )
}
