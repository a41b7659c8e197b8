/** Where something can be made to go wrong: a request, a run of a function, a delivery, a message. */
export interface FaultPlace {
  readonly account: string
  readonly service: string
  /** An operation of its API; `run` (of a function), `receive` (of a message), or a job that delivers (`deliver`). */
  readonly operation: string
  /** The function or queue that it is about. */
  readonly name?: string | undefined
}

/** What a message meets on its way. */
export interface Fate {
  /** It comes a second time. */
  readonly duplicate: boolean
  /** It comes behind those that could come now. */
  readonly reorder: boolean
  readonly delayMs: number
}

/** Faults that were asked for (`landfall faults`). A node that does not allow any has none of this. */
export interface Faults {
  /** False while none is set; nothing else is asked then. */
  readonly active: boolean
  /**
   * Does the work as the faults of that place have it: later, not at all (throws the service's own error), or with the
   * death of the process before it is acknowledged or after. `acknowledged` is given what to do once it is.
   */
  around<T>(place: FaultPlace, work: () => Promise<T>, acknowledged: (then: () => void) => void): Promise<T>
  fateOf(place: FaultPlace): Fate
}
