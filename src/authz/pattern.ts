/**
 * Texts of a policy with `*`, `?` and variables (`${aws:username, 'nobody'}`), compiled once.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */

/** Finds a variable's value by lower-case key; undefined when the request has none, or several. */
export type Resolve = (key: string) => string | undefined

/** `wild` pieces: -1 any run of characters, -2 any one character. */
type Piece = string | typeof run | typeof one | Variable
const run = -1
const one = -2
interface Variable {
  readonly key: string
  readonly fallback: string | undefined
}

export interface Pattern {
  readonly pieces: readonly Piece[]
  /** True when matching needs `Resolve`. */
  readonly variable: boolean
  /** The text itself when it has neither wildcards nor variables. */
  readonly literal: string | undefined
}

export interface PatternOptions {
  /** `*` and `?` stand for other characters. */
  readonly wildcards: boolean
  /** False for policies of version 2008-10-17, which have no variables. */
  readonly variables: boolean
}

export function parsePattern(text: string, options: PatternOptions): Pattern {
  const pieces: Piece[] = []
  let literal = ''
  const flush = () => {
    if (literal !== '') pieces.push(literal)
    literal = ''
  }
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    const end = character === '$' && options.variables && text[i + 1] === '{' ? text.indexOf('}', i + 2) : -1
    if (end > 0) {
      const inside = text.slice(i + 2, end)
      i = end
      // ${*}, ${?} and ${$} are the characters themselves.
      if (inside === '*' || inside === '?' || inside === '$') literal += inside
      else {
        flush()
        pieces.push(parseVariable(inside))
      }
    } else if (options.wildcards && character === '*') {
      flush()
      if (pieces.at(-1) !== run) pieces.push(run)
    } else if (options.wildcards && character === '?') {
      flush()
      pieces.push(one)
    } else literal += character
  }
  flush()
  return describe(pieces)
}

function describe(pieces: readonly Piece[]): Pattern {
  const only = pieces.length === 0 ? '' : pieces.length === 1 ? pieces[0] : undefined
  return {
    pieces,
    variable: pieces.some((piece) => typeof piece === 'object'),
    literal: typeof only === 'string' ? only : undefined,
  }
}

function parseVariable(inside: string): Variable {
  const comma = inside.indexOf(',')
  if (comma < 0) return { key: inside.trim().toLowerCase(), fallback: undefined }
  const fallback = inside.slice(comma + 1).trim()
  const quoted = fallback.length >= 2 && fallback.startsWith("'") && fallback.endsWith("'")
  return { key: inside.slice(0, comma).trim().toLowerCase(), fallback: quoted ? fallback.slice(1, -1) : fallback }
}

/** Splits a pattern at its first `count - 1` colons, as an ARN is split. Fewer parts come back when it has fewer. */
export function splitPattern(pattern: Pattern, count: number): Pattern[] {
  const parts: Piece[][] = [[]]
  for (const piece of pattern.pieces) {
    if (typeof piece !== 'string') {
      parts.at(-1)!.push(piece)
      continue
    }
    let rest = piece
    for (let at = rest.indexOf(':'); at >= 0 && parts.length < count; at = rest.indexOf(':')) {
      if (at > 0) parts.at(-1)!.push(rest.slice(0, at))
      parts.push([])
      rest = rest.slice(at + 1)
    }
    if (rest !== '') parts.at(-1)!.push(rest)
  }
  return parts.map(describe)
}

/** The text of a pattern with its variables filled in; undefined when one has no value. Wildcards stay out of it. */
export function fill(pattern: Pattern, resolve: Resolve): string | undefined {
  if (pattern.literal !== undefined) return pattern.literal
  let text = ''
  for (const piece of pattern.pieces) {
    if (typeof piece === 'string') text += piece
    else if (piece === run) text += '*'
    else if (piece === one) text += '?'
    else {
      const value = resolve(piece.key) ?? piece.fallback
      if (value === undefined) return undefined
      text += value
    }
  }
  return text
}

/** Whether the whole of `text` matches. A variable without value matches nothing; its value is never a wildcard. */
export function matches(pattern: Pattern, text: string, resolve: Resolve): boolean {
  if (pattern.literal !== undefined) return pattern.literal === text
  if (!pattern.variable) return matchPieces(pattern.pieces as readonly Plain[], text)
  const filled: Plain[] = []
  for (const piece of pattern.pieces) {
    if (typeof piece !== 'object') filled.push(piece)
    else {
      const value = resolve(piece.key) ?? piece.fallback
      if (value === undefined) return false
      if (value !== '') filled.push(value)
    }
  }
  return matchPieces(filled, text)
}

type Plain = Exclude<Piece, Variable>

/**
 * Between two runs, the first place where the pieces fit is as good as any later one: so there is no going back
 * beyond the last run, and time is at most the text's length times that of the pieces between two runs.
 */
function matchPieces(pieces: readonly Plain[], text: string): boolean {
  const firstRun = pieces.indexOf(run)
  if (firstRun < 0) return fitsAt(pieces, 0, pieces.length, text, 0) === text.length
  let at = fitsAt(pieces, 0, firstRun, text, 0)
  if (at < 0) return false
  const lastRun = pieces.lastIndexOf(run)
  for (let start = firstRun + 1; start <= lastRun; ) {
    const end = pieces.indexOf(run, start)
    at = findFrom(pieces, start, end, text, at)
    if (at < 0) return false
    start = end + 1
  }
  let tail = 0
  for (let i = lastRun + 1; i < pieces.length; i++) tail += widthOf(pieces[i]!)
  return (
    text.length - tail >= at && fitsAt(pieces, lastRun + 1, pieces.length, text, text.length - tail) === text.length
  )
}

function widthOf(piece: Plain): number {
  return typeof piece === 'string' ? piece.length : 1
}

/** The end of pieces [start, end) laid at `at`, or -1. */
function fitsAt(pieces: readonly Plain[], start: number, end: number, text: string, at: number): number {
  for (let i = start; i < end; i++) {
    const piece = pieces[i]!
    if (typeof piece === 'string') {
      if (!text.startsWith(piece, at)) return -1
      at += piece.length
    } else {
      if (at >= text.length) return -1
      at++
    }
  }
  return at
}

function findFrom(pieces: readonly Plain[], start: number, end: number, text: string, from: number): number {
  const first = pieces[start]
  for (let at = from; at <= text.length; at++) {
    if (typeof first === 'string') {
      at = text.indexOf(first, at)
      if (at < 0) return -1
    }
    const after = fitsAt(pieces, start, end, text, at)
    if (after >= 0) return after
  }
  return -1
}
