import { awsError } from '../../../kernel/errors.ts'
import { type AttributeValue, typeOf } from '../attribute-value.ts'
import { compareValues } from '../comparison.ts'
import type { Comparator, ConditionNode, OperandNode } from './condition-parser.ts'
import { bindPath } from './path.ts'
import type { Placeholders } from './placeholders.ts'
import { invalid } from './tokens.ts'

/** What a query asks of the keys: one partition, and maybe a span of its sort keys. */
export interface KeyCondition {
  readonly partition: AttributeValue
  readonly sort?: SortCondition
}
export type SortCondition =
  | { readonly operator: '=' | '<' | '<=' | '>' | '>=' | 'begins_with'; readonly value: AttributeValue }
  | { readonly operator: 'between'; readonly low: AttributeValue; readonly high: AttributeValue }

/** The names and types of the keys that a query goes by. */
export interface KeyNames {
  readonly partition: { readonly name: string; readonly type: 'S' | 'N' | 'B' }
  readonly sort?: { readonly name: string; readonly type: 'S' | 'N' | 'B' } | undefined
}

const kind = 'KeyConditionExpression'

/**
 * Reads a parsed key condition: `partition = :p`, alone or AND one condition on the sort key.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
 */
export function bindKeyCondition(node: ConditionNode, placeholders: Placeholders, keys: KeyNames): KeyCondition {
  const found = new Map<string, SortCondition>()
  for (const term of conjunction(node)) {
    const [name, condition] = bindTerm(term, placeholders)
    if (found.has(name)) throw invalidCondition('KeyConditionExpressions must only contain one condition per key')
    found.set(name, condition)
  }
  if (found.size > 2) throw awsError('ValidationException', 'Query key condition not supported')
  const { partition, sort } = keys
  const onPartition = found.get(partition.name)
  if (!onPartition) {
    throw awsError('ValidationException', `Query condition missed key schema element: ${partition.name}`)
  }
  const onSort = sort && found.get(sort.name)
  if (found.size === 2 && !onSort) {
    if (!sort) throw awsError('ValidationException', 'Query key condition not supported')
    throw awsError('ValidationException', `Query condition missed key schema element: ${sort.name}`)
  }
  if (onPartition.operator !== '=') throw awsError('ValidationException', 'Query key condition not supported')
  checkKeyValue(partition, onPartition.value)
  if (!onSort) return { partition: onPartition.value }
  if (onSort.operator === 'between') {
    checkKeyValue(sort, onSort.low)
    checkKeyValue(sort, onSort.high)
  } else {
    checkKeyValue(sort, onSort.value)
  }
  return { partition: onPartition.value, sort: onSort }
}

function conjunction(node: ConditionNode): ConditionNode[] {
  return node.type === 'and' ? node.terms.flatMap(conjunction) : [node]
}

function bindTerm(term: ConditionNode, placeholders: Placeholders): [name: string, SortCondition] {
  switch (term.type) {
    case 'compare': {
      if (term.operator === '<>') throw unusable('<>')
      const turned = term.left.type === 'value' && term.right.type === 'path'
      const [path, value] = turned ? [term.right, term.left] : [term.left, term.right]
      const operator = turned ? mirrored[term.operator] : term.operator
      return [keyName(path, placeholders), { operator, value: keyValue(value, placeholders) }]
    }
    case 'between': {
      const name = keyName(term.operand, placeholders)
      const [low, high] = [keyValue(term.low, placeholders), keyValue(term.high, placeholders)]
      checkBounds(low, high)
      return [name, { operator: 'between', low, high }]
    }
    case 'function': {
      if (term.name !== 'begins_with') throw unusable(term.name)
      const [path, value] = term.operands
      if (!path || !value || term.operands.length !== 2) {
        throw invalid(
          kind,
          'Incorrect number of operands for operator or function; ' +
            `operator or function: begins_with, number of operands: ${term.operands.length}`,
        )
      }
      const [name, prefix] = [keyName(path, placeholders), keyValue(value, placeholders)]
      if ('N' in prefix) {
        throw invalid(
          kind,
          'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
        )
      }
      return [name, { operator: 'begins_with', value: prefix }]
    }
    default:
      throw unusable(term.type.toUpperCase())
  }
}

const mirrored = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const satisfies Record<
  Exclude<Comparator, '<>'>,
  Comparator
>

function keyName(node: OperandNode, placeholders: Placeholders): string {
  if (node.type === 'function') throw invalidCondition('KeyConditionExpressions cannot contain nested operations')
  if (node.type === 'value') {
    throw invalidCondition('Invalid condition in KeyConditionExpression: No key attribute specified')
  }
  const path = bindPath(kind, node, placeholders)
  if (path.length > 1) throw invalidCondition('KeyConditionExpressions cannot have conditions on nested attributes')
  return path[0]
}

function keyValue(node: OperandNode, placeholders: Placeholders): AttributeValue {
  if (node.type === 'function') throw invalidCondition('KeyConditionExpressions cannot contain nested operations')
  if (node.type === 'path') {
    throw invalidCondition(
      'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
    )
  }
  return placeholders.value(kind, node.placeholder)
}

function checkBounds(low: AttributeValue, high: AttributeValue): void {
  const operands =
    `lower bound operand: AttributeValue: ${describe(low)}, ` + `upper bound operand: AttributeValue: ${describe(high)}`
  if (typeOf(low) !== typeOf(high)) {
    throw invalid(kind, `The BETWEEN operator requires same data type for lower and upper bounds; ${operands}`)
  }
  if ((compareValues(low, high) ?? 0) > 0) {
    throw invalid(
      kind,
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${operands}`,
    )
  }
}

function checkKeyValue(key: { name: string; type: string } | undefined, value: AttributeValue): void {
  if (!key || typeOf(value) !== key.type) {
    throw awsError(
      'ValidationException',
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    )
  }
  if (('S' in value && value.S === '') || ('B' in value && value.B === '')) {
    throw awsError(
      'ValidationException',
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ' +
        `${'S' in value ? 'string' : 'binary'} value. Key: ${key.name}`,
    )
  }
}

function unusable(operator: string) {
  return invalidCondition(`Invalid operator used in KeyConditionExpression: ${operator}`)
}

/** What parses but is no key condition: such messages do not begin like those about the expression. */
function invalidCondition(message: string) {
  return awsError('ValidationException', message)
}

function describe(value: AttributeValue): string {
  return `{${typeOf(value)}:${Object.values(value)[0]}}`
}
