import { awsError } from '../../kernel/errors.ts'
import { Placeholders } from './expressions/placeholders.ts'
import type { ExpressionKind } from './expressions/tokens.ts'
import { valuesFromWire, type WireItem } from './wire-values.ts'

/** Throws ValidationException for a parameter that means something which is not there yet. */
export function refuse(request: object, why: Readonly<Record<string, string>>): void {
  for (const [name, reason] of Object.entries(why)) {
    if ((request as Record<string, unknown>)[name] !== undefined) {
      throw awsError('ValidationException', `${name} is not supported: ${reason}`)
    }
  }
}

/** The expressions of a request and what stands in them. */
export interface ExpressionRequest {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: WireItem
  readonly ProjectionExpression?: string
  readonly ConditionExpression?: string
  readonly FilterExpression?: string
  readonly KeyConditionExpression?: string
  readonly SearchConditionExpression?: string
  readonly UpdateExpression?: string
}

/**
 * The placeholders of a request. `takingValues` are the operation's expressions that values may stand in; names may
 * also be used by a projection.
 */
export function placeholdersOf(
  request: ExpressionRequest,
  takingValues: readonly Exclude<ExpressionKind, 'ProjectionExpression'>[],
): Placeholders {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = request
  if (names || values) {
    const withValues = takingValues.some((kind) => request[kind] !== undefined)
    if (names && !withValues && request.ProjectionExpression === undefined) {
      throw awsError('ValidationException', 'ExpressionAttributeNames can only be specified when using expressions')
    }
    if (values && !withValues) {
      const [last, ...others] = [...takingValues].reverse()
      const absent = others.length > 0 ? `${others.reverse().join(', ')} and ${last} are` : `${last} is`
      throw awsError(
        'ValidationException',
        `ExpressionAttributeValues can only be specified when using expressions: ${absent} null`,
      )
    }
  }
  return new Placeholders(names, valuesFromWire(values))
}
