import { StringDecoder } from 'node:string_decoder'
import { BucketFailure } from './bucket-files.ts'

/*
 * Amazon Ion as text: where structs begin and end, and what their tokens are. Binary Ion is not read.
 * https://amazon-ion.github.io/ion-docs/docs/spec.html
 */

/** Longer structs are no items. */
const maxStructLength = 8_000_000

/** White space, punctuation, anything bare. What has a beginning and an end of its own is looked for by hand. */
const simple = /\s+|::|[{}[\]:,()]|[^\s{}[\]:,"'()]+/y

/**
 * Where the token that begins at a place ends; undefined when its end is not in the text. Each character is looked at
 * once, whatever the text: it is a user's. A quote that the line ends before goes as far as that.
 */
function endOf(text: string, from: number): number | undefined {
  const first = text[from]
  if (text.startsWith("'''", from)) return endOfQuote(text, from, "'''")
  if (first === '"' || first === "'") return endOfQuote(text, from, first)
  if (text.startsWith('//', from)) return orEnd(text.indexOf('\n', from), text)
  if (text.startsWith('/*', from)) return behind(text, '*/', from + 2)
  if (text.startsWith('{{', from)) return behind(text, '}}', from + 2)
  simple.lastIndex = from
  return from + (simple.exec(text)?.[0].length ?? 1)
}

const orEnd = (found: number, text: string) => (found < 0 ? text.length : found)

function behind(text: string, end: string, from: number): number | undefined {
  const found = text.indexOf(end, from)
  return found < 0 ? undefined : found + end.length
}

function endOfQuote(text: string, from: number, quote: string): number | undefined {
  for (let at = from + quote.length; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') at++
    else if (text.startsWith(quote, at)) return at + quote.length
    else if (character === '\n' && quote.length === 1) return at
  }
  return undefined
}

/** The tokens of a text that is whole, without white space and comments. Throws for one that does not end. */
export function ionTokens(text: string): string[] {
  const tokens: string[] = []
  for (let from = 0, end: number | undefined; from < text.length; from = end) {
    end = endOf(text, from)
    const token = text.slice(from, end)
    const isQuote = token.startsWith('"') || token.startsWith("'")
    if (end === undefined || (isQuote && endOf(token, 0) === undefined))
      throw new Error(`Ion has something that does not end: ${token.slice(0, 100)}`)
    if (!/^(?:\s|\/\/|\/\*)/.test(token)) tokens.push(token)
  }
  return tokens
}

/**
 * The text of each struct at the top, in order; what else stands there (a version marker) is passed over. What does not
 * end is answered as far as it goes. Throws BucketFailure for a struct that is longer than an item can be.
 */
export async function* ionStructs(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  const splitter = new Splitter()
  for await (const chunk of body) yield* splitter.take(decoder.write(Buffer.from(chunk)), false)
  yield* splitter.take(decoder.end(), true)
}

/** Finds structs in a text that comes in pieces. */
class Splitter {
  #rest = ''
  /** Up to where tokens have been looked at, and how many structs and lists are open there. */
  #at = 0
  #depth = 0
  /** A token that has not ended is looked for again when there is half as much again: long ones come in many pieces. */
  #enough = 0
  /** Whether the rest begins with a struct at the top. */
  #inside = false

  #cut(from: number, inside: boolean): void {
    this.#rest = this.#rest.slice(from)
    this.#at -= from
    this.#inside = inside
  }

  *take(text: string, last: boolean): Generator<string> {
    this.#rest += text
    if (!last && this.#rest.length < Math.min(this.#enough, maxStructLength)) return
    while (this.#at < this.#rest.length) {
      const end = endOf(this.#rest, this.#at)
      if (end === undefined || (!last && end === this.#rest.length)) break
      const found = this.#rest.slice(this.#at, end)
      this.#at = end
      if (found === '{' || found === '[') {
        if (this.#depth === 0) this.#cut(end - 1, found === '{')
        this.#depth++
      } else if (found === '}' || found === ']') {
        this.#depth = Math.max(0, this.#depth - 1)
        if (this.#depth > 0) continue
        const struct = this.#rest.slice(0, this.#at)
        const inside = this.#inside
        this.#cut(this.#at, false)
        if (inside) yield struct
      }
    }
    if (!this.#inside) this.#cut(this.#at, false)
    this.#enough = this.#rest.length * 1.5
    if (this.#rest.length > maxStructLength)
      throw new BucketFailure('ItemValidationError', 'An Ion struct is too long.', undefined)
    if (last && this.#rest !== '') yield this.#rest
  }
}
