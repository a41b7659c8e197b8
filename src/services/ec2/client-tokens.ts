import { awsError } from '../../kernel/errors.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { madeByToken } from './state.ts'

interface Tokened {
  readonly ClientToken?: string
}

/**
 * What a request with this token made before: the same request again makes nothing new, another one is an error.
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export async function madeBefore(tx: ReadTx, kind: string, input: Tokened): Promise<string | undefined> {
  if (input.ClientToken === undefined) return undefined
  const before = await tx.get(madeByToken(kind, input.ClientToken))
  if (before && before.asked !== askedBy(input)) {
    throw awsError('IdempotentParameterMismatch', 'The request uses a client token of another request.')
  }
  return before?.id
}

/** Kept for as long as what was made. */
export function rememberMade(tx: Tx, kind: string, input: Tokened, id: string): void {
  if (input.ClientToken !== undefined) tx.set(madeByToken(kind, input.ClientToken), { id, asked: askedBy(input) })
}

function askedBy(input: object): string {
  return JSON.stringify(Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1)))
}
