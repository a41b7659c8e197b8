import type { ResourceCtx } from './resource.ts'

const firstMs = 100
const seldomestMs = 2_000

/**
 * Looks until there is an answer, ever more seldom. The times are counted from when the attempt began, as `nowMs` of
 * one does not move: what is repeated from its journal does not wait again, and nothing looks without a pause.
 */
export async function lookUntil<T>(
  rx: Pick<ResourceCtx, 'nowMs' | 'sleepUntil'>,
  look: () => Promise<T | undefined>,
): Promise<T> {
  let atMs = rx.nowMs
  for (let pauseMs = firstMs; ; pauseMs = Math.min(seldomestMs, pauseMs * 2)) {
    const found = await look()
    if (found !== undefined) return found
    atMs += pauseMs
    await rx.sleepUntil(atMs)
  }
}
