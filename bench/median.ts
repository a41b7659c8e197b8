/** The middle value: what a noisy neighbour disturbs least. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
