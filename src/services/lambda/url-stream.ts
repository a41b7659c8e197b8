import { readReply } from '../../gateway/reply.ts'
import { httpIntegration } from '../../kernel/functions.ts'
import type { WireResponse } from '../../kernel/http.ts'
import type { ResponseQueue } from './response-queue.ts'
import type { StreamedRun } from './streamed-run.ts'

/** Status, headers and cookies come before this. */
const delimiter = Buffer.alloc(8)
const maxPreludeBytes = 131_072
const defaultType = 'application/octet-stream'

/**
 * A streamed answer as HTTP, or undefined when the function failed before its first byte or sent no status that can be
 * read. An answer that came whole is the body as it is: only a URL in `BUFFERED` mode reads it.
 * https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html
 */
export async function streamedReply({ head, queue, outcome }: StreamedRun): Promise<WireResponse | undefined> {
  if (!head) {
    const { error, payload } = await outcome
    return error === undefined
      ? { status: 200, headers: { 'content-type': 'application/json' }, body: payload }
      : undefined
  }
  const chunks = queue[Symbol.asyncIterator]()
  const body = (first: Uint8Array) => rest(first, { [Symbol.asyncIterator]: () => chunks }, { queue, outcome })
  const first = head.contentType === httpIntegration ? await readPrelude(chunks) : await firstOf(chunks)
  if (first.metadata) {
    const { statusCode = 200, headers, cookies } = first.metadata
    const metadata = Buffer.from(JSON.stringify({ statusCode, headers, cookies }))
    const reply = readReply(metadata, '2.0', undefined, defaultType)
    if (reply) return { ...reply, body: body(first.bytes) }
  } else if (head.contentType !== httpIntegration && (first.bytes.length > 0 || !(await outcome).error)) {
    return { status: 200, headers: { 'content-type': head.contentType }, body: body(first.bytes) }
  }
  queue.cancel()
  return undefined
}

interface Beginning {
  readonly metadata?: Record<string, unknown> | undefined
  /** What came of the body with it. */
  readonly bytes: Uint8Array
}

async function firstOf(chunks: AsyncIterator<Uint8Array>): Promise<Beginning> {
  const { value, done } = await chunks.next()
  return { bytes: done ? delimiter.subarray(0, 0) : value }
}

async function readPrelude(chunks: AsyncIterator<Uint8Array>): Promise<Beginning> {
  let held = Buffer.alloc(0)
  let end = -1
  while (end === -1 && held.length <= maxPreludeBytes) {
    const { value, done } = await chunks.next()
    if (done) break
    held = Buffer.concat([held, value])
    end = held.indexOf(delimiter)
  }
  if (end === -1) return { bytes: held }
  return { metadata: parseObject(held.subarray(0, end)), bytes: held.subarray(end + delimiter.length) }
}

function parseObject(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** The body from its first bytes on. What breaks it off is thrown: all that can be shown then is a broken connection. */
async function* rest(
  first: Uint8Array,
  chunks: AsyncIterable<Uint8Array>,
  { queue, outcome }: { queue: ResponseQueue; outcome: StreamedRun['outcome'] },
): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first
    yield* chunks
    const { error } = await outcome
    if (error !== undefined) throw new Error('the function failed after its answer had begun')
  } finally {
    queue.cancel()
  }
}
