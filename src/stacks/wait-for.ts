import type { KeyPart, KeyRange, ReadTx } from '../kernel/records.ts'
import { Cancelled } from './attempt.ts'
import type { Surroundings } from './run.ts'

/**
 * What `look` finds, asked at once and after each commit that touches `range`; undefined when the time is over. Throws
 * Cancelled when `calledOff` aborts first, and the signal's reason when the node stops.
 */
export async function waitFor<T>(
  around: Surroundings,
  range: KeyRange<unknown, readonly KeyPart[]>,
  look: (tx: ReadTx) => Promise<T | undefined>,
  untilMs: number,
  calledOff: AbortSignal | undefined,
): Promise<T | undefined> {
  const scope = { account: around.stack.account, region: around.stack.region }
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, around.signal, ...(calledOff ? [calledOff] : [])])
  const late = around.until(untilMs, signal).then(
    () => over.abort(),
    () => {},
  )
  try {
    for await (const _ of around.records.watch(scope, range, signal)) {
      const answer = await around.records.read(scope, look)
      if (answer !== undefined) return answer
    }
    around.signal.throwIfAborted()
    // It may have come between the last look and the end.
    const answer = await around.records.read(scope, look)
    if (answer === undefined && calledOff?.aborted) throw new Cancelled('called off')
    return answer
  } finally {
    over.abort()
    await late
  }
}
