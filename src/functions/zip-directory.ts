import { posix } from 'node:path'
import * as yauzl from 'yauzl'

/** What a deployment package may hold. Lambda's own quota is 250 MB unzipped. */
export const zipLimits = { unzippedBytes: 262_144_000, entries: 100_000, nameBytes: 1_024, depth: 64 } as const

/** A package that is not a usable zip; the message is fit for the client. */
export class ZipError extends Error {
  readonly reason: 'invalid' | 'too-large'
  constructor(reason: ZipError['reason'], message: string) {
    super(message)
    this.name = 'ZipError'
    this.reason = reason
  }
}

export interface ZipEntry {
  /** Relative, `/`-separated, normalised: never leaves the folder. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
  readonly mode: number
  /** What the package says of the content. */
  readonly sizeBytes: number
  readonly crc32: number
  /** Opens the content for reading, decompressed. */
  open(): Promise<NodeJS.ReadableStream>
}

/** Opens a zip and checks its directory against the limits. `source` is a path or the bytes. */
export async function openZip(source: string | Uint8Array): Promise<{ entries: ZipEntry[]; close(): void }> {
  const options = { autoClose: false, lazyEntries: true, strictFileNames: true, validateEntrySizes: true }
  const zip = await (typeof source === 'string'
    ? yauzl.openPromise(source, options)
    : yauzl.fromBufferPromise(Buffer.from(source.buffer, source.byteOffset, source.byteLength), options)
  ).catch((error: Error) => {
    throw new ZipError(
      'invalid',
      `Could not unzip uploaded file. Please check your file, then try to upload again. (${error.message})`,
    )
  })
  try {
    return { entries: await readDirectory(zip), close: () => zip.close() }
  } catch (error) {
    zip.close()
    throw error instanceof ZipError
      ? error
      : new ZipError('invalid', `Could not unzip uploaded file. (${(error as Error).message})`)
  }
}

async function readDirectory(zip: yauzl.ZipFile): Promise<ZipEntry[]> {
  if (zip.entryCount > zipLimits.entries) {
    throw new ZipError(
      'too-large',
      `The package holds ${zip.entryCount} entries; at most ${zipLimits.entries} are allowed.`,
    )
  }
  const entries: ZipEntry[] = []
  let unzippedBytes = 0
  for await (const entry of zip.eachEntry()) {
    unzippedBytes += entry.uncompressedSize
    if (unzippedBytes > zipLimits.unzippedBytes) {
      throw new ZipError('too-large', `Unzipped size must be smaller than ${zipLimits.unzippedBytes} bytes`)
    }
    if (entry.isEncrypted()) throw new ZipError('invalid', `The entry ${entry.fileName} is encrypted.`)
    const unixMode = entry.externalFileAttributes >>> 16
    const isFolder = entry.fileName.endsWith('/')
    entries.push({
      path: safePath(entry.fileName),
      kind: isFolder ? 'folder' : (unixMode & 0o170000) === 0o120000 ? 'link' : 'file',
      mode: unixMode & 0o777,
      sizeBytes: entry.uncompressedSize,
      crc32: entry.crc32,
      open: () => zip.openReadStreamPromise(entry),
    })
  }
  return entries
}

/** Refuses names that leave the folder or that no file system here could hold. */
function safePath(name: string): string {
  const path = posix.normalize(name).replace(/\/$/, '')
  const bad =
    path.startsWith('/') ||
    path.split('/').includes('..') ||
    name.includes('\0') ||
    name.includes('\\') ||
    Buffer.byteLength(path) > zipLimits.nameBytes ||
    path.split('/').length > zipLimits.depth ||
    path.split('/').some((part) => Buffer.byteLength(part) > 255)
  if (bad)
    throw new ZipError(
      'invalid',
      `The package holds an entry with an unusable name: ${JSON.stringify(name.slice(0, 200))}`,
    )
  return path
}

/** Reads the directory only. What it says of sizes is not yet shown to be so. */
export async function inspectZip(source: string | Uint8Array): Promise<{ unzippedBytes: number; entries: number }> {
  const zip = await openZip(source)
  try {
    return { unzippedBytes: zip.entries.reduce((sum, entry) => sum + entry.sizeBytes, 0), entries: zip.entries.length }
  } finally {
    zip.close()
  }
}
