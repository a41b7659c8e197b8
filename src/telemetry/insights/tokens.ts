/** What is wrong with a query, and where in its text. */
export class QueryError extends Error {
  override name = 'QueryError'
  readonly start: number
  readonly end: number
  constructor(message: string, at: { readonly start: number; readonly end: number }) {
    super(message)
    this.start = at.start
    this.end = at.end
  }
}

export interface Token {
  /** `duration` has its milliseconds as text; `field` was written in backticks or is a bare word. */
  readonly kind: 'word' | 'field' | 'number' | 'duration' | 'text' | 'regex' | 'mark' | 'end'
  readonly text: string
  readonly start: number
  readonly end: number
}

const units: Readonly<Record<string, number>> = {
  ...{ ms: 1, millisecond: 1, milliseconds: 1, s: 1_000, sec: 1_000, second: 1_000, seconds: 1_000 },
  ...{ m: 60_000, min: 60_000, minute: 60_000, minutes: 60_000, h: 3_600_000, hr: 3_600_000, hour: 3_600_000 },
  ...{ hours: 3_600_000, d: 86_400_000, day: 86_400_000, days: 86_400_000, w: 604_800_000, week: 604_800_000 },
  weeks: 604_800_000,
}

const patterns = [
  ['space', /\s+|#[^\n]*/y],
  ['number', /\d+(?:\.\d+)?([a-z]*)/iy],
  ['text', /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy],
  ['field', /`[^`]+`/y],
  ['word', /[@A-Za-z_][\w@.]*/y],
  ['mark', /!=|<=|>=|=~|[|,()[\]=<>+\-*/%^]/y],
] as const
const regex = /\/((?:[^/\\\n]|\\.)+)\//y

/** The words and signs of a query, with an `end`. Throws QueryError. */
export function tokensOf(query: string): Token[] {
  const found: Token[] = []
  let at = 0
  while (at < query.length) {
    const start = at
    const next = (kind: Token['kind'], text: string, end: number) => {
      found.push({ kind, text, start, end })
      at = end
    }
    if (query[at] === '/' && startsRegex(found)) {
      regex.lastIndex = at
      const match = regex.exec(query)
      if (!match) throw new QueryError('a regular expression has no end', { start, end: query.length })
      next('regex', match[1]!, regex.lastIndex)
      continue
    }
    const [kind, match] = matchAt(query, at)
    const end = at + match[0].length
    if (kind === 'space') at = end
    else if (kind === 'number') next(...numberIn(match, { start, end }), end)
    else if (kind === 'text') next('text', unquoted(match[0].slice(1, -1)), end)
    else if (kind === 'field') next('field', match[0].slice(1, -1), end)
    else next(kind, match[0], end)
  }
  found.push({ kind: 'end', text: '', start: query.length, end: query.length })
  return found
}

function numberIn(
  [text, unit = '']: RegExpExecArray,
  place: { start: number; end: number },
): ['number' | 'duration', string] {
  if (unit === '') return ['number', text!]
  const ms = units[unit.toLowerCase()]
  if (ms === undefined) throw new QueryError(`${unit} is no unit of time`, place)
  return ['duration', String(Number.parseFloat(text!) * ms)]
}

/** Whether a slash begins a regular expression, after these; else it divides. `parse` may have a field in between. */
function startsRegex(found: readonly Token[]): boolean {
  const [before, last] = [found.at(-2), found.at(-1)]
  const isWord = (token: Token | undefined, word: string) => token?.kind === 'word' && token.text.toLowerCase() === word
  return isWord(last, 'like') || isWord(last, 'parse') || isWord(before, 'parse') || last?.text === '=~'
}

function matchAt(query: string, at: number): [(typeof patterns)[number][0], RegExpExecArray] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at
    const match = pattern.exec(query)
    if (match) return [kind, match]
  }
  throw new QueryError(`unexpected symbol found ${query[at]}`, { start: at, end: at + 1 })
}

const unquoted = (text: string) => text.replace(/\\(["'\\])/g, '$1')
