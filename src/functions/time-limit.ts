/** What time limits wait for: while it is held, they do not run. */
export interface Hold {
  readonly held: boolean
  /** Calls `fn` after each change of `held`. Call the result to be told no more. */
  onChange(fn: () => void): () => void
}

export interface TimeLimit {
  /** Resolves when `limitMs` have passed, not counting the time in which it was held. */
  readonly reached: Promise<'timeout'>
  cancel(): void
}

/** A time limit in wall time, which stands still while `hold` is held: by a debugger that is attached. */
export function timeLimit(limitMs: number, hold?: Hold): TimeLimit {
  const { promise, resolve } = Promise.withResolvers<'timeout'>()
  let leftMs = limitMs
  let startedAt = 0
  let timer: NodeJS.Timeout | undefined
  const run = () => {
    startedAt = performance.now()
    timer = setTimeout(resolve, leftMs, 'timeout')
  }
  const changed = () => {
    if (hold?.held && timer !== undefined) {
      clearTimeout(timer)
      timer = undefined
      leftMs = Math.max(0, leftMs - (performance.now() - startedAt))
    } else if (!hold?.held && timer === undefined) run()
  }
  if (!hold?.held) run()
  const forget = hold?.onChange(changed)
  return {
    reached: promise,
    cancel() {
      clearTimeout(timer)
      forget?.()
    },
  }
}
