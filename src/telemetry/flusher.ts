/** Writes what has gathered a while after the first of it came, one write at a time. */
export interface Flusher extends AsyncDisposable {
  /** Something waits: it is written within the time given. */
  soon(): void
  /** Resolves when everything that waited before the call is written. */
  flush(): Promise<void>
}

/** `write` takes what has gathered, and never rejects: what it cannot write, it says. */
export function createFlusher(afterMs: number, write: () => Promise<void>): Flusher {
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> = Promise.resolve()
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    flushing = flushing.then(write)
    return flushing
  }
  return {
    soon() {
      timer ??= setTimeout(() => void flush(), afterMs)
    },
    flush,
    [Symbol.asyncDispose]: flush,
  }
}
