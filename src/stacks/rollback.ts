import { AttemptFailed, runAttempt } from './attempt.ts'
import { concurrency, leftover } from './forward.ts'
import { type Graph, walk } from './graph.ts'
import { isSame } from './identity.ts'
import type { Attempt, Leftover, Made, StackResource } from './resource.ts'
import { type Run, save } from './run.ts'
import { sameValue } from './value.ts'

/**
 * Puts back what a failed update changed, in dependency order. What it made is left for the cleanup. Answers the
 * logical ids that could not be put back.
 */
export async function rollBack(run: Run): Promise<string[]> {
  const skip = new Set(run.deployment.skip)
  const { force } = run.deployment
  const changed = [...run.resources.values()].filter((resource) => isChanged(resource))
  const graph: Graph = new Map(
    changed.map(({ logicalId, before }) => [logicalId, new Set(before && before !== 'absent' ? before.dependsOn : [])]),
  )
  const failed: string[] = []
  await walk(
    graph,
    async (id) => {
      const resource = run.resources.get(id) as StackResource
      if (skip.has(id) || (force && (await isGivenUp(run, resource)))) return leave(run, resource)
      if (await restore(run, resource)) return
      if (force) return leave(run, run.resources.get(id) as StackResource)
      failed.push(id)
      throw new Error(`${id} could not be restored`)
    },
    { concurrency, onward: true },
  )
  run.signal.throwIfAborted()
  return failed
}

function isChanged({ before }: StackResource): boolean {
  return before !== undefined && before !== 'absent'
}

/** Whether a rollback has failed to put it back. In a nested stack there may be more to be put back than what failed. */
async function isGivenUp(run: Run, { status, attempt, type }: StackResource): Promise<boolean> {
  const failed = status === 'UPDATE_FAILED' && attempt?.action === 'restore' && attempt.failed === true
  return failed && (await run.type(type)).type.follows !== true
}

/** ResourcesToSkip and ForceRollback: what is there now is taken as right. */
async function leave(run: Run, resource: StackResource): Promise<void> {
  const { before: _, attempt: __, reason: ___, ...rest } = resource
  await save(run, { resources: [{ ...rest, status: 'UPDATE_COMPLETE', updatedAtMs: run.nowMs() }] })
}

async function restore(run: Run, resource: StackResource): Promise<boolean> {
  const { logicalId: id, now, before, attempt } = resource
  if (!before || before === 'absent' || !now) return true
  const replaced = !(await isSame(run, now, before))
  // An unfinished replacement may have made something too.
  const partial =
    attempt?.action === 'create' && attempt.partialId !== undefined
      ? [{ ...attempt.target, id: attempt.partialId, attributes: {} }]
      : []
  const lost: Leftover[] = [...partial, ...(replaced ? [now] : [])].map((made) => leftover(run, id, made))
  const uncertain = attempt !== undefined && attempt.failed === true && attempt.action !== 'create'
  // What a nested stack is does not stand in its properties.
  const followed = (await run.type(before.type)).type.follows === true && resource.status !== 'UPDATE_FAILED'
  const differs = followed || !sameValue(now.properties, before.properties) || !sameValue(now.tags, before.tags)
  if (replaced || (!uncertain && !differs)) {
    await finish(run, resource, before, lost, replaced || differs || attempt !== undefined)
    return true
  }
  const resuming = attempt?.action === 'restore' && !attempt.failed ? attempt : undefined
  const next: Attempt = resuming ?? { token: run.newId(), action: 'restore', startedAtMs: run.nowMs(), target: before }
  // What is there is what the failed attempt wanted, as far as it came, else what the last good one made.
  const there = uncertain && attempt && attempt.action === 'update' ? attempt.target.properties : now.properties
  if (!resuming) {
    const { reason: _, ...rest } = resource
    await save(run, {
      resources: [
        {
          ...rest,
          now: { ...now, properties: there },
          status: 'UPDATE_IN_PROGRESS',
          updatedAtMs: run.nowMs(),
          attempt: next,
        },
      ],
      leftovers: lost,
      events: [{ logicalId: id, physicalId: now.id, type: before.type, status: 'UPDATE_IN_PROGRESS' }],
    })
  }
  try {
    const made = await runAttempt(run, id, next, {
      id: now.id,
      properties: run.resources.get(id)?.now?.properties ?? there,
    })
    const tried = { ...now, properties: there }
    const left = (await isSame(run, made, tried)) ? [] : [leftover(run, id, tried)]
    await finish(run, run.resources.get(id) as StackResource, made, left, true)
    return true
  } catch (error) {
    if (!(error instanceof AttemptFailed)) throw error
    await save(run, {
      resources: [
        {
          ...(run.resources.get(id) as StackResource),
          status: 'UPDATE_FAILED',
          reason: error.message,
          updatedAtMs: run.nowMs(),
          attempt: { ...next, failed: true },
        },
      ],
      events: [
        { logicalId: id, physicalId: now.id, type: before.type, status: 'UPDATE_FAILED', reason: error.message },
      ],
      journalDone: [next.token],
    })
    return false
  }
}

async function finish(
  run: Run,
  resource: StackResource,
  made: Made,
  leftovers: readonly Leftover[],
  visible: boolean,
): Promise<void> {
  const { before: _, attempt, reason: __, ...rest } = resource
  const line = { logicalId: resource.logicalId, physicalId: made.id, type: made.type }
  await save(run, {
    resources: [{ ...rest, type: made.type, now: made, status: 'UPDATE_COMPLETE', updatedAtMs: run.nowMs() }],
    leftovers,
    events: visible
      ? [
          ...(attempt?.action === 'restore' ? [] : [{ ...line, status: 'UPDATE_IN_PROGRESS' as const }]),
          { ...line, status: 'UPDATE_COMPLETE' as const },
        ]
      : [],
    journalDone: attempt ? [attempt.token] : [],
  })
}
