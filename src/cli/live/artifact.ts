import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { type Entry, fromBuffer, type ZipFile as OpenZip } from 'yauzl'
import { ZipFile } from 'yazl'

/** What a deployment package holds: path → content and Unix mode. */
export type Files = Map<string, ArtifactFile>

export interface ArtifactFile {
  readonly content: Buffer
  readonly mode: number
}

export const plainMode = 0o100644
/** Quick rather than small: the package goes over loopback and is unpacked at once. */
const compressionLevel = 1
/** Fixed, so that the same files make the same package. */
const mtime = new Date(2000, 0, 1)
const open = promisify<Buffer, { lazyEntries: true }, OpenZip>(fromBuffer)

/** The files of a package that osls made. Folders are left out. */
export async function readArtifact(zip: Buffer): Promise<Files> {
  const files: Files = new Map()
  const opened = await open(zip, { lazyEntries: true })
  const read = promisify<Entry, NodeJS.ReadableStream>(opened.openReadStream.bind(opened))
  await new Promise<void>((resolve, reject) => {
    opened.on('entry', (entry: Entry) => {
      if (entry.fileName.endsWith('/')) return opened.readEntry()
      read(entry)
        .then(buffer)
        .then((content) => {
          files.set(entry.fileName, { content, mode: entry.externalFileAttributes >>> 16 || plainMode })
          opened.readEntry()
        })
        .catch(reject)
    })
    opened.once('end', resolve)
    opened.once('error', reject)
    opened.readEntry()
  })
  return files
}

export async function writeArtifact(files: Files): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [path, { content, mode }] of files) zip.addBuffer(content, path, { mtime, mode, compressionLevel })
  zip.end()
  return await buffer(zip.outputStream)
}
