import { fromPageToken, toPageToken } from '../../kernel/page-token.ts'
import { invalid } from '../../stacks/value.ts'

export function badToken() {
  return invalid('NextToken is not one that this operation returned.')
}

/** The position of what is appended, as the part of a token. */
export function tokenPart(position: Uint8Array): string {
  return Buffer.from(position).toString('base64url')
}

/** The position that a token is of. Throws ValidationError for what is not a token of ours. */
export function positionOf(token: string | undefined): Uint8Array | undefined {
  if (token === undefined) return undefined
  const parts = fromPageToken(token)
  if (!parts) throw badToken()
  return Buffer.from(parts[0], 'base64url')
}

/** One page of a list that is at hand: the items, and the token of the next. */
export function pageOfList<T>(
  items: readonly T[],
  token: string | undefined,
  size: number,
): { page: readonly T[]; NextToken: string | undefined } {
  const parts = token === undefined ? ([0] as const) : fromPageToken(token, ['number'])
  const start = parts?.[0]
  if (start === undefined || !Number.isInteger(start) || start < 0) throw badToken()
  const end = start + size
  return { page: items.slice(start, end), NextToken: end < items.length ? toPageToken(end) : undefined }
}
