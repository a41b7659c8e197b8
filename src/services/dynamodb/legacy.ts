import { awsError } from '../../kernel/errors.ts'
import { conditionsText, keyConditionsText, type LegacyConditions } from './legacy-conditions.ts'
import { type LegacyUpdates, updatesText } from './legacy-updates.ts'
import { LegacyWriter } from './legacy-writer.ts'
import type { ExpressionRequest } from './request.ts'

/** Parameters of the time before expressions. */
export interface LegacyRequest {
  readonly Expected?: LegacyConditions
  readonly ConditionalOperator?: string
  readonly AttributeUpdates?: LegacyUpdates
  readonly KeyConditions?: LegacyConditions
  readonly QueryFilter?: LegacyConditions
  readonly ScanFilter?: LegacyConditions
  readonly AttributesToGet?: readonly string[]
}

const legacyNames = [
  ...(['AttributeUpdates', 'AttributesToGet', 'ConditionalOperator', 'Expected'] as const),
  ...(['KeyConditions', 'QueryFilter', 'ScanFilter'] as const),
]
const expressionNames = [
  ...(['ProjectionExpression', 'FilterExpression', 'UpdateExpression'] as const),
  ...(['ConditionExpression', 'KeyConditionExpression'] as const),
]

/**
 * The request with its legacy parameters written as expressions, so that there is one way in which items are read and
 * changed; a request without them is handed back. Throws ValidationException when it has both kinds.
 */
export function modern<R extends LegacyRequest & ExpressionRequest>(request: R): R {
  const legacy = legacyNames.filter((name) => request[name] !== undefined)
  if (legacy.length === 0) return request
  const expressions = expressionNames.filter((name) => request[name] !== undefined)
  if (expressions.length > 0) {
    throw awsError(
      'ValidationException',
      'Can not use both expression and non-expression parameters in the same request: ' +
        `Non-expression parameters: {${legacy.join(', ')}} Expression parameters: {${expressions.join(', ')}}`,
    )
  }
  for (const name of ['ExpressionAttributeNames', 'ExpressionAttributeValues'] as const) {
    if (request[name] === undefined) continue
    throw awsError('ValidationException', `${name} can only be specified when using expressions`)
  }
  const { Expected, ConditionalOperator, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter } = request
  const conditions = Expected ?? QueryFilter ?? ScanFilter
  if (ConditionalOperator !== undefined && Object.keys(conditions ?? {}).length === 0) {
    throw awsError('ValidationException', 'ConditionalOperator cannot be used without Filter or Expected')
  }
  const writer = new LegacyWriter()
  const update = AttributeUpdates && updatesText(AttributeUpdates, writer)
  const text = conditions && conditionsText(conditions, ConditionalOperator ?? 'AND', writer)
  const kind = Expected ? 'ConditionExpression' : 'FilterExpression'
  const keys = KeyConditions && keyConditionsText(KeyConditions, writer)
  return {
    ...request,
    ...(update === undefined ? {} : { UpdateExpression: update }),
    ...(text ? { [kind]: text } : {}),
    ...(keys ? { KeyConditionExpression: keys } : {}),
    ...writer.placeholders,
  }
}

/** Attributes that legacy parameters name. */
export function legacyAttributes(request: LegacyRequest): string[] {
  const { Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter, AttributesToGet = [] } = request
  const named = [Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter]
  return [...named.flatMap((each) => Object.keys(each ?? {})), ...AttributesToGet]
}
