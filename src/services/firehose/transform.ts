import { backoffMs } from '../../delivery/backoff.ts'
import { uuidFrom } from '../../delivery/bucket.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { splitDelimited, splitJson } from './deaggregate.ts'
import { runQuery } from './jq.ts'
import { principalOf, streamArn } from './names.ts'
import type { Bringing } from './object.ts'
import type { LambdaProcessor, Processing } from './processing.ts'
import type { Waiting } from './state.ts'

/** A record on its way. */
export interface Item {
  readonly data: Uint8Array
  readonly source: Waiting
  readonly query?: Readonly<Record<string, string>>
  readonly lambda?: Readonly<Record<string, string>>
}

export interface Failed {
  readonly source: Pick<Waiting, 'atMs'>
  /** As it came to the step that failed. */
  readonly data: Uint8Array
  readonly attempts: number
  readonly code: string
  readonly message: string
  readonly lambdaArn?: string
}

export interface Processed {
  readonly items: readonly Item[]
  readonly failed: readonly Failed[]
  /** How long queries took. */
  readonly queryMs: number
}

/** Of records that are split there are no more at a time: each becomes up to 500. */
const splitAtOnce = 200

/** What is processed together, so that what it becomes has room in memory. */
export function slicesOf<T>(list: readonly T[], { split }: Processing): readonly (readonly T[])[] {
  if (split === undefined) return [list]
  const count = Math.ceil(list.length / splitAtOnce)
  return Array.from({ length: count }, (_, i) => list.slice(i * splitAtOnce, (i + 1) * splitAtOnce))
}

/** The same with names of its own for what one of the slices comes to. */
export function ofSlice(of: Bringing, index: number): Bringing {
  return index === 0 ? of : { ...of, seed: uuidFrom(`${of.seed} ${index}`) }
}

/** Splits records, has a function change them, extracts their keys, and ends each with the delimiter. */
export async function processed(
  of: Bringing,
  records: readonly Waiting[],
  by: Processing,
  roleArn: string,
): Promise<Processed> {
  const failed: Failed[] = []
  let items = records.flatMap((source): Item[] => {
    const parts = by.split === undefined ? [source.data] : splitBy(source.data, by.split)
    if (parts) return parts.map((data) => ({ data, source }))
    const message = 'The record could not be split as RecordDeAggregation has it.'
    failed.push({ source, data: source.data, attempts: 1, code: 'DynamicPartitioning.DeaggregationFailed', message })
    return []
  })
  const { lambda, query, delimiter } = by
  if (lambda) {
    const changed = await changedByFunction(of, items, lambda, lambda.roleArn ?? roleArn)
    items = [...changed.items]
    failed.push(...changed.failed)
  }
  const queriedAtMs = of.host.clock.nowMs()
  if (query) {
    items = items.flatMap((item): Item[] => {
      try {
        return [{ ...item, query: runQuery(query, item.data) }]
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        const message = 'The record is not JSON, of which a MetadataExtractionQuery can be asked.'
        const code = 'DynamicPartitioning.MetadataExtractionFailed'
        failed.push({ source: item.source, data: item.data, attempts: 1, code, message })
        return []
      }
    })
  }
  const queryMs = of.host.clock.nowMs() - queriedAtMs
  if (!delimiter) return { items, failed, queryMs }
  return { items: items.map((item) => ({ ...item, data: Buffer.concat([item.data, delimiter]) })), failed, queryMs }
}

function splitBy(data: Uint8Array, split: NonNullable<Processing['split']>): Uint8Array[] | undefined {
  return split === 'json' ? splitJson(data) : splitDelimited(data, split)
}

interface Answer {
  readonly recordId: string
  readonly result: string
  readonly data?: string
  readonly metadata?: { readonly partitionKeys?: Readonly<Record<string, unknown>> }
}

/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
async function changedByFunction(
  of: Bringing,
  items: readonly Item[],
  by: LambdaProcessor,
  roleArn: string,
): Promise<Omit<Processed, 'queryMs'>> {
  const [done, failed]: [Item[], Failed[]] = [[], []]
  let sent = 0
  for (const batch of batchesOf(items, by.mostBytes)) {
    const ids = batch.map((_, i) => `${of.seed}${String(sent + i).padStart(10, '0')}`)
    sent += batch.length
    const outcome = await answersOf(of, batch, ids, by, roleArn)
    const answers = 'answers' in outcome ? Map.groupBy(outcome.answers, ({ recordId }) => recordId) : undefined
    batch.forEach((item, i) => {
      const made = 'answers' in outcome ? changedItem(item, answers?.get(ids[i]!)) : outcome
      if (made === 'dropped') return
      if ('data' in made) done.push(made)
      else failed.push({ attempts: 1, ...made, source: item.source, data: item.data, lambdaArn: by.arn })
    })
  }
  return { items: done, failed }
}

interface Problem {
  readonly attempts?: number
  readonly code: string
  readonly message: string
}

/** What the function made of a record. */
function changedItem({ source }: Item, answers: readonly Answer[] = []): Item | Problem | 'dropped' {
  const [answer] = answers
  if (!answer) return { code: 'Lambda.MissingRecordId', message: 'The function did not return the record id.' }
  if (answers.length > 1) {
    return { code: 'Lambda.DuplicatedRecordId', message: 'The function returned the record id more than once.' }
  }
  if (answer.result === 'Dropped') return 'dropped'
  if (answer.result === 'ProcessingFailed') {
    return { code: 'Lambda.ProcessingFailedStatus', message: 'ProcessingFailed status set for record' }
  }
  if (answer.result !== 'Ok' || typeof answer.data !== 'string') {
    const message = 'A result is Ok, with data, or Dropped, or ProcessingFailed.'
    return { code: 'Lambda.JsonProcessingException', message }
  }
  const keys = Object.entries(answer.metadata?.partitionKeys ?? {}).map(([key, value]) => [key, String(value)])
  return { source, data: Buffer.from(answer.data, 'base64'), lambda: Object.fromEntries(keys) }
}

/** Of one event: what is said of each of so many leaves room for 3 MiB of data in the 6 MiB that a function takes. */
const mostRecords = 5_000

function* batchesOf(items: readonly Item[], mostBytes: number): Generator<Item[]> {
  let [batch, bytes]: [Item[], number] = [[], 0]
  for (const item of items) {
    if (batch.length === mostRecords || (batch.length > 0 && bytes + item.data.length > mostBytes)) {
      yield batch
      ;[batch, bytes] = [[], 0]
    }
    batch.push(item)
    bytes += item.data.length
  }
  if (batch.length > 0) yield batch
}

/** A function that fails is not called again at once: that could be three hundred times. */
async function pause({ clock }: Bringing['host'], attempts: number, signal: AbortSignal): Promise<void> {
  await clock.until(clock.nowMs() + backoffMs(attempts, 100, 10_000, () => 1), signal)
}

type Outcome = { readonly answers: readonly Answer[] } | Required<Problem>

/** Calls the function until it answers, or the tries are used up. A function that is busy has the delivery wait. */
async function answersOf(
  of: Bringing,
  batch: readonly Item[],
  ids: readonly string[],
  by: LambdaProcessor,
  roleArn: string,
): Promise<Outcome> {
  const { host, scope, stream, signal } = of
  const event = {
    invocationId: host.ids.uuid(),
    deliveryStreamArn: streamArn(scope, stream.name),
    ...(stream.source && { sourceKinesisStreamArn: stream.source.streamArn }),
    region: scope.region,
    records: batch.map(({ data, source }, i) => ({
      recordId: ids[i],
      approximateArrivalTimestamp: source.atMs,
      data: Buffer.from(data).toString('base64'),
      ...(source.origin && { kinesisRecordMetadata: metadataOf(source) }),
    })),
  }
  const input = { FunctionName: by.arn, Payload: Buffer.from(JSON.stringify(event)) }
  let failure = { attempts: 0, code: 'Lambda.FunctionError', message: '' }
  while (failure.attempts <= by.retries) {
    const attempts = failure.attempts + 1
    try {
      const as = await principalOf(roleArn, stream.name, { host, scope })
      const found = await host.invoke<{ Payload: Uint8Array; FunctionError?: string }>('lambda:Invoke', input, {
        ...{ as, scope, signal },
      })
      const text = Buffer.from(found.Payload).toString('utf8')
      if (found.FunctionError === undefined) {
        const answers = readAnswers(text)
        if (answers) return { answers }
        failure = { attempts, code: 'Lambda.JsonProcessingException', message: 'The function answered no records.' }
      } else failure = { attempts, code: 'Lambda.FunctionError', message: text.slice(0, 1_000) }
    } catch (error) {
      if (signal.aborted || !isAwsError(error) || error.code === 'TooManyRequestsException') throw error
      failure = { attempts, code: codes[error.code] ?? 'Lambda.FunctionError', message: error.message }
    }
    if (failure.attempts <= by.retries) await pause(host, failure.attempts, signal)
  }
  return failure
}

const codes: Readonly<Record<string, string>> = {
  AccessDeniedException: 'Lambda.InvokeAccessDenied',
  ResourceNotFoundException: 'Lambda.FunctionNotFound',
}

function metadataOf({ origin, atMs }: Waiting) {
  const {
    shard: shardId,
    key: partitionKey,
    sequence: sequenceNumber,
    subsequence: subsequenceNumber = 0,
  } = origin ?? {}
  return { shardId, partitionKey, sequenceNumber, subsequenceNumber, approximateArrivalTimestamp: atMs }
}

function readAnswers(text: string): Answer[] | undefined {
  try {
    const { records } = JSON.parse(text) as { records?: unknown }
    return Array.isArray(records) ? records.filter((one) => typeof one === 'object' && one !== null) : undefined
  } catch {
    return undefined
  }
}
