import { AttemptFailed, runAttempt } from './attempt.ts'
import type { Progress, ResourceEvent } from './deployment.ts'
import { dependencyGraph, type Graph, walk } from './graph.ts'
import { isSame } from './identity.ts'
import { importOne } from './import.ts'
import type { Names } from './intrinsics.ts'
import { actionFor, evaluateProperties } from './plan.ts'
import type { Attempt, Leftover, Made, StackResource } from './resource.ts'
import { type Run, save } from './run.ts'
import { deniedBy, type UpdateAction } from './stack-policy.ts'
import type { ResourceDeclaration } from './template.ts'
import { own, sameValue, type ValueMap } from './value.ts'

/** Resources worked on at once in one stack. */
export const concurrency = 16

export interface Forwarded {
  /** Logical ids by what failed, with the reasons, in the order of failure. */
  readonly created: readonly string[]
  readonly updated: readonly string[]
  readonly imported: readonly string[]
  readonly complete: boolean
}

/**
 * Makes and changes resources until the stack is as its target says, what is independent at the same time. Ends at
 * the first failure or when told to stop, once what had begun is settled. What is there and right already is left
 * alone, so that running it again goes on where it ended.
 */
export async function forward(run: Run, names: Names): Promise<Forwarded> {
  const { target } = run
  if (!target) throw new Error('a deployment without a target went forward')
  const failed = { created: [] as string[], updated: [] as string[], imported: [] as string[] }
  const note = (id: string, action: Attempt['action'] | 'import') =>
    (action === 'create' ? failed.created : action === 'import' ? failed.imported : failed.updated).push(id)

  // Begun before a crash: these are settled, whatever has been asked for since, because they may have happened already.
  const begun = new Map<string, Promise<boolean>>()
  const resume = async (id: string, attempt: Attempt) => {
    const succeeded = await settle(run, id, attempt)
    if (!succeeded) note(id, attempt.action)
    return succeeded
  }
  const graph = dependencyGraph(target.template, names.condition)
  failed.updated.push(...(await refuseRemovals(run, graph)))
  for (const { logicalId, attempt } of run.resources.values()) {
    if (attempt && !attempt.failed && attempt.action !== 'restore') begun.set(logicalId, resume(logicalId, attempt))
  }
  const anyFailed = () => failed.created.length + failed.updated.length + failed.imported.length > 0
  // The rest does not wait for them: one may itself wait for something that is yet to be made.
  const settled = Promise.allSettled(begun.values())
  const { done } = await walk(
    graph,
    async (id) => {
      if ((await begun.get(id)) === false) throw new Error(`${id} failed`)
      const action = await advance(run, id, graph, names)
      if (action !== 'ok') {
        note(id, action)
        throw new Error(`${id} failed`)
      }
    },
    { concurrency, stopped: () => run.stopping() !== undefined || anyFailed() },
  )
  await settled
  await Promise.all(begun.values())
  run.signal.throwIfAborted()
  return { ...failed, complete: done.size === graph.size && !anyFailed() }
}

/** Brings one resource to its target. Answers what failed. */
async function advance(run: Run, id: string, graph: Graph, names: Names): Promise<'ok' | 'import' | Attempt['action']> {
  const declared = run.target?.template.resources[id] as ResourceDeclaration
  const found = await run.type(declared.type)
  const record = run.resources.get(id)
  let properties: ValueMap
  try {
    properties = evaluateProperties(id, declared, found, names) as ValueMap
  } catch (error) {
    run.signal.throwIfAborted()
    await refuse(run, id, declared, record, error)
    return record?.now ? 'update' : 'create'
  }
  const token = run.newId()
  const wanted: Attempt['target'] = {
    type: declared.type,
    properties,
    tags: run.target?.tags ?? {},
    dependsOn: [...(graph.get(id) ?? [])],
    deletionPolicy: declared.deletionPolicy,
    updateReplacePolicy: declared.updateReplacePolicy,
    ...(declared.metadata === undefined ? {} : { metadata: declared.metadata }),
    ...(declared.creationPolicy === undefined ? {} : { creationPolicy: declared.creationPolicy }),
    nameSeed: token,
  }
  const now = record?.now
  const identifier = now ? undefined : own(run.deployment.toImport ?? {}, id)
  if (identifier !== undefined) {
    return (await importOne(run, id, wanted, identifier, beforeOf(run, record))) ? 'ok' : 'import'
  }
  const action = now ? actionFor(found, now, wanted, record?.attempt) : 'create'
  if (now && action === 'none') {
    await keep(run, record, now, wanted)
    return 'ok'
  }
  const denied =
    now && action !== 'none'
      ? refusal(run, action === 'update' ? 'Update:Modify' : 'Update:Replace', id, now)
      : undefined
  if (denied !== undefined) {
    await refuse(run, id, declared, record, new Error(denied))
    return 'update'
  }
  const attempt: Attempt = {
    token,
    action: action === 'update' ? 'update' : 'create',
    startedAtMs: run.nowMs(),
    target:
      now && action === 'update'
        ? { ...wanted, nameSeed: now.nameSeed, ...(now.imported ? { imported: true } : {}) }
        : wanted,
  }
  await begin(run, id, record, attempt)
  return (await settle(run, id, attempt)) ? 'ok' : attempt.action
}

/** What the stack's policy has against it. */
function refusal(run: Run, action: UpdateAction, id: string, { type }: Made): string | undefined {
  const { deployment, target } = run
  return deployment.kind === 'update' && target?.policy ? deniedBy(target.policy, action, id, type) : undefined
}

/** Resources that the target does not have, and that may not be deleted: said before anything is done. */
async function refuseRemovals(run: Run, graph: Graph): Promise<string[]> {
  const kept: string[] = []
  for (const resource of run.resources.values()) {
    const { logicalId, now } = resource
    const reason = now && !graph.has(logicalId) ? refusal(run, 'Update:Delete', logicalId, now) : undefined
    if (!now || reason === undefined) continue
    kept.push(logicalId)
    const line = { logicalId, physicalId: now.id, type: now.type, status: 'UPDATE_FAILED', reason } as const
    await save(run, { resources: [{ ...resource, status: 'UPDATE_FAILED', reason }], events: [line] })
  }
  return kept
}

/** Nothing to do, except for what only the stack knows: policies, metadata, dependencies. */
async function keep(run: Run, record: StackResource | undefined, now: Made, wanted: Attempt['target']): Promise<void> {
  const next: Made = { ...now, ...wanted, properties: now.properties, tags: now.tags, nameSeed: now.nameSeed }
  if (!record || sameValue(strip(now), strip(next))) return
  await save(run, { resources: [{ ...record, now: next, ...beforeOf(run, record) }] })
}

function strip(made: Made): ValueMap {
  const { dependsOn, deletionPolicy, updateReplacePolicy, metadata } = made
  return { dependsOn, deletionPolicy, updateReplacePolicy, metadata: metadata ?? {} }
}

/** What a rollback would restore: set by the first change of an update, kept until it ends. */
function beforeOf(run: Run, record: StackResource | undefined): Pick<StackResource, 'before'> {
  if (run.deployment.kind === 'create') return {}
  return { before: record?.before ?? record?.now ?? 'absent' }
}

async function begin(run: Run, id: string, record: StackResource | undefined, attempt: Attempt): Promise<void> {
  const now = record?.now
  const status = now ? 'UPDATE_IN_PROGRESS' : 'CREATE_IN_PROGRESS'
  const replacing = now !== undefined && attempt.action === 'create'
  const reason = replacing
    ? 'Requested update requires the creation of a new physical resource; hence creating one.'
    : undefined
  const resource: StackResource = {
    logicalId: id,
    type: attempt.target.type,
    status,
    ...(reason === undefined ? {} : { reason }),
    updatedAtMs: run.nowMs(),
    ...(now === undefined ? {} : { now }),
    ...beforeOf(run, record),
    attempt,
  }
  const partial = record?.attempt?.partialId
  const lost =
    partial === undefined || !record?.attempt
      ? []
      : [leftover(run, id, { ...record.attempt.target, id: partial, attributes: {} })]
  await save(run, {
    resources: [resource],
    leftovers: lost,
    events: [event(id, attempt, status, now?.id ?? '', reason)],
  })
}

/** Runs a begun attempt to its end. Answers whether it succeeded. */
async function settle(run: Run, id: string, attempt: Attempt): Promise<boolean> {
  const record = run.resources.get(id) as StackResource
  const now = record.now
  const verb = now ? 'UPDATE' : 'CREATE'
  try {
    const result = await runAttempt(run, id, attempt, attempt.action === 'update' && now ? now : undefined)
    const replaced = now !== undefined && !(await isSame(run, now, result))
    // Replaced twice within one update: the one in the middle is nobody's.
    const middle =
      replaced && record.before && (record.before === 'absent' || !(await isSame(run, record.before, now)))
        ? [leftover(run, id, now)]
        : []
    const { attempt: _, reason: __, ...rest } = record
    const events: ResourceEvent[] = [
      ...(attempt.action === 'create'
        ? [event(id, attempt, `${verb}_IN_PROGRESS`, result.id, 'Resource creation Initiated')]
        : []),
      event(id, attempt, `${verb}_COMPLETE`, result.id),
    ]
    await save(run, {
      resources: [{ ...rest, status: `${verb}_COMPLETE`, updatedAtMs: run.nowMs(), now: result }],
      leftovers: middle,
      events,
      journalDone: [attempt.token],
    })
    return true
  } catch (error) {
    if (!(error instanceof AttemptFailed)) throw error
    const failed: Attempt = {
      ...attempt,
      failed: error.touched,
      ...(error.partialId === undefined ? {} : { partialId: error.partialId }),
    }
    const { attempt: _, ...rest } = record
    const status = attempt.action === 'create' ? 'CREATE_FAILED' : 'UPDATE_FAILED'
    await save(run, {
      resources: [
        {
          ...rest,
          status: now ? 'UPDATE_FAILED' : status,
          reason: error.message,
          updatedAtMs: run.nowMs(),
          // Without a trace of its own, a failed attempt leaves nothing to put right.
          ...(error.touched ? { attempt: failed } : {}),
        },
      ],
      events: [event(id, attempt, status, now?.id ?? error.partialId ?? '', error.message)],
      journalDone: [attempt.token],
    })
    return false
  }
}

/** A resource that cannot even be begun: its properties turned out wrong once they were known. */
async function refuse(
  run: Run,
  id: string,
  declared: ResourceDeclaration,
  record: StackResource | undefined,
  error: unknown,
): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error)
  const status = record?.now ? 'UPDATE_FAILED' : 'CREATE_FAILED'
  const progress: Progress = {
    resources: [
      {
        ...record,
        logicalId: id,
        type: declared.type,
        status,
        reason,
        updatedAtMs: run.nowMs(),
        ...beforeOf(run, record),
      },
    ],
    events: [{ logicalId: id, physicalId: record?.now?.id ?? '', type: declared.type, status, reason }],
  }
  await save(run, progress)
}

export function leftover(run: Run, logicalId: string, made: Made): Leftover {
  return { key: run.newId(), logicalId, made }
}

function event(
  logicalId: string,
  attempt: Attempt,
  status: ResourceEvent['status'],
  physicalId: string,
  reason?: string,
): ResourceEvent {
  const { type, properties } = attempt.target
  return {
    logicalId,
    physicalId,
    type,
    status,
    ...(reason === undefined ? {} : { reason }),
    properties: JSON.stringify(properties),
  }
}
