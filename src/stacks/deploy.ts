import { isAwsError } from '../kernel/errors.ts'
import {
  type Ledger,
  type Phase,
  type Progress,
  type StackOutput,
  type StackStatus,
  Superseded,
  type Transition,
} from './deployment.ts'
import { type Forwarded, forward } from './forward.ts'
import { dependencyGraph } from './graph.ts'
import { imported, letGo } from './import.ts'
import { templateNames } from './names.ts'
import { evaluateOutputs } from './outputs.ts'
import { cleanUp, removeAll } from './remove.ts'
import type { StackResource } from './resource.ts'
import { rollBack } from './rollback.ts'
import { openRun, type Run, type Surroundings, save } from './run.ts'

/**
 * Runs a stack's deployment from wherever the ledger says it is to its end. Safe to run again after a crash: what was
 * done is not done twice. Returns when the deployment is over or has been superseded; throws when the node stops
 * or the store fails, to be run again.
 */
export async function deploy(around: Surroundings, ledger: Ledger): Promise<void> {
  try {
    for (;;) {
      const run = openRun(around, ledger, await ledger.read())
      const { progress, instead } = await listening(run, () => phases[run.deployment.phase](run))
      // Whether it is over, the ledger says at the next reading: a request may have come in with the last step.
      await conclude(run, progress, instead)
    }
  } catch (error) {
    if (!(error instanceof Superseded)) throw error
  }
}

/** How a phase ends. */
interface Conclusion {
  readonly progress: Progress & { readonly transition: Transition }
  /** What happens instead when the ledger refuses it (an export that clashes or is in use), for the reason given. */
  instead?(reason: string): Transition
}

const phases: Readonly<Record<Phase, (run: Run) => Promise<Conclusion>>> = {
  forward: goForward,
  rollback: goBack,
  cleanup: goClean,
  remove: goRemove,
}

async function conclude(run: Run, progress: Conclusion['progress'], instead: Conclusion['instead']): Promise<void> {
  try {
    await save(run, progress)
  } catch (error) {
    if (!isAwsError(error) || !instead) throw error
    await save(run, { transition: instead(error.message) })
  }
}

/** Runs `work` while hearing requests (CancelUpdateStack, DeleteStack) and the deadline. */
async function listening<T>(run: Run, work: () => Promise<T>): Promise<T> {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, run.signal])
  const ended = (error: unknown) => {
    if (!signal.aborted) run.unexpected(run.stack.stackName, error)
  }
  const hear = async () => {
    for await (const request of run.ledger.requests(signal)) run.stop(request)
  }
  const watch = async (deadlineMs: number) => {
    await run.until(deadlineMs, signal)
    run.stop('timeout')
  }
  const tasks = [hear().catch(ended)]
  if (run.deployment.deadlineMs !== undefined && run.deployment.phase === 'forward') {
    tasks.push(watch(run.deployment.deadlineMs).catch(ended))
  }
  try {
    return await work()
  } finally {
    over.abort()
    await Promise.all(tasks)
  }
}

async function goForward(run: Run): Promise<Conclusion> {
  const { target, deployment } = run
  if (!target) throw new Error('a deployment without a target went forward')
  const imports = new Set<string>()
  const exported = (name: string) => {
    imports.add(name)
    return run.exports.get(name)
  }
  const names = templateNames(target.template, { ...target.environment, exported }, run.values)
  const result = await forward(run, names)
  const why = run.stopping()
  if (why === 'delete') return deleting
  const fail = (detail?: string): Transition => failure(run, result, why, detail)
  if (!result.complete || why === 'cancel') return { progress: { transition: fail() } }
  let outputs: StackOutput[]
  try {
    outputs = evaluateOutputs(target.template, names)
  } catch (error) {
    if (!isAwsError(error)) throw error
    return { progress: { transition: fail(error.message) } }
  }
  const reached = { outputs, imports: [...imports] }
  if (deployment.kind === 'import') return { progress: imported(run, reached), instead: fail }
  const transition: Transition =
    deployment.kind === 'create'
      ? { status: 'CREATE_COMPLETE', next: 'end', reached }
      : { status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', next: 'cleanup', reached }
  return { progress: { transition }, instead: fail }
}

const deleting: Conclusion = { progress: { transition: { status: 'DELETE_IN_PROGRESS', next: 'remove' } } }

const failureStatus: Readonly<
  Record<
    'create' | 'update' | 'import',
    Readonly<Record<'ROLLBACK' | 'DELETE' | 'DO_NOTHING', readonly [StackStatus, Transition['next'], string]>>
  >
> = {
  create: {
    ROLLBACK: ['ROLLBACK_IN_PROGRESS', 'remove', 'Rollback requested by user.'],
    DELETE: ['DELETE_IN_PROGRESS', 'remove', 'Delete requested by user.'],
    DO_NOTHING: ['CREATE_FAILED', 'end', ''],
  },
  update: {
    ROLLBACK: ['UPDATE_ROLLBACK_IN_PROGRESS', 'rollback', ''],
    DELETE: ['UPDATE_ROLLBACK_IN_PROGRESS', 'rollback', ''],
    DO_NOTHING: ['UPDATE_FAILED', 'end', ''],
  },
  import: {
    ROLLBACK: ['IMPORT_ROLLBACK_IN_PROGRESS', 'rollback', ''],
    DELETE: ['IMPORT_ROLLBACK_IN_PROGRESS', 'rollback', ''],
    DO_NOTHING: ['IMPORT_ROLLBACK_IN_PROGRESS', 'rollback', ''],
  },
}

function failure(
  run: Run,
  { created, updated, imported: taken }: Forwarded,
  why: ReturnType<Run['stopping']>,
  detail?: string,
): Transition {
  const { kind: asked } = run.deployment
  const kind = asked === 'delete' ? 'update' : asked
  // Cancelling asks for the rollback, whatever was chosen for failures.
  const [status, next, ending] = failureStatus[kind][why === 'cancel' ? 'ROLLBACK' : run.deployment.onFailure]
  const reasons = [
    detail ?? '',
    created.length > 0 ? `The following resource(s) failed to create: [${created.join(', ')}].` : '',
    updated.length > 0 ? `The following resource(s) failed to update: [${updated.join(', ')}].` : '',
    taken.length > 0 ? `The following resource(s) failed to import: [${taken.join(', ')}].` : '',
    why === 'timeout' ? 'Stack creation time exceeded the specified timeout.' : '',
    why === 'cancel' ? 'User Initiated' : '',
    ending,
  ].filter((reason) => reason !== '')
  return { status, next, reason: reasons.join(' ') }
}

async function goBack(run: Run): Promise<Conclusion> {
  const failed = await rollBack(run)
  if (run.stopping() === 'delete') return deleting
  if (run.deployment.kind === 'import') return { progress: letGo(run) }
  const transition: Transition =
    failed.length > 0
      ? {
          status: 'UPDATE_ROLLBACK_FAILED',
          next: 'end',
          reason: `The following resource(s) failed to update: [${failed.join(', ')}].`,
        }
      : { status: 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', next: 'cleanup', rolledBack: true }
  return { progress: { transition } }
}

async function goClean(run: Run): Promise<Conclusion> {
  const { rolledBack } = run.deployment
  const wanted = wantedResources(run)
  await cleanUp(run, wanted)
  if (run.stopping() === 'delete') return deleting
  // What could not be deleted is no longer the stack's: its event says so.
  const left = [...run.resources.values()]
  const dropped = left.filter(({ logicalId, before }) => (rolledBack ? before === 'absent' : !wanted.has(logicalId)))
  const resources = left
    .filter((resource) => resource.before !== undefined && !dropped.includes(resource))
    .map(({ before: _, ...rest }): StackResource => rest)
  const status = rolledBack ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_COMPLETE'
  return {
    progress: {
      resources,
      dropped: dropped.map(({ logicalId }) => logicalId),
      settled: [...run.leftovers.keys()],
      transition: { status, next: 'end' },
    },
  }
}

async function goRemove(run: Run): Promise<Conclusion> {
  const failed = await removeAll(run)
  const reason = failed.length > 0 ? `The following resource(s) failed to delete: [${failed.join(', ')}].` : undefined
  // The rollback of a creation leaves an empty stack behind; a deletion, or a creation with OnFailure=DELETE, does not.
  const { kind, onFailure } = run.deployment
  const stays = kind === 'create' && onFailure === 'ROLLBACK' && run.stopping() !== 'delete'
  const transition: Transition =
    reason === undefined
      ? stays
        ? { status: 'ROLLBACK_COMPLETE', next: 'end' }
        : { status: 'DELETE_COMPLETE', next: 'end', deleted: true }
      : { status: stays ? 'ROLLBACK_FAILED' : 'DELETE_FAILED', next: 'end', reason }
  return { progress: { transition } }
}

/** Logical ids that the target has. */
function wantedResources(run: Run): ReadonlySet<string> {
  const { target } = run
  if (!target) return new Set()
  const environment = { ...target.environment, exported: (name: string) => run.exports.get(name) }
  const { condition } = templateNames(target.template, environment, run.values)
  return new Set(dependencyGraph(target.template, condition).keys())
}
