import { awsError } from '../../kernel/errors.ts'
import { accountProtection } from '../../telemetry/log-state.ts'
import type { PolicyKind } from './account-policy-kind.ts'
import { permitFindings } from './audit.ts'
import { readProtection } from './data-protection-policy.ts'
import { groupResource } from './find.ts'

const type = 'DATA_PROTECTION_POLICY'

/** What is masked in the events of all groups, besides what their own policies say. There is one. */
export const protectionKind: PolicyKind = {
  type,
  needed: (_document, ctx) => [{ action: 'logs:PutDataProtectionPolicy', resource: groupResource(ctx, '*') }],
  neededTo: (what, ctx) => ({
    action: what === 'remove' ? 'logs:DeleteDataProtectionPolicy' : 'logs:GetDataProtectionPolicy',
    resource: groupResource(ctx, '*'),
  }),
  async put(given, ctx) {
    if (given.criteria !== undefined)
      throw awsError('InvalidParameterException', `selectionCriteria is not valid for a ${type}.`)
    const read = readProtection(given.document)
    await permitFindings(read.findings ?? [], '*', ctx)
    const next = { ...given, ...read, updatedAtMs: ctx.nowMs }
    await ctx.write(async (tx) => {
      const before = await tx.get(accountProtection())
      if (before && before.name !== given.name)
        throw awsError('LimitExceededException', `An account can have one ${type} in a region: ${before.name}.`)
      tx.set(accountProtection(), next)
    })
    return next
  },
  async list(tx) {
    const found = await tx.get(accountProtection())
    return found ? [found] : []
  },
  async remove(tx, name) {
    if ((await tx.get(accountProtection()))?.name !== name) return false
    tx.delete(accountProtection())
    return true
  },
}
