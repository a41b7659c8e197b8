import { digestOfKey } from '../../gateway/api-key.ts'
import { apiKey, apiKeyByValue, planKey } from '../../gateway/usage-state.ts'
import type { Ctx } from '../../kernel/context.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { type KeyRow, readKeyFile } from './api-key-file.ts'
import { checkedValue } from './api-keys.ts'
import { apiArn, badRequest, newId } from './find.ts'
import { joinPlan } from './usage-plan-keys.ts'

/** Keys from a file: one that has the value of a key that is there takes its place. */
export const apiKeyImport = operations<Api>()({
  ImportApiKeys: {
    authorize: (_, ctx) => [{ action: 'apigateway:POST', resource: apiArn(ctx, 'apikeys') }],
    async write(tx, { body, format, failOnWarnings }, ctx) {
      if (format !== 'csv') throw badRequest(`Invalid format ${format}: must be csv.`)
      const ids: string[] = []
      const warnings: string[] = []
      for (const row of readKeyFile(Buffer.from(body).toString('utf8'))) {
        try {
          ids.push(await keep(tx, row, ctx))
          for (const planId of row.planIds) await join(tx, planId, ids.at(-1) ?? '', ctx)
        } catch (error) {
          if (!isAwsError(error)) throw error
          warnings.push(`Line ${row.line}: ${error.message}`)
        }
      }
      if (failOnWarnings && warnings.length > 0) throw badRequest(`No API keys were imported: ${warnings.join(' ')}`)
      return { ids, warnings }
    },
  },
})

async function keep(tx: Tx, { name, key, description, enabled }: KeyRow, ctx: Ctx): Promise<string> {
  const value = checkedValue(key)
  if (name.length > 1_024) throw badRequest('API Key name must be at most 1024 characters')
  const known = await tx.get(apiKeyByValue(digestOfKey(value)))
  const before = known && (await tx.get(apiKey(known.id)))
  const id = before?.id ?? newId(ctx, 10)
  const made = before ?? { createdAtMs: ctx.nowMs, stageKeys: [], tags: {} }
  tx.set(apiKey(id), { ...made, id, name, value, enabled, description, updatedAtMs: ctx.nowMs })
  tx.set(apiKeyByValue(digestOfKey(value)), { id })
  return id
}

/** A key that is in the plan already stays there. */
async function join(tx: Tx, planId: string, keyId: string, ctx: Ctx): Promise<void> {
  if (!(await tx.get(planKey(planId, keyId)))) await joinPlan(tx, planId, keyId, ctx)
}
