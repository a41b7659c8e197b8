import { awsError } from '../../kernel/errors.ts'
import type { Key, Tx } from '../../kernel/records.ts'

const mostPolicies = 20

/** A policy of all of an account's groups, or of those whose names begin so. */
export interface PrefixPolicy {
  readonly name: string
  /** Empty: of all groups. */
  readonly prefix: string
}

/** Keeps a policy with others of its type, none of which may have a share in its groups. */
export async function putPrefixPolicy<P extends PrefixPolicy>(
  tx: Tx,
  all: Key<readonly P[]>,
  next: P,
  policyType: string,
): Promise<void> {
  const others = ((await tx.get(all)) ?? []).filter(({ name }) => name !== next.name)
  if (others.length >= mostPolicies)
    throw awsError('LimitExceededException', `An account can have at most ${mostPolicies} ${policyType}s.`)
  const sharing = others.find(({ prefix }) => prefix.startsWith(next.prefix) || next.prefix.startsWith(prefix))
  if (sharing)
    throw awsError('InvalidParameterException', `The policy ${sharing.name} is of some of the same log groups already.`)
  tx.set(all, [...others, next])
}

/** Forgets a policy; false when there is none of that name. */
export async function deletePrefixPolicy<P extends PrefixPolicy>(tx: Tx, all: Key<readonly P[]>, policyName: string) {
  const policies = (await tx.get(all)) ?? []
  const left = policies.filter(({ name }) => name !== policyName)
  tx.set(all, left)
  return left.length < policies.length
}

/** The prefix in `LogGroupNamePrefix = "…"`, the one form that these policies know here. */
export function prefixOf(criteria: string | undefined): string {
  if (criteria === undefined) return ''
  const prefix = /^\s*LogGroupNamePrefix\s*=\s*"([\w.\-/#]{1,512})"\s*$/.exec(criteria)?.[1]
  if (prefix === undefined)
    throw awsError('InvalidParameterException', 'selectionCriteria must be LogGroupNamePrefix = "PREFIX".')
  return prefix
}
