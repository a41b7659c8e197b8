import type { AttributeValue, Item } from '../attribute-value.ts'
import type { ConditionNode } from '../expressions/condition-parser.ts'
import type { PathNode } from '../expressions/path.ts'
import type { UpdateNode } from '../expressions/update-parser.ts'
import { parseWhere } from './conditions.ts'
import { malformed, Tokens } from './tokens.ts'
import { parseUpdateClauses } from './updates.ts'
import { ValueReader } from './values.ts'

interface OnTable {
  readonly table: string
  /** The names and values that the nodes below refer to. */
  readonly reader: ValueReader
}
export interface Select extends OnTable {
  readonly kind: 'select'
  readonly index?: string
  /** Absent for everything. */
  readonly paths?: readonly PathNode[]
  readonly where?: ConditionNode
  readonly order?: { readonly attribute: string; readonly descending: boolean }
}
export interface Insert extends OnTable {
  readonly kind: 'insert'
  readonly item: Item
}
export interface Update extends OnTable {
  readonly kind: 'update'
  readonly update: UpdateNode
  readonly where: ConditionNode
  readonly returning?: Returning
}
export interface Delete extends OnTable {
  readonly kind: 'delete'
  readonly where: ConditionNode
  readonly returning?: Returning
}
/** A condition of a transaction: `EXISTS(SELECT …)`. */
export interface Exists extends OnTable {
  readonly kind: 'exists'
  readonly where: ConditionNode
}
export interface Returning {
  readonly modifiedOnly: boolean
  readonly side: 'OLD' | 'NEW'
}
export type Statement = Select | Insert | Update | Delete | Exists

/**
 * Parses one statement with the values of its parameters. Throws ValidationException.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
 */
export function parseStatement(text: string, parameters: readonly AttributeValue[]): Statement {
  const tokens = new Tokens(text)
  const reader = new ValueReader(tokens, parameters)
  const statement = parse(tokens, reader)
  tokens.takeSymbol(';')
  if (tokens.current.type !== 'end') throw malformed()
  reader.checkParameters()
  return statement
}

function parse(tokens: Tokens, reader: ValueReader): Statement {
  if (tokens.takeWord('SELECT')) return select(tokens, reader)
  if (tokens.takeWord('INSERT')) return insert(tokens, reader)
  if (tokens.takeWord('UPDATE')) return update(tokens, reader)
  if (tokens.takeWord('DELETE')) return remove(tokens, reader)
  if (tokens.takeWord('EXISTS')) return exists(tokens, reader)
  throw malformed('Expected SELECT, INSERT, UPDATE, DELETE or EXISTS')
}

function select(tokens: Tokens, reader: ValueReader): Select {
  const paths: PathNode[] = []
  if (!tokens.takeSymbol('*')) {
    do paths.push(reader.path())
    while (tokens.takeSymbol(','))
  }
  tokens.expectWord('FROM')
  const table = name(tokens)
  const index = tokens.takeSymbol('.') ? name(tokens) : undefined
  const where = tokens.takeWord('WHERE') ? parseWhere(tokens, reader) : undefined
  const order = tokens.takeWord('ORDER') ? orderBy(tokens) : undefined
  return {
    kind: 'select',
    reader,
    table,
    ...(index === undefined ? {} : { index }),
    ...(paths.length > 0 ? { paths } : {}),
    ...(where ? { where } : {}),
    ...(order ? { order } : {}),
  }
}

function orderBy(tokens: Tokens): NonNullable<Select['order']> {
  tokens.expectWord('BY')
  const attribute = name(tokens)
  const descending = tokens.takeWord('DESC')
  if (!descending) tokens.takeWord('ASC')
  return { attribute, descending }
}

function insert(tokens: Tokens, reader: ValueReader): Insert {
  tokens.expectWord('INTO')
  const table = name(tokens)
  tokens.expectWord('VALUE')
  const value = reader.value()
  if (!('M' in value)) throw malformed('Expected a map')
  return { kind: 'insert', reader, table, item: value.M }
}

function update(tokens: Tokens, reader: ValueReader): Update {
  const table = name(tokens)
  const changes = parseUpdateClauses(tokens, reader)
  tokens.expectWord('WHERE')
  const where = parseWhere(tokens, reader)
  const returned = returning(tokens)
  return { kind: 'update', reader, table, update: changes, where, ...(returned ? { returning: returned } : {}) }
}

function remove(tokens: Tokens, reader: ValueReader): Delete {
  tokens.expectWord('FROM')
  const table = name(tokens)
  tokens.expectWord('WHERE')
  const where = parseWhere(tokens, reader)
  const returned = returning(tokens)
  if (returned && (returned.modifiedOnly || returned.side === 'NEW')) {
    throw malformed('DELETE can only be RETURNING ALL OLD *')
  }
  return { kind: 'delete', reader, table, where, ...(returned ? { returning: returned } : {}) }
}

function exists(tokens: Tokens, reader: ValueReader): Exists {
  tokens.expectSymbol('(')
  tokens.expectWord('SELECT')
  const { table, index, where } = select(tokens, reader)
  tokens.expectSymbol(')')
  if (!where || index !== undefined) throw malformed('EXISTS takes a SELECT from a table with a WHERE clause')
  return { kind: 'exists', reader, table, where }
}

function returning(tokens: Tokens): Returning | undefined {
  if (!tokens.takeWord('RETURNING')) return undefined
  const modifiedOnly = tokens.takeWord('MODIFIED')
  if (!modifiedOnly) tokens.expectWord('ALL')
  const side = tokens.takeWord('OLD') ? 'OLD' : 'NEW'
  if (side === 'NEW') tokens.expectWord('NEW')
  tokens.expectSymbol('*')
  return { modifiedOnly, side }
}

function name(tokens: Tokens): string {
  const { type, value } = tokens.next()
  if (type !== 'word' && type !== 'name') throw malformed('Expected a name')
  return value
}
