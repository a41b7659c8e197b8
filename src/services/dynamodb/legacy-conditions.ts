import { awsError } from '../../kernel/errors.ts'
import { compareValues } from './comparison.ts'
import { invalidValues } from './keys.ts'
import type { LegacyWriter } from './legacy-writer.ts'
import { itemFromWire, type WireValue } from './wire-values.ts'

/** One condition of the time before expressions (`KeyConditions`, `QueryFilter`, `ScanFilter`, `Expected`). */
export interface LegacyCondition {
  readonly ComparisonOperator?: string
  readonly AttributeValueList?: readonly WireValue[]
  readonly Value?: WireValue
  readonly Exists?: boolean
}
export type LegacyConditions = Readonly<Record<string, LegacyCondition>>

interface Operator {
  readonly least: number
  readonly most: number
  /** Types of values that it takes; all when left out. */
  readonly types?: readonly string[]
  text(name: string, values: readonly string[]): string
}

const ordered = ['S', 'N', 'B']
const comparison = (symbol: string, types?: readonly string[]): Operator => ({
  least: 1,
  most: 1,
  ...(types ? { types } : {}),
  text: (name, [value]) => `${name} ${symbol} ${value}`,
})

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Conditions.html */
const operators: Readonly<Record<string, Operator>> = {
  EQ: comparison('='),
  NE: comparison('<>'),
  LE: comparison('<=', ordered),
  LT: comparison('<', ordered),
  GE: comparison('>=', ordered),
  GT: comparison('>', ordered),
  NOT_NULL: { least: 0, most: 0, text: (name) => `attribute_exists(${name})` },
  NULL: { least: 0, most: 0, text: (name) => `attribute_not_exists(${name})` },
  CONTAINS: { least: 1, most: 1, types: ordered, text: (name, [value]) => `contains(${name}, ${value})` },
  NOT_CONTAINS: { least: 1, most: 1, types: ordered, text: (name, [value]) => `NOT contains(${name}, ${value})` },
  BEGINS_WITH: { least: 1, most: 1, types: ['S', 'B'], text: (name, [value]) => `begins_with(${name}, ${value})` },
  IN: { least: 1, most: 100, types: ordered, text: (name, values) => `${name} IN (${values.join(', ')})` },
  BETWEEN: { least: 2, most: 2, types: ordered, text: (name, [low, high]) => `${name} BETWEEN ${low} AND ${high}` },
}
const indexable = ['EQ', 'LE', 'LT', 'GE', 'GT', 'BEGINS_WITH', 'BETWEEN']

/** The conditions as an expression. Throws ValidationException for operands that an operator does not take. */
export function conditionsText(conditions: LegacyConditions, conjunction: string, writer: LegacyWriter): string {
  return Object.entries(conditions)
    .map(([attribute, condition]) => conditionText(attribute, plainCondition(attribute, condition), writer))
    .join(` ${conjunction} `)
}

/** The same for `KeyConditions`, which take fewer operators. */
export function keyConditionsText(conditions: LegacyConditions, writer: LegacyWriter): string {
  for (const { ComparisonOperator = '' } of Object.values(conditions)) {
    if (!indexable.includes(ComparisonOperator)) {
      throw awsError('ValidationException', 'Attempted conditional constraint is not an indexable operation')
    }
  }
  return conditionsText(conditions, 'AND', writer)
}

function conditionText(
  attribute: string,
  { ComparisonOperator: name = '', AttributeValueList: values = [] }: LegacyCondition,
  writer: LegacyWriter,
): string {
  const operator = operators[name]
  if (!operator) throw invalidValues(`Unknown ComparisonOperator: ${name}`)
  if (values.length < operator.least || values.length > operator.most) {
    throw invalidValues(`Invalid number of argument(s) for the ${name} ComparisonOperator`)
  }
  const wrong = values
    .map((value) => Object.keys(value)[0] ?? '')
    .find((type) => operator.types?.includes(type) === false)
  if (new Set(values.map((value) => Object.keys(value)[0])).size > 1) {
    throw invalidValues('AttributeValues inside AttributeValueList must be of same type')
  }
  if (wrong !== undefined) {
    throw invalidValues(`ComparisonOperator ${name} is not valid for ${wrong} AttributeValue type`)
  }
  if (name === 'BETWEEN') checkBounds(values)
  return operator.text(
    writer.name(attribute),
    values.map((value) => writer.value(value)),
  )
}

function checkBounds(values: readonly WireValue[]): void {
  const { low, high } = itemFromWire({ low: values[0]!, high: values[1]! })
  if ((compareValues(low!, high!) ?? 0) <= 0) return
  throw awsError(
    'ValidationException',
    'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound',
  )
}

/** `Expected` can also be written with `Value` and `Exists`. */
function plainCondition(attribute: string, condition: LegacyCondition): LegacyCondition {
  const { ComparisonOperator, AttributeValueList, Value, Exists } = condition
  const together = (one: string, other: string) =>
    invalidValues(`${one} and ${other} cannot be used together for Attribute: ${attribute}`)
  if (ComparisonOperator !== undefined) {
    if (Exists !== undefined) throw together('Exists', 'ComparisonOperator')
    if (Value !== undefined && AttributeValueList !== undefined) throw together('Value', 'AttributeValueList')
    if (Value === undefined && AttributeValueList === undefined && operators[ComparisonOperator]?.least !== 0) {
      throw invalidValues(
        `Value or AttributeValueList must be used with ComparisonOperator: ${ComparisonOperator} ` +
          `for Attribute: ${attribute}`,
      )
    }
    return Value === undefined ? condition : { ComparisonOperator, AttributeValueList: [Value] }
  }
  if (AttributeValueList !== undefined) {
    throw invalidValues(`AttributeValueList can only be used with a ComparisonOperator for Attribute: ${attribute}`)
  }
  if (Exists === false) {
    if (Value !== undefined)
      throw invalidValues(`Value cannot be used when Exists is false for Attribute: ${attribute}`)
    return { ComparisonOperator: 'NULL' }
  }
  if (Value === undefined) {
    throw invalidValues(`Value must be provided when Exists is ${Exists ?? 'null'} for Attribute: ${attribute}`)
  }
  return { ComparisonOperator: 'EQ', AttributeValueList: [Value] }
}
