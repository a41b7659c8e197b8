import { identifiers, type Span } from './identifiers.ts'

/** The text with what these data identifiers find in it replaced by as many asterisks. */
export function mask(text: string, names: readonly string[]): string {
  const spans: Span[] = names.flatMap((name) => [...(identifiers[name]?.(text) ?? [])])
  if (spans.length === 0) return text
  let masked = ''
  let at = 0
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    if (to <= at) continue
    const begin = Math.max(from, at)
    masked += text.slice(at, begin) + '*'.repeat(to - begin)
    at = to
  }
  return masked + text.slice(at)
}
