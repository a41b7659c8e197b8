import { hash } from 'node:crypto'
import type { TracingMode } from '@aws-sdk/client-lambda'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import type { Ids } from '../../kernel/ids.ts'

/**
 * Loops are told by the trace header: SDKs in a function send theirs along with what they call, queues keep it with the
 * message, and it lists how often which function has been called on the way (`Lineage=3f0ac1d2:4|…`).
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
export interface Lineage {
  /** The trace header of this call, for the function. */
  readonly traceId: string
  /** How often the function has been called on the way here, this time included. */
  readonly calls: number
}

/** More calls than this on one way are a loop. */
export const mostCalls = 16
const mostFunctions = 16
/** A longer header is nobody's: it is begun anew. */
const mostCharacters = 1_024
const hex = '0123456789abcdef'

/**
 * The header that a call of the function goes on with. Without a (good) one before it, a trace begins. Whether it is
 * sampled is up to who decided first; where nobody did, to the function's tracing mode.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
export function follow(
  before: string | undefined,
  functionArn: string,
  nowMs: number,
  ids: Ids,
  tracing: TracingMode = 'PassThrough',
): Lineage {
  const undecided = tracing === 'Active' ? '1' : '0'
  const own = markOf(functionArn)
  if (before === undefined) {
    const trace = `Root=${newRoot(nowMs, ids)};Parent=${ids.token(16, hex)};Sampled=${undecided}`
    return { traceId: `${trace};Lineage=${own}:1`, calls: 1 }
  }
  const fields = readHeader(before)
  const calls = (fields.lineage.get(own) ?? 0) + 1
  fields.lineage.delete(own)
  const others = [...fields.lineage].slice(-(mostFunctions - 1))
  const lineage = [...others, [own, calls] as const].map(([mark, count]) => `${mark}:${count}`).join('|')
  const root = fields.root ?? newRoot(nowMs, ids)
  const parent = ids.token(16, hex)
  const sampled = fields.sampled ?? undecided
  return { traceId: `Root=${root};Parent=${parent};Sampled=${sampled};Lineage=${lineage}`, calls }
}

/** Of several headers the one whose way has led through the function most often. */
export function longestWay(headers: readonly (string | undefined)[], functionArn: string): string | undefined {
  const own = markOf(functionArn)
  const callsOf = (header: string | undefined) => readHeader(header).lineage.get(own) ?? 0
  return headers.reduce((longest, header) => (callsOf(header) > callsOf(longest) ? header : longest), headers[0])
}

export function recursiveInvocation(): AwsError {
  return awsError(
    'RecursiveInvocationException',
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation.",
    { members: { Type: 'User' } },
  )
}

function readHeader(text = '') {
  const fields = new Map(
    (text.length <= mostCharacters ? text : '').split(';').map((field) => {
      const at = field.indexOf('=')
      return [field.slice(0, at).trim(), field.slice(at + 1).trim()] as const
    }),
  )
  const root = fields.get('Root')
  const entries = (fields.get('Lineage') ?? '').split('|').flatMap((entry) => {
    const [, mark = '', count] = /^([0-9a-f]{8}):(\d{1,6})$/.exec(entry) ?? []
    return count === undefined ? [] : [[mark, Number(count)] as const]
  })
  return {
    root: root !== undefined && /^1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(root) ? root : undefined,
    // `?` asks whoever comes next to decide.
    sampled: /^[01]$/.test(fields.get('Sampled') ?? '') ? fields.get('Sampled') : undefined,
    lineage: new Map(entries),
  }
}

const newRoot = (nowMs: number, ids: Ids) => `1-${Math.floor(nowMs / 1000).toString(16)}-${ids.token(24, hex)}`

const marks = new Map<string, string>()
const mostMarks = 2_000

function markOf(functionArn: string): string {
  let mark = marks.get(functionArn)
  if (mark === undefined) {
    if (marks.size >= mostMarks) marks.clear()
    mark = hash('sha256', functionArn).slice(0, 8)
    marks.set(functionArn, mark)
  }
  return mark
}
