import { awsError } from '../../../kernel/errors.ts'
import { type AttributeValue, type Item, setAttribute, typeOf } from '../attribute-value.ts'
import type { ConditionNode, OperandNode } from '../expressions/condition-parser.ts'
import type { KeyCondition, SortCondition } from '../expressions/key-condition.ts'
import { type KeyAttribute, type KeySchema, keyAttributes } from '../keys.ts'
import type { ValueReader } from './values.ts'

/** The terms that all have to hold. */
export function conjunction(node: ConditionNode | undefined): readonly ConditionNode[] {
  if (!node) return []
  return node.type === 'and' ? node.terms.flatMap(conjunction) : [node]
}

/** The key that a WHERE clause names in full; undefined when it does not. */
export function wholeKey(where: ConditionNode | undefined, reader: ValueReader, schema: KeySchema): Item | undefined {
  const key: Item = {}
  for (const attribute of keyAttributes(schema)) {
    const condition = conjunction(where)
      .map((term) => keyTerm(term, reader, attribute))
      .find((found) => found?.operator === '=')
    if (condition?.operator !== '=') return undefined
    setAttribute(key, attribute.name, condition.value)
  }
  return key
}

/** The same for changes, which need it. Throws ValidationException. */
export function requiredKey(where: ConditionNode, reader: ValueReader, schema: KeySchema): Item {
  const key = wholeKey(where, reader, schema)
  if (key) return key
  throw awsError('ValidationException', 'Where clause does not contain a mandatory equality on all key attributes')
}

/** One partition that a WHERE clause asks for, and maybe a span of it; undefined when all have to be looked at. */
export function keyCondition(
  where: ConditionNode | undefined,
  reader: ValueReader,
  { partition, sort }: KeySchema,
): KeyCondition | undefined {
  const terms = conjunction(where)
  const onPartition = terms.map((term) => keyTerm(term, reader, partition)).find((found) => found?.operator === '=')
  if (onPartition?.operator !== '=') return undefined
  const onSort = sort && terms.map((term) => keyTerm(term, reader, sort)).find((found) => found !== undefined)
  return { partition: onPartition.value, ...(onSort ? { sort: onSort } : {}) }
}

/** What one term says about a key attribute, if it is something that keys can be found by. */
function keyTerm(term: ConditionNode, reader: ValueReader, key: KeyAttribute): SortCondition | undefined {
  const fixed = (node: OperandNode | undefined): AttributeValue | undefined => {
    const value = node?.type === 'value' ? reader.values[node.placeholder] : undefined
    return value && typeOf(value) === key.type ? value : undefined
  }
  if (term.type === 'compare' && term.operator !== '<>' && isAttribute(term.left, reader, key.name)) {
    const value = fixed(term.right)
    return value && { operator: term.operator, value }
  }
  if (term.type === 'between' && isAttribute(term.operand, reader, key.name)) {
    const low = fixed(term.low)
    const high = fixed(term.high)
    return low && high && { operator: 'between', low, high }
  }
  if (term.type === 'function' && term.name === 'begins_with' && isAttribute(term.operands[0], reader, key.name)) {
    const value = fixed(term.operands[1])
    return value && !('N' in value) ? { operator: 'begins_with', value } : undefined
  }
  return undefined
}

function isAttribute(node: OperandNode | undefined, reader: ValueReader, name: string): boolean {
  if (node?.type !== 'path' || node.elements.length > 1) return false
  const [first] = node.elements
  return first !== undefined && 'placeholder' in first && reader.names[first.placeholder] === name
}
