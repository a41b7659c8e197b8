import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import { accessKeys } from './access-keys.ts'
import { account } from './account.ts'
import type { Api } from './api.ts'
import { attachments } from './attachments.ts'
import { iamArn, lower } from './find.ts'
import { groups } from './groups.ts'
import { inlinePolicies } from './inline-policies.ts'
import { instanceProfiles } from './instance-profiles.ts'
import { managedPolicies } from './managed-policies.ts'
import model from './model.json' with { type: 'json' }
import { planned } from './planned.ts'
import { policySource } from './policy-source.ts'
import { resources } from './resources.ts'
import { roles } from './roles.ts'
import { serviceLinkedRoles } from './service-linked-roles.ts'
import { simulation } from './simulate.ts'
import { role } from './state.ts'
import { users } from './users.ts'

/** Identity and Access Management: users, groups, roles, policies and access keys of an account. */
export const service = defineService<Api>()({
  id: 'iam',
  model,
  operations: {
    ...users,
    ...groups,
    ...roles,
    ...inlinePolicies,
    ...attachments,
    ...managedPolicies,
    ...accessKeys,
    ...instanceProfiles,
    ...serviceLinkedRoles,
    ...simulation,
    ...account,
  },
  planned,
  resources,
  inert: {
    'SimulateCustomPolicy.ContextEntries.ContextKeyType': 'Operators of conditions say how values are compared.',
    'SimulatePrincipalPolicy.ContextEntries.ContextKeyType': 'Operators of conditions say how values are compared.',
  },
  policySource,
  /** A role's own policy is the one that says who may assume it. */
  async resourcePolicy(tx, arn) {
    const parsed = parseArn(arn)
    if (parsed?.service !== 'iam' || !parsed.resource.startsWith('role/')) return undefined
    const found = await tx
      .in({ account: parsed.account })
      .get(role(lower(parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1))))
    return found && iamArn(parsed.account, 'role', found) === arn
      ? { policy: found.trust, tags: { ...found.tags } }
      : undefined
  },
})
