import { awsError } from '../../kernel/errors.ts'
import { compileProjection } from './expressions/expressions.ts'
import type { Placeholders } from './expressions/placeholders.ts'
import { type Projection, projectionOf } from './expressions/projection.ts'

interface ProjectionRequest {
  readonly ProjectionExpression?: string
  readonly AttributesToGet?: readonly string[]
}

/** What a read is to return of each item; undefined for everything. */
export function projectionFor(request: ProjectionRequest, placeholders: Placeholders): Projection | undefined {
  const { ProjectionExpression, AttributesToGet } = request
  if (ProjectionExpression !== undefined && AttributesToGet !== undefined) {
    throw awsError(
      'ValidationException',
      'Can not use both expression and non-expression parameters in the same request: ' +
        'Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}',
    )
  }
  if (ProjectionExpression !== undefined) return compileProjection(ProjectionExpression, placeholders)
  if (AttributesToGet === undefined) return undefined
  const names = new Set(AttributesToGet)
  const repeated = AttributesToGet.find((name, at) => AttributesToGet.indexOf(name) < at)
  if (repeated !== undefined) {
    throw awsError(
      'ValidationException',
      `One or more parameter values were invalid: Duplicate value in attribute name: ${repeated}`,
    )
  }
  return projectionOf([...names].map((name) => [name] as const))
}
