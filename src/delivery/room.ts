/** Data that is being delivered at one time, whatever it is of: as much as the largest buffer has. */
const capacityBytes = 128 * 1_048_576
/** What one owner may hold of it: what somebody does with his part, however slowly, leaves the others theirs. */
const shareBytes = capacityBytes / 2

interface Waiting {
  readonly bytes: number
  begin(): void
}

/** Memory that work takes turns at. */
export interface Room {
  /**
   * Does work that holds so many bytes in memory once there is room for it: of those who wait, whoever holds least is
   * next, and of these who has waited longest; the work of one owner in the order of asking.
   */
  use<T>(owner: string, bytes: number, work: () => Promise<T>): Promise<T>
}

/** Room for so many bytes, of which an owner gets a share: more only for one piece of work that is larger by itself. */
export function createRoom(capacity: number, share: number): Room {
  const held = new Map<string, number>()
  /** By owner, in the order in which they began to wait. */
  const queues = new Map<string, Waiting[]>()
  let taken = 0

  function next(): string | undefined {
    let least: string | undefined
    for (const [owner, [first]] of queues) {
      const holds = held.get(owner) ?? 0
      if (holds > 0 && holds + (first?.bytes ?? 0) > share) continue
      if (least === undefined || holds < (held.get(least) ?? 0)) least = owner
    }
    return least
  }

  function admit(): void {
    for (let owner = next(); owner !== undefined; owner = next()) {
      const [first, ...rest] = queues.get(owner) ?? []
      // Nobody passes by what is too large for now: it would never fit while small work keeps coming.
      if (!first || taken + first.bytes > capacity) return
      // Whoever waits for more goes to the end.
      queues.delete(owner)
      if (rest.length > 0) queues.set(owner, rest)
      taken += first.bytes
      held.set(owner, (held.get(owner) ?? 0) + first.bytes)
      first.begin()
    }
  }

  function release(owner: string, bytes: number): void {
    taken -= bytes
    const left = (held.get(owner) ?? 0) - bytes
    if (left > 0) held.set(owner, left)
    else held.delete(owner)
    admit()
  }

  return {
    async use(owner, bytes, work) {
      const own = Math.max(1, Math.min(bytes, capacity))
      await new Promise<void>((begin) => {
        queues.set(owner, [...(queues.get(owner) ?? []), { bytes: own, begin }])
        admit()
      })
      try {
        return await work()
      } finally {
        release(owner, own)
      }
    },
  }
}

/** What all deliveries of the process share. */
export const deliveryRoom: Room = createRoom(capacityBytes, shareBytes)
