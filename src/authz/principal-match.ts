import { parseArn } from '../kernel/arn.ts'
import type { Principal } from '../kernel/principal.ts'
import type { PrincipalDocument } from './document.ts'

/**
 * How a resource's policy names the principal. It decides whose say is still needed inside the account:
 * `exact` (the user, or this one session) needs nobody else's; `role` is still bounded by boundary and session policies;
 * `any` is `*`; `account` leaves the decision to the account's own policies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-resource-based.html
 */
export type Naming = 'exact' | 'role' | 'any' | 'account'

const strength: Readonly<Record<Naming, number>> = { exact: 4, any: 3, role: 2, account: 1 }

export function strongest(a: Naming | undefined, b: Naming | undefined): Naming | undefined {
  if (!a || !b) return a ?? b
  return strength[a] >= strength[b] ? a : b
}

/** How `document` names `principal`, or undefined when it does not. */
export function naming(document: PrincipalDocument, principal: Principal): Naming | undefined {
  if (document === '*') return 'any'
  if (principal.kind === 'service') return document.Service?.includes(principal.arn) ? 'exact' : anyone(document)
  if (principal.kind === 'federated') return document.Federated?.includes(principal.arn) ? 'exact' : anyone(document)
  let best: Naming | undefined
  for (const name of document.AWS ?? []) best = strongest(best, aws(name, principal))
  return best
}

/** `{"AWS": "*"}` means everyone, as `"*"` does. */
function anyone(document: Exclude<PrincipalDocument, '*'>): Naming | undefined {
  return document.AWS?.includes('*') ? 'any' : undefined
}

function aws(name: string, principal: Principal): Naming | undefined {
  if (name === '*') return 'any'
  if (principal.kind === 'anonymous') return undefined
  if (name === principal.account) return 'account'
  if (name === principal.arn) return principal.kind === 'root' ? 'account' : 'exact'
  const arn = parseArn(name)
  if (!arn || arn.account !== principal.account) return undefined
  if (arn.resource === 'root') return 'account'
  if (principal.kind !== 'role' || !arn.resource.startsWith('role/')) return undefined
  // A session's ARN lacks the role's path, and a role's name is unique in its account.
  return arn.resource.slice(arn.resource.lastIndexOf('/') + 1) === principal.name ? 'role' : undefined
}
