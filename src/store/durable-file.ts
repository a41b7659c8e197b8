import { renameSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * Replaces a small file so that after a crash or lost power it holds either the old text or the new one. The text is
 * written at once, under another name; the answer puts it on disk and then in its place, which is durable once the folder
 * is synced too.
 */
export function draftFile(path: string, text: string): () => Promise<void> {
  const draft = `${path}.new`
  writeFileSync(draft, text, { mode: 0o600 })
  return async () => {
    await syncPath(draft)
    renameSync(draft, path)
  }
}

/** Syncs a file, or the entries of a folder, that was written before. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
