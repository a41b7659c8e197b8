import { StringDecoder } from 'node:string_decoder'
import { BucketFailure } from './bucket-files.ts'

/*
 * Amazon Ion as text: where structs begin and end, and what their tokens are. Binary Ion is not read.
 * https://amazon-ion.github.io/ion-docs/docs/spec.html
 */

/** Longer structs are no items. */
const maxStructLength = 8_000_000

/** White space, comments, strings, long strings, quoted symbols, blobs, punctuation, anything bare, anything else. */
const token =
  /\s+|\/\/[^\n]*|\/\*.*?\*\/|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'''[^\\']*(?:(?:\\.|'(?!''))[^\\']*)*'''|'[^'\\\n]*(?:\\.[^'\\\n]*)*'|\{\{[^}]*\}\}|::|[{}[\]:,()]|[^\s{}[\]:,"'()]+|./sy

/** The tokens of a text that is whole, without white space and comments. */
export function ionTokens(text: string): string[] {
  token.lastIndex = 0
  const tokens: string[] = []
  for (let found = token.exec(text); found; found = token.exec(text)) {
    if (!/^(?:\s|\/\/|\/\*)/.test(found[0])) tokens.push(found[0])
  }
  return tokens
}

/**
 * The text of each struct at the top, in order; what else stands there (a version marker) is passed over. One that does
 * not end is answered as far as it goes. Throws BucketFailure for one that is longer
 * than an item can be.
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
    for (;;) {
      token.lastIndex = this.#at
      const found = token.exec(this.#rest)?.[0]
      if (found === undefined) break
      const end = this.#at + found.length
      if (!last && (end === this.#rest.length || isBegun(found, this.#rest[end]))) break
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
    if (last && this.#inside) yield this.#rest
  }
}

/** Whether it is the beginning of a token whose end has not come. */
function isBegun(found: string, next: string | undefined): boolean {
  if (found === '"' || found === "'" || found === "''") return true
  return (found === '{' && next === '{') || (found.startsWith('/*') && !found.endsWith('*/'))
}
