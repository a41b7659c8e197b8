import { rootPrincipal } from '../../authn/find-key.ts'
import { isHttpTarget } from '../../delivery/http-target.ts'
import { valueAt } from '../../delivery/input-template.ts'
import { isOver, policyDecides, retryOrGiveUp } from '../../delivery/retry-policy.ts'
import { parseArn } from '../../kernel/arn.ts'
import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { HttpParameters } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import { type Principal, servicePrincipal } from '../../kernel/principal.ts'
import type { Tx } from '../../kernel/records.ts'
import { errorCodeOf } from './error-code.ts'
import { type Event, httpFor, inputFor } from './input.ts'
import { type InvocationLog, invocationLogOf } from './invocation-log.ts'
import { logGroupOf, writeLine } from './log-group.ts'
import { ruleArn } from './names.ts'
import type { BusLog, Rule, Target } from './state.ts'

/** An event on its way to one target, as it was when the rule matched. */
export interface Delivery {
  readonly ruleArn: string
  readonly target: Target
  readonly eventId: string
  readonly payload: string
  /** Why there is no such input, and `payload` is the event: it is not delivered. */
  readonly refused?: string
  /** Of a Kinesis stream's record. */
  readonly partitionKey?: string | undefined
  /** Of an endpoint: the target's, with what they take of the event. */
  readonly http?: HttpParameters | undefined
  /** What its bus logged when the event came, and what the log calls this delivery. */
  readonly log?: (BusLog & { readonly invocationId: string }) | undefined
}

/** An event on its way to a target, as its bus's log names it. */
export interface Invocation {
  readonly targetArn: string
  readonly id: string
}

const principal = servicePrincipal('events.amazonaws.com')

/**
 * Hands an event to the targets of a rule that it matches, in the transaction that accepts it. One that was relayed by
 * another bus goes on to no third: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
 */
export function dispatch(
  tx: Tx,
  found: Rule,
  event: Event,
  host: Host,
  nowMs: number,
  { relayed = false, log }: { readonly relayed?: boolean; readonly log?: BusLog | undefined } = {},
): Invocation[] {
  const arn = ruleArn(tx.scope, found.bus, found.name)
  const ingestedAt = new Date(nowMs).toISOString()
  const invocations: Invocation[] = []
  for (const target of found.targets) {
    if (relayed && isBus(target)) continue
    const input = inputFor(target, event, { ruleArn: arn, ruleName: found.name, ingestedAt })
    const given =
      typeof input === 'string' ? { payload: input } : { payload: JSON.stringify(event), refused: input.message }
    const taken = { partitionKey: keyOf(target, event), http: target.http && httpFor(target.http, event) }
    const invocationId = host.ids.uuid()
    const data: Delivery = {
      ...{ ruleArn: arn, target, eventId: idOf(event), ...given, ...taken },
      ...(log && { log: { ...log, invocationId } }),
    }
    host.deliveries.schedule(tx, { kind: 'events:deliver', scope: tx.scope, data })
    invocations.push({ targetArn: target.arn, id: invocationId })
  }
  return invocations
}

/** Brings an event to its target, until that took it, or the retries or the age of the target's policy are used up. */
export const deliver: Job<Delivery> = {
  retry: policyDecides,
  // Endpoints have 32 calls each: a few that are slow leave the others theirs.
  concurrency: 256,
  target: ({ target }) => target.arn,
  async run(delivery, ctx) {
    const log = invocationLogOf(delivery, ctx)
    await log?.started()
    try {
      await bring(delivery, ctx)
    } catch (error) {
      if (ctx.signal.aborted) throw error
      // The endpoint gets no more calls for now, which is no attempt; only the age counts.
      if (error instanceof Retry && !isOver(delivery.target, ctx)) {
        await log?.throttled()
        throw error
      }
      const condition = await giveUp(error, delivery, log, ctx)
      if (await bury(delivery, error, condition, ctx)) await log?.buried(error)
      return
    }
    await log?.succeeded()
  },
}

/** Which limit is used up, if one is. Throws Retry when the target is to be tried again. */
async function giveUp(error: unknown, { target }: Delivery, log: InvocationLog | undefined, ctx: JobCtx) {
  let condition: ReturnType<typeof retryOrGiveUp>
  try {
    condition = retryOrGiveUp(error, target, ctx)
  } catch (again) {
    await log?.failed(error, true, false)
    throw again
  }
  await log?.failed(error, false, condition === undefined)
  return condition
}

async function bring(delivery: Delivery, { host, scope, createdAtMs, signal }: JobCtx) {
  const { target, payload, refused, ruleArn: sourceArn, http = {} } = delivery
  if (refused !== undefined) throw awsError('InvalidParameterValue', refused)
  const as = await principalFor(target, sourceArn, host)
  if (isHttpTarget(target.arn)) {
    const endpoint = await host.httpTarget(target.arn)
    await endpoint.call(payload, http, { principal: as, signal })
    return
  }
  if (logGroupOf(target.arn) !== undefined) {
    await writeLine({ groupArn: target.arn, payload, ruleArn: sourceArn, atMs: createdAtMs }, as, host)
    return
  }
  if (parseArn(target.arn)?.service === 'lambda') {
    const called = await host.functionTarget(target.arn)
    await host.records.write(scope, (tx) => called.accept(tx, jsonOf(payload), { principal: as, sourceArn }))
    return
  }
  const queue = await host.messageTarget(target.arn)
  await host.records.write(scope, (tx) => queue.send(tx, { body: payload, sourceArn, ...orderOf(delivery) }, as))
}

function orderOf({ target, partitionKey, eventId }: Delivery) {
  if (parseArn(target.arn)?.service === 'kinesis') return { groupId: partitionKey ?? eventId }
  return target.messageGroupId === undefined ? {} : { groupId: target.messageGroupId, deduplicationId: eventId }
}

/** What an event has at the path of a partition key, as text. */
function keyOf({ partitionKeyPath: path }: Target, event: Event): string | undefined {
  const value = path === undefined ? undefined : valueAt(event, path)
  if (value === undefined || value === null) return undefined
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 256)
}

function isBus({ arn }: Target): boolean {
  return parseArn(arn)?.service === 'events' && !isHttpTarget(arn)
}

/** A FIFO queue is to take what is replayed for another message. */
function idOf({ id, 'replay-name': replay }: Event): string {
  return replay === undefined ? String(id) : `${String(id)}-${String(replay)}`
}

async function principalFor(target: Target, sourceArn: string, host: Host): Promise<Principal> {
  const { roleArn } = target
  // Buses are opened to accounts: without a role, the rule's own is who comes.
  if (roleArn === undefined && isBus(target)) return rootPrincipal(parseArn(sourceArn)?.account ?? '')
  if (roleArn === undefined) return principal
  const options = { service: 'events.amazonaws.com', sessionName: 'events', durationSec: 900, sourceArn }
  return (await host.assumeRole(roleArn, options)).principal
}

/** Functions take JSON: what a template made otherwise is a string of it. */
function jsonOf(payload: string): Uint8Array {
  try {
    JSON.parse(payload)
    return Buffer.from(payload)
  } catch {
    return Buffer.from(JSON.stringify(payload))
  }
}

/** Keeps in the dead-letter queue, if there is one that lets it, what could not be delivered, and why. Answers whether it did. */
async function bury(delivery: Delivery, error: unknown, condition: string | undefined, ctx: JobCtx): Promise<boolean> {
  const { host, scope } = ctx
  const { deadLetterArn } = delivery.target
  const { code, message } = isAwsError(error) ? error : { code: 'InternalError', message: String(error) }
  host.log.warn('an event was given up', { rule: delivery.ruleArn, target: delivery.target.arn, error: code })
  if (deadLetterArn === undefined) return false
  const text = (stringValue: string) => ({ dataType: 'String', stringValue: stringValue.slice(0, 1_000) })
  const attributes = {
    RULE_ARN: text(delivery.ruleArn),
    TARGET_ARN: text(delivery.target.arn),
    ERROR_CODE: text(errorCodeOf(error)),
    ERROR_MESSAGE: text(message || code),
    ...(condition !== undefined && { EXHAUSTED_RETRY_CONDITION: text(condition) }),
    RETRY_ATTEMPTS: { dataType: 'Number', stringValue: String(ctx.attempt - 1) },
  }
  try {
    const queue = await host.messageTarget(deadLetterArn)
    const dead = { body: delivery.payload, attributes, sourceArn: delivery.ruleArn }
    await host.records.write(scope, (tx) => queue.send(tx, dead, principal))
    return true
  } catch (failure) {
    if (!isAwsError(failure)) throw failure
    // A queue that is not there, or whose policy does not let EventBridge in: AWS loses it as well.
    host.log.warn('a dead-letter queue did not take an event', { queue: deadLetterArn, error: failure.code })
    return false
  }
}
