import { copyFile, link, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from '../kernel/store.ts'
import { isMissing, syncFolder, writeSynced } from './blob-folder.ts'

/** A part of a body: a file, or bytes, of known length. */
export type Segment = { readonly path: string; readonly sizeBytes: number } | { readonly bytes: Uint8Array }

/** More would make the manifest long and ranges slow; S3 joins 10,000 at most. */
export const segmentsAtMost = 10_000
const chunkBytes = 256 * 1_024

export const sizeOf = (segment: Segment) => ('bytes' in segment ? segment.bytes.length : segment.sizeBytes)

/**
 * Makes `folder` a body of these segments. Files are joined by a second name (a hard link), so that nothing is copied
 * and each goes when its last name goes; where the file system has no links, by a copy.
 */
export async function writeSegments(folder: string, segments: readonly Segment[]): Promise<void> {
  await mkdir(folder, { mode: 0o700 })
  for (const [i, segment] of segments.entries()) {
    const path = join(folder, String(i))
    if ('bytes' in segment) await writeSynced(path, (file) => file.writeFile(segment.bytes))
    else await linkOrCopy(segment.path, path)
  }
  const manifest = JSON.stringify({ sizes: segments.map(sizeOf) })
  await writeSynced(join(folder, 'manifest'), (file) => file.writeFile(manifest))
  await syncFolder(folder)
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK' && code !== 'ENOSYS') throw missingIsIo(error)
    await copyFile(from, to)
    const copy = await open(to, 'r')
    try {
      await copy.sync()
    } finally {
      await copy.close()
    }
  }
}

/** The segments that `writeSegments` made a body of. */
export async function segmentsOf(folder: string): Promise<Segment[]> {
  try {
    const { sizes } = JSON.parse(await readFile(join(folder, 'manifest'), 'utf8')) as { sizes: number[] }
    return sizes.map((sizeBytes, i) => ({ path: join(folder, String(i)), sizeBytes }))
  } catch (error) {
    throw missingIsIo(error)
  }
}

/** Bytes [start, end) of the segments one after the other. */
export async function* readSegments(
  segments: readonly Segment[],
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  let offset = 0
  for (const segment of segments) {
    const size = sizeOf(segment)
    const from = Math.max(start - offset, 0)
    const to = Math.min(end - offset, size)
    offset += size
    if (from >= to) {
      if (offset >= end) return
      continue
    }
    if ('bytes' in segment) yield segment.bytes.subarray(from, to)
    else yield* readFileSpan(segment.path, from, to)
  }
}

async function* readFileSpan(path: string, start: number, end: number): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw missingIsIo(error)
  })
  try {
    for (let at = start; at < end; ) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, end - at))
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at)
      if (bytesRead === 0) throw new StoreError('io', 'A stored body is shorter than it was written.')
      at += bytesRead
      yield chunk.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

function missingIsIo(error: unknown): unknown {
  return isMissing(error)
    ? new StoreError('io', 'A stored body is missing from the data folder.', { cause: error })
    : error
}
