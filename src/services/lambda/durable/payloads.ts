import type { ReadTx, Tx } from '../../../kernel/records.ts'
import { executionPayload } from './state.ts'

type What = 'input' | 'result'

/** Of at most three bytes each in UTF-8: a part stays below what a value may have. */
const partCharacters = 400_000

/** Keeps an execution's input or result. */
export function putPayload(tx: Tx, id: string, what: What, text: string): void {
  for (let part = 0, at = 0; at < text.length; part++) {
    let end = Math.min(text.length, at + partCharacters)
    // The two halves of a character beyond the first 65,536 stay together: alone neither is text.
    if (end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1
    tx.set(executionPayload(id, what, part), text.slice(at, end))
    at = end
  }
}

/** Empty when there is none. */
export async function getPayload(tx: ReadTx, id: string, what: What): Promise<string> {
  let text = ''
  for await (const { value } of tx.range(executionPayload.under(id, what))) text += value
  return text
}

export const sizeOf = (text: string | undefined): number => (text === undefined ? 0 : Buffer.byteLength(text))
