import { type AwsError, awsError } from '../../../kernel/errors.ts'

/** `name` is a word or a "quoted" name, `text` a 'literal', `end` the end of the statement. */
export interface Token {
  readonly type: 'word' | 'name' | 'text' | 'number' | 'symbol' | 'end'
  /** Without quotes. */
  readonly value: string
}

/** How deep values, parentheses and functions may nest. */
const maxDepth = 32
const scanner =
  /([A-Za-z_$][\w$]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(<<|>>|<>|<=|>=|!=|[=<>()[\]{},:;.?*+-])|(\s+)|(.)/gsu

export function malformed(what = 'Unexpected token'): AwsError {
  return awsError('ValidationException', `Statement wasn't well formed, can't be processed: ${what}`)
}

/** Splits a statement. Throws ValidationException for a character that begins nothing. */
export function tokenize(statement: string): Token[] {
  const tokens: Token[] = []
  for (const [, word, name, text, number, symbol, space] of statement.matchAll(scanner)) {
    if (space !== undefined) continue
    if (word !== undefined) tokens.push({ type: 'word', value: word })
    else if (name !== undefined) tokens.push({ type: 'name', value: name.replaceAll('""', '"') })
    else if (text !== undefined) tokens.push({ type: 'text', value: text.replaceAll("''", "'") })
    else if (number !== undefined) tokens.push({ type: 'number', value: number })
    else if (symbol !== undefined) tokens.push({ type: 'symbol', value: symbol })
    else throw malformed('Unexpected character')
  }
  tokens.push({ type: 'end', value: '' })
  return tokens
}

/** Walks the tokens of one statement. */
export class Tokens {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(statement: string) {
    this.#tokens = tokenize(statement)
  }

  get current(): Token {
    return this.#tokens[this.#at]!
  }

  next(): Token {
    const token = this.current
    if (token.type !== 'end') this.#at++
    return token
  }

  /** Keywords are words, in any case. */
  isWord(word: string): boolean {
    return this.current.type === 'word' && this.current.value.toUpperCase() === word
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false
    this.#at++
    return true
  }

  expectWord(...words: readonly string[]): void {
    for (const word of words) if (!this.takeWord(word)) throw malformed(`Expected ${word}`)
  }

  isSymbol(symbol: string): boolean {
    return this.current.type === 'symbol' && this.current.value === symbol
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false
    this.#at++
    return true
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw malformed(`Expected ${symbol}`)
  }

  /** Parses one level deeper, within the limit. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > maxDepth) throw malformed('The statement nests too deeply')
    const result = parse()
    this.#depth--
    return result
  }
}
