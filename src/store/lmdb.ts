import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import { type Store, StoreError, storeLimits } from '../kernel/store.ts'
import { syncPath } from './durable-file.ts'
import { checkFormat, dataFile, nextSession, writeFormat } from './folder-format.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { LmdbStore } from './lmdb-store.ts'
import { createPositions } from './positions.ts'

export interface LmdbOptions {
  /** The data folder; created when missing. Left alone when `ephemeral`. */
  readonly path: string
  /**
   * Nothing survives: the store lives in a file of the system's temporary folder that has no name any more once it is
   * open, so that it goes with the process, however that ends. Nothing is synced.
   */
  readonly ephemeral?: boolean
  /** Smaller limits, for tests. */
  readonly limits?: { readonly transactionBytes?: number; readonly transactionMs?: number }
}

/** Decided in docs/decisions/001-store.md: the largest key is 1,978 bytes. */
const pageSize = 4_096
/** Address space, not memory or disk: remapping a store that grows would be work under readers' feet. */
const mapBytes = 2 ** 36

/**
 * Opens the embedded store. Throws StoreError('locked') when another process has the folder, and StoreError('format'),
 * having changed nothing, when its format is unknown.
 */
export async function openLmdbStore({ path, ephemeral = false, limits }: LmdbOptions): Promise<Store> {
  const bounds = { transactionBytes: storeLimits.transactionBytes, transactionMs: storeLimits.transactionMs, ...limits }
  if (ephemeral) {
    const db = openUnnamed()
    return new LmdbStore({ db, positions: createPositions(1), ...bounds, dispose: () => db.close() })
  }

  mkdirSync(path, { recursive: true, mode: 0o700 })
  checkFormat(path)
  let store: LmdbStore | undefined
  const lock = lockFolder(path, (error) => store?.stop(error))
  try {
    // Again: somebody may have made the folder theirs before we had the lock.
    checkFormat(path)
    writeFormat(path)
    const session = nextSession(path)
    const db = await openData(path)
    store = new LmdbStore({ db, positions: createPositions(session), ...bounds, dispose: () => close(db, lock) })
    return store
  } catch (error) {
    lock.release()
    throw error
  }
}

type Database = RootDatabase<Buffer, Uint8Array>

/** Where LMDB's meta page says what file it is: a magic number, then the version of its format. */
const metaStart = 24
const metaBytes = 32
const lmdbMagic = 0xbeefc0de
const lmdbVersion = 2

const common = { encoding: 'binary', keyEncoding: 'binary', pageSize, mapSize: mapBytes, maxReaders: 1_024 } as const

/** Syncing pages and meta page in each commit, one after the other: a commit that is visible is durable. */
const durable = { ...common, overlappingSync: false } as const

async function openData(path: string): Promise<Database> {
  const file = dataFile(path)
  if (!existsSync(file)) await createData(file)
  checkHeader(file)
  const db = open<Buffer, Uint8Array>({ ...durable, path: file })
  // A process that was killed may have left a commit that it had written and not synced.
  syncPath(file)
  return db
}

/** Under another name until it is whole on disk: there is no half-made store to be found later. */
async function createData(file: string): Promise<void> {
  const draft = file.replace(/\.mdb$/, '.new.mdb')
  rmSync(draft, { force: true })
  const db = open<Buffer, Uint8Array>({ ...durable, path: draft })
  await db.close()
  syncPath(draft)
  renameSync(draft, file)
  rmSync(`${draft}-lock`, { force: true })
  syncPath(dirname(file))
}

/** LMDB's binding crashes the process on a file that is none of its own, so look first. */
function checkHeader(file: string): void {
  const header = Buffer.alloc(pageSize + metaBytes)
  const handle = openSync(file, 'r')
  try {
    readSync(handle, header)
  } finally {
    closeSync(handle)
  }
  for (const page of [0, pageSize]) {
    const magic = header.readUInt32LE(page + metaStart)
    const version = header.readUInt16LE(page + metaStart + 4)
    if (magic === lmdbMagic && version === lmdbVersion) continue
    throw new StoreError(
      'io',
      'The store’s file is damaged: its header is not that of a store. Restore the folder from a backup.',
    )
  }
}

function openUnnamed(): Database {
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

async function close(db: Database, lock: FolderLock): Promise<void> {
  await db.close()
  lock.release()
}
