import { aggregateNames, checkAggregate } from './aggregates.ts'
import { checkCall } from './functions.ts'
import type { Expression } from './query.ts'
import { QueryError, type Token } from './tokens.ts'

const deepest = 60

/** Operators from weak to strong; those of one row bind alike. `not` stands between `and` and comparisons. */
const rows: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['=', '!=', '<', '<=', '>', '>=', 'like', '=~', 'in', 'not'],
  ['+', '-'],
  ['*', '/', '%'],
  ['^'],
]
const comparisons = 2

/** Reads a query's tokens from the first to the last. */
export class Reader {
  readonly tokens: readonly Token[]
  readonly query: string
  #at = 0
  #depth = 0
  /** Aggregates of the command being read; undefined where there may be none. */
  aggregates: number | undefined

  constructor(query: string, tokens: readonly Token[]) {
    this.query = query
    this.tokens = tokens
  }

  get token(): Token {
    return this.tokens[this.#at]!
  }

  next(): Token {
    const { token } = this
    if (token.kind !== 'end') this.#at++
    return token
  }

  is(text: string): boolean {
    const { kind, text: actual } = this.token
    return (kind === 'word' || kind === 'mark') && actual.toLowerCase() === text
  }

  take(text: string): boolean {
    const found = this.is(text)
    if (found) this.next()
    return found
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.unexpected(`${text} is expected`)
  }

  unexpected(hint: string): QueryError {
    const { token } = this
    const what = token.kind === 'end' ? 'the end of the query' : token.text
    return new QueryError(`unexpected symbol found ${what}: ${hint}`, token)
  }

  /** A list of at least one, with commas between. */
  list<T>(one: () => T): T[] {
    const found = [one()]
    while (this.take(',')) found.push(one())
    return found
  }

  name(): string {
    const token = this.next()
    if (token.kind !== 'word' && token.kind !== 'field')
      throw new QueryError(`${token.text} is no name of a field`, token)
    return token.text
  }

  expression(row = 0): Expression {
    if (++this.#depth > deepest * rows.length) throw new QueryError('expressions are nested too deeply', this.token)
    const found = row === rows.length ? this.#operand() : this.#operators(row)
    this.#depth--
    return found
  }

  #operators(row: number): Expression {
    if (row === comparisons && this.take('not')) return { kind: 'unary', sign: 'not', of: this.expression(row) }
    let left = this.expression(row + 1)
    for (;;) {
      const sign = rows[row]!.find((one) => this.is(one))
      if (sign === undefined) return left
      this.next()
      if (sign === 'not') {
        const inner = this.is('in') || this.is('like') ? this.next().text.toLowerCase() : undefined
        if (inner === undefined) throw this.unexpected('after not comes in or like')
        left = { kind: 'unary', sign: 'not', of: this.#comparison(inner, left, row) }
      } else left = this.#comparison(sign, left, row)
    }
  }

  #comparison(sign: string, left: Expression, row: number): Expression {
    if (sign !== 'in') return { kind: 'binary', sign, left, right: this.expression(row + 1) }
    this.expect('[')
    const list = this.list(() => this.expression(row + 1))
    this.expect(']')
    return { kind: 'in', of: left, list }
  }

  #operand(): Expression {
    const token = this.next()
    const { kind, text } = token
    if (kind === 'number' || kind === 'duration') return { kind: 'value', value: Number(text) }
    if (kind === 'text') return { kind: 'value', value: text }
    if (kind === 'regex') return { kind: 'regex', ...regexOf(token) }
    if (kind === 'mark' && text === '-') return { kind: 'unary', sign: '-', of: this.expression(rows.length) }
    if (kind === 'mark' && text === '(') {
      const inner = this.expression()
      this.expect(')')
      return inner
    }
    if (kind === 'field' || (kind === 'word' && !this.is('('))) return { kind: 'field', name: text }
    if (kind === 'word') return this.#call(token)
    throw new QueryError(`unexpected symbol found ${text || 'the end of the query'}: a value is expected`, token)
  }

  #call(token: Token): Expression {
    const name = token.text.toLowerCase()
    this.expect('(')
    const isAggregate = aggregateNames.has(name)
    if (isAggregate && this.aggregates === undefined)
      throw new QueryError(`${token.text} is for stats, and not inside of another such function`, token)
    const index = this.aggregates
    if (isAggregate) this.aggregates = undefined
    // `count(*)` is `count()`.
    const of = this.take('*') || this.is(')') ? [] : this.list(() => this.expression())
    this.expect(')')
    const problem = isAggregate ? checkAggregate(name, of) : checkCall(name, of)
    if (problem !== undefined) throw new QueryError(`${token.text}: ${problem}`, token)
    if (index === undefined || !isAggregate) return { kind: 'call', name, of }
    this.aggregates = index + 1
    return { kind: 'aggregate', name, of, index }
  }
}

/** A regular expression as JavaScript has it: `(?i)` in front is a flag. Throws unless it is one. */
export function regexOf(token: Token): { source: string; flags: string } {
  const [, letters = ''] = /^\(\?([ims]+)\)/.exec(token.text) ?? []
  const source = letters === '' ? token.text : token.text.slice(letters.length + 3)
  const flags = [...new Set(letters)].join('')
  try {
    new RegExp(source, flags)
    return { source, flags }
  } catch (error) {
    throw new QueryError(error instanceof Error ? error.message : 'the regular expression is not valid', token)
  }
}
