import { type Comparison, comparison, operators } from './condition.ts'
import { type Filter, invalid } from './pattern.ts'
import { leadingRegex } from './regex.ts'

type Test = (document: unknown) => boolean
const mostDepth = 20

/**
 * `{ ($.level = "ERROR" || $.ms > 500) && $.user IS NULL }`: conditions on a JSON message. Selectors are `$.a.b[0]`,
 * `$.a[*].b`, `$["a"]`. A message that is no JSON object matches nothing.
 */
export function jsonPattern(text: string): Filter {
  if (!text.endsWith('}')) throw invalid('begins with { but does not end with }')
  const parser = new Parser(text.slice(1, -1))
  const test = parser.either(0)
  parser.end()
  return (message) => {
    if (!/^\s*[{[]/.test(message)) return false
    try {
      return test(JSON.parse(message))
    } catch {
      // Not JSON: a pattern on JSON members says nothing about it.
      return false
    }
  }
}

export type Path = readonly (string | number)[]

/** Reads a selector that begins at a place in a text: `$.a[0]["b"]`. */
function readPath(text: string, from: number): { path: Path; end: number } {
  if (text[from] !== '$') throw invalid('has a condition that does not begin with $.')
  let end = from + 1
  const path: (string | number)[] = []
  for (;;) {
    const [step, name, quoted, index] = /^(?:\.([\w-]+)|\["([^"]+)"\]|\[(\d{1,6}|\*)\])/.exec(text.slice(end)) ?? []
    if (step === undefined) break
    end += step.length
    path.push(index === undefined ? (name ?? quoted)! : index === '*' ? '*' : Number(index))
  }
  if (path.length === 0) throw invalid('has a $ without a member')
  return { path, end }
}

/** A selector that is all of a text. */
export function wholePath(text: string): Path {
  const { path, end } = readPath(text, 0)
  if (end < text.length) throw invalid(`has a selector that can't be read: ${text}`)
  return path
}

/** The selectors that a pattern on JSON names. */
export function jsonSelectors(text: string): string[] {
  const parser = new Parser(text.slice(1, -1))
  parser.either(0)
  return [...parser.selectors]
}

class Parser {
  #at = 0
  readonly #text: string
  /** The selectors read so far, as they are written. */
  readonly selectors = new Set<string>()
  constructor(text: string) {
    this.#text = text
  }

  either(depth: number): Test {
    const tests = [this.both(depth)]
    while (this.#eat('||')) tests.push(this.both(depth))
    return tests.length === 1 ? tests[0]! : (document) => tests.some((test) => test(document))
  }

  both(depth: number): Test {
    const tests = [this.one(depth)]
    while (this.#eat('&&')) tests.push(this.one(depth))
    return tests.length === 1 ? tests[0]! : (document) => tests.every((test) => test(document))
  }

  one(depth: number): Test {
    if (depth > mostDepth) throw invalid('is nested too deeply')
    if (this.#eat('(')) {
      const test = this.either(depth + 1)
      if (!this.#eat(')')) throw invalid('has a ( that is not closed')
      return test
    }
    const path = this.#selector()
    const holds = this.#condition()
    return (document) => valuesAt(document, path).some(holds)
  }

  end(): void {
    this.#skip()
    if (this.#at < this.#text.length)
      throw invalid(`goes on unexpectedly at "${this.#text.slice(this.#at, this.#at + 20)}"`)
  }

  #condition(): Comparison {
    if (this.#eat('IS')) {
      if (this.#eat('NULL')) return (value) => value === null
      if (this.#eat('TRUE')) return (value) => value === true
      if (this.#eat('FALSE')) return (value) => value === false
      throw invalid('has IS without NULL, TRUE or FALSE')
    }
    if (this.#eat('NOT')) {
      if (this.#eat('EXISTS')) return (value) => value === undefined
      throw invalid('has NOT without EXISTS')
    }
    if (this.#eat('EXISTS')) return (value) => value !== undefined
    const operator = operators.find((candidate) => this.#eat(candidate))
    if (!operator) throw invalid('has a selector without a comparison')
    this.#skip()
    const rest = this.#text.slice(this.#at)
    const literal = leadingRegex(rest)?.literal ?? /^"(?:[^"\\]|\\.)*"|^[^\s&|()]+/.exec(rest)?.[0]
    if (literal === undefined) throw invalid(`has nothing after ${operator}`)
    this.#at += literal.length
    return comparison(operator, literal)
  }

  #selector(): Path {
    this.#skip()
    const { path, end } = readPath(this.#text, this.#at)
    this.selectors.add(this.#text.slice(this.#at, end))
    this.#at = end
    return path
  }

  #eat(token: string): boolean {
    this.#skip()
    if (!this.#text.startsWith(token, this.#at)) return false
    // A keyword ends where its letters do.
    if (/^\w/.test(token) && /\w/.test(this.#text[this.#at + token.length] ?? '')) return false
    this.#at += token.length
    return true
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }
}

/** The values a selector finds; `[undefined]` when there is none, for NOT EXISTS. */
export function valuesAt(document: unknown, path: Path): unknown[] {
  let found: unknown[] = [document]
  for (const step of path) {
    found = found.flatMap((value) => {
      if (step === '*') return Array.isArray(value) ? value : []
      if (value === null || typeof value !== 'object') return []
      // Items by number, members by name: a list has no member `length`.
      if (Array.isArray(value) !== (typeof step === 'number')) return []
      return Object.hasOwn(value, step) ? [(value as Record<string | number, unknown>)[step]] : []
    })
  }
  return found.length > 0 ? found : [undefined]
}
