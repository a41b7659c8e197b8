import { closeSync, fsync, openSync, renameSync, writeFileSync } from 'node:fs'

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
  // Not with node:fs/promises, which a node that starts would have to load for this alone.
  const file = openSync(path, 'r')
  try {
    await new Promise<void>((resolve, reject) => fsync(file, (error) => (error ? reject(error) : resolve())))
  } finally {
    closeSync(file)
  }
}
