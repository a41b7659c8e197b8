import { keyspace } from '../store/keyspace.ts'

/** One invocation as it is kept. The event and the answer are sealed: they may hold secrets. */
export interface KeptInvocation {
  readonly requestId: string
  readonly functionName: string
  /** `$LATEST` or a number. */
  readonly version: string
  /** What was called: a version or alias; absent for the function itself. */
  readonly qualifier?: string | undefined
  /** Sealed; absent when it was too large to be kept. */
  readonly event?: Uint8Array | undefined
  readonly eventBytes: number
  /** Sealed; absent when it was too large to be kept. */
  readonly answer?: Uint8Array | undefined
  readonly answerBytes: number
  /** Sealed JSON text. */
  readonly clientContext?: Uint8Array | undefined
  readonly error?: 'Handled' | 'Unhandled' | undefined
  readonly durationMs: number
  readonly billedMs: number
  readonly initMs?: number | undefined
}

const invocations = keyspace('invocations')

/** Of a function, in order of time. */
export const invocation = invocations.record<KeptInvocation, [functionName: string, atMs: number, requestId: string]>(
  'invocation',
)
/** Finds the last one of a request (a retried one has several). */
export const invocationById = invocations.record<
  { readonly functionName: string; readonly atMs: number },
  [requestId: string]
>('invocation-by-id')
