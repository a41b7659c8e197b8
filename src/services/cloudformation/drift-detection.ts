import type { JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { ResourceType } from '../../kernel/resource.ts'
import { compareLive } from '../../stacks/drift.ts'
import type { StackResource } from '../../stacks/resource.ts'
import { type Looking, readerOf } from './looking.ts'
import { findResourceType } from './resource-type.ts'
import { hideInJson, secretsOf } from './secrets.ts'
import { driftDetection, type ResourceDrift, resource, resourceDrift, type Stack, stack } from './state.ts'

/** Resources read at once for one stack. */
const concurrency = 8

/** Compares a resource with what is there. Undefined when its type has no way to read it. Throws what reading throws. */
export async function lookAt(of: Stack, item: StackResource, looking: Looking): Promise<ResourceDrift | undefined> {
  const { host } = looking
  const made = item.now
  const found = made && (await findResourceType(host, made.type))
  // What it reads is compared with properties that were made by this very type.
  const type = found?.type as unknown as ResourceType | undefined
  if (!made || !found || !type?.read) return undefined
  const live = await type.read(made.id, structuredClone(made.properties), readerOf(looking))
  const secrets = secretsOf(of)
  const text = (value: unknown) => hideInJson(JSON.stringify(value), secrets)
  const base = {
    logicalId: item.logicalId,
    physicalId: made.id,
    type: made.type,
    atMs: host.clock.nowMs(),
  }
  if (!live) {
    return { ...base, status: 'DELETED', expected: text(made.properties), actual: undefined, differences: [] }
  }
  const { differences, expected, actual } = compareLive(found.schema, made.properties, live, made.tags)
  const shown = (value: unknown) => (typeof value === 'string' ? (JSON.parse(text(value)) as string) : text(value))
  return {
    ...base,
    status: differences.length > 0 ? 'MODIFIED' : 'IN_SYNC',
    expected: text(expected),
    actual: text(actual),
    differences: differences.map(({ path, kind, ...sides }) => ({
      path,
      kind,
      expected: shown(sides.expected),
      actual: shown(sides.actual),
    })),
  }
}

/** Looks at each resource of a stack, and ends with what was found. Begun again after a crash, it looks again. */
export async function detectDrift(
  { uuid, startedAtMs, id }: { uuid: string; startedAtMs: number; id: string },
  { host, scope, signal }: JobCtx,
): Promise<void> {
  const key = driftDetection(uuid, startedAtMs, id)
  const { of, running, items } = await host.records.read(scope, async (tx) => {
    const stored: StackResource[] = []
    for await (const { value } of tx.range(resource.under(uuid))) stored.push(value)
    return { of: await tx.get(stack(uuid)), running: await tx.get(key), items: stored }
  })
  if (!of || running?.status !== 'DETECTION_IN_PROGRESS') return
  const asked = items.filter(({ logicalId }) => running.logicalIds?.includes(logicalId) ?? true)
  const looking = { host, scope, principal: running.principal, signal }
  const [seen, failed] = [[] as ResourceDrift[], [] as string[]]
  for (let at = 0; at < asked.length; at += concurrency) {
    await Promise.all(
      asked.slice(at, at + concurrency).map(async (item) => {
        try {
          const drift = await lookAt(of, item, looking)
          if (drift) seen.push(drift)
        } catch (error) {
          signal.throwIfAborted()
          failed.push(`${item.logicalId}: ${error instanceof Error ? error.message : error}`)
          if (!isAwsError(error)) {
            const about = { stackId: of.id, logicalId: item.logicalId }
            const detail = error instanceof Error ? error.stack : String(error)
            host.log.error('a resource could not be read', { ...about, error: detail })
          }
        }
      }),
    )
  }
  const drifted = seen.filter(({ status }) => status !== 'IN_SYNC').length
  const found = drifted > 0 ? 'DRIFTED' : 'IN_SYNC'
  await host.records.write(scope, async (tx) => {
    const now = await tx.get(stack(uuid))
    if (!now) return
    for (const drift of seen) tx.set(resourceDrift(uuid, drift.logicalId), drift)
    tx.set(key, {
      ...running,
      status: failed.length > 0 ? 'DETECTION_FAILED' : 'DETECTION_COMPLETE',
      ...(failed.length > 0 ? { reason: `Failed to detect drift on ${failed.join('; ')}`.slice(0, 4_096) } : {}),
      found,
      drifted,
    })
    tx.set(stack(uuid), { ...now, detecting: undefined, drift: { status: found, atMs: host.clock.nowMs() } })
  })
}
