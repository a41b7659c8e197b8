import { type AwsError, awsError } from '../../../kernel/errors.ts'

/** The parameter that an expression came in; every message about it begins with this. */
export type ExpressionKind =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'SearchConditionExpression'
  | 'UpdateExpression'

/** `name` is `#x`, `value` is `:x`, `symbol` an operator or bracket, `bad` a character that begins nothing. */
export type TokenType = 'identifier' | 'name' | 'value' | 'number' | 'symbol' | 'bad' | 'end'

export interface Token {
  readonly type: TokenType
  readonly text: string
  /** Offset of the first character, and of the one after the last. */
  readonly start: number
  readonly end: number
}

export const maxExpressionBytes = 4096
/** Operators and functions in one expression. */
export const maxOperators = 300
/** How deep parentheses and functions may nest. */
export const maxDepth = 150

/** What is wrong with an expression, as the service says it. */
export function invalid(kind: ExpressionKind, message: string): AwsError {
  return awsError('ValidationException', `Invalid ${kind}: ${message}`)
}

const scanner =
  /([A-Za-z][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|([0-9]+)|(<>|<=|>=|[=<>()[\],.+-])|([ \t\r\n]+)|(.)/gsu
const types: readonly TokenType[] = ['identifier', 'name', 'value', 'number', 'symbol']

/** Splits an expression; the last token is `end`. Throws when it is empty or too long. */
export function tokenize(kind: ExpressionKind, text: string): Token[] {
  if (Buffer.byteLength(text) > maxExpressionBytes) {
    throw invalid(kind, 'Expression size has exceeded the maximum allowed size;')
  }
  const tokens: Token[] = []
  for (const match of text.matchAll(scanner)) {
    if (match[6] !== undefined) continue
    const start = match.index
    const type = types.find((_, i) => match[i + 1] !== undefined) ?? 'bad'
    tokens.push({ type, text: match[0], start, end: start + match[0].length })
  }
  if (tokens.length === 0) throw invalid(kind, 'The expression can not be empty;')
  tokens.push({ type: 'end', text: '<EOF>', start: text.length, end: text.length })
  return tokens
}

/** Walks the tokens of one expression. Every parser here is built on these few steps. */
export class TokenReader {
  readonly kind: ExpressionKind
  readonly #text: string
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  #operators = 0

  constructor(kind: ExpressionKind, text: string) {
    this.kind = kind
    this.#text = text
    this.#tokens = tokenize(kind, text)
  }

  get current(): Token {
    return this.#tokens[this.#at]!
  }

  get following(): Token {
    return this.#tokens[this.#at + 1] ?? this.current
  }

  next(): Token {
    const token = this.current
    if (token.type !== 'end') this.#at++
    return token
  }

  isSymbol(text: string): boolean {
    return this.current.type === 'symbol' && this.current.text === text
  }

  /** Keywords are identifiers, in any case. */
  isKeyword(word: string): boolean {
    return this.current.type === 'identifier' && this.current.text.toUpperCase() === word
  }

  takeSymbol(text: string): boolean {
    if (!this.isSymbol(text)) return false
    this.#at++
    return true
  }

  takeKeyword(word: string): boolean {
    if (!this.isKeyword(word)) return false
    this.#at++
    return true
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.syntaxError()
  }

  expectKeyword(word: string): void {
    if (!this.takeKeyword(word)) throw this.syntaxError()
  }

  expectEnd(): void {
    if (this.current.type !== 'end') throw this.syntaxError()
  }

  /** Counts an operator or function against the limit. */
  countOperator(): void {
    if (++this.#operators > maxOperators) {
      throw invalid(
        this.kind,
        `The expression contains too many operators; maximum number of operators: ${maxOperators}`,
      )
    }
  }

  /** Parses one level deeper, within the limit. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > maxDepth) throw invalid(this.kind, 'The expression has too many nested levels;')
    const result = parse()
    this.#depth--
    return result
  }

  /** The token that does not fit, with its neighbours. */
  syntaxError(): AwsError {
    const before = this.#tokens[this.#at - 1]
    const after = this.#tokens[this.#at + 1] ?? this.current
    const near = this.#text.slice(before?.start ?? this.current.start, after.end).trim()
    return invalid(this.kind, `Syntax error; token: "${this.current.text}", near: "${near}"`)
  }
}
