import { awsError } from '../kernel/errors.ts'
import type { Service } from '../kernel/service.ts'

/** The answer to an operation of the SDK that a service does not have: planned, or excluded for a reason that is said. */
export function notImplemented({ id, excluded = [] }: Service, operation: string) {
  const because = excluded.find(({ operations }) => operations.includes(operation))?.because
  return awsError(
    'NotImplemented',
    because === undefined
      ? `Landfall does not have ${id}:${operation} yet. docs/parity.md lists what it has.`
      : `Landfall does not offer ${id}:${operation}: ${because}`,
    { status: 501 },
  )
}
