import { fromPageToken, type PartKinds, type PartsOf, toPageToken } from '../../kernel/page-token.ts'
import type { Found } from '../../kernel/records.ts'
import { invalid } from './errors.ts'

/**
 * Takes a page of a range: `range` is given the key to begin after, whose parts are of these kinds. `next` is the marker
 * of the page that follows.
 */
export async function page<V, const K extends PartKinds>(
  marker: string | undefined,
  max: number,
  kinds: K,
  range: (after: PartsOf<K> | undefined) => AsyncIterable<Found<V, PartsOf<K>>>,
  wanted: (found: Found<V, PartsOf<K>>) => boolean | Promise<boolean> = () => true,
): Promise<{ items: Found<V, PartsOf<K>>[]; next: string | undefined }> {
  const after = marker === undefined ? undefined : fromPageToken(marker, kinds)
  if (marker !== undefined && !after) throw invalid('The Marker is not one that this operation has given out.')
  const items: Found<V, PartsOf<K>>[] = []
  for await (const found of range(after)) {
    if (!(await wanted(found))) continue
    const last = items.at(-1)
    if (last && items.length === max) return { items, next: toPageToken(...last.key) }
    items.push(found)
  }
  return { items, next: undefined }
}
