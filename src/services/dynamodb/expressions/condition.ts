import { type AttributeValue, type Item, typeOf } from '../attribute-value.ts'
import { beginsWith, compareValues, containsValue, valuesEqual } from '../comparison.ts'
import { base64SizeBytes } from '../item-size.ts'
import type { Comparator, ConditionNode, FunctionNode, OperandNode } from './condition-parser.ts'
import { bindPath, type DocumentPath, describePath, valueAt } from './path.ts'
import type { Placeholders } from './placeholders.ts'
import { type ExpressionKind, invalid } from './tokens.ts'

/** A condition ready to be asked of items. */
export interface Condition {
  (item: Item): boolean
  /** Every document path that the condition looks at. */
  readonly paths: readonly DocumentPath[]
}

type Test = (item: Item) => boolean

/** An operand that knows what it leads to in an item; `fixed` when it is a value of the request. */
interface Operand {
  of(item: Item): AttributeValue | undefined
  readonly fixed?: AttributeValue
  readonly path?: DocumentPath
}

/** Resolves the placeholders of a condition and checks its operands. */
export function bindCondition(kind: ExpressionKind, node: ConditionNode, placeholders: Placeholders): Condition {
  const binder = new ConditionBinder(kind, placeholders)
  return Object.assign(binder.test(node), { paths: binder.paths })
}

class ConditionBinder {
  readonly paths: DocumentPath[] = []
  readonly #kind: ExpressionKind
  readonly #placeholders: Placeholders

  constructor(kind: ExpressionKind, placeholders: Placeholders) {
    this.#kind = kind
    this.#placeholders = placeholders
  }

  test(node: ConditionNode): Test {
    switch (node.type) {
      case 'and': {
        const tests = node.terms.map((term) => this.test(term))
        return (item) => tests.every((test) => test(item))
      }
      case 'or': {
        const tests = node.terms.map((term) => this.test(term))
        return (item) => tests.some((test) => test(item))
      }
      case 'not': {
        const test = this.test(node.term)
        return (item) => !test(item)
      }
      case 'compare':
        return this.#compare(node.operator, node.left, node.right)
      case 'between':
        return this.#between(node.operand, node.low, node.high)
      case 'in': {
        if (node.options.length > 100) throw this.#wrongCount('IN', node.options.length)
        const operand = this.#operand(node.operand)
        const options = node.options.map((option) => this.#operand(option))
        return (item) => {
          const value = operand.of(item)
          if (!value) return false
          return options.some((option) => {
            const other = option.of(item)
            return other !== undefined && valuesEqual(value, other)
          })
        }
      }
      case 'function':
        return this.#function(node)
    }
  }

  #operand(node: OperandNode): Operand {
    if (node.type === 'value') {
      const fixed = this.#placeholders.value(this.#kind, node.placeholder)
      return { of: () => fixed, fixed }
    }
    if (node.type === 'path') {
      const path = bindPath(this.#kind, node, this.#placeholders)
      this.paths.push(path)
      const [name] = path
      if (path.length === 1) return { of: (item) => (Object.hasOwn(item, name) ? item[name] : undefined), path }
      return { of: (item) => valueAt(item, path), path }
    }
    if (node.name !== 'size') {
      throw functions.has(node.name) ? this.#misused(node.name) : this.#unknownFunction(node.name)
    }
    return this.#size(node)
  }

  #size(node: FunctionNode): Operand {
    if (node.operands.length !== 1) throw this.#wrongCount('size', node.operands.length)
    const operand = this.#operand(node.operands[0]!)
    const sized = node.operands[0]?.type === 'function' ? ({ N: '0' } as const) : operand.fixed
    if (sized && sizeOf(sized) === undefined) throw this.#wrongType('size', sized)
    return {
      of(item) {
        const value = operand.of(item)
        const size = value && sizeOf(value)
        return size === undefined ? undefined : { N: String(size) }
      },
    }
  }

  #compare(operator: Comparator, leftNode: OperandNode, rightNode: OperandNode): Test {
    const left = this.#operand(leftNode)
    const right = this.#operand(rightNode)
    this.#checkDistinct(operator, left, right)
    // What an item lacks is equal to nothing, and thereby different from everything.
    if (operator === '=') return (item) => equal(left.of(item), right.of(item))
    if (operator === '<>') return (item) => !equal(left.of(item), right.of(item))
    this.#checkOrdered(operator, left, right)
    const holds = orderings[operator]
    return (item) => {
      const a = left.of(item)
      const b = right.of(item)
      const order = a && b && compareValues(a, b)
      return order !== undefined && holds(order)
    }
  }

  #between(operandNode: OperandNode, lowNode: OperandNode, highNode: OperandNode): Test {
    const operand = this.#operand(operandNode)
    const low = this.#operand(lowNode)
    const high = this.#operand(highNode)
    this.#checkOrdered('BETWEEN', operand, low, high)
    if (low.fixed && high.fixed) this.#checkBounds(low.fixed, high.fixed)
    return (item) => {
      const value = operand.of(item)
      const lowest = low.of(item)
      const highest = high.of(item)
      if (!value || !lowest || !highest) return false
      const fromLow = compareValues(value, lowest)
      const toHigh = compareValues(value, highest)
      return fromLow !== undefined && toHigh !== undefined && fromLow >= 0 && toHigh <= 0
    }
  }

  #checkBounds(low: AttributeValue, high: AttributeValue): void {
    const order = compareValues(low, high)
    if (order !== undefined && order <= 0) return
    const rule =
      order === undefined
        ? 'same data type for lower and upper bounds'
        : 'upper bound to be greater than or equal to lower bound'
    throw invalid(
      this.#kind,
      `The BETWEEN operator requires ${rule}; lower bound operand: ${describeValue(low)}, ` +
        `upper bound operand: ${describeValue(high)}`,
    )
  }

  #function(node: FunctionNode): Test {
    const { name } = node
    const count = functions.get(name)
    if (count === undefined) throw this.#unknownFunction(name)
    if (name === 'size') throw this.#misused(name)
    if (node.operands.length !== count) throw this.#wrongCount(name, node.operands.length)
    const subject = this.#operand(node.operands[0]!)
    if (name === 'attribute_exists' || name === 'attribute_not_exists') {
      if (!subject.path) throw this.#needsPath(name)
      return name === 'attribute_exists'
        ? (item) => subject.of(item) !== undefined
        : (item) => subject.of(item) === undefined
    }
    const operand = this.#operand(node.operands[1]!)
    if (name === 'attribute_type') return this.#attributeType(subject, operand)
    this.#checkDistinct(name, subject, operand)
    const scalars = name === 'begins_with' ? ['S', 'B'] : undefined
    for (const { fixed } of [subject, operand]) {
      if (fixed && scalars && !scalars.includes(typeOf(fixed))) throw this.#wrongType(name, fixed)
    }
    const holds = name === 'begins_with' ? beginsWith : containsValue
    return (item) => {
      const whole = subject.of(item)
      const part = operand.of(item)
      return whole !== undefined && part !== undefined && holds(whole, part)
    }
  }

  #attributeType(subject: Operand, operand: Operand): Test {
    if (!subject.path) throw this.#needsPath('attribute_type')
    const { fixed } = operand
    if (!fixed) {
      // Of a path the service lists all the types that it might have.
      throw invalid(
        this.#kind,
        'Incorrect operand type for operator or function; operator or function: attribute_type, ' +
          'operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}',
      )
    }
    if (!('S' in fixed)) throw this.#wrongType('attribute_type', fixed)
    if (!typeNames.has(fixed.S)) {
      throw invalid(
        this.#kind,
        `Invalid attribute type name found; type: ${fixed.S}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
      )
    }
    return (item) => {
      const value = subject.of(item)
      return value !== undefined && typeOf(value) === fixed.S
    }
  }

  #checkOrdered(operator: string, ...operands: Operand[]): void {
    for (const { fixed } of operands) {
      if (fixed && !('S' in fixed || 'N' in fixed || 'B' in fixed)) throw this.#wrongType(operator, fixed)
    }
  }

  #checkDistinct(operator: string, left: Operand, right: Operand): void {
    if (!left.path || !right.path || describePath(left.path) !== describePath(right.path)) return
    throw invalid(
      this.#kind,
      'The first operand must be distinct from the remaining operands for this operator or function; ' +
        `operator: ${operator}, first operand: ${describePath(left.path)}`,
    )
  }

  #wrongType(name: string, value: AttributeValue) {
    return invalid(
      this.#kind,
      `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${typeOf(value)}`,
    )
  }

  #wrongCount(name: string, count: number) {
    return invalid(
      this.#kind,
      'Incorrect number of operands for operator or function; ' +
        `operator or function: ${name}, number of operands: ${count}`,
    )
  }

  #needsPath(name: string) {
    return invalid(this.#kind, `Operator or function requires a document path; operator or function: ${name}`)
  }

  #unknownFunction(name: string) {
    return invalid(this.#kind, `Invalid function name; function: ${name}`)
  }

  #misused(name: string) {
    return invalid(this.#kind, `The function is not allowed to be used this way in an expression; function: ${name}`)
  }
}

/** Functions of conditions and how many operands each takes. */
const functions: ReadonlyMap<string, number> = new Map([
  ['attribute_exists', 1],
  ['attribute_not_exists', 1],
  ['attribute_type', 2],
  ['begins_with', 2],
  ['contains', 2],
  ['size', 1],
])

const typeNames = new Set(['B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'N', 'NS', 'S', 'M'])

const orderings: Readonly<Record<Exclude<Comparator, '=' | '<>'>, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

function equal(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  return a !== undefined && b !== undefined && valuesEqual(a, b)
}

function sizeOf(value: AttributeValue): number | undefined {
  if ('S' in value) return value.S.length
  if ('B' in value) return base64SizeBytes(value.B)
  if ('SS' in value) return value.SS.length
  if ('NS' in value) return value.NS.length
  if ('BS' in value) return value.BS.length
  if ('L' in value) return value.L.length
  if ('M' in value) return Object.keys(value.M).length
  return undefined
}

/** `AttributeValue: {N:1}`, as messages write values. */
function describeValue(value: AttributeValue): string {
  const type = typeOf(value)
  const member: unknown = Object.values(value)[0]
  return `AttributeValue: {${type}:${typeof member === 'string' ? member : JSON.stringify(member)}}`
}
