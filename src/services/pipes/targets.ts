import { isHttpTarget } from '../../delivery/http-target.ts'
import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'
import type { Http, Pipe } from './state.ts'
import { dynamic, type PipeEvent, textOf } from './template.ts'

export interface Sending {
  readonly host: Host
  readonly scope: Scope
  readonly pipe: Pipe
  readonly principal: Principal
  readonly signal: AbortSignal
  /** The events as the target is to get them, and as they were before that. */
  readonly events: readonly PipeEvent[]
  readonly originals: readonly PipeEvent[]
}

type Send = (sending: Sending) => Promise<Uint8Array | undefined>

/** Sends by kind of target; what a function answers that is waited for is returned. Throws when the target failed. */
const kinds: Readonly<Record<string, Send>> = {
  async lambda({ host, scope, pipe, principal, events }) {
    const target = await host.functionTarget(pipe.target)
    const payload = Buffer.from(JSON.stringify(events))
    if (pipe.targetParameters?.LambdaFunctionParameters?.InvocationType === 'FIRE_AND_FORGET') {
      await host.records.write(scope, (tx) => target.accept(tx, payload, { principal }))
      return undefined
    }
    return answerOf(await target.call(payload, { principal }), pipe.target)
  },
  sqs: sendMessages,
  sns: sendMessages,
  kinesis: sendMessages,
  firehose: sendMessages,
  'execute-api': call,
  async events(sending) {
    const { host, scope, pipe, principal, events, originals } = sending
    if (isHttpTarget(pipe.target)) return call(sending)
    const given = pipe.targetParameters?.EventBridgeEventBusParameters ?? {}
    const entries = events.map((event, index) => {
      const original = originals[index]
      const time = dynamic(given.Time, original)
      return {
        EventBusName: pipe.target,
        Detail: textOf(event),
        DetailType: dynamic(given.DetailType, original) ?? `Event from ${sourceOf(original)}`,
        Source: dynamic(given.Source, original) ?? `Pipe ${pipe.name}`,
        ...(given.Resources && { Resources: given.Resources.map((one) => dynamic(one, original)) }),
        ...(time !== undefined && { Time: new Date(/^\d+$/.test(time) ? Number(time) : time) }),
      }
    })
    for (let at = 0; at < entries.length; at += 10) {
      const answer = await host.invoke<{ Entries: { ErrorCode?: string; ErrorMessage?: string }[] }>(
        'events:PutEvents',
        { Entries: entries.slice(at, at + 10) },
        { as: principal, scope: { ...scope, region: regionOf(pipe) } },
      )
      const failed = answer.Entries.find(({ ErrorCode }) => ErrorCode !== undefined)
      if (failed?.ErrorCode) throw awsError(failed.ErrorCode, failed.ErrorMessage ?? failed.ErrorCode)
    }
    return undefined
  },
  async logs({ host, scope, pipe, principal, events, originals }) {
    const { LogStreamName, Timestamp } = pipe.targetParameters?.CloudWatchLogsParameters ?? {}
    const logEvents = events.map((event, index) => {
      const time = Number(dynamic(Timestamp, originals[index]))
      return { message: textOf(event), timestamp: time > 0 ? time : host.clock.nowMs() }
    })
    const logGroupName = (parseArn(pipe.target)?.resource ?? '').replace(/^log-group:/, '').replace(/:\*$/, '')
    const as = { as: principal, scope: { ...scope, region: regionOf(pipe) } }
    // The name may be a path into the event: each goes to the stream that it says.
    const streams = Map.groupBy(logEvents, (_, index) => dynamic(LogStreamName, originals[index]))
    for (const [logStreamName, lines] of streams) {
      lines.sort((a, b) => a.timestamp - b.timestamp)
      await host.invoke('logs:PutLogEvents', { logGroupName, logStreamName, logEvents: lines }, as)
    }
    return undefined
  },
}

/** Sends events to the pipe's target, as its role. */
export function send(sending: Sending): Promise<Uint8Array | undefined> {
  const kind = kinds[parseArn(sending.pipe.target)?.service ?? '']
  if (!kind) throw new Error(`no pipe has the target ${sending.pipe.target}`)
  return kind(sending)
}

/** All of them in one transaction, so that a batch that is tried again was not there in part. */
async function sendMessages({ host, scope, pipe, principal, events, originals }: Sending): Promise<undefined> {
  const target = await host.messageTarget(pipe.target)
  const { SqsQueueParameters: queue, KinesisStreamParameters: stream } = pipe.targetParameters ?? {}
  await host.records.write(scope, async (tx) => {
    for (const [index, event] of events.entries()) {
      const groupId = dynamic(queue?.MessageGroupId ?? stream?.PartitionKey, originals[index])
      const deduplicationId = dynamic(queue?.MessageDeduplicationId, originals[index])
      const fifo = {
        ...(groupId !== undefined && { groupId }),
        ...(deduplicationId !== undefined && { deduplicationId }),
      }
      await target.send(tx, { body: textOf(event), ...fifo }, principal)
    }
  })
}

function call(sending: Sending): ReturnType<Send> {
  return callEach(sending.pipe.target, sending.pipe.targetParameters?.HttpParameters, sending)
}

/** One request for each event; those after one that failed are not sent. Answers what the last was answered. */
async function callEach(arn: string, given: Http | undefined, sending: Sending): Promise<Uint8Array | undefined> {
  const { host, principal, signal, events, originals } = sending
  const target = await host.httpTarget(arn)
  let answer: Uint8Array | undefined
  for (const [index, event] of events.entries()) {
    const filled = (value: string) => dynamic(value, originals[index]) ?? ''
    const all = (values: Readonly<Record<string, string>> = {}) =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, filled(value)]))
    const http = {
      pathValues: (given?.PathParameterValues ?? []).map(filled),
      headers: all(given?.HeaderParameters),
      query: all(given?.QueryStringParameters),
    }
    answer = await target.call(textOf(event), http, { principal, signal })
  }
  return answer
}

/**
 * Calls the enrichment with the events and answers what it makes of them. Throws when that is more than the target takes
 * at once, which is then not called.
 */
export async function enrich(sending: Sending): Promise<readonly PipeEvent[]> {
  const made = await enriched(sending)
  const most = batchOf(sending.pipe.target)
  if (made.length <= most) return made
  throw awsError(
    'ValidationException',
    `The enrichment answered ${made.length} events; the target takes ${most} at once.`,
  )
}

async function enriched(sending: Sending): Promise<readonly PipeEvent[]> {
  const { host, pipe, principal, events } = sending
  if (!pipe.enrichment) return events
  if (isHttpTarget(pipe.enrichment)) {
    return eventsOf(await callEach(pipe.enrichment, pipe.enrichmentParameters?.HttpParameters, sending))
  }
  const target = await host.functionTarget(pipe.enrichment)
  const payload = answerOf(await target.call(Buffer.from(JSON.stringify(events)), { principal }), pipe.enrichment)
  return eventsOf(payload)
}

/**
 * Of an answer that is empty the target is told nothing:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html#pipes-enrichment-filtering
 */
function eventsOf(payload: Uint8Array | undefined): readonly PipeEvent[] {
  const text = Buffer.from(payload ?? []).toString()
  const answer: unknown = text === '' ? null : JSON.parse(text)
  if (Array.isArray(answer)) return answer as PipeEvent[]
  const isEmpty = answer === null || answer === '' || (typeof answer === 'object' && Object.keys(answer).length === 0)
  return isEmpty ? [] : [answer]
}

function answerOf({ error, payload }: { error?: string; payload: Uint8Array }, arn: string): Uint8Array {
  if (error === undefined) return payload
  throw awsError('FunctionFailed', `${arn} failed: ${Buffer.from(payload).toString().slice(0, 500)}`)
}

/** Of an event of the source: what an enrichment made does not say. */
function sourceOf(event: PipeEvent): string {
  return typeof event === 'object' && event !== null && 'eventSource' in event ? String(event.eventSource) : 'aws:sqs'
}

/** A function takes as many as fit into its payload. */
const largest: Readonly<Record<string, number>> = {
  sqs: 10,
  sns: 10,
  events: 10,
  kinesis: 500,
  firehose: 500,
  logs: 10_000,
}

/**
 * Events that the target takes at once:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
 */
export function largestBatch({ target, enrichment }: Pick<Pipe, 'target' | 'enrichment'>): number {
  return enrichment && isHttpTarget(enrichment) ? 1 : batchOf(target)
}

function batchOf(target: string): number {
  return isHttpTarget(target) ? 1 : (largest[parseArn(target)?.service ?? ''] ?? Number.POSITIVE_INFINITY)
}

const regionOf = (pipe: Pipe): string => parseArn(pipe.target)?.region ?? ''
