import { ionTokens } from './ion-text.ts'
import type { WireValue } from './wire-values.ts'

/*
 * Items as Ion: structs, lists, strings, numbers, booleans, nulls and blobs, and sets as lists with an annotation.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
 */

const maxDepth = 40
const number = /^[+-]?(?:\d[\d_]*)(?:\.[\d_]*)?(?:[eEdD][+-]?\d+)?$/
const wholeNumber = /^-?0[xXbB][\da-fA-F_]+$/
const sets: Readonly<Record<string, 'SS' | 'NS' | 'BS'>> = {
  $dynamodb_SS: 'SS',
  $dynamodb_NS: 'NS',
  $dynamodb_BS: 'BS',
}
const escapes: Readonly<Record<string, string>> = {
  ...{ '0': '\0', a: '\x07', b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', v: '\v' },
  ...{ '\n': '' },
}

/** A struct's fields as attribute values. Throws for what is none. */
export function ionFields(text: string): Record<string, WireValue> {
  const reader = new Reader(ionTokens(text))
  const { M: fields } = reader.value(0)
  reader.expectEnd()
  if (!fields) throw new Error('a record is no struct')
  return fields
}

class Reader {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  expectEnd(): void {
    if (this.#at < this.#tokens.length) throw new Error(`Ion has something after its struct: ${this.#next()}`)
  }

  value(depth: number): WireValue {
    if (depth > maxDepth) throw new Error('Ion is nested too deeply')
    const first = this.#next()
    if (this.#tokens[this.#at] === '::') {
      this.#at++
      return this.#set(symbolText(first), this.value(depth))
    }
    if (first === '{') return { M: this.#struct(depth) }
    if (first === '[') return { L: this.#list(depth) }
    if (first.startsWith('{{')) return { B: blob(first) }
    if (first.startsWith("'''")) return { S: this.#longString(first) }
    if (first.startsWith('"') && first.length > 1) return { S: unescaped(first.slice(1, -1)) }
    if (first === 'true' || first === 'false') return { BOOL: first === 'true' }
    if (/^null(?:\.[a-z]+)?$/.test(first)) return { NULL: true }
    if (number.test(first))
      return {
        N: first
          .replaceAll('_', '')
          .replace(/[dD]/, 'e')
          .replace(/\.(?=e|$)/i, ''),
      }
    if (wholeNumber.test(first)) return { N: whole(first.replaceAll('_', '')) }
    throw new Error(`Ion has something that is no attribute value: ${first.slice(0, 100)}`)
  }

  #struct(depth: number): Record<string, WireValue> {
    const fields: Record<string, WireValue> = {}
    while (this.#tokens[this.#at] !== '}') {
      const given = this.#next()
      const name = given.startsWith("'''") ? this.#longString(given) : symbolText(given)
      this.#expect(':')
      if (Object.hasOwn(fields, name)) throw new Error(`Ion has two fields of the name ${name}`)
      Object.defineProperty(fields, name, {
        ...{ value: this.value(depth + 1), enumerable: true, configurable: true, writable: true },
      })
      if (this.#tokens[this.#at] !== '}') this.#expect(',')
    }
    this.#at++
    return fields
  }

  #list(depth: number): WireValue[] {
    const values: WireValue[] = []
    while (this.#tokens[this.#at] !== ']') {
      values.push(this.value(depth + 1))
      if (this.#tokens[this.#at] !== ']') this.#expect(',')
    }
    this.#at++
    return values
  }

  #set(annotation: string, { L: values }: WireValue): WireValue {
    const type = Object.hasOwn(sets, annotation) ? sets[annotation] : undefined
    if (!type || !values) throw new Error(`Ion has the unknown annotation ${annotation}`)
    const members = values.map((value) => {
      const member = type === 'SS' ? value.S : type === 'NS' ? value.N : value.B
      if (member === undefined) throw new Error(`Ion has a set ${annotation} with a member of another type`)
      return member
    })
    return { [type]: members }
  }

  /** Long strings that follow each other are one. */
  #longString(first: string): string {
    let text = unescaped(first.slice(3, -3))
    while (this.#tokens[this.#at]?.startsWith("'''")) text += unescaped(this.#next().slice(3, -3))
    return text
  }

  #next(): string {
    const found = this.#tokens[this.#at++]
    if (found === undefined) throw new Error('Ion ends within a struct')
    return found
  }

  #expect(wanted: string): void {
    const found = this.#next()
    if (found !== wanted) throw new Error(`Ion has ${found.slice(0, 100)} where ${wanted} should be`)
  }
}

function symbolText(token: string): string {
  const quoted = token.length > 1 && (token.startsWith('"') || token.startsWith("'"))
  if (quoted) return unescaped(token.slice(1, -1))
  if (!/^[A-Za-z_$][\w$]*$/.test(token)) throw new Error(`Ion has a name that is none: ${token.slice(0, 100)}`)
  return token
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/gs, (_, x, u, big, one: string) => {
    const code: string | undefined = x ?? u ?? big
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
    return escapes[one] ?? one
  })
}

function blob(token: string): Uint8Array {
  const text = token.slice(2, -2).replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Error('Ion has a blob that is no base64')
  return Buffer.from(text, 'base64')
}

function whole(text: string): string {
  return text.startsWith('-') ? String(-BigInt(text.slice(1))) : String(BigInt(text))
}
