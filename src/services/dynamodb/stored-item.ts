import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Item } from './attribute-value.ts'
import { itemSizeBytes } from './item-size.ts'

/** An item as it is stored. */
export interface StoredItem {
  /** JSON of the item, or, when that would not fit into a record, its deflated UTF-8. */
  readonly json: string | Uint8Array
  /** As DynamoDB counts it. */
  readonly sizeBytes: number
}

/**
 * An item of 400 KB by DynamoDB's count can be 4 MB of JSON (a list of 200,000 nulls), but then it repeats itself.
 * Far below the store's limit for a value, also with three bytes to a character.
 */
export const maxPlainLength = 400_000

/** Also counts the size, unless it is known. */
export function encodeItem(item: Item, sizeBytes = itemSizeBytes(item)): StoredItem {
  return { json: packText(JSON.stringify(item)), sizeBytes }
}

/** A text as a record may hold it. */
export function packText(text: string): string | Uint8Array {
  return text.length <= maxPlainLength ? text : deflateRawSync(Buffer.from(text), { level: 1 })
}

export function unpackText(packed: string | Uint8Array): string {
  return typeof packed === 'string' ? packed : inflateRawSync(packed).toString()
}

/** The item's text, binary in base64: as `DYNAMODB_JSON` writes it too. */
export function itemJson({ json }: StoredItem): string {
  return unpackText(json)
}

/** The item, a copy of its own, and whether anything in it may be binary. */
export function decodeItem(stored: StoredItem): { item: Item; binary: boolean } {
  const json = itemJson(stored)
  // Within a string the quotes would be escaped: only a member of that name looks like this.
  const binary = json.includes('"B":') || json.includes('"BS":')
  return { item: JSON.parse(json) as Item, binary }
}

/** Whether two stored items hold the same. */
export function storedEqual(a: StoredItem, b: StoredItem): boolean {
  if (typeof a.json === 'string' || typeof b.json === 'string') return a.json === b.json
  return Buffer.compare(a.json, b.json) === 0
}
