import { awsError } from '../../kernel/errors.ts'
import type { Tx } from '../../kernel/records.ts'
import { type AccountIndexPolicy, accountIndexPolicies } from '../../telemetry/log-state.ts'
import { fieldsOfPolicy } from './index-policy.ts'

const mostPolicies = 20

/** Index policies of an account's groups, as they are given. */
export interface GivenIndexPolicy {
  readonly name: string
  readonly document: string
  readonly criteria: string | undefined
}

/** Keeps an index policy of all of an account's groups, or of those with a prefix that no other policy has a share in. */
export async function putAccountIndexPolicy(
  tx: Tx,
  given: GivenIndexPolicy,
  nowMs: number,
): Promise<AccountIndexPolicy> {
  const next = {
    ...given,
    prefix: prefixOf(given.criteria),
    fields: fieldsOfPolicy(given.document),
    updatedAtMs: nowMs,
  }
  const others = ((await tx.get(accountIndexPolicies())) ?? []).filter(({ name }) => name !== next.name)
  if (others.length >= mostPolicies)
    throw awsError('LimitExceededException', `An account can have at most ${mostPolicies} FIELD_INDEX_POLICYs.`)
  const sharing = others.find(({ prefix }) => prefix.startsWith(next.prefix) || next.prefix.startsWith(prefix))
  if (sharing)
    throw awsError('InvalidParameterException', `The policy ${sharing.name} is of some of the same log groups already.`)
  tx.set(accountIndexPolicies(), [...others, next])
  return next
}

/** Forgets a policy; false when there is none of that name. */
export async function deleteAccountIndexPolicy(tx: Tx, policyName: string): Promise<boolean> {
  const policies = (await tx.get(accountIndexPolicies())) ?? []
  const left = policies.filter(({ name }) => name !== policyName)
  tx.set(accountIndexPolicies(), left)
  return left.length < policies.length
}

/** The prefix in `LogGroupNamePrefix = "…"`, the one form that these policies know here. */
function prefixOf(criteria: string | undefined): string {
  if (criteria === undefined) return ''
  const prefix = /^\s*LogGroupNamePrefix\s*=\s*"([\w.\-/#]{1,512})"\s*$/.exec(criteria)?.[1]
  if (prefix === undefined)
    throw awsError('InvalidParameterException', 'selectionCriteria must be LogGroupNamePrefix = "PREFIX".')
  return prefix
}
