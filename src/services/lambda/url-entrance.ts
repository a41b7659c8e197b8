import { corsHeaders, preflight } from '../../gateway/cors.ts'
import { eventV2 } from '../../gateway/event-v2.ts'
import { encodeBody, isBinaryForHttp } from '../../gateway/incoming.ts'
import { readReply } from '../../gateway/reply.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Outcome } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import type { WireRequest, WireResponse } from '../../kernel/http.ts'
import { anonymous, type Principal } from '../../kernel/principal.ts'
import { execute } from './execute.ts'
import { findVersion } from './find.ts'
import { drawOf, payloadLimits, traceOf } from './invoke.ts'
import { functionArn } from './names.ts'
import { type FunctionUrl, functionUrl, functionUrlById } from './state.ts'
import { startStreaming } from './streamed-run.ts'
import { urlPrefix } from './url-configs.ts'
import { streamedReply } from './url-stream.ts'

const nowhere = { account: '', region: '' }
const help =
  'For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html'

/**
 * Answers a request to a function's URL, in its path form (`/_aws/lambda-url/<id>/…`) or by host
 * (`<id>.lambda-url.<region>.…`): calls the function with an event of format 2.0.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export async function answerUrl(wire: WireRequest, host: Host, signal: AbortSignal): Promise<WireResponse> {
  const { id, path } = address(wire)
  const target = await host.records.read(nowhere, async (tx) => {
    const name = await tx.get(functionUrlById(id))
    const url = name && (await tx.in(name.scope).get(functionUrl(name.name, name.qualifier ?? '')))
    return url && { name, url }
  })
  if (!target) return message(404, 'Not Found', 'ResourceNotFoundException')
  const { name, url } = target
  const cors = corsOf(url)
  const early = preflight(cors, wire)
  if (early) return early
  const requestId = host.ids.uuid()
  const nowMs = host.clock.nowMs()
  const response = await (async () => {
    const principal = url.authType === 'NONE' ? anonymous : await host.authenticate(wire, ['lambda'])
    if (url.authType === 'AWS_IAM' && principal.kind === 'anonymous') return forbidden()
    const found = await host.records.read(name.scope, async (tx) => {
      const arn = functionArn(name)
      const context = { 'lambda:FunctionUrlAuthType': url.authType, 'lambda:InvokedViaFunctionUrl': true }
      await host.authorize(
        principal,
        // Both, as for every URL made since October 2025.
        ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'].map((action) => ({ action, resource: arn, context })),
        { 'aws:SourceIp': wire.remoteAddress, 'aws:RequestedRegion': name.scope.region, 'aws:SecureTransport': true },
        tx,
      )
      return findVersion(tx, name, drawOf(requestId))
    })
    if (wire.body.length > payloadLimits.syncBytes)
      return message(413, 'Request Entity Too Large', 'RequestTooLargeException')
    const stage = { account: principal.account || 'anonymous', apiId: id, stage: '$default' }
    const event = eventV2(
      {
        ...encodeBody(wire.body, wire.headers['content-type'], isBinaryForHttp),
        ...{ wire, requestId, nowMs, stage, fullPath: path, route: { key: '$default' }, pathParameters: {} },
        host: `${id}.lambda-url.${name.scope.region}.${domainOf(wire)}`,
      },
      principal.kind === 'anonymous' ? undefined : { iam: iamOf(principal) },
    )
    const payload = Buffer.from(JSON.stringify(event))
    if (payload.byteLength > payloadLimits.syncBytes)
      return message(413, 'Request Entity Too Large', 'RequestTooLargeException')
    const request = { requestId, payload, traceId: traceOf(wire) }
    const reply =
      url.invokeMode === 'RESPONSE_STREAM'
        ? await streamedReply(await startStreaming(host, found, request, signal))
        : wholeReply(await execute(host, found, { ...request, signal }))
    return reply ?? { status: 502, headers: { 'content-type': 'application/json' }, body: 'Internal Server Error' }
  })().catch((error: unknown) => refused(error, host, requestId, functionArn(name)))
  return { ...response, headers: { ...response.headers, ...corsHeaders(cors, wire), 'x-amzn-requestid': requestId } }
}

/** What `Invoke` answers, as HTTP. The bytes of a stream that are no JSON are the body. */
function wholeReply({ payload, error, streamed }: Outcome): WireResponse | undefined {
  if (error !== undefined) return undefined
  const reply = readReply(payload, '2.0', undefined, 'application/json')
  return reply ?? (streamed && { status: 200, headers: { 'content-type': streamed.contentType }, body: payload })
}

function address(wire: WireRequest): { id: string; path: string } {
  if (!wire.path.startsWith(urlPrefix)) return { id: (wire.headers.host ?? '').split('.', 1)[0] ?? '', path: wire.path }
  const rest = wire.path.slice(urlPrefix.length)
  const slash = rest.indexOf('/')
  return slash === -1 ? { id: rest, path: '/' } : { id: rest.slice(0, slash), path: rest.slice(slash) }
}

/** What follows the region in the host form; `on.aws` as in Lambda where the path form was used. */
function domainOf({ headers }: WireRequest): string {
  return /^[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.([^:]+)/.exec(headers.host ?? '')?.[1] ?? 'on.aws'
}

function corsOf({ cors }: FunctionUrl) {
  return (
    cors && {
      allowOrigins: cors.AllowOrigins ?? [],
      allowMethods: cors.AllowMethods ?? [],
      allowHeaders: cors.AllowHeaders ?? [],
      exposeHeaders: cors.ExposeHeaders ?? [],
      allowCredentials: cors.AllowCredentials ?? false,
      maxAgeSec: cors.MaxAge,
    }
  )
}

function iamOf(principal: Principal): Record<string, unknown> {
  return {
    accessKey: principal.accessKeyId,
    accountId: principal.account,
    callerId: principal.userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: principal.arn,
    userId: principal.userId,
  }
}

function refused(error: unknown, host: Host, requestId: string, arn: string): WireResponse {
  if (isAwsError(error, 'TooManyRequestsException')) return message(429, 'Rate Exceeded.', error.code)
  if (isAwsError(error, 'AccessDeniedException', 'AccessDenied')) return forbidden()
  // A signature that is not good: in the words that API requests get.
  if (isAwsError(error) && error.status === 403) return message(403, error.message, error.code)
  if (isAwsError(error, 'ResourceNotFoundException')) return message(404, 'Not Found', error.code)
  const text = error instanceof Error ? error.message : String(error)
  host.log.warn('lambda: a function could not be called by its URL', { requestId, functionArn: arn, error: text })
  return message(isAwsError(error) ? 502 : 500, 'Internal Server Error', 'InternalServerErrorException')
}

function forbidden(): WireResponse {
  return message(403, `Forbidden. ${help}`, 'AccessDeniedException')
}

function message(status: number, Message: string, errorType: string): WireResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': errorType },
    body: JSON.stringify({ Message }),
  }
}
