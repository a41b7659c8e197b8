/** What time limits wait for: while it is held, they do not run. */
export interface Hold {
  readonly held: boolean
  /** Calls `fn` after each change of `held`. Call the result to be told no more. */
  onChange(fn: () => void): () => void
}

/**
 * Calls `reached` when `limitMs` of wall time have passed, not counting the time in which it was held: by a debugger that
 * is attached. The result cancels it.
 */
export function timeLimit(limitMs: number, reached: () => void, hold?: Hold): () => void {
  if (!hold) {
    const timer = setTimeout(reached, limitMs)
    return () => clearTimeout(timer)
  }
  let leftMs = limitMs
  let startedAt = 0
  let timer: NodeJS.Timeout | undefined
  const run = () => {
    startedAt = performance.now()
    timer = setTimeout(reached, leftMs)
  }
  const changed = () => {
    if (hold.held && timer !== undefined) {
      clearTimeout(timer)
      timer = undefined
      leftMs = Math.max(0, leftMs - (performance.now() - startedAt))
    } else if (!hold.held && timer === undefined) run()
  }
  if (!hold.held) run()
  const forget = hold.onChange(changed)
  return () => {
    clearTimeout(timer)
    forget()
  }
}
