import { createHash } from 'node:crypto'
import type { Host } from '../kernel/host.ts'
import type { Admitted } from './admit.ts'
import type { Incoming } from './incoming.ts'
import type { Problem } from './problem.ts'
import { countRequest } from './quota.ts'
import { takeToken } from './throttle.ts'
import { apiKey, apiKeyByValue, keyPlan, usagePlan } from './usage-state.ts'

/** A key is in at most so many plans. */
export const mostPlansOfKey = 10

/** What the store finds a key's value by. */
export function digestOfKey(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}

/**
 * The API key of a request whose method asks for one, let in by a usage plan of its stage, within throttle and quota.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
 */
export async function checkKey(
  { stage, route, wire, nowMs }: Incoming,
  admitted: Admitted,
  host: Host,
): Promise<{ readonly apiKey?: Admitted['apiKey'] } | { readonly problem: Problem }> {
  if (!route.apiKeyRequired) return {}
  const invalid = { problem: { type: 'INVALID_API_KEY' } } as const
  const header = wire.headers['x-api-key']
  const given = stage.apiKeySource === 'AUTHORIZER' ? admitted.usageKey : Array.isArray(header) ? header[0] : header
  if (!given) return invalid
  const scope = { account: stage.account, region: stage.region }
  const found = await host.records.read(scope, async (tx) => {
    const found = await tx.get(apiKeyByValue(digestOfKey(given)))
    const key = found && (await tx.get(apiKey(found.id)))
    if (!key?.enabled || key.value !== given) return invalid
    const name = `${stage.apiId}:${stage.stage}`
    for await (const [, planId] of tx.keys(keyPlan.under(key.id), { limit: mostPlansOfKey })) {
      const plan = await tx.get(usagePlan(planId))
      const within = plan && Object.hasOwn(plan.stages, name) ? plan.stages[name] : undefined
      if (!plan || !within) continue
      const method = `${route.path}/${route.method}`
      const own = Object.hasOwn(within.throttle, method) ? within.throttle[method] : undefined
      const throttle = own ?? plan.throttle
      const bucket = ['key', stage.account, stage.region, plan.id, key.id, own ? `${name} ${method}` : ''].join(' ')
      if (throttle && !takeToken(bucket, throttle, nowMs)) return { problem: { type: 'THROTTLED' } } as const
      return { plan, apiKey: { id: key.id, value: key.value } }
    }
    return invalid
  })
  if ('problem' in found) return found
  const within = await countRequest(host, scope, found.plan, found.apiKey.id)
  return within ? { apiKey: found.apiKey } : { problem: { type: 'QUOTA_EXCEEDED' } }
}
