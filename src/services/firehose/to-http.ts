import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { callOut } from '../../gateway/call-out.ts'
import { accessKeyOf } from './destination.ts'
import { measure } from './metrics.ts'
import { streamArn } from './names.ts'
import type { Bringing } from './object.ts'
import { processingOf } from './processing.ts'
import type { HttpSettings, Waiting } from './state.ts'
import { putAsTheyCame, putFailed } from './to-s3.ts'
import { type Item, processed } from './transform.ts'

const compress = promisify(gzip)
/** An endpoint has three minutes to answer, in at most 1 MiB. */
const timeoutMs = 180_000
const mostBytes = 1_048_576

/** The endpoint did not take what was brought: it is tried again for as long as the retry options say. */
export class EndpointFailure extends Error {
  readonly code: string
  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/**
 * Brings records to an HTTP endpoint; when it has not taken them for as long as it is tried, to its bucket.
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
 */
export async function bringToEndpoint(
  of: Bringing,
  records: readonly Waiting[],
  settings: HttpSettings,
  failingSinceMs: number | undefined,
): Promise<void> {
  const { host } = of
  const bucket = settings.S3Configuration
  if (settings.S3BackupMode === 'AllData') await putAsTheyCame(of, records, bucket)
  const role = settings.RoleARN ?? bucket.RoleARN
  const { items, failed } = await processed(of, records, processingOf(settings.ProcessingConfiguration), role)
  await putFailed(of, failed, bucket, 'processing-failed')
  if (items.length === 0) return
  try {
    await post(of, items, settings)
  } catch (error) {
    const retryMs = (settings.RetryOptions?.DurationInSeconds ?? 300) * 1_000
    const sinceMs = failingSinceMs ?? host.clock.nowMs()
    if (!(error instanceof EndpointFailure) || host.clock.nowMs() - sinceMs < retryMs) throw error
    const { code, message } = error
    const given = items.map(({ data, source }) => ({ data, source, attempts: 1, code, message }))
    await putFailed(of, given, bucket, 'http-endpoint-failed')
  }
}

async function post(of: Bringing, items: readonly Item[], settings: HttpSettings): Promise<void> {
  const { host, scope, stream, signal } = of
  // The same for every attempt, so that the endpoint can tell a repetition.
  const requestId = of.seed
  const records = items.map(({ data }) => ({ data: Buffer.from(data).toString('base64') }))
  const text = JSON.stringify({ requestId, timestamp: host.clock.nowMs(), records })
  const zipped = settings.RequestConfiguration?.ContentEncoding === 'GZIP'
  const body = zipped ? await compress(text) : Buffer.from(text)
  const attributes = settings.RequestConfiguration?.CommonAttributes ?? []
  const commonAttributes = Object.fromEntries(
    attributes.map(({ AttributeName, AttributeValue }) => [AttributeName, AttributeValue]),
  )
  const accessKey = accessKeyOf(stream, host)
  const url = new URL(settings.EndpointConfiguration.Url)
  const headers = {
    host: url.host,
    'content-type': 'application/json',
    'content-length': String(body.length),
    ...(zipped && { 'content-encoding': 'gzip' }),
    'user-agent': 'Amazon Kinesis Data Firehose Agent/1.0',
    'x-amz-firehose-protocol-version': '1.0',
    'x-amz-firehose-request-id': requestId,
    'x-amz-firehose-source-arn': streamArn(scope, stream.name),
    ...(accessKey !== '' && { 'x-amz-firehose-access-key': accessKey }),
    ...(attributes.length > 0 && { 'x-amz-firehose-common-attributes': JSON.stringify({ commonAttributes }) }),
  }
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const { response, body: answer } = await callOut(url, {
    method: 'POST',
    headers,
    body,
    signal: limit,
    mostBytes,
  }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw new EndpointFailure('HttpEndpoint.ConnectionFailed', 'The endpoint could not be reached.', error)
  })
  checkAnswer(response.statusCode ?? 0, answer?.toString('utf8'), requestId)
  const values = { Success: 1, Records: items.length, Bytes: body.length }
  const named = Object.entries(values).map(([name, value]) => [`DeliveryToHttpEndpoint.${name}`, value])
  measure(of, stream.name, Object.fromEntries(named))
}

/** Throws EndpointFailure unless the endpoint says of this request that it was taken. */
function checkAnswer(status: number, text: string | undefined, requestId: string): void {
  const answer = parsed(text)
  if (status !== 200) {
    const told = typeof answer?.errorMessage === 'string' ? `: ${answer.errorMessage.slice(0, 1_000)}` : ''
    throw new EndpointFailure('HttpEndpoint.DestinationException', `The endpoint answered status ${status}${told}`)
  }
  if (!answer) throw new EndpointFailure('HttpEndpoint.InvalidResponseFromDestination', 'The answer is no JSON object.')
  if (answer.requestId === requestId && Number.isFinite(answer.timestamp)) return
  const problem = 'The answer has not the requestId of the request, or no timestamp.'
  throw new EndpointFailure('HttpEndpoint.InvalidResponseFromDestination', problem)
}

function parsed(text = ''): Readonly<Record<string, unknown>> | undefined {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null ? { ...found } : undefined
  } catch {
    return undefined
  }
}
