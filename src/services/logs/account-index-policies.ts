import { accountIndexPolicies } from '../../telemetry/log-state.ts'
import type { PolicyKind } from './account-policy-kind.ts'
import { deletePrefixPolicy, prefixOf, putPrefixPolicy } from './account-prefix.ts'
import { fieldsOfPolicy } from './index-policy.ts'

const type = 'FIELD_INDEX_POLICY'

/** Which fields of the events of groups without a policy of their own are indexed. */
export const indexKind: PolicyKind = {
  type,
  needed: () => [{ action: 'logs:PutIndexPolicy', resource: '*' }],
  neededTo: (what) => ({
    action: what === 'remove' ? 'logs:DeleteIndexPolicy' : 'logs:DescribeIndexPolicies',
    resource: '*',
  }),
  async put(given, ctx) {
    const prefix = prefixOf(given.criteria)
    const next = { ...given, prefix, fields: fieldsOfPolicy(given.document), updatedAtMs: ctx.nowMs }
    await ctx.write((tx) => putPrefixPolicy(tx, accountIndexPolicies(), next, type))
    return next
  },
  list: async (tx) => (await tx.get(accountIndexPolicies())) ?? [],
  remove: (tx, name) => deletePrefixPolicy(tx, accountIndexPolicies(), name),
}
