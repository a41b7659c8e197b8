import { matches, type Pattern, parsePattern, type Resolve, splitPattern } from './pattern.ts'

/** An ARN with wildcards, its six parts matched each on its own, so that `*` in one never reaches into the next. */
export interface ArnPattern {
  /** The whole is `*`. */
  readonly any: boolean
  readonly parts: readonly Pattern[]
}

const anything = parsePattern('*', { wildcards: true, variables: false })

/** Missing parts are completed with `*`: `arn:aws:sqs` is `arn:aws:sqs:*:*:*`. */
export function parseArnPattern(text: string, variables: boolean): ArnPattern {
  const parts = splitPattern(parsePattern(text, { wildcards: true, variables }), 6)
  while (parts.length < 6) parts.push(anything)
  return { any: text === '*', parts }
}

export function arnMatches(pattern: ArnPattern, arn: readonly string[], resolve: Resolve): boolean {
  if (pattern.any) return true
  // The resource part differs most often: compared first.
  for (let i = 5; i >= 0; i--) {
    if (!matches(pattern.parts[i]!, arn[i] ?? '', resolve)) return false
  }
  return true
}

/** The six parts of an ARN; of any other text (`*`) the first is the text and the others are missing. */
export function splitArn(text: string): string[] {
  const parts: string[] = []
  let from = 0
  for (let i = 0; i < 5; i++) {
    const at = text.indexOf(':', from)
    if (at < 0) break
    parts.push(text.slice(from, at))
    from = at + 1
  }
  parts.push(text.slice(from))
  return parts
}
