import { invalid } from '../../stacks/value.ts'

/** An opaque token for where a page ended. */
export function toToken(position: string | number | Uint8Array): string {
  const plain = position instanceof Uint8Array ? { b: Buffer.from(position).toString('base64url') } : { p: position }
  return Buffer.from(JSON.stringify(plain)).toString('base64url')
}

/** Where the last page ended. Throws ValidationError for what is not a token of ours. */
export function fromToken(token: string): string | number | Uint8Array {
  try {
    const { b, p } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { b?: unknown; p?: unknown }
    if (typeof b === 'string') return Buffer.from(b, 'base64url')
    if (typeof p === 'string' || typeof p === 'number') return p
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw badToken()
}

export function badToken() {
  return invalid('NextToken is not one that this operation returned.')
}

/** One page of a list that is at hand: the items, and the token of the next. */
export function pageOf<T>(
  items: readonly T[],
  token: string | undefined,
  size: number,
): { page: readonly T[]; NextToken: string | undefined } {
  const start = token === undefined ? 0 : Number(fromToken(token))
  if (!Number.isInteger(start) || start < 0) throw invalid('NextToken is not one that this operation returned.')
  const end = start + size
  return { page: items.slice(start, end), NextToken: end < items.length ? toToken(end) : undefined }
}
