import { totalmem } from 'node:os'

/** What the host is to have left, so that neither it nor the node is driven into swapping. */
const leastBytes = Math.max(256 * 1024 * 1024, totalmem() * 0.04)

/** Whether the host (or the container that the node is in) has hardly any memory left to give. */
export function hostMemoryIsShort(): boolean {
  return process.availableMemory() < leastBytes
}
