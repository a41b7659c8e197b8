/** What a source of events promises its consumers, besides that nothing acknowledged is lost. */
export interface Promises {
  /** Events of a lane come, the first time each, in the order in which they were accepted. */
  readonly order: boolean
  /** An event is accepted once, however often it was sent; and comes no more once its deletion was acknowledged. */
  readonly once: boolean
}

/** One arrival at a consumer. */
export interface Arrival {
  readonly lane: string
  readonly n: number
  /** The message that it came in: another one of the same event is a duplicate, the same one again a redelivery. */
  readonly messageId: string
}

/** What was seen of one source. */
export interface History {
  readonly source: string
  readonly promises: Promises
  /** By lane: what was acknowledged, in the order in which it was sent. */
  readonly acknowledged: ReadonlyMap<string, readonly number[]>
  readonly arrivals: readonly Arrival[]
  /** Arrivals that came after the deletion of the same message had been acknowledged. */
  readonly afterDeletion: readonly Arrival[]
}

export interface Verdict {
  readonly source: string
  readonly acknowledged: number
  readonly arrived: number
  /** Arrivals beyond the first of each event: allowed where `once` is not promised. */
  readonly duplicates: number
  /** What breaks a promise; empty when all were kept. */
  readonly violations: readonly string[]
}

/** Holds what was seen of a source against what it promises. */
export function judge({ source, promises, acknowledged, arrivals, afterDeletion }: History): Verdict {
  const violations: string[] = []
  const messages = new Map<string, Set<string>>()
  const latest = new Map<string, number>()
  for (const { lane, n, messageId } of arrivals) {
    const event = `${lane} ${n}`
    const known = messages.get(event)
    if (!known) {
      messages.set(event, new Set([messageId]))
      const before = latest.get(lane) ?? Number.NEGATIVE_INFINITY
      if (promises.order && n < before) violations.push(`order: ${event} came after ${lane} ${before}`)
      latest.set(lane, Math.max(before, n))
      continue
    }
    known.add(messageId)
  }
  if (promises.once) {
    for (const [event, ids] of messages) {
      if (ids.size > 1) violations.push(`duplicate: ${event} came in ${ids.size} messages`)
    }
    for (const { lane, n } of afterDeletion) violations.push(`duplicate: ${lane} ${n} came again after it was deleted`)
  }
  let count = 0
  for (const [lane, numbers] of acknowledged) {
    for (const n of numbers) {
      count++
      if (!messages.has(`${lane} ${n}`)) violations.push(`lost: ${lane} ${n}`)
    }
  }
  const duplicates = arrivals.length - messages.size
  return { source, acknowledged: count, arrived: messages.size, duplicates, violations }
}
