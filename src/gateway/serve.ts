import { isAwsError } from '../kernel/errors.ts'
import type { Host } from '../kernel/host.ts'
import type { HeaderValues, WireRequest, WireResponse } from '../kernel/http.ts'
import { servicePrincipal } from '../kernel/principal.ts'
import { corsHeaders, preflight } from './cors.ts'
import { eventV1 } from './event-v1.ts'
import { eventV2 } from './event-v2.ts'
import { type Addressed, findStage } from './find-stage.ts'
import { encodeBody, type Incoming, isBinaryForHttp, isBinaryForRest } from './incoming.ts'
import { compileRoutes, type Matcher } from './match.ts'
import { message } from './message.ts'
import { answerMock } from './mock.ts'
import { readReply } from './reply.ts'
import type { DeployedStage, LambdaProxy } from './state.ts'

const nowhere = { account: '', region: '' }
const maxBodyBytes = 10 * 1024 * 1024
const keptMatchers = 1_000
const matchers = new Map<string, { revision: string; match: Matcher }>()

/** Answers a request to a deployed API: finds stage and route, calls the integration, reports metrics. Never throws for what the API did. */
export async function serve(wire: WireRequest, host: Host, signal: AbortSignal): Promise<WireResponse> {
  const hostname = (wire.headers.host ?? '').replace(/:\d+$/, '')
  const addressed = await host.records.read(nowhere, (tx) => findStage(tx, wire.path, hostname))
  if (!addressed) return message(404, 'Not Found')
  const { stage } = addressed
  const startedMs = host.clock.nowMs()
  const requestId = host.ids.uuid()
  const response = await answer(wire, host, signal, addressed, hostname, requestId).catch((error: unknown) => {
    // A client that is gone is nobody's failure, and gets no answer.
    if (signal.aborted) return internal(stage)
    host.log.error('gateway failed', {
      requestId,
      apiId: stage.apiId,
      error: error instanceof Error ? error.stack : String(error),
    })
    return internal(stage)
  })
  count(host, stage, response.status, host.clock.nowMs() - startedMs)
  const headers: HeaderValues = { ...response.headers, ...corsHeaders(stage.cors, wire) }
  headers[stage.kind === 'http' ? 'apigw-requestid' : 'x-amzn-requestid'] = requestId
  return { ...response, headers }
}

async function answer(
  wire: WireRequest,
  host: Host,
  signal: AbortSignal,
  addressed: Addressed,
  hostname: string,
  requestId: string,
): Promise<WireResponse> {
  const { stage } = addressed
  const early = preflight(stage.cors, wire)
  if (early) return early
  if (wire.body.length > maxBodyBytes) return tooLarge(stage)
  const matched = matcherOf(stage)(wire.method, addressed.path)
  if (!matched) {
    return stage.kind === 'http'
      ? message(404, 'Not Found')
      : message(403, 'Missing Authentication Token', 'MissingAuthenticationTokenException')
  }
  const { integration } = matched.route
  if (integration.type === 'mock') return answerMock(integration, wire)

  const binary = stage.kind === 'http' ? isBinaryForHttp : isBinaryForRest(stage.binaryMediaTypes)
  const incoming: Incoming = {
    ...addressed,
    ...matched,
    ...encodeBody(wire.body, wire.headers['content-type'], binary),
    wire,
    requestId,
    nowMs: host.clock.nowMs(),
    host: hostname,
  }
  return callFunction(incoming, integration, host, signal)
}

async function callFunction(
  incoming: Incoming,
  integration: LambdaProxy,
  host: Host,
  signal: AbortSignal,
): Promise<WireResponse> {
  const { stage, route, wire } = incoming
  const event = integration.payloadFormat === '2.0' ? eventV2(incoming) : eventV1(incoming)
  const path = route.path === '$default' ? '/$default' : route.path.replaceAll(/\{[^}]+\}/g, '*')
  const sourceArn = `arn:aws:execute-api:${stage.region}:${stage.account}:${stage.apiId}/${stage.stage}/${wire.method}${path}`
  const timeout = AbortSignal.timeout(integration.timeoutMs)
  try {
    const target = await host.functionTarget(integration.functionArn)
    const reply = await raceAbort(
      target.call(Buffer.from(JSON.stringify(event)), {
        principal: servicePrincipal('apigateway.amazonaws.com'),
        sourceArn,
        signal: AbortSignal.any([signal, timeout]),
      }),
      timeout,
    )
    if (reply.error !== undefined) return failed(stage)
    const read = readReply(reply.payload, integration.payloadFormat, decoding(stage, wire))
    if (read) return read
    host.log.debug('gateway: malformed answer of a function', {
      requestId: incoming.requestId,
      functionArn: integration.functionArn,
    })
    return failed(stage)
  } catch (error) {
    if (timeout.aborted)
      return stage.kind === 'http'
        ? message(503, 'Service Unavailable')
        : message(504, 'Endpoint request timed out', 'InternalServerErrorException')
    if (!isAwsError(error)) throw error
    // No permission, no function, no concurrency left: the caller of the API learns only that it did not work.
    host.log.warn('gateway: a function could not be called', {
      requestId: incoming.requestId,
      functionArn: integration.functionArn,
      code: error.code,
      reason: error.message,
    })
    return isAwsError(error, 'TooManyRequestsException') && stage.kind === 'http'
      ? message(503, 'Service Unavailable')
      : internal(stage)
  }
}

/**
 * Which answers said to be base64 are decoded: for REST APIs those that the client accepts as binary, by the first of
 * its Accept header, or without one by their content type.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html
 */
function decoding(stage: DeployedStage, wire: WireRequest): (contentType: string) => boolean {
  if (stage.kind === 'http') return () => true
  const binary = isBinaryForRest(stage.binaryMediaTypes)
  const accepted = wire.headers.accept?.split(',', 1)[0]?.trim()
  return (contentType) => binary(accepted || contentType)
}

function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason)
    signal.addEventListener('abort', aborted, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted))
  })
}

function matcherOf(stage: DeployedStage): Matcher {
  const key = `${stage.apiId}/${stage.stage}`
  const known = matchers.get(key)
  if (known?.revision === stage.revision) return known.match
  const match = compileRoutes(stage.routes)
  if (matchers.size >= keptMatchers) matchers.delete(matchers.keys().next().value!)
  matchers.set(key, { revision: stage.revision, match })
  return match
}

/** What the caller sees of a function that failed or answered in the wrong form. */
function failed(stage: DeployedStage): WireResponse {
  return stage.kind === 'http' ? internal(stage) : message(502, 'Internal server error', 'InternalServerErrorException')
}

/** What the caller sees when the function could not be called at all. */
function internal({ kind }: DeployedStage): WireResponse {
  return kind === 'http'
    ? message(500, 'Internal Server Error')
    : message(500, 'Internal server error', 'InternalServerErrorException')
}

function tooLarge({ kind }: DeployedStage): WireResponse {
  return kind === 'http'
    ? message(413, 'Request Too Long')
    : message(413, `HTTP content length exceeded ${maxBodyBytes} bytes.`, 'RequestTooLargeException')
}

function count(host: Host, stage: DeployedStage, status: number, latencyMs: number): void {
  const scope = { account: stage.account, region: stage.region }
  const http = stage.kind === 'http'
  const dimensions: Record<string, string> = http ? { ApiId: stage.apiId } : { ApiName: stage.apiName }
  const put = (name: string, value: number, unit: string) =>
    host.metrics.put(scope, { namespace: 'AWS/ApiGateway', name, dimensions, unit, value, atMs: host.clock.nowMs() })
  put('Count', 1, 'Count')
  put('Latency', latencyMs, 'Milliseconds')
  put(http ? '4xx' : '4XXError', status >= 400 && status < 500 ? 1 : 0, 'Count')
  put(http ? '5xx' : '5XXError', status >= 500 ? 1 : 0, 'Count')
}
