import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../kernel/store.ts'
import { draftFile, syncPath } from './durable-file.ts'

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

export interface Session {
  /** Counts the openings of the folder. */
  readonly number: number
  /** Makes the number durable, and the format of a folder that has none yet: until then neither may be relied on. */
  keep(): Promise<void>
}

/** Begins a session, which no other opening of the folder has had. Called by the process that holds its lock. */
export function beginSession(path: string): Session {
  const text = readIfThere(sessionFile(path))
  if (text === undefined && existsSync(dataFile(path))) {
    throw new StoreError(
      'format',
      'The data folder has lost its session file, without which positions would be used twice.',
    )
  }
  const number = Number(text ?? 0) + 1
  if (text !== undefined && !/^\d+\n$/.test(text))
    throw new StoreError('format', 'The session file of the data folder cannot be read.')
  const drafts = [draftFile(sessionFile(path), `${number}\n`)]
  if (!existsSync(formatFile(path))) drafts.push(draftFile(formatFile(path), `landfall ${current}\n`))
  return {
    number,
    async keep() {
      await Promise.all(drafts.map((keepDraft) => keepDraft()))
      await syncPath(path)
    },
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
