import { type FSWatcher, fstatSync, readdirSync, type Stats, statSync, watch } from 'node:fs'
import { join } from 'node:path'

const ignored = /^(node_modules|__pycache__|\..*)$|~$|\.sw[px]$|\.log$/

/**
 * Calls `seen` with the path of whatever changes in the folder or below it, dot files, logs and node_modules left out. Each
 * folder has a watcher of its own: Node's recursive one loses a file on Linux once an editor has put a new one in its
 * place. A file that one of the descriptors `written` writes to is left out too: what is said of a change would be the next.
 */
export function watchTree(
  root: string,
  seen: (path: string) => void,
  failed: (error: Error) => void,
  written: readonly number[] = [1, 2],
) {
  const watchers = new Map<string, FSWatcher>()
  const outputs = written.map(fileBehind)
  const isOutput = ({ dev, ino }: Stats) => outputs.some((one) => one?.dev === dev && one.ino === ino)

  function add(folder: string, isNew: boolean): void {
    if (watchers.has(folder)) return
    const watcher = watch(folder)
    watchers.set(folder, watcher)
    watcher.on('change', (_event, name) => {
      if (typeof name === 'string' && !ignored.test(name)) changed(join(folder, name))
    })
    watcher.on('error', (error) => {
      drop(folder)
      if (folder === root) failed(error)
    })
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (ignored.test(entry.name)) continue
      if (entry.isDirectory()) add(join(folder, entry.name), isNew)
      // What was written before the watcher stood made no event.
      else if (isNew) seen(join(folder, entry.name))
    }
  }

  function changed(path: string): void {
    try {
      const stats = statSync(path, { throwIfNoEntry: false })
      if (stats && isOutput(stats)) return
      seen(path)
      if (stats?.isDirectory()) add(path, true)
      else drop(path)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      // It is gone, perhaps while it was looked at.
      if ('code' in error && error.code === 'ENOENT') drop(path)
      else failed(error)
    }
  }

  function drop(folder: string): void {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }

  add(root, false)
  return {
    close() {
      for (const watcher of watchers.values()) watcher.close()
      watchers.clear()
    },
  }
}

/** Undefined for what is no file: a terminal, a pipe, a descriptor that is closed. */
function fileBehind(fd: number): Stats | undefined {
  try {
    const stats = fstatSync(fd)
    return stats.isFile() ? stats : undefined
  } catch {
    return undefined
  }
}
