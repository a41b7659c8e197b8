import { createHash } from 'node:crypto'
import { AttemptFailed, runDelete } from './attempt.ts'
import { type Progress, undoesCreation } from './deployment.ts'
import { concurrency } from './forward.ts'
import { type Graph, reversed, walk } from './graph.ts'
import { isSame } from './identity.ts'
import type { Made, StackResource } from './resource.ts'
import { type Run, save } from './run.ts'

/** A physical resource to be deleted, and how the stack's records say so. */
interface Condemned {
  readonly key: string
  readonly logicalId: string
  readonly made: Made
  /** Left alone instead: its policy, or the caller, says so. */
  readonly keep: boolean
  /** What is recorded when it is gone (or kept). */
  gone(status: 'DELETE_COMPLETE' | 'DELETE_SKIPPED'): Progress
  failed?(reason: string): Progress
}

/** Deletes everything the stack has, dependents first. Answers the logical ids that could not be deleted. */
export async function removeAll(run: Run): Promise<string[]> {
  const skip = new Set(run.deployment.skip)
  const rollback = undoesCreation(run.deployment) && run.stopping() !== 'delete'
  const replaced = await replacements(run)
  const condemned = [...run.resources.values()].flatMap((resource): Condemned[] => {
    const made = existing(resource)
    const policy = made?.deletionPolicy
    const kept = rollback ? policy === 'Retain' && !run.deployment.retainExceptOnCreate : policy !== 'Delete'
    const keep = skip.has(resource.logicalId) || kept || (rollback && made?.imported === true)
    const { now: _, before: __, attempt: ___, reason: ____, ...rest } = resource
    const old = replaced.get(resource.logicalId)
    return [
      ...(made
        ? [
            {
              key: resource.logicalId,
              logicalId: resource.logicalId,
              made,
              keep,
              gone: (status: 'DELETE_COMPLETE' | 'DELETE_SKIPPED') => ({
                resources: [{ ...rest, status, updatedAtMs: run.nowMs(), lastId: made.id }],
              }),
              failed: (reason: string) => ({
                resources: [{ ...resource, status: 'DELETE_FAILED' as const, reason, updatedAtMs: run.nowMs() }],
              }),
            },
          ]
        : []),
      ...(old
        ? [
            {
              key: `${resource.logicalId}/before`,
              logicalId: resource.logicalId,
              made: old,
              keep: old.deletionPolicy === 'Retain',
              gone: () => ({}),
            },
          ]
        : []),
    ]
  })
  return deleteAll(run, [...condemned, ...leftovers(run)])
}

/** Deletes what an update left over: resources replaced, removed, or (after its rollback) made in vain. */
export async function cleanUp(run: Run, wanted: ReadonlySet<string>): Promise<string[]> {
  const replaced = await replacements(run)
  const condemned = [...run.resources.values()].flatMap((resource): Condemned[] => {
    const { logicalId, now, before } = resource
    if (run.deployment.rolledBack) {
      const made = before === 'absent' ? existing(resource) : undefined
      return made
        ? [
            {
              key: logicalId,
              logicalId,
              made,
              keep:
                made.imported === true || (made.deletionPolicy === 'Retain' && !run.deployment.retainExceptOnCreate),
              gone: () => ({ dropped: [logicalId] }),
            },
          ]
        : []
    }
    const out: Condemned[] = []
    const { before: _, ...rest } = resource
    const old = replaced.get(logicalId)
    if (old && now) {
      out.push({
        key: `${logicalId}/before`,
        logicalId,
        made: old,
        keep: now.updateReplacePolicy === 'Retain',
        gone: () => ({ resources: [rest] }),
      })
    }
    const made = existing(resource)
    if (made && !wanted.has(logicalId)) {
      out.push({
        key: logicalId,
        logicalId,
        made,
        // What the update made that is taken back, or what the template is without for good.
        keep: run.deployment.undoes
          ? made.deletionPolicy === 'Retain' && !run.deployment.retainExceptOnCreate
          : made.deletionPolicy !== 'Delete',
        gone: () => ({ dropped: [logicalId] }),
      })
    }
    return out
  })
  return deleteAll(run, [...condemned, ...leftovers(run)])
}

/** By logical id, what an update has put something else in the place of. */
async function replacements(run: Run): Promise<ReadonlyMap<string, Made>> {
  const found = new Map<string, Made>()
  for (const { logicalId, now, before } of run.resources.values()) {
    if (before === undefined || before === 'absent') continue
    if (!now || !(await isSame(run, before, now))) found.set(logicalId, before)
  }
  return found
}

/** What there is of a resource: all of it, or what a failed creation has left. */
function existing({ now, attempt }: StackResource): Made | undefined {
  if (now) return now
  return attempt?.partialId === undefined ? undefined : { ...attempt.target, id: attempt.partialId, attributes: {} }
}

function leftovers(run: Run): Condemned[] {
  return [...run.leftovers.values()].map(({ key, logicalId, made }) => ({
    key: `leftover/${key}`,
    logicalId,
    made,
    keep: made.updateReplacePolicy === 'Retain' || made.imported === true,
    gone: () => ({ settled: [key] }),
  }))
}

async function deleteAll(run: Run, condemned: readonly Condemned[]): Promise<string[]> {
  const byKey = new Map(condemned.map((item) => [item.key, item]))
  const needs: Graph = new Map(
    condemned.map(({ key, logicalId, made }) => [
      key,
      new Set(
        condemned
          .filter((other) => other.logicalId !== logicalId && made.dependsOn.includes(other.logicalId))
          .map((other) => other.key),
      ),
    ]),
  )
  const failed = new Set<string>()
  await walk(
    reversed(needs),
    async (key) => {
      const item = byKey.get(key) as Condemned
      if (await deleteOne(run, item)) return
      failed.add(item.logicalId)
      throw new Error(`${item.logicalId} could not be deleted`)
    },
    { concurrency, onward: true },
  )
  run.signal.throwIfAborted()
  return [...failed]
}

async function deleteOne(run: Run, item: Condemned): Promise<boolean> {
  const { logicalId, made } = item
  const line = { logicalId, physicalId: made.id, type: made.type }
  if (item.keep) {
    await save(run, merge(item.gone('DELETE_SKIPPED'), { events: [{ ...line, status: 'DELETE_SKIPPED' }] }))
    return true
  }
  const resource = run.resources.get(logicalId)
  const shown =
    item.failed && resource
      ? { resources: [{ ...resource, status: 'DELETE_IN_PROGRESS' as const, updatedAtMs: run.nowMs() }] }
      : {}
  // After a crash it is under way already.
  if (resource?.status !== 'DELETE_IN_PROGRESS' || !item.failed) {
    await save(run, merge(shown, { events: [{ ...line, status: 'DELETE_IN_PROGRESS' }] }))
  }
  try {
    await runDelete(run, logicalId, made, deletionToken(run.deployment.id, item.key))
    await save(run, merge(item.gone('DELETE_COMPLETE'), { events: [{ ...line, status: 'DELETE_COMPLETE' }] }))
    return true
  } catch (error) {
    if (!(error instanceof AttemptFailed)) throw error
    const reason = error.message
    await save(run, merge(item.failed?.(reason) ?? {}, { events: [{ ...line, status: 'DELETE_FAILED', reason }] }))
    return false
  }
}

/** The same again after a crash, so that a provider's answer to what was asked before it counts. */
function deletionToken(deployment: string, key: string): string {
  const digest = createHash('sha256').update(`${deployment}\0${key}`).digest('hex')
  return [8, 12, 16, 20, 32].map((end, i, ends) => digest.slice(ends[i - 1] ?? 0, end)).join('-')
}

function merge(a: Progress, b: Progress): Progress {
  return { ...a, ...b }
}
