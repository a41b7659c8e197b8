import type { Throttle } from '../../gateway/state.ts'
import type { PlanStage } from '../../gateway/usage-state.ts'
import { badRequest } from './find.ts'
import { checked, type PatchOperation } from './patch.ts'

type Stages = Readonly<Record<string, PlanStage>>

/**
 * Applies those of the operations that are about a plan's stages; answers the others too. `/apiStages` with the value
 * `<api>:<stage>`, and `/apiStages/<api>:<stage>/throttle/<path>/<METHOD>/rateLimit` (slashes of the path as `~1`).
 */
export function patchPlanStages(
  before: Stages,
  operations: readonly PatchOperation[] | undefined,
): { stages: Stages; others: PatchOperation[] } {
  const next = new Map(Object.entries(before))
  const others: PatchOperation[] = []
  for (const operation of checked(operations)) {
    const { op, path, value } = operation
    if (path === '/apiStages') {
      if (!/^\w+:[\w-]+$/.test(value)) throw badRequest(`Invalid API Stage specified: ${value.slice(0, 200)}`)
      if (op === 'remove') next.delete(value)
      else if (!next.has(value)) next.set(value, { throttle: {} })
      continue
    }
    const match = /^\/apiStages\/(\w+:[\w-]+)\/throttle(?:\/(.+)\/([A-Z*]+)(?:\/(rateLimit|burstLimit))?)?$/.exec(path)
    if (!match) {
      others.push(operation)
      continue
    }
    const [, name = '', resource, method, limit] = match
    const stage = next.get(name)
    if (!stage) throw badRequest(`Invalid API Stage specified: ${name}`)
    next.set(name, { throttle: patchThrottle(stage.throttle, { op, value, path }, resource, method, limit) })
  }
  return { stages: Object.fromEntries(next), others }
}

function patchThrottle(
  before: Readonly<Record<string, Throttle>>,
  { op, value, path }: { op: string; value: string; path: string },
  resource: string | undefined,
  method: string | undefined,
  limit: string | undefined,
): Readonly<Record<string, Throttle>> {
  if (resource === undefined) {
    if (op === 'remove') return {}
    throw badRequest(`Invalid patch path '${path}' specified for op '${op}'.`)
  }
  const key = `${resource.replaceAll('~1', '/').replaceAll('~0', '~')}/${method}`
  const { [key]: old, ...rest } = before
  if (limit === undefined) {
    if (op === 'remove') return rest
    throw badRequest(`Invalid patch path '${path}' specified for op '${op}'.`)
  }
  const number = Number(value)
  if (op === 'remove' || value === '' || !(number >= 0))
    throw badRequest(`Invalid value '${value}' for ${path}: it must be a number.`)
  const from = old ?? { rate: number, burst: Math.max(1, Math.ceil(number)) }
  return { ...rest, [key]: limit === 'rateLimit' ? { ...from, rate: number } : { ...from, burst: number } }
}
