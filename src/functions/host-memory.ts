import { totalmem } from 'node:os'

/** What the host is to have left, so that neither it nor the node is driven into swapping. */
const leastBytes = Math.max(256 * 1024 * 1024, totalmem() * 0.04)

/** Asking costs as much as a tenth of a short invocation. */
const askEveryMs = 100
let asked = { isShort: false, atMs: Number.NEGATIVE_INFINITY }

/** Whether the host (or the container that the node is in) has hardly any memory left to give; as of a moment ago. */
export function hostMemoryIsShort(): boolean {
  const nowMs = performance.now()
  if (nowMs - asked.atMs >= askEveryMs) asked = { isShort: process.availableMemory() < leastBytes, atMs: nowMs }
  return asked.isShort
}
