import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../kernel/store.ts'
import { replaceFile, writeDurably } from './durable-file.ts'

/** The format of the folder that this release reads and writes. A change of it comes with a migration of the last. */
const current = 1

/** The store's own file inside the folder. */
export const dataFile = (path: string) => join(path, 'store.mdb')
const formatFile = (path: string) => join(path, 'format')
const sessionFile = (path: string) => join(path, 'session')

/** Throws StoreError('format') unless the folder is new or of a format that we know. Changes nothing. */
export function checkFormat(path: string): void {
  const text = readIfThere(formatFile(path))
  if (text === undefined) {
    if (!existsSync(dataFile(path))) return
    throw new StoreError(
      'format',
      'This folder holds a store without a format: it is damaged, or not of Landfall. Nothing was changed.',
    )
  }
  const found = /^landfall (\d+)\n$/.exec(text)?.[1]
  if (found === undefined)
    throw new StoreError('format', 'The format of this data folder cannot be read. Nothing was changed.')
  if (Number(found) !== current) {
    throw new StoreError(
      'format',
      `This data folder has format ${found}; this release knows format ${current}. Use the release that wrote it. Nothing was changed.`,
    )
  }
}

/** Marks a new folder. Called by the process that holds its lock; durable with the `nextSession` that follows. */
export function writeFormat(path: string): void {
  if (!existsSync(formatFile(path))) replaceFile(formatFile(path), `landfall ${current}\n`)
}

/** Counts the openings of the folder: the number is durable before it is used, so none is used twice. */
export function nextSession(path: string): number {
  const text = readIfThere(sessionFile(path))
  if (text === undefined && existsSync(dataFile(path))) {
    throw new StoreError(
      'format',
      'The data folder has lost its session file, without which positions would be used twice.',
    )
  }
  const session = Number(text ?? 0) + 1
  if (text !== undefined && !/^\d+\n$/.test(text))
    throw new StoreError('format', 'The session file of the data folder cannot be read.')
  writeDurably(sessionFile(path), `${session}\n`)
  return session
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
