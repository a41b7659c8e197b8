import { AwsError, isAwsError } from '../kernel/errors.ts'
import type { Tx } from '../kernel/records.ts'
import { type ResourceCtx, ResourceFailure, type ResourceState, type ResourceType } from '../kernel/resource.ts'
import { resolveDynamicReferences, resolveWhatRemains } from './dynamic.ts'
import { answered, type JournalEntry, refused, replay } from './journal.ts'
import { physicalName } from './physical-name.ts'
import { checkProperties } from './properties.ts'
import type { Attempt, Made } from './resource.ts'
import type { Run } from './run.ts'

/** Thrown out of `sleepUntil` when the stack has been told to stop what it is doing. */
export class Cancelled extends Error {}

/** A failed attempt: why, and by what id its partial work can be deleted. */
export class AttemptFailed extends Error {
  readonly partialId: string | undefined
  /** Whether any operation succeeded before the failure. */
  readonly touched: boolean
  constructor(reason: string, partialId: string | undefined, touched: boolean, cause: unknown) {
    super(reason, { cause })
    this.partialId = partialId
    this.touched = touched
  }
}

type AnyType = ResourceType<Record<string, unknown>>

/**
 * Runs `create`, or `update` of what is there, for a persisted attempt. Operations that already happened in an
 * earlier run of it are answered from the journal. Throws AttemptFailed; anything else thrown means that the node
 * is stopping or the store has failed, and the attempt is to be run again.
 */
export async function runAttempt(
  run: Run,
  logicalId: string,
  attempt: Attempt,
  was?: { id: string; properties: Made['properties'] },
): Promise<Made> {
  const type = await run.type(attempt.target.type)
  const journal = [...(await run.ledger.journal(attempt.token))]
  let partialId: string | undefined
  let named: string | undefined
  const rx = resourceCtx(run, logicalId, attempt, {
    journal,
    previousTags: {},
    created: (id) => {
      partialId = id
    },
    named: (name) => {
      named = name
    },
  })
  const before = run.resources.get(logicalId)?.now
  const ctx = was ? { ...rx, previousTags: run.tagsOf(before?.tags ?? {}, logicalId) } : rx
  try {
    const given = (properties: Made['properties']) => asGiven(logicalId, attempt.target.type, type, properties, run)
    const props = await given(attempt.target.properties)
    const state = was
      ? await update(type.type, was.id, props, await given(was.properties), ctx)
      : await type.type.create(props, rx)
    return made(attempt, state, was?.id)
  } catch (error) {
    run.signal.throwIfAborted()
    if (!isAwsError(error) && !(error instanceof Cancelled) && !(error instanceof ResourceFailure))
      run.unexpected(logicalId, error)
    const touched = journal.some(({ error: failed }) => failed === undefined)
    // Without a word from the type, what its writes have made is found under the name it was given.
    const guess = journal.some(({ write }) => write)
      ? (identifier(type.schema.primaryIdentifier, attempt.target.properties) ?? named)
      : undefined
    throw new AttemptFailed(
      failureReason(error, attempt.token, was ? 'update' : 'creation'),
      was ? undefined : (partialId ?? guess),
      touched,
      error,
    )
  }
}

/** Deletes a physical resource. Deleting is repeatable by contract, so nothing is journalled. */
export async function runDelete(run: Run, logicalId: string, thing: Made, token: string): Promise<void> {
  const { type } = await run.type(thing.type)
  const attempt: Attempt = { token, action: 'delete', startedAtMs: run.nowMs(), target: thing }
  const rx = resourceCtx(run, logicalId, attempt, {
    journal: undefined,
    previousTags: {},
    created: () => {},
    named: () => {},
  })
  try {
    await type.delete(thing.id, structuredClone(await resolveWhatRemains(thing.properties, run)), rx)
  } catch (error) {
    run.signal.throwIfAborted()
    if (!isAwsError(error) && !(error instanceof ResourceFailure)) run.unexpected(logicalId, error)
    throw new AttemptFailed(failureReason(error, token, 'deletion'), undefined, true, error)
  }
}

/** The properties as a type gets them: its own copy, with what dynamic references stand for. */
async function asGiven(
  logicalId: string,
  name: string,
  found: Awaited<ReturnType<Run['type']>>,
  properties: Made['properties'],
  run: Run,
): Promise<Record<string, unknown>> {
  const resolved = await resolveDynamicReferences(properties, run)
  if (resolved === properties) return structuredClone(properties)
  return checkProperties(logicalId, name, found, resolved) as Record<string, unknown>
}

function update(
  type: AnyType,
  id: string,
  props: Record<string, unknown>,
  previous: Record<string, unknown>,
  rx: ResourceCtx,
): Promise<ResourceState> {
  if (!type.update) throw new Error('a type without update was asked to update')
  return type.update(id, props, previous, rx)
}

function made({ target }: Attempt, state: ResourceState, was: string | undefined): Made {
  const { imported, ...rest } = target
  return {
    ...rest,
    // One that was made in its place is the stack's own.
    ...(imported && state.id === was ? { imported } : {}),
    id: state.id,
    ...(state.ref === undefined ? {} : { ref: state.ref }),
    attributes: { ...state.attributes },
    ...(state.noEcho ? { noEcho: true } : {}),
  }
}

function identifier(names: readonly string[] | undefined, props: Record<string, unknown>): string | undefined {
  const value = names?.length === 1 ? props[names[0] ?? ''] : undefined
  return typeof value === 'string' ? value : undefined
}

interface Hooks {
  /** Entries of earlier runs; new ones are added. Absent: nothing is journalled. */
  readonly journal: JournalEntry[] | undefined
  readonly previousTags: Readonly<Record<string, string>>
  created(id: string): void
  named(name: string): void
}

type Within = (tx: Tx, answer: Record<string, unknown>) => Promise<void>

function resourceCtx(run: Run, logicalId: string, attempt: Attempt, hooks: Hooks): ResourceCtx {
  let calls = 0
  const { account, region, stackId, stackName } = run.stack
  /** Does what the journal does not have yet. `within` is called in the transaction of a step that has one. */
  const once = async (step: string, perform: (within: Within) => Promise<Record<string, unknown>>) => {
    const index = calls++
    const known = hooks.journal?.[index]
    if (known) return replay(known, step)
    let written = false
    try {
      const output = await perform(async (tx, answer) => {
        written = true
        if (hooks.journal) await run.ledger.note(attempt.token, index, answered(step, true, answer), tx)
      })
      if (hooks.journal) {
        const entry = answered(step, written, output)
        if (!written) await run.ledger.note(attempt.token, index, entry)
        hooks.journal[index] = entry
      }
      return output
    } catch (error) {
      if (hooks.journal && error instanceof AwsError && !run.signal.aborted) {
        const entry = refused(step, error)
        await run.ledger.note(attempt.token, index, entry)
        hooks.journal[index] = entry
      }
      throw error
    }
  }
  return {
    account,
    region,
    stackId,
    stackName,
    logicalId,
    type: attempt.target.type,
    ...(attempt.target.creationPolicy === undefined ? {} : { creationPolicy: attempt.target.creationPolicy }),
    restoring: attempt.action === 'restore',
    clientToken: attempt.token,
    baseUrl: run.baseUrl,
    tags: run.tagsOf(attempt.target.tags, logicalId),
    previousTags: hooks.previousTags,
    nowMs: attempt.startedAtMs,
    signal: run.signal,
    name(options) {
      const name = physicalName(stackName, logicalId, attempt.target.nameSeed, options)
      hooks.named(name)
      return name
    },
    created: hooks.created,
    async invoke<O>(operation: string, input: object, options: Parameters<ResourceCtx['invoke']>[2] = {}) {
      return (await once(operation, (within) =>
        run.invoke(operation, input, {
          ...options,
          within: async (tx, answer) => {
            await within(tx, answer)
            await options.within?.(tx, answer)
          },
        }),
      )) as O
    },
    async write(step, change) {
      await once(step, (within) =>
        run.records.write({ account, region }, async (tx) => {
          await change(tx)
          await within(tx, {})
          return {}
        }),
      )
    },
    sleepUntil: (atMs) => run.sleepUntil(atMs),
    found: (range, look, options) => run.found(range, look, options),
    answerUrl: (kind, untilMs) => run.answerUrl({ kind, logicalId, token: attempt.token, untilMs }),
  }
}

/** What the resource's event says, in the words of CloudFormation's resource handlers. */
function failureReason(error: unknown, token: string, what: 'creation' | 'update' | 'deletion'): string {
  if (error instanceof Cancelled) return `Resource ${what} cancelled`
  if (error instanceof ResourceFailure) return error.message
  if (!isAwsError(error)) return 'Internal Failure'
  return `Resource handler returned message: "${error.message}" (RequestToken: ${token}, HandlerErrorCode: ${handlerErrorCode(error.code)})`
}

/** https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html */
function handlerErrorCode(code: string): string {
  if (/AccessDenied|NotAuthorized|Unauthorized/i.test(code)) return 'AccessDenied'
  if (/NotFound|NoSuch|DoesNotExist|NonExistent/i.test(code)) return 'NotFound'
  if (/AlreadyExists|AlreadyOwned|InUse|NameExists/i.test(code)) return 'AlreadyExists'
  if (/Conflict/i.test(code)) return 'ResourceConflict'
  if (/Throttl|TooManyRequests|SlowDown/i.test(code)) return 'Throttling'
  if (/LimitExceeded|Quota/i.test(code)) return 'ServiceLimitExceeded'
  if (/Validation|Invalid|Malformed|BadRequest|Missing/i.test(code)) return 'InvalidRequest'
  return 'GeneralServiceException'
}
