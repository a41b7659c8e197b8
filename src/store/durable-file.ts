import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Replaces a small file so that after a crash or lost power it holds either the old text or the new one. */
export function writeDurably(path: string, text: string): void {
  replaceFile(path, text)
  syncPath(dirname(path))
}

/** The same, but durable only once the folder is synced too: for several files in one folder. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.new`
  const file = openSync(temporary, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}

/** Syncs a file, or the entries of a folder, that somebody else wrote. */
export function syncPath(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
