import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

/** The package of a function whose source stands in its template (`Code.ZipFile`): one file, `index`. */
export async function inlinePackage(source: string, runtime: string): Promise<Uint8Array> {
  const zip = new ZipFile()
  // The same source makes the same package, so that an update without a change is none.
  const mtime = new Date(Date.UTC(1980, 0, 1))
  const name = runtime.startsWith('python') ? 'index.py' : 'index.js'
  zip.addBuffer(Buffer.from(source), name, { mtime, mode: 0o100644 })
  zip.end()
  return buffer(zip.outputStream)
}
