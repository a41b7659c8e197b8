import { mostPlansOfKey } from '../../gateway/api-key.ts'
import { allowance, dayOf, periodStart } from '../../gateway/quota.ts'
import {
  type ApiKey,
  apiKey,
  dayUsage,
  keyPlan,
  periodUsage,
  planKey,
  type UsagePlan,
  usagePlan,
} from '../../gateway/usage-state.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { pageOf } from '../../kernel/page-token.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, boundsAfter, found } from './find.ts'
import { checked, patched } from './patch.ts'
import { missingPlan } from './usage-plans.ts'

const missing = 'Invalid Usage Plan Key identifier specified'
const dayMs = 86_400_000
const longestDays = 366

/** The keys of a plan, and what they have used. https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlanKey.html */
export const usagePlanKeys = operations<Api>()({
  CreateUsagePlanKey: {
    authorize: ({ usagePlanId }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, `usageplans/${usagePlanId}/keys`) },
    ],
    async write(tx, { usagePlanId, keyId, keyType }, ctx) {
      if (keyType !== 'API_KEY') throw badRequest(`Invalid key type ${keyType}: must be API_KEY.`)
      return describe(await joinPlan(tx, usagePlanId, keyId, ctx))
    },
  },

  GetUsagePlanKey: {
    authorize: ({ usagePlanId, keyId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `usageplans/${usagePlanId}/keys/${keyId}`) },
    ],
    async read(tx, { usagePlanId, keyId }) {
      await found(tx, usagePlan(usagePlanId), missingPlan)
      await found(tx, planKey(usagePlanId, keyId), missing)
      return describe(await found(tx, apiKey(keyId), missing))
    },
  },

  GetUsagePlanKeys: {
    authorize: ({ usagePlanId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `usageplans/${usagePlanId}/keys`) },
    ],
    async read(tx, input) {
      await found(tx, usagePlan(input.usagePlanId), missingPlan)
      const { keys, position } = await keysOf(tx, input)
      const all = await tx.getMany(keys.map((id) => apiKey(id)))
      const items = all.flatMap((one) => (one?.name.startsWith(input.nameQuery ?? '') ? [describe(one)] : []))
      return { items, position }
    },
  },

  DeleteUsagePlanKey: {
    authorize: ({ usagePlanId, keyId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `usageplans/${usagePlanId}/keys/${keyId}`) },
    ],
    async write(tx, { usagePlanId, keyId }) {
      await found(tx, usagePlan(usagePlanId), missingPlan)
      await found(tx, planKey(usagePlanId, keyId), missing)
      tx.delete(planKey(usagePlanId, keyId))
      tx.delete(keyPlan(keyId, usagePlanId))
      return {}
    },
  },

  GetUsage: {
    authorize: ({ usagePlanId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `usageplans/${usagePlanId}/usage`) },
    ],
    async read(tx, input) {
      const { usagePlanId, keyId, startDate, endDate } = input
      const plan = await found(tx, usagePlan(usagePlanId), missingPlan)
      const [fromMs, toMs] = [dayMsOf(startDate), dayMsOf(endDate)]
      if (toMs < fromMs) throw badRequest('endDate must not be before startDate.')
      if ((toMs - fromMs) / dayMs > longestDays) throw badRequest(`At most ${longestDays} days can be asked for.`)
      const { keys, position } = keyId === undefined ? await keysOf(tx, input) : { keys: [keyId], position: undefined }
      const items: Record<string, number[][]> = {}
      for (const id of keys) items[id] = await usageOf(tx, plan, id, fromMs, toMs)
      return { usagePlanId, startDate, endDate, items, position }
    },
  },

  UpdateUsage: {
    authorize: ({ usagePlanId, keyId }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `usageplans/${usagePlanId}/keys/${keyId}/usage`) },
    ],
    async write(tx, { usagePlanId, keyId, patchOperations }, ctx) {
      const plan = await found(tx, usagePlan(usagePlanId), missingPlan)
      await found(tx, planKey(usagePlanId, keyId), missing)
      const { quota } = plan
      if (!quota) throw badRequest('Usage Plan quota must be set to extend the usage of a key.')
      const key = periodUsage(usagePlanId, keyId, quota.period, periodStart(quota, ctx.nowMs))
      const used = await tx.count(key)
      const allowed = allowance(plan, quota, ctx.nowMs)
      for (const { op } of checked(patchOperations)) {
        if (op !== 'replace') throw badRequest(`Invalid patch operation specified: ${op}. Must be one of: [replace]`)
      }
      const { remaining } = patched({ remaining: allowed - used }, patchOperations, { '/remaining': 'integer' })
      if (remaining < 0) throw badRequest('The remaining quota must not be less than 0.')
      tx.add(key, allowed - remaining - used)
      const day = dayOf(ctx.nowMs)
      return { usagePlanId, startDate: day, endDate: day, items: { [keyId]: [[allowed - remaining, remaining]] } }
    },
  },
})

/** Puts a key into a plan. Throws when either is not there, or the key may not be in it. */
export async function joinPlan(tx: Tx, usagePlanId: string, keyId: string, ctx: Ctx): Promise<ApiKey> {
  const plan = await found(tx, usagePlan(usagePlanId), missingPlan)
  const key = await found(tx, apiKey(keyId), 'Invalid API Key identifier specified')
  if (await tx.get(planKey(usagePlanId, keyId)))
    throw awsError('ConflictException', 'Usage plan key already exists for this usage plan')
  let plans = 0
  for await (const [, other] of tx.keys(keyPlan.under(keyId))) {
    plans++
    const theirs = await tx.get(usagePlan(other))
    const shared = Object.keys(plan.stages).find((name) => theirs && Object.hasOwn(theirs.stages, name))
    if (shared !== undefined)
      throw awsError('ConflictException', `Key ${keyId} is in a usage plan for the stage ${shared} already.`)
  }
  if (plans >= mostPlansOfKey)
    throw awsError('LimitExceededException', `A key can be in at most ${mostPlansOfKey} usage plans.`)
  tx.set(planKey(usagePlanId, keyId), { createdAtMs: ctx.nowMs })
  tx.set(keyPlan(keyId, usagePlanId), { createdAtMs: ctx.nowMs })
  return key
}

async function keysOf(tx: ReadTx, input: { usagePlanId: string; limit?: number; position?: string }) {
  const most = Math.min(Math.max(1, input.limit ?? 25), 500)
  const range = planKey.between([input.usagePlanId], boundsAfter(input.position))
  const { items, next } = await pageOf(tx.keys(range, { limit: most + 1 }), most, ([, keyId]) => [keyId])
  return { keys: items.map(([, keyId]) => keyId), position: next }
}

/** For each day: requests used, and those left of the quota at its end. */
async function usageOf(tx: ReadTx, plan: UsagePlan, keyId: string, fromMs: number, toMs: number): Promise<number[][]> {
  const days: number[][] = []
  for (let atMs = fromMs; atMs <= toMs; atMs += dayMs) {
    const used = await tx.count(dayUsage(plan.id, keyId, dayOf(atMs)))
    const { quota } = plan
    const spent = quota ? await tx.count(periodUsage(plan.id, keyId, quota.period, periodStart(quota, atMs))) : 0
    days.push([used, quota ? Math.max(0, allowance(plan, quota, atMs) - spent) : 0])
  }
  return days
}

function dayMsOf(text: string): number {
  const atMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(atMs)) throw badRequest(`Invalid date ${text.slice(0, 50)}: must be like 2026-05-01.`)
  return atMs
}

function describe({ id, value, name }: ApiKey) {
  return { id, type: 'API_KEY', value, name }
}
