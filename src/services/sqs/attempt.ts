import type { Ctx } from '../../kernel/context.ts'
import { fromHandle, toHandle } from './receipt.ts'
import { changeVisibility } from './settle.ts'
import { attempt, fifo, type Located, message, place } from './state.ts'
import type { Taken } from './take.ts'

/** For so long the same attempt is answered as it was. */
export const attemptMs = 300_000

/**
 * The messages that an earlier receive with the same attempt id got, invisible anew, as long as none of them was
 * settled since; undefined to receive as if it were the first.
 */
export function repeatedAttempt(
  ctx: Ctx,
  at: Located,
  attemptId: string,
  visibilityMs: number,
): Promise<Taken[] | undefined> {
  return ctx.host.records.write(at.scope, async (tx) => {
    const { generation } = at.queue
    const before = await tx.get(attempt(generation, attemptId))
    if (!before || before.atMs + attemptMs <= ctx.nowMs || before.handles.length === 0) return undefined
    const taken: Taken[] = []
    for (const handle of before.handles) {
      const receipt = fromHandle(handle)
      const where = await tx.get(place(generation, receipt.id))
      const entry = where && (await tx.get(fifo(generation, where.groupId, where.sequence)))
      const content = await tx.get(message(generation, receipt.id))
      if (!entry || !content || entry.nonce !== receipt.nonce || entry.visibleAtMs <= ctx.nowMs) return undefined
      taken.push({
        id: receipt.id,
        handle,
        message: content,
        receives: entry.receives,
        firstReceivedAtMs: entry.firstReceivedAtMs ?? ctx.nowMs,
      })
    }
    const again: Taken[] = []
    for (const item of taken) {
      const visibleAtMs = await changeVisibility(tx, at, item.handle, visibilityMs, ctx.nowMs)
      again.push({ ...item, handle: toHandle({ ...fromHandle(item.handle), visibleAtMs }) })
    }
    return again
  })
}

export async function rememberAttempt(
  ctx: Ctx,
  at: Located,
  attemptId: string,
  taken: readonly Taken[],
): Promise<void> {
  if (taken.length === 0) return
  await ctx.host.records.write(at.scope, (tx) => {
    tx.set(attempt(at.queue.generation, attemptId), { atMs: ctx.nowMs, handles: taken.map(({ handle }) => handle) })
  })
}
