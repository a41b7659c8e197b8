/**
 * Whether two documents (a policy, a pattern, a schema; as values or as JSON text) say the same: members and lists have
 * no order, a list of one may be written without it, and numbers may be text.
 */
export function samePolicyText(a: unknown, b: unknown): boolean {
  const [left, right] = [documentOf(a), documentOf(b)]
  return left !== undefined && right !== undefined && canonical(left) === canonical(right)
}

function documentOf(value: unknown): object | undefined {
  if (typeof value === 'object' && value !== null) return value
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined
  try {
    return JSON.parse(value) as object
  } catch {
    return undefined
  }
}

/** One text for all ways to write a document. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map(canonical).sort()
    return items.length === 1 ? (items[0] ?? '') : `[${items.join(',')}]`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(String(value))
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
  return `{${members.sort().join(',')}}`
}
