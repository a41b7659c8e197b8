import { awsError } from '../../kernel/errors.ts'
import type { Key, ReadTx, Tx } from '../../kernel/records.ts'
import { conflict, constraint, invalid, notFound, revisionMismatch } from './errors.ts'
import type { Policy, Statement } from './state.ts'

/** The policies of functions and of layer versions: lists of statements, each found by its id. */

const mostBytes = 20_480

interface Asked {
  readonly StatementId: string
  readonly RevisionId?: string
}

/** Adds a statement to the policy at `key`. Throws when its id is taken, or the policy is another by now or too long. */
export async function addStatement(
  tx: Tx,
  key: Key<Policy>,
  { StatementId, RevisionId }: Asked,
  statement: Omit<Statement, 'Sid'>,
  revisionId: string,
): Promise<{ statement: Statement; policy: Policy }> {
  if (!/^[a-zA-Z0-9-_]{1,100}$/.test(StatementId)) {
    throw constraint(StatementId, 'statementId', 'Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)')
  }
  const before = await tx.get(key)
  checkRevision(before, RevisionId)
  if (before?.statements.some(({ Sid }) => Sid === StatementId)) {
    throw conflict(
      `The statement id (${StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    )
  }
  const added: Statement = { Sid: StatementId, ...statement }
  const policy: Policy = { ...before, statements: [...(before?.statements ?? []), added], revisionId }
  keepPolicy(tx, key, policy)
  return { statement: added, policy }
}

/** Stores a policy. Throws PolicyLengthExceededException when it is too long. */
export function keepPolicy(tx: Tx, key: Key<Policy>, policy: Policy): void {
  if (Buffer.byteLength(policyText(policy)) > mostBytes) {
    throw awsError('PolicyLengthExceededException', `The final policy size is bigger than the limit (${mostBytes}).`, {
      members: { Type: 'User' },
    })
  }
  tx.set(key, policy)
}

/** Takes a statement away; with the last of them goes the policy. */
export async function removeStatement(
  tx: Tx,
  key: Key<Policy>,
  { StatementId, RevisionId }: Asked,
  revisionId: string,
): Promise<void> {
  const before = await findPolicy(tx, key)
  checkRevision(before, RevisionId)
  const statements = before.statements.filter(({ Sid }) => Sid !== StatementId)
  if (statements.length === before.statements.length) {
    throw notFound(`Statement ${StatementId} is not found in resource policy.`)
  }
  if (statements.length === 0) tx.delete(key)
  else tx.set(key, { ...before, statements, revisionId })
}

/** The policy, or ResourceNotFoundException in the words given. */
export async function findPolicy(
  tx: ReadTx,
  key: Key<Policy>,
  missing = 'No policy is associated with the given resource.',
): Promise<Policy> {
  const found = await tx.get(key)
  if (!found) throw notFound(missing)
  return found
}

export function checkRevision(policy: Policy | undefined, expected: string | undefined): void {
  if (expected !== undefined && expected !== policy?.revisionId) throw revisionMismatch()
}

export function policyText({ version = '2012-10-17', id = 'default', statements }: Policy): string {
  return JSON.stringify({ Version: version, Id: id, Statement: statements })
}

/** What a `Principal` parameter stands for. */
export function principalOf(text: string): Statement['Principal'] {
  if (text === '*') return '*'
  if (/^\d{12}$/.test(text)) return { AWS: `arn:aws:iam::${text}:root` }
  if (/^arn:[a-z-]+:(?:iam|sts)::/.test(text)) return { AWS: text }
  if (/^[a-z0-9.-]+\.[a-z]+$/.test(text)) return { Service: text }
  throw invalid('The provided principal was invalid. Please check the principal and try again.')
}
