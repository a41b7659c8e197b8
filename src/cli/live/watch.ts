import { type FSWatcher, watch as watchFolder } from 'node:fs'
import { join, sep } from 'node:path'

/** Editors write a file in several steps; what comes within this time is one change. */
const settleMs = 40
const ignored = /(^|[\\/])(node_modules|__pycache__|\.[^\\/]+)([\\/]|$)|~$|\.(sw[px]|log)$/

/** Batches of absolute paths that changed below `dir`, until the signal aborts. Dot folders, node_modules and logs are not seen. */
export async function* changes(dir: string, signal: AbortSignal): AsyncIterable<ReadonlySet<string>> {
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

  const watcher: FSWatcher = watchFolder(dir, { recursive: true, signal })
  watcher.on('change', (_event, name) => {
    if (typeof name !== 'string' || ignored.test(name.split(sep).join('/'))) return
    gathered.add(join(dir, name))
    clearTimeout(timer)
    timer = setTimeout(ready, settleMs)
  })
  watcher.on('error', (error) => {
    failure = error
    ready()
  })
  signal.addEventListener('abort', ready, { once: true })
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
    clearTimeout(timer)
    signal.removeEventListener('abort', ready)
    watcher.close()
  }
}
