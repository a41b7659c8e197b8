import type { Comparator, ConditionNode, OperandNode } from '../expressions/condition-parser.ts'
import { malformed, type Tokens } from './tokens.ts'
import type { ValueReader } from './values.ts'

const comparators: Readonly<Record<string, Comparator>> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

/**
 * Parses what follows WHERE. From loose to tight: OR, AND, NOT, comparison.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html
 */
export function parseWhere(tokens: Tokens, values: ValueReader): ConditionNode {
  const either = (): ConditionNode => joined('OR', 'or', () => joined('AND', 'and', negated))

  function joined(word: string, type: 'and' | 'or', parse: () => ConditionNode): ConditionNode {
    const terms = [parse()]
    while (tokens.takeWord(word)) terms.push(parse())
    return terms.length === 1 ? terms[0]! : { type, terms }
  }

  function negated(): ConditionNode {
    if (tokens.takeWord('NOT')) return { type: 'not', term: tokens.nested(negated) }
    if (!tokens.takeSymbol('(')) return comparison()
    const inner = tokens.nested(either)
    tokens.expectSymbol(')')
    return inner
  }

  function comparison(): ConditionNode {
    const left = operand()
    const comparator = tokens.current.type === 'symbol' ? comparators[tokens.current.value] : undefined
    if (comparator) {
      tokens.next()
      return { type: 'compare', operator: comparator, left, right: operand() }
    }
    if (tokens.takeWord('BETWEEN')) {
      const low = operand()
      tokens.expectWord('AND')
      return { type: 'between', operand: left, low, high: operand() }
    }
    if (tokens.takeWord('IN')) return { type: 'in', operand: left, options: options() }
    if (tokens.takeWord('IS')) return is(left)
    if (left.type === 'function' && left.name !== 'size') return left
    throw malformed('Expected a comparison')
  }

  function options(): OperandNode[] {
    const end = tokens.takeSymbol('[') ? ']' : ')'
    if (end === ')') tokens.expectSymbol('(')
    const all: OperandNode[] = []
    do all.push(operand())
    while (tokens.takeSymbol(','))
    tokens.expectSymbol(end)
    return all
  }

  function is(subject: OperandNode): ConditionNode {
    const not = tokens.takeWord('NOT')
    if (tokens.takeWord('MISSING')) {
      return { type: 'function', name: not ? 'attribute_exists' : 'attribute_not_exists', operands: [subject] }
    }
    tokens.expectWord('NULL')
    const isNull: ConditionNode = {
      type: 'function',
      name: 'attribute_type',
      operands: [subject, values.operand({ S: 'NULL' })],
    }
    return not ? { type: 'not', term: isNull } : isNull
  }

  function operand(): OperandNode {
    if (!values.atPath) return values.operand()
    const word = tokens.current.type === 'word' ? tokens.current.value.toLowerCase() : ''
    const path = values.path()
    if (!tokens.takeSymbol('(')) return path
    if (word === '' || path.elements.length > 1) throw malformed()
    return tokens.nested(() => {
      const operands: OperandNode[] = [operand()]
      while (tokens.takeSymbol(',')) operands.push(operand())
      tokens.expectSymbol(')')
      return { type: 'function' as const, name: word, operands }
    })
  }

  return either()
}
