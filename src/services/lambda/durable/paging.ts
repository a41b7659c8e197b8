import { fromPageToken, type PartKinds, type PartsOf, toPageToken } from '../../../kernel/page-token.ts'
import { invalid } from '../errors.ts'
import { pageItems } from './limits.ts'

export const markerOf = toPageToken

/** Where a page begins: the parts that `markerOf` was given. Throws for what is no marker of such. */
export function readMarker<const K extends PartKinds>(marker: string | undefined, kinds: K): PartsOf<K> | undefined {
  if (marker === undefined || marker === '') return undefined
  const parts = fromPageToken(marker, kinds)
  if (!parts) throw invalid('The Marker is not one that this operation has given out.')
  return parts
}

/** 0 asks for the usual. */
export const pageSize = (MaxItems: number | undefined): number => MaxItems || pageItems.usual
