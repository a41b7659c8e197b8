import { isAwsError } from '../kernel/errors.ts'
import type { FoundResourceType } from '../kernel/host.ts'
import type { LiveProperties, ResourceReader, ResourceState, ResourceType } from '../kernel/resource.ts'
import type { Progress, Transition } from './deployment.ts'
import type { Attempt, Made, StackResource } from './resource.ts'
import { type Run, save } from './run.ts'
import { invalid } from './value.ts'

/**
 * Resources that are there already, taken over by a stack. Nothing is changed but the stack's records, so that there is
 * nothing to journal: after a crash it is looked for again.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import.html
 */

/** The one property that identifies resources of the type, when they can be imported. */
export function importIdentifier({ type, schema }: FoundResourceType): string | undefined {
  const [name, ...others] = schema.primaryIdentifier ?? []
  return type?.adopt && type.read && others.length === 0 ? name : undefined
}

/** A resource that is there, and what it is like. */
export interface Live {
  readonly state: ResourceState
  readonly properties: LiveProperties
}

/** The resource with that identifier; undefined when there is none. Throws what looking throws. */
export async function lookUp(
  found: FoundResourceType,
  identifier: string,
  rx: ResourceReader,
): Promise<ResourceState | undefined> {
  return (await readLive(found, identifier, rx))?.state
}

/** The same, with its properties as they can be read. */
export async function readLive(
  found: FoundResourceType,
  identifier: string,
  rx: ResourceReader,
): Promise<Live | undefined> {
  const name = importIdentifier(found)
  const type = found.type as unknown as ResourceType | undefined
  if (name === undefined || !type?.adopt || !type.read) return undefined
  const state = await type.adopt(identifier, rx)
  if (!state) return undefined
  const props = Object.hasOwn(found.schema.properties, name) ? { [name]: identifier } : {}
  const live = await type.read(state.id, props, rx)
  // An operation may take an ARN where the identifier is a name: that would be a second id of the same resource.
  return live && (live[name] ?? identifier) === identifier ? { state, properties: live } : undefined
}

/** Takes one resource over. Answers whether that succeeded. */
export async function importOne(
  run: Run,
  logicalId: string,
  wanted: Attempt['target'],
  identifier: string,
  before: Pick<StackResource, 'before'>,
): Promise<boolean> {
  const { type } = wanted
  const record = { logicalId, type, ...before }
  const line = { logicalId, type, properties: JSON.stringify(wanted.properties) }
  // After a crash it is under way already.
  if (run.resources.get(logicalId)?.status !== 'IMPORT_IN_PROGRESS') {
    const status = 'IMPORT_IN_PROGRESS'
    await save(run, {
      resources: [{ ...record, status, updatedAtMs: run.nowMs() }],
      events: [{ ...line, physicalId: '', status, reason: 'Resource import started.' }],
    })
  }
  try {
    const state = await lookUp(await run.type(type), identifier, readerOf(run))
    if (!state) throw missing(type, identifier)
    // It has none of the tags of the stack: the next update that reaches it gives them.
    const now: Made = { ...wanted, ...state, tags: {}, attributes: { ...state.attributes }, imported: true }
    const status = 'IMPORT_COMPLETE'
    await save(run, {
      resources: [{ ...record, status, updatedAtMs: run.nowMs(), now }],
      events: [{ ...line, physicalId: now.id, status, reason: 'Resource import completed.' }],
    })
    return true
  } catch (error) {
    run.signal.throwIfAborted()
    if (!isAwsError(error)) throw error
    const [status, reason] = ['IMPORT_FAILED', error.message] as const
    await save(run, {
      resources: [{ ...record, status, reason, updatedAtMs: run.nowMs() }],
      events: [{ ...line, physicalId: '', status, reason }],
    })
    return false
  }
}

function readerOf(run: Run): ResourceReader {
  const { account, region } = run.stack
  return {
    account,
    region,
    baseUrl: run.baseUrl,
    invoke: async <O>(operation: string, input: object, options = {}) =>
      (await run.invoke(operation, input, options)) as O,
  }
}

export function missing(type: string, identifier: string) {
  return invalid(`Resource of type '${type}' with identifier '${identifier}' was not found.`)
}

/** The end of an import that succeeded. */
export function imported(
  run: Run,
  reached: NonNullable<Transition['reached']>,
): Progress & { readonly transition: Transition } {
  const resources = [...run.resources.values()].flatMap(({ before, ...rest }) => (before === undefined ? [] : [rest]))
  return { resources, transition: { status: 'IMPORT_COMPLETE', next: 'end', reached } }
}

/** The end of one that did not: what it had taken over is no longer the stack's, and stays as it is. */
export function letGo(run: Run): Progress & { readonly transition: Transition } {
  const taken = [...run.resources.values()].filter(({ before }) => before === 'absent')
  return {
    dropped: taken.map(({ logicalId }) => logicalId),
    events: taken.flatMap(({ logicalId, type, now }) =>
      (['IMPORT_ROLLBACK_IN_PROGRESS', 'IMPORT_ROLLBACK_COMPLETE'] as const).map((status) => {
        return { logicalId, type, physicalId: now?.id ?? '', status }
      }),
    ),
    transition: { status: 'IMPORT_ROLLBACK_COMPLETE', next: 'end' },
  }
}
