import { operations } from '../../kernel/operation.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { locateById, notFound } from './find.ts'
import { checkPolicy } from './policy.ts'
import { key } from './state.ts'
import { checkCustomer, checkNotDeleted } from './usable.ts'

const onlyName = 'default'

/** The policy of a key, without which nobody may use it. */
export const keyPolicies = operations<Api>()({
  PutKeyPolicy: {
    authorize: ({ KeyId, BypassPolicyLockoutSafetyCheck }, ctx, tx) =>
      asking('PutKeyPolicy', KeyId, ctx, tx, {
        context: { 'kms:BypassPolicyLockoutSafetyCheck': BypassPolicyLockoutSafetyCheck ?? false },
      }),
    async write(tx, { KeyId, PolicyName, Policy, BypassPolicyLockoutSafetyCheck }, ctx) {
      checkPolicyName(PolicyName)
      const at = await locateById(tx, KeyId)
      checkCustomer(at)
      checkNotDeleted(at)
      await checkPolicy(Policy, at.key.id, BypassPolicyLockoutSafetyCheck, ctx, tx.snapshot)
      tx.in(at.scope).set(key(at.key.id), { ...at.key, policy: Policy })
      return {}
    },
  },
  GetKeyPolicy: {
    authorize: ({ KeyId }, ctx, tx) => asking('GetKeyPolicy', KeyId, ctx, tx),
    async read(tx, { KeyId, PolicyName }) {
      checkPolicyName(PolicyName)
      return { Policy: (await locateById(tx, KeyId)).key.policy, PolicyName: onlyName }
    },
  },
  ListKeyPolicies: {
    authorize: ({ KeyId }, ctx, tx) => asking('ListKeyPolicies', KeyId, ctx, tx),
    async read(tx, { KeyId }) {
      await locateById(tx, KeyId)
      return { PolicyNames: [onlyName], Truncated: false }
    },
  },
})

function checkPolicyName(name: string | undefined): void {
  if (name !== undefined && name !== onlyName) throw notFound('No such policy exists')
}
