import type { Host } from '../kernel/host.ts'
import type { HeaderValues, WireRequest, WireResponse } from '../kernel/http.ts'
import type { Principal } from '../kernel/principal.ts'
import { logAccess } from './access-log.ts'
import { type Flight, fly } from './answer.ts'
import { corsHeaders } from './cors.ts'
import { type Addressed, findStage } from './find-stage.ts'
import { httpProblem } from './http-problem.ts'
import { message } from './message.ts'
import { type Problem, problems, restProblem } from './problem.ts'
import type { DeployedStage } from './state.ts'
import { variablesOf } from './variables.ts'

const failure: { readonly problem: Problem } = { problem: { type: 'DEFAULT_5XX' } }
const nowhere = { account: '', region: '' }

/**
 * Answers a request to a deployed API: finds stage and route, calls the integration, reports metrics. Never throws for
 * what the API did. `calledBy`: a call from within the node, by whom, which needs no signature.
 */
export async function serve(
  wire: WireRequest,
  host: Host,
  signal: AbortSignal,
  calledBy?: Principal,
): Promise<WireResponse> {
  const hostname = (wire.headers.host ?? '').replace(/:\d+$/, '')
  const found = await host.records.read(nowhere, (tx) => findStage(tx, wire.path, hostname))
  if (!found) return message(404, 'Not Found')
  const startedMs = host.clock.nowMs()
  const requestId = host.ids.uuid()
  const addressed = { ...found, stage: chosen(found, requestId) }
  const { stage } = addressed
  const flight: Flight = {
    asked: { ...addressed, wire, requestId, nowMs: startedMs, host: hostname, calledBy },
    caller: {},
  }
  const outcome = await fly(flight, host, signal).catch((error: unknown) => {
    // A client that is gone is nobody's failure, and gets no answer.
    if (!signal.aborted) {
      host.log.error('gateway failed', {
        requestId,
        apiId: stage.apiId,
        error: error instanceof Error ? error.stack : String(error),
      })
    }
    return failure
  })
  const problem = 'problem' in outcome ? outcome.problem : undefined
  const response =
    'problem' in outcome
      ? stage.kind === 'http'
        ? httpProblem(outcome.problem)
        : restProblem(stage, outcome.problem, variablesOf(flight.asked, flight.caller))
      : outcome
  const latencyMs = host.clock.nowMs() - startedMs
  count(host, stage, response.status, latencyMs)
  logAccess(host, stage, flight.asked, flight.caller, {
    status: response.status,
    length: typeof response.body === 'string' ? Buffer.byteLength(response.body) : lengthOf(response.body),
    latencyMs,
    integration: flight.integration,
    error: problem && { message: problem.message ?? problems[problem.type].message, type: problem.type },
    validation: problem?.validation,
  })
  const headers: HeaderValues = { ...response.headers, ...corsHeaders(stage.cors, wire) }
  if (stage.kind === 'http') headers['apigw-requestid'] = requestId
  else {
    headers['x-amzn-requestid'] = requestId
    headers['x-amz-apigw-id'] = requestId.replaceAll('-', '').slice(0, 15)
  }
  return { ...response, headers }
}

/** The stage, or its canary for the part of requests that gets that: drawn by the request's id. */
function chosen({ stage }: Addressed, requestId: string): DeployedStage {
  const { canary } = stage
  if (!canary) return stage
  const drawn = (Number.parseInt(requestId.slice(0, 8), 16) / 2 ** 32) * 100
  if (drawn >= canary.percent) return stage
  const { percent: _, ...other } = canary
  return { ...stage, ...other, revision: `${stage.revision}/canary` }
}

function lengthOf(body: Exclude<WireResponse['body'], string>): number {
  return body instanceof Uint8Array ? body.length : 0
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
