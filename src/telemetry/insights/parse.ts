import { isOfSingleRows, isOfValues } from './narrow.ts'
import { Reader, regexOf } from './parse-expression.ts'
import type { Column, Command, Expression } from './query.ts'
import { QueryError, type Token, tokensOf } from './tokens.ts'

export const mostResults = 10_000
const message = { kind: 'field', name: '@message' } as const

/** The commands of a query, in order. Throws QueryError with the place of what is wrong. */
export function parseQuery(query: string): Command[] {
  const reader = new Reader(query, tokensOf(query))
  const commands: Command[] = []
  // A query may begin with a bar, and have none between lines that are empty.
  reader.take('|')
  do {
    if (reader.token.kind === 'end') break
    const { token } = reader
    const next = command(reader)
    if (next.kind === 'filter' && next.indexed && !commands.every(isOfSingleRows))
      throw new QueryError('filterIndex comes before stats, sort, limit and dedup', token)
    commands.push(next)
  } while (reader.take('|'))
  if (reader.token.kind !== 'end') throw reader.unexpected('commands have | between them')
  if (commands.length === 0) throw new QueryError('the query has no command', reader.token)
  return commands
}

function command(reader: Reader): Command {
  const token = reader.next()
  const name = token.text.toLowerCase()
  switch (token.kind === 'word' ? name : '') {
    case 'fields':
    case 'display':
      return { kind: name === 'fields' ? 'fields' : 'display', columns: reader.list(() => column(reader)) }
    case 'filter':
    case 'where':
      return { kind: 'filter', test: reader.expression() }
    case 'filterindex':
      return { kind: 'filter', test: indexTest(reader), indexed: true }
    case 'parse':
      return parse(reader)
    case 'stats':
      return stats(reader)
    case 'sort':
    case 'order':
      reader.take('by')
      return { kind: 'sort', by: reader.list(() => sorted(reader)) }
    case 'limit':
    case 'head':
      return { kind: 'limit', count: count(reader.next()) }
    case 'lookup':
      return lookup(reader)
    case 'dedup':
      return { kind: 'dedup', by: reader.list(() => reader.expression()) }
    default:
      throw new QueryError(`${token.text} is no command of queries here`, token)
  }
}

/** The test of a `filterIndex`: which values fields have, and nothing else. */
function indexTest(reader: Reader): Expression {
  const { token } = reader
  const test = reader.expression()
  if (!isOfValues(test))
    throw new QueryError('filterIndex takes FIELD = VALUE or FIELD in [VALUE, …], with and between them', token)
  return test
}

function column(reader: Reader): Column {
  const { start } = reader.token
  const of = reader.expression()
  const text = reader.query.slice(start, reader.token.start).trim()
  if (reader.take('as')) return { name: reader.name(), of }
  return { name: of.kind === 'field' ? of.name : text, of }
}

function sorted(reader: Reader) {
  const of = reader.expression()
  const descending = reader.take('desc')
  if (!descending) reader.take('asc')
  return { of, descending }
}

function stats(reader: Reader): Command {
  reader.aggregates = 0
  const columns = reader.list(() => column(reader))
  const made = reader.aggregates
  reader.aggregates = undefined
  if (made === 0) throw reader.unexpected('stats needs a function such as count(*)')
  return { kind: 'stats', columns, by: reader.take('by') ? reader.list(() => column(reader)) : [] }
}

/** `lookup TABLE column as field, … OUTPUT column, …` */
function lookup(reader: Reader): Command {
  const table = reader.name()
  const on = reader.list(() => {
    const column = reader.name()
    return { column, field: reader.take('as') ? reader.name() : column }
  })
  reader.expect('output')
  return { kind: 'lookup', table, on, output: reader.list(() => reader.name()) }
}

/** The lookup tables that commands name. */
export function tablesOf(commands: readonly Command[]): string[] {
  return [...new Set(commands.flatMap((one) => (one.kind === 'lookup' ? [one.table] : [])))]
}

/** `parse FIELD "a * b" as x, y`, or with the named groups of a regular expression; without FIELD of the message. */
function parse(reader: Reader): Command {
  const of = ['text', 'regex'].includes(reader.token.kind) ? message : reader.expression()
  const token = reader.next()
  if (token.kind === 'regex') {
    const { source, flags } = regexOf(token)
    const names = [...source.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map(([, name]) => name!)
    if (names.length === 0) throw new QueryError('parse needs a named group: (?<name>…)', token)
    return { kind: 'parse', of, pattern: source, flags, names }
  }
  if (token.kind !== 'text') throw new QueryError('parse needs a pattern in quotes or slashes', token)
  reader.expect('as')
  const names = reader.list(() => reader.name())
  const parts = token.text.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  if (parts.length - 1 !== names.length)
    throw new QueryError(`the pattern has ${parts.length - 1} *, and ${names.length} names are given`, token)
  const pattern = parts.map((part, index) => (index === 0 ? part : `${wild(index, parts)}${part}`)).join('')
  return { kind: 'parse', of, pattern, flags: 's', names }
}

/** A `*` at the end takes all that is left. */
const wild = (index: number, parts: readonly string[]) =>
  index === parts.length - 1 && parts[index] === '' ? '(.*)' : '(.*?)'

function count(token: Token): number {
  const value = Number(token.text)
  if (token.kind !== 'number' || !Number.isInteger(value) || value < 1 || value > mostResults)
    throw new QueryError(`limit takes a whole number from 1 to ${mostResults}`, token)
  return value
}
