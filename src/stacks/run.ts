import { isAwsError } from '../kernel/errors.ts'
import type { FoundResourceType, InvokeOptions } from '../kernel/host.ts'
import type { ResourceSchema } from '../kernel/model.ts'
import type { KeyPart, KeyRange, ReadTx, Records } from '../kernel/records.ts'
import type { AnswerKind, FindOptions, ResourceType } from '../kernel/resource.ts'
import { Cancelled } from './attempt.ts'
import type { Deployment, Ledger, Progress, Snapshot, Target } from './deployment.ts'
import type { ResourceValues } from './names.ts'
import { attributeOf } from './plan.ts'
import type { Leftover, StackResource } from './resource.ts'
import { invalid, type Value } from './value.ts'
import { waitFor } from './wait-for.ts'

/** What the engine needs of the node. */
export interface Surroundings {
  readonly stack: {
    readonly account: string
    readonly region: string
    readonly stackId: string
    readonly stackName: string
  }
  readonly baseUrl: string
  /** Aborted when the node stops. */
  readonly signal: AbortSignal
  nowMs(): number
  newId(): string
  until(atMs: number, signal: AbortSignal): Promise<void>
  readonly records: Pick<Records, 'read' | 'write' | 'watch'>
  answerUrl(subject: AnswerSubject): string
  resourceType(name: string): Promise<FoundResourceType | undefined>
  /** Runs an operation as the deployment's role or principal, in the stack's scope. */
  invoke(operation: string, input: object, options: Partial<InvokeOptions>): Promise<Record<string, unknown>>
  unexpected(logicalId: string, error: unknown): void
}

/** What a URL given to a resource's provider is for. */
export interface AnswerSubject {
  readonly kind: AnswerKind
  readonly logicalId: string
  /** Of the attempt that waits. */
  readonly token: string
  readonly untilMs: number
}

/** One run of a deployment: its state in memory, in step with the ledger. */
export interface Run extends Surroundings {
  readonly ledger: Ledger
  readonly deployment: Deployment
  readonly target: Target | undefined
  readonly exports: ReadonlyMap<string, Value>
  readonly resources: Map<string, StackResource>
  readonly leftovers: Map<string, Leftover>
  /** Ref and GetAtt, from what has been made. */
  readonly values: ResourceValues
  /** Why nothing more is to be started, once that is so. */
  stopping(): 'cancel' | 'delete' | 'timeout' | undefined
  stop(why: 'cancel' | 'delete' | 'timeout'): void
  type(name: string): Promise<{ type: ResourceType<Record<string, unknown>>; schema: ResourceSchema }>
  sleepUntil(atMs: number): Promise<void>
  /** See ResourceCtx. */
  found<T>(
    range: KeyRange<unknown, readonly KeyPart[]>,
    look: (tx: ReadTx) => Promise<T | undefined>,
    options: FindOptions,
  ): Promise<T | undefined>
  /** A resource's stack tags: the stack's own and `aws:cloudformation:*`. */
  tagsOf(tags: Readonly<Record<string, string>>, logicalId: string): Record<string, string>
}

const throttled = ['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'SlowDown', 'ServiceUnavailable']
const retries = { attempts: 6, firstMs: 50 }

/** Takes up a deployment where the ledger says it is. */
export function openRun(around: Surroundings, ledger: Ledger, snapshot: Snapshot): Run {
  const drain = new AbortController()
  const { phase, request } = snapshot.deployment
  let why: ReturnType<Run['stopping']> = request
  // Waits end early when there is no more use in them: a cancellation ends the way forward, a deletion all but itself.
  const settle = () => {
    if (phase === 'forward' ? why !== undefined : why === 'delete' && phase !== 'remove') drain.abort()
  }
  settle()
  const resources = new Map(snapshot.resources.map((resource) => [resource.logicalId, resource]))
  const makeable = (id: string) => {
    const made = resources.get(id)?.now
    // Not a mistake of the template: the graph puts what is needed first.
    if (!made) throw invalid(`Template error: resource ${id} has not been made`)
    return made
  }
  return {
    ...around,
    ledger,
    deployment: snapshot.deployment,
    target: snapshot.target,
    exports: snapshot.exports,
    resources,
    leftovers: new Map(snapshot.leftovers.map((leftover) => [leftover.key, leftover])),
    values: {
      ref: (id) => makeable(id).ref ?? makeable(id).id,
      getAtt: (id, attribute) => attributeOf(id, makeable(id), attribute),
    },
    stopping: () => why,
    stop(reason) {
      // A deletion goes further than a cancellation.
      if (why === undefined || reason === 'delete') why = reason
      settle()
    },
    async type(name) {
      const found = await around.resourceType(name)
      if (!found?.type) throw invalid(`Resource type ${name} is not supported by Landfall.`)
      return { type: found.type as unknown as ResourceType<Record<string, unknown>>, schema: found.schema }
    },
    async invoke(operation, input, options) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await around.invoke(operation, input, options)
        } catch (error) {
          if (attempt >= retries.attempts || !isAwsError(error, ...throttled)) throw error
          await around.until(around.nowMs() + retries.firstMs * 2 ** attempt, around.signal)
        }
      }
    },
    async sleepUntil(atMs) {
      try {
        await around.until(atMs, AbortSignal.any([around.signal, drain.signal]))
      } catch (error) {
        if (around.signal.aborted) throw error
        throw new Cancelled('cancelled')
      }
    },
    found: (range, look, options) =>
      waitFor(around, range, look, options.untilMs, options.persists ? undefined : drain.signal),
    tagsOf: (tags, logicalId) => ({
      ...tags,
      'aws:cloudformation:stack-name': around.stack.stackName,
      'aws:cloudformation:stack-id': around.stack.stackId,
      'aws:cloudformation:logical-id': logicalId,
    }),
  }
}

/** Makes progress durable, then visible to this run. */
export async function save(run: Run, progress: Progress): Promise<void> {
  await run.ledger.commit(progress)
  for (const resource of progress.resources ?? []) run.resources.set(resource.logicalId, resource)
  for (const id of progress.dropped ?? []) run.resources.delete(id)
  for (const leftover of progress.leftovers ?? []) run.leftovers.set(leftover.key, leftover)
  for (const key of progress.settled ?? []) run.leftovers.delete(key)
}
