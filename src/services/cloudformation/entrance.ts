import { countUpTo } from '../../kernel/count-up-to.ts'
import type { Host } from '../../kernel/host.ts'
import type { WireRequest, WireResponse } from '../../kernel/http.ts'
import { type Answered, subjectOf } from './answer-url.ts'
import { type Answer, answer, deployment, resourceSignal, type Signal, stack } from './state.ts'

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const longestBytes = 4_096
const mostSignals = 1_000

/**
 * Takes the answers of custom resources and the signals of wait conditions, PUT to the URLs that they were given. The
 * first answer counts. Whatever content type is said, it is JSON; like S3, which AWS has these sent to, we answer 200
 * to what can be kept.
 */
export async function entrance(request: WireRequest, host: Host): Promise<WireResponse> {
  if (request.method !== 'PUT') return plain(405, 'Use PUT.')
  const subject = subjectOf(host, request.path)
  if (!subject) return plain(403, 'The URL is not one that a stack gave out.')
  if (subject.untilMs < host.clock.nowMs()) return plain(403, 'Request has expired')
  // A signal is not bounded by the size of an answer, but by what GetAtt can carry.
  if (request.body.byteLength > longestBytes) {
    if (subject.kind === 'wait') return plain(413, `A signal may not exceed ${longestBytes} bytes.`)
    return keep(host, subject, { status: 'FAILED', reason: 'Response object is too long.' })
  }
  const body = parse(request.body)
  if (subject.kind === 'wait') {
    const read = body && readSignal(body)
    return read ? addSignal(host, subject, read) : plain(400, 'A signal has Status, UniqueId, Data and Reason.')
  }
  return keep(host, subject, body ? readAnswer(body, subject) : invalidAnswer('Response is not valid JSON'))
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** What a provider said, or that it said it wrongly: both end the waiting. */
function readAnswer(body: Readonly<Record<string, unknown>>, { token }: Answered): Answer {
  const { Status, Reason, PhysicalResourceId, RequestId, StackId, LogicalResourceId, Data, NoEcho } = body
  const lacks = Object.entries({ StackId, RequestId, LogicalResourceId }).find(([, value]) => value === undefined)
  if (Status !== 'SUCCESS' && Status !== 'FAILED') return invalidAnswer('Invalid Status')
  if (lacks) return invalidAnswer(`Vendor response doesn't contain ${lacks[0]} attribute`)
  if (RequestId !== token) return invalidAnswer('Invalid RequestId')
  const physicalId =
    typeof PhysicalResourceId === 'string' && PhysicalResourceId !== '' ? PhysicalResourceId : undefined
  if (Status === 'FAILED') {
    const reason = typeof Reason === 'string' ? Reason : 'Unknown'
    return { status: 'FAILED', reason, ...(physicalId === undefined ? {} : { physicalId }) }
  }
  if (physicalId === undefined || physicalId.length > 1_024) return invalidAnswer('Invalid PhysicalResourceId')
  if (Data !== undefined && Data !== null && (typeof Data !== 'object' || Array.isArray(Data))) {
    return invalidAnswer('Data must be an object')
  }
  return { status: 'SUCCESS', physicalId, data: { ...Data }, ...(NoEcho === true ? { noEcho: true } : {}) }
}

function invalidAnswer(reason: string): Answer {
  return { status: 'FAILED', reason }
}

function keep(host: Host, subject: Answered, value: Answer): Promise<WireResponse> {
  return host.records.write(subject, async (tx) => {
    // After the deployment nobody looks for it, and nobody would clear it away.
    if (!(await tx.get(deployment(subject.stack)))) return plain(403, 'Nobody waits for this answer any more.')
    if (!(await tx.get(answer(subject.stack, subject.token)))) tx.set(answer(subject.stack, subject.token), value)
    return plain(200, '')
  })
}

function readSignal({ Status, UniqueId, Data, Reason }: Readonly<Record<string, unknown>>): Signal | undefined {
  if (Status !== 'SUCCESS' && Status !== 'FAILURE') return undefined
  if (typeof UniqueId !== 'string' || UniqueId === '' || UniqueId.length > 64) return undefined
  const data = typeof Data === 'string' ? Data : Data === undefined ? '' : JSON.stringify(Data)
  return { status: Status, uniqueId: UniqueId, data, reason: typeof Reason === 'string' ? Reason : '' }
}

function addSignal(host: Host, subject: Answered, value: Signal): Promise<WireResponse> {
  return host.records.write(subject, async (tx) => {
    const of = await tx.get(stack(subject.stack))
    if (!of || of.deletedAtMs !== undefined) return plain(403, 'The stack is gone.')
    const signals = resourceSignal.under(subject.stack, subject.token)
    if ((await countUpTo(tx, signals, mostSignals)) >= mostSignals)
      return plain(403, `A wait condition takes ${mostSignals} signals.`)
    tx.set(resourceSignal(subject.stack, subject.token, value.uniqueId), value)
    return plain(200, '')
  })
}

function plain(status: number, message: string): WireResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body: message === '' ? '' : `${message}\n` }
}
