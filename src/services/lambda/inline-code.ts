import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import { responseModules } from './cfn-response.ts'

/**
 * The package of a function whose source stands in its template (`Code.ZipFile`): one file, `index`, and beside it the
 * module for answering CloudFormation, when the source mentions that.
 */
export async function inlinePackage(source: string, runtime: string): Promise<Uint8Array> {
  const zip = new ZipFile()
  // The same source makes the same package, so that an update without a change is none.
  const options = { mtime: new Date(Date.UTC(1980, 0, 1)), mode: 0o100644 }
  const isPython = runtime.startsWith('python')
  zip.addBuffer(Buffer.from(source), isPython ? 'index.py' : 'index.js', options)
  const module = responseModules[isPython ? 'python' : 'node']
  if (source.includes(module.mention)) zip.addBuffer(Buffer.from(module.source), module.file, options)
  zip.end()
  return buffer(zip.outputStream)
}
