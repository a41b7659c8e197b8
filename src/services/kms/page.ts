import { awsError } from '../../kernel/errors.ts'
import { fromPageToken, pageOf as page } from '../../kernel/page-token.ts'

/** The part of a key that a marker stands for. Throws InvalidMarkerException. */
export function markerOf(marker: string | undefined): string | undefined {
  if (marker === undefined) return undefined
  const parts = fromPageToken(marker)
  if (!parts) {
    throw awsError('InvalidMarkerException', 'The Marker is not that of a previous answer. Use it as it was.')
  }
  return parts[0]
}

/** A page of at most `limit`, of `found` which holds one more when there is more. */
export async function pageOf<T>(found: AsyncIterable<T>, limit: number, positionOf: (item: T) => string) {
  const { items, next } = await page(found, limit, (item) => [positionOf(item)])
  return { items, rest: { Truncated: next !== undefined, NextMarker: next } }
}
