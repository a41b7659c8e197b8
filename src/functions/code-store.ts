import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobRef, BlobStore } from '../kernel/blobs.ts'
import type { Log } from '../kernel/log.ts'
import { type CodeTraits, readTraits } from './code-traits.ts'
import { mergeTree } from './merge-tree.ts'
import { extractZip } from './unzip.ts'

/** Code that one instance may use until it releases it. */
export interface CodeLease {
  /** The extracted package. */
  readonly dir: string
  /** What an instance of the owner's has compiled of it; nobody but the node can write it. */
  readonly compiledFile: string | undefined
  readonly traits: CodeTraits
  /** Keeps that for the owner's later instances; the first to come is kept. */
  keepCompiled(bytes: Uint8Array): void
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
  /** Extracts layers into one folder, later ones over earlier ones; once for all who use the same ones in that order. */
  acquireLayers(layers: readonly { readonly code: BlobRef; readonly sha256: string }[]): Promise<LayersLease>
}

/** Layers that one instance may use until it releases them. */
export interface LayersLease {
  readonly dir: string
  release(): void
}

interface Package {
  readonly ready: Promise<{ dir: string; traits: CodeTraits }>
  /** By owner: a file, or undefined while it is written. */
  readonly compiled: Map<string, string | undefined>
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
  // Not listed by their owner either: instances may be of the node's own user.
  await mkdir(root)
  await chmod(root, 0o311)
  // The data folder may be inside a package: its "type" is not that of code without a package.json, seen from there.
  await writeFile(join(root, 'package.json'), '{}', { mode: 0o644 })
  const notRemoved = (error: Error) => log.warn('functions.code-not-removed', { error: error.message })
  const remove = (path: string) => rm(path, { recursive: true, force: true }).catch(notRemoved)
  /** Makes what it removes readable first, which folders of code are not. */
  const removeRoot = async (path: string) => {
    try {
      await chmod(path, 0o700)
      for (const name of await readdir(path)) await chmod(join(path, name), 0o700)
    } catch (error) {
      // It is gone already, or something else than a node's.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') notRemoved(error as Error)
    }
    await remove(path)
  }
  const stale = (await readdir(dir)).map((name) => join(dir, name)).filter((path) => path !== root)
  let cleanup: Promise<unknown> = Promise.all(stale.map(removeRoot))
  const packages = new Map<string, Package>()
  let uses = 0

  const inNewFolder = async (fill: (dir: string) => Promise<void>) => {
    const target = join(root, secretName())
    const temporary = `${target}-new`
    try {
      await mkdir(temporary, { mode: 0o755 })
      await fill(temporary)
      await chmod(temporary, 0o755)
      await rename(temporary, target)
    } catch (error) {
      await remove(temporary)
      throw error
    }
    return target
  }
  const extract = async (code: BlobRef) => {
    const dir = await inNewFolder(async (into) => extractZip(code.inline ?? (await blobs.path(code)), into))
    return { dir, traits: await readTraits(dir) }
  }
  const extractLayers = async (layers: readonly { readonly code: BlobRef }[]) => {
    const dir = await inNewFolder(async (into) => {
      for (const { code } of layers) {
        const one = (await extract(code)).dir
        await mergeTree(one, into).finally(() => remove(one))
      }
    })
    return { dir, traits: { sdkPackages: [], usesRuntimeApi: false } }
  }

  const keepFor = async (compiled: Package['compiled'], owner: string, bytes: Uint8Array) => {
    if (compiled.has(owner)) return
    compiled.set(owner, undefined)
    const path = join(root, secretName())
    try {
      await writeFile(path, bytes, { mode: 0o644 })
      compiled.set(owner, path)
    } catch (error) {
      // The next instances compile it again.
      log.warn('functions.compiled-not-kept', { error: (error as Error).message })
    }
  }

  const evict = () => {
    const idle = [...packages].filter(([, held]) => held.users === 0).sort(([, a], [, b]) => a.usedAt - b.usedAt)
    for (const [sha256, held] of idle.slice(0, Math.max(0, idle.length - keep))) {
      packages.delete(sha256)
      const files = [...held.compiled.values()].filter((path) => path !== undefined)
      const folders = [held.ready.then(({ dir: path }) => path), ...files]
      cleanup = Promise.all([cleanup, ...folders.map(async (folder) => remove(await folder))])
    }
  }

  /** What `lease` makes of the package, which stays at least until it is released. */
  const hold = async <T>(key: string, make: () => Package['ready'], lease: (held: Package) => Promise<T>) => {
    let held = packages.get(key)
    if (!held) {
      held = { ready: make(), compiled: new Map(), users: 0, usedAt: 0 }
      packages.set(key, held)
    }
    const used = held
    used.users += 1
    used.usedAt = ++uses
    try {
      const leased = await lease(used)
      let released = false
      const release = () => {
        if (released) return
        released = true
        used.users -= 1
        evict()
      }
      return { ...leased, release }
    } catch (error) {
      used.users -= 1
      if (packages.get(key) === used) packages.delete(key)
      throw error
    }
  }

  return {
    root,
    acquire: (code, sha256, owner) =>
      hold(
        sha256,
        () => extract(code),
        async ({ ready, compiled }) => {
          const { dir: path, traits } = await ready
          const compiledFile = compiled.get(owner)
          const keepCompiled = (bytes: Uint8Array) => void keepFor(compiled, owner, bytes)
          return { dir: path, traits, compiledFile, keepCompiled }
        },
      ),
    acquireLayers: (layers) =>
      hold(
        `layers ${layers.map(({ sha256 }) => sha256).join(' ')}`,
        () => extractLayers(layers),
        async ({ ready }) => ({ dir: (await ready).dir }),
      ),
    async [Symbol.asyncDispose]() {
      await cleanup
      await removeRoot(root)
    },
  }
}
