import { closeSync, mkdtempSync, openSync, readSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import { StoreError } from '../kernel/store.ts'
import { syncPath } from './durable-file.ts'

/** Decided in docs/decisions/001-store.md: the largest key is 1,978 bytes. */
const pageSize = 4_096
/** Address space, not memory or disk: remapping a store that grows would be work under readers' feet. */
const mapBytes = 2 ** 36

export type Database = RootDatabase<Buffer, Uint8Array>

/** Where LMDB's meta page says what file it is: a magic number, then the version of its format. */
const metaStart = 24
const metaBytes = 8
const lmdbMagic = 0xbeefc0de
const lmdbVersion = 2

const common = { encoding: 'binary', keyEncoding: 'binary', pageSize, mapSize: mapBytes, maxReaders: 1_024 } as const

/** Syncing pages and meta page in each commit, one after the other: a commit that is visible is durable. */
const durable = { ...common, overlappingSync: false } as const

/** Opens the store's file. Throws StoreError('io') when it is damaged. */
export async function openData(file: string): Promise<Database> {
  checkHeader(file)
  const db = open<Buffer, Uint8Array>({ ...durable, path: file })
  // A process that was killed may have left a commit that it had written and not synced.
  await syncPath(file)
  return db
}

/**
 * Makes the store's file, under another name until `keep` has it whole on disk: there is no half-made store to be found
 * later. It stays open when it gets its name, and its lock file gets the one that goes with it first.
 */
export function createData(file: string): { readonly db: Database; keep(): Promise<void> } {
  const draft = file.replace(/\.mdb$/, '.new.mdb')
  rmSync(draft, { force: true })
  return {
    db: open<Buffer, Uint8Array>({ ...durable, path: draft }),
    async keep() {
      await syncPath(draft)
      renameSync(`${draft}-lock`, `${file}-lock`)
      renameSync(draft, file)
      await syncPath(dirname(file))
    },
  }
}

/** LMDB's binding crashes the process on a file that is none of its own, so look first. */
function checkHeader(file: string): void {
  const header = Buffer.alloc(pageSize + metaStart + metaBytes)
  const handle = openSync(file, 'r')
  try {
    readSync(handle, header)
  } finally {
    closeSync(handle)
  }
  for (const meta of [header.subarray(metaStart), header.subarray(pageSize + metaStart)]) {
    if (meta.readUInt32LE(0) === lmdbMagic && meta.readUInt16LE(4) === lmdbVersion) continue
    throw new StoreError(
      'io',
      'The store’s file is damaged: its header is not that of a store. Restore it from a backup.',
    )
  }
}

/** A file without a name: it goes when the process does. Nothing in it is synced. */
export function openUnnamed(): Database {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-'))
  try {
    return open<Buffer, Uint8Array>({
      ...common,
      path: join(folder, 'store.mdb'),
      noSync: true,
      overlappingSync: false,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
