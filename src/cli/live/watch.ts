import { isHalfSaved } from './settled.ts'
import { watchTree } from './watch-tree.ts'

/** Editors write a file in several steps; what comes within this time is one change. */
const settleMs = 40

/**
 * Batches of absolute paths that changed below `dir` since the call, whenever they are asked for, until the signal aborts.
 * Dot folders, node_modules and logs are not seen.
 */
export function changes(dir: string, signal: AbortSignal): AsyncIterable<ReadonlySet<string>> {
  let gathered = new Set<string>()
  // Set while the consumer is still busy with the batch before, so that the next wait ends at once.
  let due = false
  let wake: (() => void) | undefined
  let failure: Error | undefined
  let timer: NodeJS.Timeout | undefined
  const ready = () => {
    due = true
    wake?.()
  }
  const settle = () => {
    // A batch that nobody has taken yet waits for what comes to it.
    due = false
    clearTimeout(timer)
    timer = setTimeout(async () => {
      const mine = timer
      const halfSaved = (await Promise.all([...gathered].map(isHalfSaved))).includes(true)
      // Something came meanwhile, and is waited for.
      if (mine !== timer || signal.aborted) return
      if (halfSaved) settle()
      else ready()
    }, settleMs)
  }

  const seen = (path: string) => {
    gathered.add(path)
    settle()
  }
  const failed = (error: Error) => {
    failure = error
    ready()
  }
  const watched = watchTree(dir, seen, failed)
  const ended = () => {
    clearTimeout(timer)
    watched.close()
    ready()
  }
  signal.addEventListener('abort', ended, { once: true })

  async function* batches() {
    try {
      while (!signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
          if (due || signal.aborted) resolve()
        })
        due = false
        if (failure && !signal.aborted) throw failure
        const batch = gathered
        gathered = new Set()
        if (batch.size > 0) yield batch
      }
    } finally {
      signal.removeEventListener('abort', ended)
      ended()
    }
  }
  return batches()
}
