import { awsError } from '../../../kernel/errors.ts'
import { type AttributeValue, attribute, cloneItem, type Item, setAttribute, typeOf } from '../attribute-value.ts'
import { addNumbers, DecimalError, subtractNumbers } from '../decimal.ts'
import { bindPath, checkPathsDistinct, type DocumentPath, valueAt } from './path.ts'
import type { Placeholders } from './placeholders.ts'
import { invalid } from './tokens.ts'
import type { UpdateNode, UpdateOperandNode, ValueNode } from './update-parser.ts'

/** An update ready to be applied. */
export interface Update {
  /** The changed item; the one given stays as it is. */
  (item: Item): Item
  /** What it changes. */
  readonly paths: readonly DocumentPath[]
  /** What it reads, to compute new values. */
  readonly readPaths: readonly DocumentPath[]
}

/** Reads its value from the item as it was before the update. */
type Source = (before: Item) => AttributeValue
interface Change {
  readonly path: DocumentPath
  /** The new value at `path`, undefined to remove what is there. */
  readonly value: (before: Item) => AttributeValue | undefined
}

/** Resolves the placeholders of an update and checks paths and operands. */
export function bindUpdate(node: UpdateNode, placeholders: Placeholders): Update {
  const readPaths: DocumentPath[] = []
  const path = (changed: { path: UpdateNode['remove'][number]['path'] }) =>
    bindPath('UpdateExpression', changed.path, placeholders)
  const changes: Change[] = []
  for (const set of node.set) {
    changes.push({ path: path(set), value: bindValue(set.value, placeholders, readPaths) })
  }
  for (const add of node.add) {
    const operand = placeholders.value('UpdateExpression', add.placeholder)
    if (!('N' in operand) && !setType(operand)) throw wrongClauseType('ADD', operand)
    const at = path(add)
    changes.push({ path: at, value: (before) => added(valueAt(before, at), operand) })
  }
  const removals: Change[] = node.remove.map((remove) => ({ path: path(remove), value: () => undefined }))
  for (const remove of node.delete) {
    const operand = placeholders.value('UpdateExpression', remove.placeholder)
    if (!setType(operand)) throw wrongClauseType('DELETE', operand)
    const at = path(remove)
    // It may leave something or nothing, and in a list nothing must go last.
    removals.push({ path: at, value: (before) => subtracted(valueAt(before, at), operand) })
  }
  const paths = [...changes, ...removals].map((change) => change.path)
  checkPathsDistinct('UpdateExpression', paths)
  // New list elements go to the end in order of their positions; removals go from the end, so that none moves another.
  changes.sort((a, b) => lastPosition(a.path) - lastPosition(b.path))
  removals.sort((a, b) => lastPosition(b.path) - lastPosition(a.path))
  const inOrder = [...changes, ...removals]
  const apply = (item: Item) => {
    const values = inOrder.map((change) => change.value(item))
    const copy = paths.some((changed) => changed.length > 1) ? cloneItem(item) : { ...item }
    inOrder.forEach((change, i) => {
      put(copy, change.path, values[i])
    })
    return copy
  }
  return Object.assign(apply, { paths, readPaths })
}

function lastPosition(path: DocumentPath): number {
  const last = path.at(-1)
  return typeof last === 'number' ? last : -1
}

function bindValue(node: ValueNode, placeholders: Placeholders, readPaths: DocumentPath[]): Source {
  if (node.type !== 'arithmetic') return bindOperand(node, placeholders, readPaths)
  const left = bindNumber(node.operator, node.left, placeholders, readPaths)
  const right = bindNumber(node.operator, node.right, placeholders, readPaths)
  const compute = node.operator === '+' ? addNumbers : subtractNumbers
  return (before) => ({ N: calculated(compute, left(before), right(before)) })
}

function bindNumber(operator: string, node: UpdateOperandNode, placeholders: Placeholders, readPaths: DocumentPath[]) {
  const source = bindOperand(node, placeholders, readPaths)
  if (node.type === 'value') checkOperandType(operator, source({}), 'N')
  return (before: Item) => {
    const value = source(before)
    if (!('N' in value)) throw wrongDataType()
    return value.N
  }
}

function bindOperand(node: UpdateOperandNode, placeholders: Placeholders, readPaths: DocumentPath[]): Source {
  if (node.type === 'value') {
    const value = placeholders.value('UpdateExpression', node.placeholder)
    return () => value
  }
  if (node.type === 'path') {
    const path = bindPath('UpdateExpression', node, placeholders)
    readPaths.push(path)
    return (before) => {
      const value = valueAt(before, path)
      if (value) return value
      throw awsError(
        'ValidationException',
        'The provided expression refers to an attribute that does not exist in the item',
      )
    }
  }
  if (!updateFunctions.has(node.name)) {
    throw invalid(
      'UpdateExpression',
      conditionFunctions.has(node.name)
        ? `The function is not allowed in an update expression; function: ${node.name}`
        : `Invalid function name; function: ${node.name}`,
    )
  }
  const [first, second] = node.operands
  if (!first || !second || node.operands.length !== 2) {
    throw invalid(
      'UpdateExpression',
      'Incorrect number of operands for operator or function; ' +
        `operator or function: ${node.name}, number of operands: ${node.operands.length}`,
    )
  }
  return node.name === 'list_append'
    ? bindListAppend(first, second, placeholders, readPaths)
    : bindIfNotExists(first, second, placeholders, readPaths)
}

function bindIfNotExists(
  first: UpdateOperandNode,
  second: UpdateOperandNode,
  placeholders: Placeholders,
  readPaths: DocumentPath[],
): Source {
  if (first.type !== 'path') {
    throw invalid(
      'UpdateExpression',
      'Operator or function requires a document path; operator or function: if_not_exists',
    )
  }
  const path = bindPath('UpdateExpression', first, placeholders)
  readPaths.push(path)
  const otherwise = bindOperand(second, placeholders, readPaths)
  return (before) => valueAt(before, path) ?? otherwise(before)
}

function bindListAppend(
  first: UpdateOperandNode,
  second: UpdateOperandNode,
  placeholders: Placeholders,
  readPaths: DocumentPath[],
): Source {
  const sources = [first, second].map((node) => {
    const source = bindOperand(node, placeholders, readPaths)
    if (node.type === 'value') checkOperandType('list_append', source({}), 'L')
    return source
  })
  return (before) => ({
    L: sources.flatMap((source) => {
      const list = source(before)
      if (!('L' in list)) throw wrongDataType()
      return list.L
    }),
  })
}

const updateFunctions = new Set(['if_not_exists', 'list_append'])
const conditionFunctions = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
])

/** What ADD makes of the value there. */
function added(before: AttributeValue | undefined, operand: AttributeValue): AttributeValue {
  if (!before) return operand
  if ('N' in before && 'N' in operand) return { N: calculated(addNumbers, before.N, operand.N) }
  const [type, members] = setMembers(before, operand)
  return setOf(type, [...new Set([...members, ...(setType(operand)?.[1] ?? [])])])
}

/** What DELETE leaves of the value there. */
function subtracted(before: AttributeValue | undefined, operand: AttributeValue): AttributeValue | undefined {
  if (!before) return undefined
  const [type, members] = setMembers(before, operand)
  const dropped = new Set(setType(operand)?.[1])
  const left = members.filter((member) => !dropped.has(member))
  return left.length > 0 ? setOf(type, left) : undefined
}

type SetType = 'SS' | 'NS' | 'BS'

function setType(value: AttributeValue): [SetType, string[]] | undefined {
  if ('SS' in value) return ['SS', value.SS]
  if ('NS' in value) return ['NS', value.NS]
  if ('BS' in value) return ['BS', value.BS]
  return undefined
}

function setMembers(before: AttributeValue, operand: AttributeValue): [SetType, string[]] {
  const set = setType(before)
  if (!set || typeOf(before) !== typeOf(operand)) throw wrongDataType()
  return set
}

function setOf(type: SetType, members: string[]): AttributeValue {
  return { [type]: members } as AttributeValue
}

function calculated(compute: (a: string, b: string) => string, a: string, b: string): string {
  try {
    return compute(a, b)
  } catch (error) {
    if (error instanceof DecimalError) throw awsError('ValidationException', error.message)
    throw error
  }
}

/** Writes or removes the value at a path of an item that may be changed. */
function put(item: Item, path: DocumentPath, value: AttributeValue | undefined): void {
  if (path.length === 1) {
    if (value) setAttribute(item, path[0], value)
    else delete item[path[0]]
    return
  }
  // Without its last element it still begins with a name: it has two or more.
  const parent = valueAt(item, path.slice(0, -1) as unknown as DocumentPath)
  const last = path.at(-1)!
  if (typeof last === 'string' && parent && 'M' in parent) {
    if (value) setAttribute(parent.M, last, value)
    else if (attribute(parent.M, last)) delete parent.M[last]
  } else if (typeof last === 'number' && parent && 'L' in parent) {
    if (!value) parent.L.splice(last, 1)
    else if (last < parent.L.length) parent.L[last] = value
    else parent.L.push(value)
  } else {
    throw awsError('ValidationException', 'The document path provided in the update expression is invalid for update')
  }
}

function checkOperandType(name: string, value: AttributeValue, type: 'N' | 'L'): void {
  if (type in value) return
  throw invalid(
    'UpdateExpression',
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${typeOf(value)}`,
  )
}

const longTypeNames = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
  L: 'LIST',
  M: 'MAP',
} as const

function wrongClauseType(operator: string, value: AttributeValue) {
  return invalid(
    'UpdateExpression',
    `Incorrect operand type for operator or function; operator: ${operator}, operand type: ` +
      `${longTypeNames[typeOf(value)]}, typeSet: ALLOWED_FOR_${operator}_OPERAND`,
  )
}

function wrongDataType() {
  return awsError('ValidationException', 'An operand in the update expression has an incorrect data type')
}
