import type { UpdateNode, UpdateOperandNode, ValueNode } from '../expressions/update-parser.ts'
import { malformed, type Tokens } from './tokens.ts'
import type { ValueReader } from './values.ts'

type Clauses = { -readonly [C in keyof UpdateNode]: UpdateNode[C][number][] }

/**
 * Parses the SET and REMOVE clauses of an UPDATE, each as often as it likes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
 */
export function parseUpdateClauses(tokens: Tokens, reader: ValueReader): UpdateNode {
  const clauses: Clauses = { set: [], remove: [], add: [], delete: [] }
  for (;;) {
    if (tokens.takeWord('SET')) {
      do assignment(tokens, reader, clauses)
      while (tokens.takeSymbol(','))
    } else if (tokens.takeWord('REMOVE')) {
      do clauses.remove.push({ path: reader.path() })
      while (tokens.takeSymbol(','))
    } else {
      break
    }
  }
  if (clauses.set.length + clauses.remove.length + clauses.add.length + clauses.delete.length === 0) {
    throw malformed('Expected SET or REMOVE')
  }
  return clauses
}

function assignment(tokens: Tokens, reader: ValueReader, clauses: Clauses): void {
  const path = reader.path()
  tokens.expectSymbol('=')
  const clause = tokens.isWord('SET_ADD') ? 'add' : tokens.isWord('SET_DELETE') ? 'delete' : undefined
  if (!clause) {
    clauses.set.push({ path, value: value(tokens, reader) })
    return
  }
  tokens.next()
  tokens.expectSymbol('(')
  // The set is that of the attribute which is assigned; naming it again is the syntax.
  reader.path()
  tokens.expectSymbol(',')
  const { placeholder } = reader.operand()
  tokens.expectSymbol(')')
  clauses[clause].push({ path, placeholder })
}

function value(tokens: Tokens, reader: ValueReader): ValueNode {
  const left = operand(tokens, reader)
  const operator = tokens.isSymbol('+') ? '+' : tokens.isSymbol('-') ? '-' : undefined
  if (!operator) return left
  tokens.next()
  return { type: 'arithmetic', operator, left, right: operand(tokens, reader) }
}

function operand(tokens: Tokens, reader: ValueReader): UpdateOperandNode {
  if (!reader.atPath) return reader.operand()
  const word = tokens.current.type === 'word' ? tokens.current.value.toLowerCase() : ''
  const path = reader.path()
  if (!tokens.takeSymbol('(')) return path
  if (word === '' || path.elements.length > 1) throw malformed()
  return tokens.nested(() => {
    const operands: UpdateOperandNode[] = [operand(tokens, reader)]
    while (tokens.takeSymbol(',')) operands.push(operand(tokens, reader))
    tokens.expectSymbol(')')
    return { type: 'function' as const, name: word, operands }
  })
}
