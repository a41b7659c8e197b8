import { type PathNode, parsePath } from './path.ts'
import { invalid, TokenReader } from './tokens.ts'

/** An update as written, placeholders unresolved. */
export interface UpdateNode {
  readonly set: readonly { readonly path: PathNode; readonly value: ValueNode }[]
  readonly remove: readonly { readonly path: PathNode }[]
  readonly add: readonly { readonly path: PathNode; readonly placeholder: string }[]
  readonly delete: readonly { readonly path: PathNode; readonly placeholder: string }[]
}

/** The right side of SET. */
export type ValueNode =
  | UpdateOperandNode
  | {
      readonly type: 'arithmetic'
      readonly operator: '+' | '-'
      readonly left: UpdateOperandNode
      readonly right: UpdateOperandNode
    }
export type UpdateOperandNode =
  | PathNode
  | { readonly type: 'value'; readonly placeholder: string }
  | { readonly type: 'function'; readonly name: string; readonly operands: readonly UpdateOperandNode[] }

type Clause = keyof UpdateNode
const clauses: Readonly<Record<string, Clause>> = { SET: 'set', REMOVE: 'remove', ADD: 'add', DELETE: 'delete' }

/**
 * Parses an update expression: `SET`, `REMOVE`, `ADD` and `DELETE` clauses in any order, each at most once.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 */
export function parseUpdate(text: string): UpdateNode {
  const reader = new TokenReader('UpdateExpression', text)
  const update: { [C in Clause]: UpdateNode[C][number][] } = { set: [], remove: [], add: [], delete: [] }
  do {
    const keyword = reader.current.type === 'identifier' ? reader.current.text.toUpperCase() : ''
    const clause = Object.hasOwn(clauses, keyword) ? clauses[keyword] : undefined
    if (!clause) throw reader.syntaxError()
    if (update[clause].length > 0) {
      throw invalid('UpdateExpression', `The "${keyword}" section can only be used once in an update expression;`)
    }
    reader.next()
    do {
      reader.countOperator()
      const path = parsePath(reader)
      if (clause === 'set') update.set.push({ path, value: setValue(reader) })
      else if (clause === 'remove') update.remove.push({ path })
      else update[clause].push({ path, placeholder: valuePlaceholder(reader) })
    } while (reader.takeSymbol(','))
  } while (reader.current.type !== 'end')
  return update
}

function setValue(reader: TokenReader): ValueNode {
  reader.expectSymbol('=')
  return value(reader)
}

function valuePlaceholder(reader: TokenReader): string {
  if (reader.current.type !== 'value') throw reader.syntaxError()
  return reader.next().text
}

/** `operand`, `operand + operand`, `operand - operand`, or one of these in parentheses. */
function value(reader: TokenReader): ValueNode {
  if (reader.takeSymbol('(')) {
    const inner = reader.nested(() => value(reader))
    reader.expectSymbol(')')
    return inner.type === 'arithmetic' ? inner : arithmetic(reader, inner)
  }
  return arithmetic(reader, operand(reader))
}

function arithmetic(reader: TokenReader, left: UpdateOperandNode): ValueNode {
  if (!reader.isSymbol('+') && !reader.isSymbol('-')) return left
  reader.countOperator()
  const operator = reader.next().text as '+' | '-'
  return { type: 'arithmetic', operator, left, right: operand(reader) }
}

function operand(reader: TokenReader): UpdateOperandNode {
  if (reader.takeSymbol('(')) {
    const inner = reader.nested(() => operand(reader))
    reader.expectSymbol(')')
    return inner
  }
  if (reader.current.type === 'value') return { type: 'value', placeholder: reader.next().text }
  if (reader.current.type === 'identifier' && reader.following.type === 'symbol' && reader.following.text === '(') {
    reader.countOperator()
    const name = reader.next().text
    reader.expectSymbol('(')
    const operands = reader.nested(() => {
      const list = [operand(reader)]
      while (reader.takeSymbol(',')) list.push(operand(reader))
      return list
    })
    reader.expectSymbol(')')
    return { type: 'function', name, operands }
  }
  return parsePath(reader)
}
