import { invalid } from './pattern.ts'

/** A step of an expression: a character of a set, which may be left out or repeat; without a set, the end of an alternative. */
export interface Element {
  /** By character (`kindOf`): ASCII, and one for all others. */
  readonly set?: Uint8Array
  readonly optional?: boolean
  readonly repeats?: boolean
  /** An alternative begins here: anywhere, or (anchored) where the text does. */
  readonly isFirst?: boolean
  readonly anchored?: boolean
  /** The text has to end here too. */
  readonly atEnd?: boolean
}

/** Of characters: ASCII, and one for all others. */
export const kinds = 129
/** What is counted out, `a{3,5}`, is that many steps. */
const mostElements = 300
const mostRepeats = 255

/** What stands for itself. Of the others some are operators, and all can be written behind a backslash, or as `\xhh`. */
const plain = /[A-Za-z0-9:_#=@/;,~-]/

/** Reads an expression. Throws InvalidParameterException. */
export function readRegex(source: string): Element[] {
  if (source === '') throw invalid('has no regular expression between %%')
  const reader = new Reader(source)
  const elements: Element[] = []
  for (const alternative of reader.alternatives()) elements.push(...alternative)
  if (elements.length > mostElements) throw invalid(`has a regular expression of more than ${mostElements} steps`)
  return elements
}

class Reader {
  #at = 0
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }

  *alternatives(): Generator<Element[]> {
    do {
      const anchored = this.#eat('^')
      const steps: Element[] = []
      while (this.#at < this.#text.length && !this.#sees('|') && !this.#sees('$')) {
        steps.push(...this.#piece())
        if (steps.length > mostElements) break
      }
      const atEnd = this.#eat('$')
      if (steps.length === 0 && !anchored && !atEnd) throw invalid('has a regular expression with an empty alternative')
      const [first = {}, ...rest] = [...steps, { atEnd }]
      yield [{ ...first, isFirst: true, anchored }, ...rest]
    } while (this.#eat('|'))
    if (this.#at < this.#text.length) throw this.#wrong()
  }

  /** A character or class, with how often it may come. */
  #piece(): Element[] {
    const set = this.#set()
    const [least, most] = this.#times()
    if (least > mostRepeats || (most ?? 0) > mostRepeats || (most !== undefined && most < least))
      throw invalid(`has a regular expression that repeats from ${least} to ${most} times; ${mostRepeats} are the most`)
    const steps: Element[] = Array.from({ length: least }, () => ({ set }))
    if (most === undefined) return [...steps, { set, optional: true, repeats: true }]
    return [...steps, ...Array.from({ length: most - least }, () => ({ set, optional: true }))]
  }

  #times(): [least: number, most: number | undefined] {
    if (this.#eat('?')) return [0, 1]
    if (this.#eat('*')) return [0, undefined]
    if (this.#eat('+')) return [1, undefined]
    if (!this.#sees('{')) return [1, 1]
    const [text, least = '', , most = ''] = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#text.slice(this.#at)) ?? []
    if (text === undefined) throw this.#wrong()
    this.#at += text.length
    if (!text.includes(',')) return [Number(least), Number(least)]
    return [Number(least), most === '' ? undefined : Number(most)]
  }

  #set(): Uint8Array {
    if (this.#eat('.')) return setOf(every)
    if (this.#eat('[')) return this.#class()
    if (this.#sees('\\')) return setOf(this.#escaped())
    const character = this.#text[this.#at] ?? ''
    if (!plain.test(character)) throw this.#wrong()
    this.#at++
    return setOf([character.charCodeAt(0)])
  }

  /** What stands between brackets, the first of which is read. */
  #class(): Uint8Array {
    const negated = this.#eat('^')
    const members: number[] = []
    while (!this.#eat(']')) {
      if (this.#at >= this.#text.length) throw invalid('has a regular expression with a [ that is not closed')
      const from = this.#member()
      if (!this.#sees('-') || this.#text[this.#at + 1] === ']') members.push(...from)
      else members.push(...this.#range(from))
    }
    if (members.length === 0 && !negated) throw invalid('has a regular expression with an empty []')
    const set = setOf(members)
    return negated ? setOf(every.filter((kind) => !set[kind])) : set
  }

  /** The characters that one member of a class stands for. */
  #member(): readonly number[] {
    if (this.#sees('\\')) return this.#escaped()
    const character = this.#text[this.#at] ?? ''
    if (!plain.test(character) && !/[.*+?|$^]/.test(character)) throw this.#wrong()
    this.#at++
    return [character.charCodeAt(0)]
  }

  /** `a-z`, of which `from` is read. */
  #range(from: readonly number[]): number[] {
    this.#at++
    const to = this.#member()
    const [first = 0, last = -1] = from.length === 1 && to.length === 1 ? [from[0], to[0]] : []
    if (last < first) throw invalid('has a regular expression with a range that has no end behind its beginning')
    return every.slice(first, last + 1)
  }

  /** What a backslash makes of what follows it: a class, a character by its number, or what would be an operator. */
  #escaped(): readonly number[] {
    const [text, name = '', hex] = /^\\(x([0-9A-Fa-f]{2})|[\x21-\x7e])/.exec(this.#text.slice(this.#at)) ?? []
    if (text === undefined) throw this.#wrong()
    this.#at += text.length
    if (hex !== undefined) {
      const code = Number.parseInt(hex, 16)
      if (code > 127) throw invalid(`has a regular expression with \\x${hex}, which is not ASCII`)
      return [code]
    }
    const known = classes.get(name)
    if (known) return known
    if (/\w/.test(name)) throw invalid(`has a regular expression with \\${name}, which stands for nothing`)
    return [name.charCodeAt(0)]
  }

  #sees(character: string): boolean {
    return this.#text[this.#at] === character
  }

  #eat(character: string): boolean {
    if (!this.#sees(character)) return false
    this.#at++
    return true
  }

  #wrong(): Error {
    return invalid(
      `has a regular expression that cannot be read at "${this.#text.slice(this.#at, this.#at + 20)}": there are no ` +
        'groups and no letters beyond ASCII, ^ and $ stand at the ends, and a space is \\s, any other sign \\ and itself',
    )
  }
}

const every = Array.from({ length: kinds }, (_, kind) => kind)
const of = (characters: RegExp) => every.filter((kind) => kind < 128 && characters.test(String.fromCharCode(kind)))
const digits = of(/[0-9]/)
const words = of(/[A-Za-z0-9_]/)
const spaces = of(/[ \t\n\v\f\r]/)
const classes: ReadonlyMap<string, readonly number[]> = new Map([
  ...Object.entries({ d: digits, w: words, s: spaces }),
  ...Object.entries({ D: digits, W: words, S: spaces }).map(
    ([name, without]) => [name, every.filter((kind) => !without.includes(kind))] as const,
  ),
])

function setOf(members: readonly number[]): Uint8Array {
  const set = new Uint8Array(kinds)
  for (const kind of members) set[kind] = 1
  return set
}
