import { awsError } from '../kernel/errors.ts'
import { sentences, type Violation } from './faults.ts'

/*
 * What DynamoDB says of input that breaks its table. Observed of the real service: the tests of dynalite (run against
 * it) and the captures of https://github.com/paritysuite/dynamodb-conformance.
 */

/** Operations on a table itself say it in words of their own when they get no name. */
const withOwnWords: ReadonlySet<string> = new Set([
  ...['CreateTable', 'DescribeTable', 'UpdateTable', 'DeleteTable'],
  ...['DescribeTimeToLive', 'UpdateTimeToLive'],
])

/** The service lists the members of these enums in an order that is not its model's. */
const listedAs: Readonly<Record<string, string>> = {
  'NONE, ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATED_NEW': 'ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW',
  'ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES, SPECIFIC_ATTRIBUTES, COUNT':
    'SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES',
  'AND, OR': 'OR, AND',
  'EQ, NE, IN, LE, LT, GE, GT, BETWEEN, NOT_NULL, NULL, CONTAINS, NOT_CONTAINS, BEGINS_WITH':
    'IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS',
  'S, N, B': 'B, N, S',
}

/** The error for these violations in an input of the operation. */
export function dynamodbViolations(list: readonly Violation[], operation: string) {
  return awsError('ValidationException', said(list, operation), { status: 400 })
}

function said(list: readonly Violation[], operation: string): string {
  if (withOwnWords.has(operation) && list.some(({ kind, path }) => kind === 'missing' && path === 'tableName')) {
    return "The parameter 'TableName' is required but was not present in the request"
  }
  if (list.some(({ kind, path }) => kind === 'length' && path === 'requestItems')) {
    return `The requestItems parameter is required for ${operation}`
  }
  const [first] = list
  if (first && list.every(({ kind }) => kind === 'union')) return union(first)
  return sentences(list.map((violation) => ({ ...violation, rule: listed(violation.rule) })))
}

/** An attribute value that has no type, or several. */
function union({ path, rule }: Violation): string {
  const state = rule.includes('more than one') ? 'has more than one datatypes set' : 'is empty'
  const what = `Supplied AttributeValue ${state}, must contain exactly one of the supported datatypes`
  const placeholder = /^expressionAttributeValues\.(:\w+)/.exec(path)?.[1]
  if (placeholder) return `ExpressionAttributeValues contains invalid value: ${what} for key ${placeholder}`
  return path.startsWith('exclusiveStartKey.') ? `The provided starting key is invalid: ${what}` : what
}

function listed(rule: string): string {
  return rule.replace(/\[(.+)\]$/, (all, members: string) => (listedAs[members] ? `[${listedAs[members]}]` : all))
}
