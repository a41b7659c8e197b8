import type { Host } from '../kernel/host.ts'
import type { WireResponse } from '../kernel/http.ts'
import { type Admitted, admit } from './admit.ts'
import { checkKey } from './api-key.ts'
import { callFunction } from './call-function.ts'
import { preflight } from './cors.ts'
import { callServer } from './http-proxy.ts'
import { encodeBody, type Incoming, isBinaryForHttp, isBinaryForRest } from './incoming.ts'
import { mapRequest, mapResponse } from './mapping.ts'
import { compileRoutes, type Matcher } from './match.ts'
import { answerMock } from './mock.ts'
import { isProblem, type Problem } from './problem.ts'
import { callService } from './service-call.ts'
import type { DeployedStage } from './state.ts'
import { takeToken } from './throttle.ts'
import { validate } from './validate.ts'
import type { Asked, Caller } from './variables.ts'

/** A request on its way through the gateway; filled in as it goes, for the access log. */
export interface Flight {
  asked: Asked
  caller: Caller
  integration?: { readonly status?: number | undefined; readonly latencyMs: number }
}
type Answer = WireResponse | { readonly problem: Problem }

const maxBodyBytes = 10 * 1024 * 1024
const keptMatchers = 1_000
const matchers = new Map<string, { revision: string; match: Matcher }>()

/** The way of a request: route, authorization, API key, throttle, validation, integration. */
export async function fly(flight: Flight, host: Host, signal: AbortSignal): Promise<Answer> {
  const { wire, stage, path } = flight.asked
  const early = preflight(stage.cors, wire)
  if (early) return early
  if (wire.body.length > maxBodyBytes) return { problem: { type: 'REQUEST_TOO_LARGE' } }
  const matched = matcherOf(stage)(wire.method, path)
  if (!matched) {
    return { problem: { type: stage.kind === 'http' ? 'RESOURCE_NOT_FOUND' : 'MISSING_AUTHENTICATION_TOKEN' } }
  }
  const binary = stage.kind === 'http' ? isBinaryForHttp : isBinaryForRest(stage.binaryMediaTypes)
  const incoming: Incoming = {
    ...flight.asked,
    ...matched,
    ...encodeBody(wire.body, wire.headers['content-type'], binary),
  }
  flight.asked = incoming

  const admitted = await admit(incoming, host, signal)
  if (isProblem(admitted)) return admitted
  flight.caller = admitted
  const key = await checkKey(incoming, admitted, host)
  if (isProblem(key)) return key
  const known: Admitted = { ...admitted, ...key }
  flight.caller = known
  const { throttle } = matched.route
  if (throttle && !takeToken(`route ${stage.apiId} ${stage.stage} ${matched.route.key}`, throttle, incoming.nowMs))
    return { problem: { type: 'THROTTLED' } }
  const invalid = await validate(incoming, host)
  if (invalid) return { problem: invalid }

  const begunMs = host.clock.nowMs()
  const answer = await integrate(incoming, known, host, signal)
  flight.integration = {
    latencyMs: host.clock.nowMs() - begunMs,
    ...(!('problem' in answer) && { status: answer.status }),
  }
  return answer
}

/** A route called as it is, by who may test it: validated, but neither authorized nor throttled. */
export async function callRoute(incoming: Incoming, host: Host, signal: AbortSignal): Promise<Answer> {
  const invalid = await validate(incoming, host)
  return invalid ? { problem: invalid } : integrate(incoming, {}, host, signal)
}

async function integrate(incoming: Incoming, admitted: Admitted, host: Host, signal: AbortSignal): Promise<Answer> {
  const { integration } = incoming.route
  if (integration.type === 'mock') return answerMock(integration, incoming.wire)
  const mapped = mapRequest(incoming, integration.mapping)
  const answer =
    integration.type === 'http-proxy'
      ? await callServer(mapped, integration, host, signal)
      : integration.type === 'service'
        ? await callService(mapped, integration, host, signal)
        : await callFunction(mapped, integration, admitted, host, signal)
  return 'problem' in answer ? answer : mapResponse(incoming, integration.mapping, answer)
}

function matcherOf(stage: DeployedStage): Matcher {
  const key = `${stage.apiId}/${stage.stage}${stage.revision.endsWith('/canary') ? '/canary' : ''}`
  const known = matchers.get(key)
  if (known?.revision === stage.revision) return known.match
  const match = compileRoutes(stage.routes)
  if (matchers.size >= keptMatchers) matchers.delete(matchers.keys().next().value!)
  matchers.set(key, { revision: stage.revision, match })
  return match
}
