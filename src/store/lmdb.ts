import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
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
    const db = openData(path)
    store = new LmdbStore({ db, positions: createPositions(session), ...bounds, dispose: () => close(db, lock) })
    return store
  } catch (error) {
    lock.release()
    throw error
  }
}

type Database = RootDatabase<Buffer, Uint8Array>

const common = { encoding: 'binary', keyEncoding: 'binary', pageSize, mapSize: mapBytes, maxReaders: 1_024 } as const

function openData(path: string): Database {
  const file = dataFile(path)
  let db: Database
  try {
    // Not overlapping: a commit is two syncs either way, and one that is only visible after them needs no care.
    db = open<Buffer, Uint8Array>({ ...common, path: file, overlappingSync: false })
  } catch (cause) {
    throw new StoreError(
      'io',
      `The store's file cannot be opened (${cause instanceof Error ? cause.message : cause}).`,
      { cause },
    )
  }
  // A process that was killed may have left what it had written and not synced, and a new file its name.
  syncPath(file)
  syncPath(dirname(file))
  return db
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
