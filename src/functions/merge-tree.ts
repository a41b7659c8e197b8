import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Moves what is in the folder `from` into the folder `into`: folders are joined, anything else takes the place of what
 * has its name. Links are moved and never followed. `from` is left with what could not be moved as a whole: empty folders.
 */
export async function mergeTree(from: string, into: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const target = join(into, entry.name)
    const there = await lstat(target).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (entry.isDirectory() && there?.isDirectory()) {
      await mergeTree(source, target)
      continue
    }
    if (there) await rm(target, { recursive: true })
    if (entry.isDirectory()) await mkdir(target, { mode: 0o755 })
    if (entry.isDirectory()) await mergeTree(source, target)
    else await rename(source, target)
  }
}
