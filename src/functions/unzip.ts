import { createWriteStream } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { openZip, type ZipEntry, ZipError } from './zip-directory.ts'

/** Files up to this size are written in one piece; this many entries are worked on at once. */
const wholeBytes = 1_000_000
const atOnce = 8
const mostLinkBytes = 4_096

/** Reads all of it: a package that passes can be extracted. Throws ZipError. Returns its unzipped size, and how much is in it. */
export async function checkZip(source: string | Uint8Array): Promise<{ unzippedBytes: number; entries: number }> {
  const zip = await openZip(source)
  try {
    checkNames(zip.entries)
    await eachEntry(zip.entries, async (entry) => {
      if (entry.kind === 'link') return void (await linkTarget(entry))
      for await (const _ of contentOf(entry));
    })
    const unzippedBytes = zip.entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return { unzippedBytes, entries: zip.entries.length }
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
    checkNames(zip.entries)
    const made = new Map<string, Promise<unknown>>()
    const folder = (path: string) => {
      const making = made.get(path) ?? mkdir(path, { recursive: true, mode: 0o755 })
      made.set(path, making)
      return making
    }
    const links: { path: string; target: string }[] = []
    await eachEntry(zip.entries, async (entry) => {
      const path = join(into, entry.path)
      if (entry.kind === 'folder') {
        await folder(path)
      } else if (entry.kind === 'link') {
        links.push({ path, target: await linkTarget(entry) })
      } else {
        await folder(dirname(path))
        const mode = 0o644 | (entry.mode & 0o111 ? 0o111 : 0)
        if (entry.sizeBytes <= wholeBytes) await writeFile(path, await wholeOf(entry), { mode })
        else await pipeline(contentOf(entry), createWriteStream(path, { mode }))
      }
    })
    // Links come last, so that no file is ever written through one.
    for (const { path, target } of links) {
      await folder(dirname(path))
      await symlink(target, path)
    }
  } finally {
    zip.close()
  }
}

/** Several at a time. Of two entries with one name the later wins, as unzip does. */
async function eachEntry(entries: readonly ZipEntry[], work: (entry: ZipEntry) => Promise<void>): Promise<void> {
  const left = new Map(entries.map((entry) => [entry.path, entry])).values()
  const results = await Promise.allSettled(
    Array.from({ length: atOnce }, async () => {
      for (const entry of left) await work(entry)
    }),
  )
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** The content of an entry, which is of the size and the checksum that the package says, or ends with a ZipError. */
async function* contentOf(entry: ZipEntry): AsyncGenerator<Buffer> {
  let seen = 0
  let sum = 0
  try {
    for await (const chunk of (await entry.open()) as AsyncIterable<Buffer>) {
      seen += chunk.length
      if (seen > entry.sizeBytes) throw damaged(`${entry.path} is larger than the package says`)
      sum = crc32(chunk, sum)
      yield chunk
    }
  } catch (error) {
    if (error instanceof ZipError) throw error
    const { message, code = '' } = error as NodeJS.ErrnoException
    // From the decompressor; and from the reader of zips, where content and directory disagree.
    const ofContent = code.startsWith('Z_') || code === ''
    throw ofContent ? damaged(message) : error
  }
  if (sum !== entry.crc32) throw damaged(`${entry.path} is not what its checksum says`)
}

async function wholeOf(entry: ZipEntry): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(contentOf(entry)))
}

function damaged(detail: string): ZipError {
  return new ZipError(
    'invalid',
    `Could not unzip uploaded file. Please check your file, then try to upload again. (The package is damaged: ${detail})`,
  )
}

/** Refuses a name that stands for a file or a link, and for a folder besides. */
function checkNames(entries: readonly ZipEntry[]): void {
  const files = new Set(entries.filter(({ kind }) => kind !== 'folder').map(({ path }) => path))
  for (const { path, kind } of entries) {
    if (kind === 'folder' && files.has(path)) throw twice()
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (files.has(path.slice(0, at))) throw twice()
    }
  }
}

function twice(): ZipError {
  return new ZipError('invalid', 'The package holds one name both as a file and as a folder or link.')
}

/** Where a link leads. Throws unless that is in the package. */
async function linkTarget(entry: ZipEntry): Promise<string> {
  if (entry.sizeBytes > mostLinkBytes) throw new ZipError('invalid', `The link ${entry.path} has an unusable target.`)
  const target = (await wholeOf(entry)).toString('utf8')
  const resolved = posix.normalize(posix.join(posix.dirname(entry.path), target))
  if (target.startsWith('/') || target.includes('\0') || resolved === '..' || resolved.startsWith('../')) {
    throw new ZipError('invalid', `The link ${entry.path} leads out of the package.`)
  }
  return target
}
