import { beginning, keep } from './files.mjs'

/** Takes images off their queue and keeps how large they are. Those that fail are named, so that only they come again. */
export async function handler({ Records }) {
  const batchItemFailures = []
  for (const { messageId, body } of Records) {
    const file = JSON.parse(body)
    try {
      await keep(file, sizeOf(await beginning(file, 24)))
    } catch (error) {
      console.error(`${file.key} failed: ${error.message}`)
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}

/** From the header chunk of a PNG: https://www.w3.org/TR/png-3/#11IHDR */
function sizeOf(header) {
  if (header.length < 24 || header.toString('latin1', 1, 4) !== 'PNG') throw new Error('This is no PNG.')
  return { width: header.readUInt32BE(16), height: header.readUInt32BE(20) }
}
