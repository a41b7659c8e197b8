import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobRef, BlobStore } from '../kernel/blobs.ts'
import type { Log } from '../kernel/log.ts'
import { type CodeTraits, readTraits } from './code-traits.ts'
import { extractZip } from './unzip.ts'

/** Code that one instance may use until it releases it. */
export interface CodeLease {
  /** The extracted package. */
  readonly dir: string
  /** Where the owner's instances keep compiled code; writable by them, found by no others. */
  readonly cacheDir: string
  readonly traits: CodeTraits
  release(): void
}

export interface CodeStore extends AsyncDisposable {
  /** The folder that all `dir`s are in. It can be entered and not listed; names in it cannot be guessed. */
  readonly root: string
  /**
   * Extracts the package, once for all who use that hash. `owner` (a function) keeps its compiled code apart.
   * Rejects with ZipError when the package is not usable.
   */
  acquire(code: BlobRef, sha256: string, owner: string): Promise<CodeLease>
}

interface Package {
  readonly ready: Promise<{ dir: string; traits: CodeTraits }>
  readonly caches: Map<string, Promise<string>>
  users: number
  usedAt: number
}

/**
 * Extracted deployment packages, shared by instances. It is a cache of what the blobs hold: every start of a node
 * begins an empty one (so a torn extraction is never met) and removes what earlier ones left. At most `keep` packages
 * that nobody uses stay.
 */
export async function createCodeStore(options: {
  blobs: BlobStore
  dir: string
  keep: number
  log: Log
}): Promise<CodeStore> {
  const { blobs, dir, keep, log } = options
  const secretName = () => randomBytes(16).toString('hex')
  await mkdir(dir, { recursive: true, mode: 0o711 })
  await chmod(dir, 0o711)
  const root = join(dir, secretName())
  await mkdir(root, { mode: 0o711 })
  await chmod(root, 0o711)
  const remove = (path: string) =>
    rm(path, { recursive: true, force: true }).catch((error: Error) =>
      log.warn('functions.code-not-removed', { error: error.message }),
    )
  const stale = (await readdir(dir)).map((name) => join(dir, name)).filter((path) => path !== root)
  let cleanup: Promise<unknown> = Promise.all(stale.map(remove))
  const packages = new Map<string, Package>()
  let uses = 0

  const extract = async (code: BlobRef) => {
    const target = join(root, secretName())
    const temporary = `${target}-new`
    try {
      await mkdir(temporary, { mode: 0o755 })
      await extractZip(code.inline ?? (await blobs.path(code)), temporary)
      await chmod(temporary, 0o755)
      await rename(temporary, target)
    } catch (error) {
      await remove(temporary)
      throw error
    }
    return { dir: target, traits: await readTraits(target) }
  }

  const makeCache = async () => {
    const path = join(root, secretName())
    await mkdir(path)
    await chmod(path, 0o777)
    return path
  }

  const evict = () => {
    const idle = [...packages].filter(([, held]) => held.users === 0).sort(([, a], [, b]) => a.usedAt - b.usedAt)
    for (const [sha256, held] of idle.slice(0, Math.max(0, idle.length - keep))) {
      packages.delete(sha256)
      const folders = [held.ready.then(({ dir: path }) => path), ...held.caches.values()]
      cleanup = Promise.all([cleanup, ...folders.map((folder) => folder.then(remove))])
    }
  }

  return {
    root,
    async acquire(code, sha256, owner) {
      let held = packages.get(sha256)
      if (!held) {
        held = { ready: extract(code), caches: new Map(), users: 0, usedAt: 0 }
        packages.set(sha256, held)
      }
      const used = held
      used.users += 1
      used.usedAt = ++uses
      try {
        const { dir: path, traits } = await used.ready
        let cache = used.caches.get(owner)
        if (!cache) {
          cache = makeCache()
          used.caches.set(owner, cache)
        }
        const cacheDir = await cache
        let released = false
        return {
          dir: path,
          cacheDir,
          traits,
          release() {
            if (released) return
            released = true
            used.users -= 1
            evict()
          },
        }
      } catch (error) {
        used.users -= 1
        if (packages.get(sha256) === used) packages.delete(sha256)
        throw error
      }
    },
    async [Symbol.asyncDispose]() {
      await cleanup
      await remove(root)
    },
  }
}
