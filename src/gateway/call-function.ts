import { isAwsError } from '../kernel/errors.ts'
import type { Host } from '../kernel/host.ts'
import type { WireRequest, WireResponse } from '../kernel/http.ts'
import { servicePrincipal } from '../kernel/principal.ts'
import type { Admitted } from './admit.ts'
import { gatewayCredentials } from './credentials.ts'
import { eventV1 } from './event-v1.ts'
import { eventV2 } from './event-v2.ts'
import { type Incoming, isBinaryForRest } from './incoming.ts'
import type { Problem } from './problem.ts'
import { readReply } from './reply.ts'
import type { DeployedStage, LambdaProxy } from './state.ts'

/** Calls a function with a request as its event, and answers what the function does. */
export async function callFunction(
  incoming: Incoming,
  integration: LambdaProxy,
  admitted: Admitted,
  host: Host,
  signal: AbortSignal,
): Promise<WireResponse | { readonly problem: Problem }> {
  const { stage, route, wire } = incoming
  const event =
    integration.payloadFormat === '2.0'
      ? eventV2(incoming, admitted.event && withoutFlat(admitted.event))
      : eventV1(incoming, admitted)
  const path = route.path === '$default' ? '/$default' : route.path.replaceAll(/\{[^}]+\}/g, '*')
  const sourceArn = `arn:aws:execute-api:${stage.region}:${stage.account}:${stage.apiId}/${stage.stage}/${wire.method}${path}`
  const timeout = AbortSignal.timeout(integration.timeoutMs)
  try {
    const principal =
      integration.roleArn === undefined
        ? servicePrincipal('apigateway.amazonaws.com')
        : (await gatewayCredentials(host, integration.roleArn)).principal
    const target = await host.functionTarget(integration.functionArn)
    const reply = await raceAbort(
      target.call(Buffer.from(JSON.stringify(event)), {
        principal,
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
    if (timeout.aborted) return { problem: { type: 'INTEGRATION_TIMEOUT' } }
    if (!isAwsError(error)) throw error
    // No permission, no function, no concurrency left: the caller of the API learns only that it did not work.
    host.log.warn('gateway: a function could not be called', {
      requestId: incoming.requestId,
      functionArn: integration.functionArn,
      code: error.code,
      reason: error.message,
    })
    const busy = isAwsError(error, 'TooManyRequestsException') && stage.kind === 'http'
    return { problem: { type: busy ? 'INTEGRATION_TIMEOUT' : 'DEFAULT_5XX' } }
  }
}

/** What the caller sees of a function that failed or answered in the wrong form. */
function failed(stage: DeployedStage): { readonly problem: Problem } {
  return { problem: { type: 'DEFAULT_5XX', ...(stage.kind === 'rest' && { status: 502 }) } }
}

/** `flat` is the form of format 1.0. */
function withoutFlat(event: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { flat: _, ...rest } = event
  return rest
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
