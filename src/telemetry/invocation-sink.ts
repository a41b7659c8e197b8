import type { Log } from '../kernel/log.ts'
import type { Records, Scope, Tx } from '../kernel/records.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Invocation, InvocationSink } from '../kernel/telemetry.ts'
import { createFlusher } from './flusher.ts'
import { invocation, invocationById, type KeptInvocation } from './invocation-state.ts'

/** What is kept of each function. */
export const recordingLimits = {
  invocations: 50,
  /** Larger events and answers are not kept; the invocation is. */
  eventBytes: 262_144,
  answerBytes: 65_536,
  ageMs: 24 * 3_600_000,
} as const

const flushMs = 1_000
/** Waiting to be written, over all functions; more are not kept. */
const mostWaitingBytes = 32 * 1024 * 1024
export const purpose = 'invocation'

/** The last invocations of one function that are not yet written. */
interface Waiting {
  readonly scope: Scope
  readonly functionName: string
  readonly invocations: Invocation[]
  isWanted: (tx: Tx) => Promise<boolean>
}

export interface InvocationSinkOptions {
  readonly enabled: boolean
  readonly records: Records
  readonly sealing: Sealing
  readonly log: Log
}

/** A ring for each function, in memory for a second at most and then in the store. */
export function createInvocationSink({
  enabled,
  records,
  sealing,
  log,
}: InvocationSinkOptions): InvocationSink & AsyncDisposable {
  let waiting = new Map<string, Waiting>()
  let waitingBytes = 0

  async function write(): Promise<void> {
    const batch = [...waiting.values()]
    waiting = new Map()
    waitingBytes = 0
    for (const one of batch) {
      await records
        .write(one.scope, (tx) => keep(tx, one))
        .catch((error: unknown) => {
          log.error('recorded invocations were lost', { function: one.functionName, error: String(error) })
        })
    }
  }

  async function keep(tx: Tx, { scope, functionName, invocations, isWanted }: Waiting): Promise<void> {
    if (!(await isWanted(tx))) return
    const context = contextOf(scope, functionName)
    const seal = (bytes: Uint8Array) => sealing.seal(purpose, bytes, context)
    for (const { event, answer, clientContext, atMs, ...rest } of invocations) {
      const kept: KeptInvocation = {
        ...rest,
        eventBytes: event.length,
        answerBytes: answer.length,
        event: event.length > recordingLimits.eventBytes ? undefined : seal(event),
        answer: answer.length > recordingLimits.answerBytes ? undefined : seal(answer),
        clientContext: clientContext === undefined ? undefined : seal(Buffer.from(clientContext)),
      }
      tx.set(invocation(functionName, atMs, rest.requestId), kept)
      tx.set(invocationById(rest.requestId), { functionName, atMs })
    }
    const newestAtMs = invocations.at(-1)?.atMs ?? 0
    let count = 0
    for await (const [, atMs, requestId] of tx.keys(invocation.under(functionName), { reverse: true })) {
      count++
      if (count <= recordingLimits.invocations && atMs >= newestAtMs - recordingLimits.ageMs) continue
      await drop(tx, functionName, atMs, requestId)
    }
  }

  const flusher = createFlusher(flushMs, write)
  return {
    enabled,
    put(scope, one, isWanted) {
      if (!enabled) return
      const key = `${scope.account} ${scope.region} ${one.functionName}`
      const known = waiting.get(key) ?? { scope, functionName: one.functionName, invocations: [], isWanted }
      const bytes = sizeOf(one)
      if (waitingBytes + bytes > mostWaitingBytes) return
      waiting.set(key, known)
      known.isWanted = isWanted
      known.invocations.push(one)
      waitingBytes += bytes
      if (known.invocations.length > recordingLimits.invocations) {
        const [oldest] = known.invocations.splice(0, 1)
        if (oldest) waitingBytes -= sizeOf(oldest)
      }
      flusher.soon()
    },
    async forget(tx, functionName, nowMs) {
      const kept = nowMs === undefined ? Number.POSITIVE_INFINITY : nowMs - recordingLimits.ageMs
      for await (const [, atMs, requestId] of tx.keys(invocation.under(functionName))) {
        if (atMs >= kept) return
        await drop(tx, functionName, atMs, requestId)
      }
    },
    flush: flusher.flush,
    [Symbol.asyncDispose]: flusher.flush,
  }
}

async function drop(tx: Tx, functionName: string, atMs: number, requestId: string): Promise<void> {
  tx.delete(invocation(functionName, atMs, requestId))
  const last = await tx.get(invocationById(requestId))
  if (last?.functionName === functionName && last.atMs === atMs) tx.delete(invocationById(requestId))
}

/** What is sealed opens only as what it is. */
export function contextOf(scope: Scope, functionName: string): string {
  return `${scope.account} ${scope.region} ${functionName}`
}

/** As it will be kept: the rest is let go of when it is written. */
function sizeOf({ event, answer }: Invocation): number {
  return event.length + answer.length
}
