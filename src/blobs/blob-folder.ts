import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobId } from './blob-id.ts'

/**
 * Where bodies lie: `<first byte of the id>/<id>`, written under `tmp/` first. What is under `tmp/` belongs to nobody
 * once the process that wrote it is gone, and is removed when the folder is opened.
 */
export interface BlobFolder {
  pathOf(id: BlobId): string
  /** A name under `tmp/`. */
  draftOf(name: string): string
  /** Moves a draft, whose contents are synced, to its place, durably. */
  publish(draft: string, id: BlobId): Promise<void>
  /** Deletes a body, and it is gone at once even where it is a folder of many files. */
  remove(id: BlobId): Promise<void>
  /** The file of an inline body that was asked for by path. Gone when the folder is opened again. */
  inlinePath(hash: string): string
}

export function openBlobFolder(path: string): BlobFolder {
  const tmp = join(path, 'tmp')
  const inline = join(path, 'inline')
  for (const folder of [tmp, inline]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
  }
  const made = new Set<string>()
  const shardOf = (id: BlobId) => join(path, id.slice(2, 4))
  const pathOf = (id: BlobId) => join(shardOf(id), id)
  let removals = 0

  return {
    pathOf,
    draftOf: (name) => join(tmp, name),
    inlinePath: (hash) => join(inline, hash),
    async publish(draft, id) {
      const shard = shardOf(id)
      if (!made.has(shard)) {
        await mkdir(shard, { recursive: true, mode: 0o700 })
        await syncFolder(path)
        made.add(shard)
      }
      await rename(draft, pathOf(id))
      await syncFolder(shard)
    },
    async remove(id) {
      const gone = join(tmp, `gone-${removals++}-${id}`)
      try {
        await rename(pathOf(id), gone)
      } catch (error) {
        if (isMissing(error)) return
        throw error
      }
      await rm(gone, { recursive: true, force: true })
    },
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Creates a file, has it written, syncs and closes it. Bodies never change: nobody may write to one later. */
export async function writeSynced(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx', 0o444)
  try {
    await write(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

export const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'
