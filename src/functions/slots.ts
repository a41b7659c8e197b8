/** Numbers for instances, the lowest free one first: each names a user id, a folder and a control group. */
export interface Slots {
  take(): number
  /** Only once nothing of the slot's last instance is left. */
  free(slot: number): void
}

export function createSlots(first = 1): Slots {
  const free: number[] = []
  let next = first
  return {
    take: () => free.shift() ?? next++,
    free(slot) {
      const at = free.findIndex((other) => other > slot)
      free.splice(at < 0 ? free.length : at, 0, slot)
    },
  }
}
