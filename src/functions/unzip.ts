import { createWriteStream } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
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
  readonly sizeBytes: number
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

/** Files up to this size are written in one piece; this many entries are worked on at once. */
const wholeBytes = 1_000_000
const atOnce = 8

/** Reads the directory only: a package that passes can be extracted within the limits. Returns its unzipped size. */
export async function inspectZip(source: string | Uint8Array): Promise<{ unzippedBytes: number; entries: number }> {
  const zip = await openZip(source)
  try {
    return { unzippedBytes: zip.entries.reduce((sum, entry) => sum + entry.sizeBytes, 0), entries: zip.entries.length }
  } finally {
    zip.close()
  }
}

/**
 * Extracts into the empty folder `into`. Files are readable by everybody and writable by their owner alone, and keep
 * their execute bits. What an entry claims as its size is enforced while it is read, so a bomb cannot expand past it.
 */
export async function extractZip(source: string | Uint8Array, into: string): Promise<void> {
  const zip = await openZip(source)
  try {
    const made = new Map<string, Promise<unknown>>()
    const folder = (path: string) => {
      const making = made.get(path) ?? mkdir(path, { recursive: true, mode: 0o755 })
      made.set(path, making)
      return making
    }
    const links: { path: string; target: string }[] = []
    const one = async (entry: ZipEntry) => {
      const path = join(into, entry.path)
      if (entry.kind === 'folder') {
        await folder(path)
      } else if (entry.kind === 'link') {
        links.push({ path: entry.path, target: (await readSmall(entry, 4096)).toString('utf8') })
      } else {
        await folder(dirname(path))
        const mode = 0o644 | (entry.mode & 0o111 ? 0o111 : 0)
        if (entry.sizeBytes <= wholeBytes) await writeFile(path, await readSmall(entry, wholeBytes), { mode })
        else await pipeline(await entry.open(), bounded(entry), createWriteStream(path, { mode }))
      }
    }
    // Of two entries with one name the later wins, as unzip does: so the last of each, several at a time.
    const entries = new Map(zip.entries.map((entry) => [entry.path, entry])).values()
    const results = await Promise.allSettled(
      Array.from({ length: atOnce }, async () => {
        for (const entry of entries) await one(entry)
      }),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
    // Links come last, so that no file is ever written through one.
    for (const link of links) {
      checkLink(link.path, link.target)
      await folder(dirname(join(into, link.path)))
      await symlink(link.target, join(into, link.path))
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (['EEXIST', 'EISDIR', 'ENOTDIR'].includes(code)) {
      throw new ZipError('invalid', 'The package holds one name both as a file and as a folder or link.')
    }
    const { message } = error as Error
    // From the decompressor; and from the reader of zips, where content and directory disagree about a size.
    const damaged = code.startsWith('Z_') || /^(?:too many|not enough) bytes in the stream/.test(message)
    throw damaged ? new ZipError('invalid', `The package is damaged (${message}).`) : error
  } finally {
    zip.close()
  }
}

function bounded(entry: ZipEntry): Transform {
  let seen = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length
      if (seen > entry.sizeBytes)
        done(new ZipError('invalid', `The entry ${entry.path} is larger than the package says.`))
      else done(null, chunk)
    },
  })
}

async function readSmall(entry: ZipEntry, maxBytes: number): Promise<Buffer> {
  if (entry.sizeBytes > maxBytes) throw new ZipError('invalid', `The link ${entry.path} has an unusable target.`)
  const chunks: Buffer[] = []
  let seen = 0
  for await (const chunk of await entry.open()) {
    seen += chunk.length
    if (seen > entry.sizeBytes) {
      throw new ZipError('invalid', `The entry ${entry.path} is larger than the package says.`)
    }
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

function checkLink(path: string, target: string): void {
  const resolved = posix.normalize(posix.join(posix.dirname(path), target))
  if (target.startsWith('/') || target.includes('\0') || resolved === '..' || resolved.startsWith('../')) {
    throw new ZipError('invalid', `The link ${path} leads out of the package.`)
  }
}
