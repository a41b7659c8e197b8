/** An opaque token for where a page ended: the parts of a key. */
export function toPageToken(...parts: (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** The parts that `toPageToken` was given, of which there must be `count`; undefined for what is no such token. */
export function fromPageToken(token: string, count = 1): (string | number)[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (!Array.isArray(parts) || parts.length !== count) return undefined
    return parts.every((part) => typeof part === 'string' || typeof part === 'number') ? parts : undefined
  } catch {
    // What does not parse was not made here.
    return undefined
  }
}
