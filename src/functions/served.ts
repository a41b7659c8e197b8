import type { Outcome } from '../kernel/functions.ts'

/** The instance ended before it had read the event: nothing has run, and another may be given it. */
export interface NotBegun {
  /** Tells the request how that instance ended. */
  notBegun(): Promise<Outcome>
}

/** What an instance has made of a request. */
export type Served = Outcome | NotBegun

/** How many instances are tried: what ends that many of them in a row while they have nothing to do is the function's own doing. */
export const mostTries = 3

/** Makes `attempt`s until one has begun. An event that was read is never given to a second instance here. */
export async function untilBegun(attempt: () => Promise<Served>): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    const served = await attempt()
    if ('payload' in served) return served
    if (tries === mostTries) return served.notBegun()
  }
}
