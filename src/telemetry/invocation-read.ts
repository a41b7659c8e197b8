import type { ReadTx, Scope } from '../kernel/records.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { contextOf, purpose, recordingLimits } from './invocation-sink.ts'
import { invocation, invocationById, type KeptInvocation } from './invocation-state.ts'

export { recordingLimits }

/** An invocation without what it was given and answered. */
export interface InvocationSummary extends Omit<KeptInvocation, 'event' | 'answer' | 'clientContext'> {
  readonly at: string
  /** False when its event was too large to be kept. */
  readonly replayable: boolean
}

export interface OpenedInvocation extends InvocationSummary {
  /** Base64; absent when it was too large to be kept. */
  readonly event?: string | undefined
  readonly answer?: string | undefined
  /** JSON text. */
  readonly clientContext?: string | undefined
}

/** The kept invocations of a function, newest first. */
export async function listInvocations(
  tx: ReadTx,
  functionName: string,
  { nowMs, limit }: { nowMs: number; limit: number },
): Promise<InvocationSummary[]> {
  const found: InvocationSummary[] = []
  const range = invocation.between([functionName], { from: [nowMs - recordingLimits.ageMs] })
  for await (const { key, value } of tx.range(range, { reverse: true, limit })) found.push(summary(key[1], value))
  return found
}

/** The function and the kept invocation of a request: undefined when there is none (any more). */
export async function findInvocation(
  tx: ReadTx,
  requestId: string,
  nowMs: number,
): Promise<FoundInvocation | undefined> {
  const at = await tx.get(invocationById(requestId))
  if (!at || at.atMs < nowMs - recordingLimits.ageMs) return undefined
  const kept = await tx.get(invocation(at.functionName, at.atMs, requestId))
  return kept && { ...at, kept }
}

export interface FoundInvocation {
  readonly functionName: string
  readonly atMs: number
  readonly kept: KeptInvocation
}

/** With what it was given and what it answered. */
export function openInvocation(scope: Scope, sealing: Sealing, { atMs, kept }: FoundInvocation): OpenedInvocation {
  const context = contextOf(scope, kept.functionName)
  const open = (sealed: Uint8Array | undefined) => {
    const plain = sealed && sealing.unseal(purpose, sealed, context)
    return plain && Buffer.from(plain)
  }
  return {
    ...summary(atMs, kept),
    event: open(kept.event)?.toString('base64'),
    answer: open(kept.answer)?.toString('base64'),
    clientContext: open(kept.clientContext)?.toString('utf8'),
  }
}

function summary(atMs: number, kept: KeptInvocation): InvocationSummary {
  const { event, answer: _answer, clientContext: _context, ...rest } = kept
  return { ...rest, at: new Date(atMs).toISOString(), replayable: event !== undefined }
}
