import type { Throttle } from '../../gateway/state.ts'
import { throttleOf } from '../../gateway/throttle-settings.ts'
import { keyPlan, type PlanStage, planKey, type UsagePlan, usagePlan } from '../../gateway/usage-state.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, found, newId, page } from './find.ts'
import { patched } from './patch.ts'
import { patchPlanStages } from './plan-stages.ts'
import { stage } from './state.ts'
import { checkTags } from './tag-limits.ts'

export const missingPlan = 'Invalid Usage Plan identifier specified'

/** Who may call which stages how often. https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlan.html */
export const usagePlans = operations<Api>()({
  CreateUsagePlan: {
    authorize: ({ tags }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, 'usageplans'), context: requestTags(tags) },
    ],
    async write(tx, input, ctx) {
      const stages: Record<string, PlanStage> = {}
      for (const { apiId = '', stage: name = '', throttle = {} } of input.apiStages ?? []) {
        stages[`${apiId}:${name}`] = {
          throttle: Object.fromEntries(
            Object.entries(throttle).flatMap(([method, given]) => {
              const limit = throttleOf(given)
              return limit ? [[method, limit]] : []
            }),
          ),
        }
      }
      const made = await checked(tx, {
        id: newId(ctx, 6),
        name: input.name,
        description: input.description,
        createdAtMs: ctx.nowMs,
        throttle: throttleOf(input.throttle),
        quota: input.quota && quotaOf(input.quota),
        stages,
        tags: checkTags(input.tags ?? {}),
      })
      tx.set(usagePlan(made.id), made)
      return describe(made)
    },
  },

  GetUsagePlan: {
    authorize: ({ usagePlanId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `usageplans/${usagePlanId}`) },
    ],
    async read(tx, { usagePlanId }) {
      return describe(await found(tx, usagePlan(usagePlanId), missingPlan))
    },
  },

  GetUsagePlans: {
    authorize: (_, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, 'usageplans') }],
    async read(tx, { keyId, ...input }) {
      const { values, position } = await page(tx, (bounds) => usagePlan.between([], bounds), input)
      const within: UsagePlan[] = []
      for (const one of values) {
        if (keyId === undefined || (await tx.get(planKey(one.id, keyId)))) within.push(one)
      }
      return { items: within.map(describe), position }
    },
  },

  UpdateUsagePlan: {
    authorize: ({ usagePlanId }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `usageplans/${usagePlanId}`) },
    ],
    async write(tx, { usagePlanId, patchOperations }) {
      const before = await found(tx, usagePlan(usagePlanId), missingPlan)
      const { stages, others } = patchPlanStages(before.stages, patchOperations)
      const given = {
        ...before,
        throttle: before.throttle && { rateLimit: before.throttle.rate, burstLimit: before.throttle.burst },
      }
      const { throttle, quota, ...next } = patched(given, others, {
        '/name': 'text',
        '/description': 'text',
        '/productCode': 'text',
        '/throttle': 'object',
        '/throttle/rateLimit': 'number',
        '/throttle/burstLimit': 'integer',
        '/quota': 'object',
        '/quota/limit': 'integer',
        '/quota/offset': 'integer',
        '/quota/period': 'text',
      })
      const whole = await checked(tx, {
        ...next,
        throttle: throttleOf(throttle),
        quota: quota && quotaOf(quota),
        stages,
      })
      tx.set(usagePlan(usagePlanId), whole)
      return describe(whole)
    },
  },

  DeleteUsagePlan: {
    authorize: ({ usagePlanId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `usageplans/${usagePlanId}`) },
    ],
    async write(tx, { usagePlanId }) {
      const { stages } = await found(tx, usagePlan(usagePlanId), missingPlan)
      if (Object.keys(stages).length > 0)
        throw badRequest(
          `Cannot delete usage plan ${usagePlanId} as it has associated API stages. Remove them and try again.`,
        )
      for await (const [, keyId] of tx.keys(planKey.under(usagePlanId))) tx.delete(keyPlan(keyId, usagePlanId))
      tx.clear(planKey.under(usagePlanId))
      tx.delete(usagePlan(usagePlanId))
      return {}
    },
  },
})

async function checked(tx: ReadTx, plan: UsagePlan): Promise<UsagePlan> {
  if (!plan.name) throw badRequest('Usage plan name must not be empty.')
  for (const name of Object.keys(plan.stages)) {
    const [apiId = '', stageName = ''] = name.split(':')
    await findApi(tx, apiId)
    await found(tx, stage(apiId, stageName), `API Stage not found: ${name}`)
  }
  return plan
}

function quotaOf(given: { limit?: number | undefined; offset?: number | undefined; period?: string | undefined }) {
  const { limit, offset = 0, period } = given
  if (limit === undefined || period === undefined) throw badRequest('Usage Plan quota must have a limit and a period.')
  if (period !== 'DAY' && period !== 'WEEK' && period !== 'MONTH')
    throw badRequest(`Invalid quota period ${period}: must be DAY, WEEK or MONTH.`)
  if (limit < 0 || offset < 0 || (period === 'DAY' && offset > 0) || (period === 'WEEK' && offset > 6) || offset > 27)
    throw badRequest('Usage Plan quota offset must be between 0 and 0 for DAY, 0 and 6 for WEEK, 0 and 27 for MONTH.')
  return { limit, offset, period } as const
}

export function describeThrottle({ rate, burst }: Throttle) {
  return { burstLimit: burst, rateLimit: rate === Number.MAX_SAFE_INTEGER ? undefined : rate }
}

function describe(one: UsagePlan) {
  return {
    id: one.id,
    name: one.name,
    description: one.description,
    productCode: one.productCode,
    throttle: one.throttle && describeThrottle(one.throttle),
    quota: one.quota && { ...one.quota },
    apiStages: Object.entries(one.stages).map(([name, { throttle }]) => {
      const [apiId, stageName] = name.split(':')
      const limits = Object.entries(throttle).map(([method, limit]) => [method, describeThrottle(limit)] as const)
      return { apiId, stage: stageName, throttle: limits.length > 0 ? Object.fromEntries(limits) : undefined }
    }),
    tags: Object.keys(one.tags).length > 0 ? { ...one.tags } : undefined,
  }
}
