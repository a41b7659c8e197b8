import { badRequest } from './find.ts'

/** Said of an expression that maps parameters and can't. */
export function invalidMapping(expression: string): Error {
  return badRequest(`Invalid mapping expression specified: ${expression.slice(0, 200)}`)
}
