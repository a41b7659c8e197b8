/** One operation of a recorded history. Times are of one monotonic clock. */
export interface Operation<State> {
  readonly calledAt: number
  /** When the answer came; of one without an answer, when it can no longer have taken effect. */
  readonly endedAt: number
  /** No answer came: it may have happened or not. */
  readonly unknown?: boolean
  /** The state after it, when its answer fits the state before; undefined when it does not. */
  apply(state: State): State | undefined
  readonly name: string
}

/**
 * Whether the operations can be put into one order in which each fits the state that the ones before it left, and none
 * comes before one that had ended when it was called (linearizability; of transactions, strict serializability). The
 * search of Wing and Gong, remembering what has been tried. Answers the order, or how far it got.
 */
export function findOrder<State>(
  operations: readonly Operation<State>[],
  initial: State,
): { readonly order?: readonly string[]; readonly stuckAfter: readonly string[] } {
  const all = operations.toSorted((a, b) => a.calledAt - b.calledAt)
  const done = new Array<boolean>(all.length).fill(false)
  const tried = new Set<string>()
  const order: string[] = []
  let best: readonly string[] = []
  let required = all.filter(({ unknown }) => !unknown).length

  /** All before `first` are done, or too late to be. */
  function search(state: State, first: number, latestCall: number): boolean {
    if (required === 0) return true
    while (first < all.length && (done[first] || isOver(all[first]!, latestCall))) first++
    const key = `${first} ${doneAfter(first)} ${JSON.stringify(state)}`
    if (tried.has(key)) return false
    tried.add(key)
    if (order.length > best.length) best = [...order]
    let earliestEnd = Number.POSITIVE_INFINITY
    for (let i = first; i < all.length && all[i]!.calledAt <= earliestEnd; i++) {
      if (!done[i] && !all[i]!.unknown) earliestEnd = Math.min(earliestEnd, all[i]!.endedAt)
    }
    for (let i = first; i < all.length && all[i]!.calledAt <= earliestEnd; i++) {
      const operation = all[i]!
      if (done[i] || isOver(operation, latestCall)) continue
      const next = operation.apply(state)
      if (next === undefined || (operation.unknown && next === state)) continue
      done[i] = true
      order.push(operation.name)
      if (!operation.unknown) required--
      if (search(next, first, Math.max(latestCall, operation.calledAt))) return true
      if (!operation.unknown) required++
      order.pop()
      done[i] = false
    }
    return false
  }

  function isOver({ unknown, endedAt }: Operation<State>, latestCall: number): boolean {
    return unknown === true && endedAt < latestCall
  }

  function doneAfter(first: number): string {
    let last = all.length - 1
    while (last >= first && !done[last]) last--
    let text = ''
    for (let i = first; i <= last; i++) text += done[i] ? '1' : '0'
    return text
  }

  return search(initial, 0, Number.NEGATIVE_INFINITY) ? { order, stuckAfter: [] } : { stuckAfter: best }
}
