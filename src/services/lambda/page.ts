import type { Found, KeyPart } from '../../kernel/records.ts'
import { invalid } from './errors.ts'

/** Takes a page of a range: `range` is given the key to begin after. `next` is the marker of the page that follows. */
export async function page<V, P extends readonly KeyPart[]>(
  marker: string | undefined,
  max: number,
  range: (after: P | undefined) => AsyncIterable<Found<V, P>>,
  wanted: (found: Found<V, P>) => boolean | Promise<boolean> = () => true,
): Promise<{ items: Found<V, P>[]; next: string | undefined }> {
  const items: Found<V, P>[] = []
  for await (const found of range(marker === undefined ? undefined : read<P>(marker))) {
    if (!(await wanted(found))) continue
    if (items.length === max) return { items, next: write((items.at(-1) as Found<V, P>).key) }
    items.push(found)
  }
  return { items, next: undefined }
}

function write(key: readonly KeyPart[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

function read<P>(marker: string): P {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(marker, 'base64url').toString('utf8'))
    if (Array.isArray(parsed) && parsed.length > 0) return parsed as P
  } catch {
    // Told below, in the service's words.
  }
  throw invalid('The Marker is not one that this operation has given out.')
}
