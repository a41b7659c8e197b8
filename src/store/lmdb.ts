import { existsSync, mkdirSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type Store, StoreError, storeLimits } from '../kernel/store.ts'
import { beginSession, checkFormat, dataFile, type Session } from './folder-format.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { createData, type Database, openData, openUnnamed } from './lmdb-file.ts'
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

/**
 * Opens the embedded store. Throws StoreError('locked') when another process has the folder, and StoreError('format'),
 * having changed nothing, when its format is unknown.
 */
export async function openLmdbStore({ path, ephemeral = false, limits }: LmdbOptions): Promise<Store> {
  const bounds = { transactionBytes: storeLimits.transactionBytes, transactionMs: storeLimits.transactionMs, ...limits }
  if (ephemeral) {
    const db = openUnnamed()
    return new LmdbStore({
      db,
      positions: createPositions(1),
      ...bounds,
      freeBytes: () => freeBytes(tmpdir()),
      dispose: () => db.close(),
    })
  }

  let store: LmdbStore | undefined
  let lock: FolderLock | undefined
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    checkFormat(path)
    lock = lockFolder(path, (error) => store?.stop(error))
    // Again: somebody may have made the folder theirs before we had the lock.
    checkFormat(path)
    const session = beginSession(path)
    const { db, made } = await openOrCreate(dataFile(path), session)
    store = new LmdbStore({
      db,
      made,
      positions: createPositions(session.number),
      ...bounds,
      freeBytes: () => freeBytes(path),
      dispose: () => close(db, lock),
    })
    return store
  } catch (error) {
    lock?.release()
    throw openError(error)
  }
}

/** A store that is there is opened once its session is on disk; a new one at once, and nothing is durable before `made`. */
async function openOrCreate(file: string, session: Session): Promise<{ db: Database; made?: Promise<void> }> {
  if (existsSync(file)) {
    await session.keep()
    return { db: await openData(file) }
  }
  const { db, keep } = createData(file)
  return { db, made: session.keep().then(keep) }
}

/** What the file system says, in words that tell what to do. */
function openError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StoreError(
      'full',
      'The disk is full: the data folder cannot be opened. Free some space and start again.',
      { cause: error },
    )
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') {
    return new StoreError(
      'io',
      `The data folder cannot be written to (${code}). Give another with --data, or change its owner.`,
      { cause: error },
    )
  }
  return error
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

async function close(db: Database, lock: FolderLock | undefined): Promise<void> {
  await db.close()
  lock?.release()
}
