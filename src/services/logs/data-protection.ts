import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { group } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { permitFindings } from './audit.ts'
import { readProtection } from './data-protection-policy.ts'
import { findGroup, groupResource, nameOf } from './find.ts'

/**
 * Data protection: sensitive data of events that come from then on is masked wherever they are read, unless who reads
 * may unmask it and asks for that.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html
 */
export const dataProtection = operations<Api>()({
  PutDataProtectionPolicy: {
    authorize: ({ logGroupIdentifier }, ctx) => [
      { action: 'logs:PutDataProtectionPolicy', resource: groupResource(ctx, nameOf(logGroupIdentifier, ctx.scope)) },
    ],
    async call({ logGroupIdentifier, policyDocument: document }, ctx) {
      const { nowMs } = ctx
      const read = readProtection(document)
      const name = nameOf(logGroupIdentifier, ctx.scope)
      await ctx.read((tx) => findGroup(tx, name))
      await permitFindings(read.findings ?? [], name, ctx)
      await ctx.write(async (tx) => {
        const found = await findGroup(tx, name)
        tx.set(group(name), { ...found, protection: { document, ...read, updatedAtMs: nowMs } })
      })
      return { logGroupIdentifier, policyDocument: document, lastUpdatedTime: nowMs }
    },
  },

  GetDataProtectionPolicy: {
    authorize: ({ logGroupIdentifier }, ctx) => [
      { action: 'logs:GetDataProtectionPolicy', resource: groupResource(ctx, nameOf(logGroupIdentifier, ctx.scope)) },
    ],
    async read(tx, { logGroupIdentifier }) {
      const { protection } = await findGroup(tx, nameOf(logGroupIdentifier, tx.scope))
      return { logGroupIdentifier, policyDocument: protection?.document, lastUpdatedTime: protection?.updatedAtMs }
    },
  },

  DeleteDataProtectionPolicy: {
    authorize: ({ logGroupIdentifier }, ctx) => [
      {
        action: 'logs:DeleteDataProtectionPolicy',
        resource: groupResource(ctx, nameOf(logGroupIdentifier, ctx.scope)),
      },
    ],
    async write(tx, { logGroupIdentifier }) {
      const found = await findGroup(tx, nameOf(logGroupIdentifier, tx.scope))
      if (!found.protection)
        throw awsError('ResourceNotFoundException', 'The specified log group has no data protection policy.')
      tx.set(group(found.name), { ...found, protection: undefined })
      return {}
    },
  },
})
