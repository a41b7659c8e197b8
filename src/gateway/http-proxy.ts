import type { IncomingMessage } from 'node:http'
import type { Host } from '../kernel/host.ts'
import type { HeaderValues, WireResponse } from '../kernel/http.ts'
import { callOut } from './call-out.ts'
import { identityOf } from './client-certificate.ts'
import { forwarding, type Incoming, traceId } from './incoming.ts'
import type { Problem } from './problem.ts'
import { hopByHop } from './reply.ts'
import type { HttpProxy } from './state.ts'
import { variablesOf } from './variables.ts'

const mostBytes = 10 * 1024 * 1024
/** What REST APIs answer under another name: the gateway's own connection has these. */
const remapped = new Set(['www-authenticate', 'server', 'date'])

/**
 * Passes a request on to another server and answers what it does.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
 */
export async function callServer(
  incoming: Incoming,
  integration: HttpProxy,
  host: Host,
  signal: AbortSignal,
): Promise<WireResponse | { readonly problem: Problem }> {
  const { wire, stage } = incoming
  const timeout = AbortSignal.timeout(integration.timeoutMs)
  try {
    const url = target(incoming, integration)
    const identity = await identityOf(stage, host)
    if (!url || !identity) return { problem: { type: 'API_CONFIGURATION_ERROR' } }
    const { response, body } = await callOut(url, {
      method: integration.method === 'ANY' ? wire.method : integration.method,
      headers: { ...headersOf(incoming, integration), host: url.host },
      body: wire.body,
      signal: AbortSignal.any([signal, timeout]),
      mostBytes,
      ...identity,
    })
    if (!body) return { problem: { type: 'INTEGRATION_FAILURE' } }
    return { status: response.statusCode ?? 502, headers: answered(response, stage.kind === 'rest'), body }
  } catch (error) {
    if (timeout.aborted) return { problem: { type: 'INTEGRATION_TIMEOUT' } }
    if (signal.aborted) throw error
    host.log.warn('gateway: a server could not be reached', {
      requestId: incoming.requestId,
      apiId: stage.apiId,
      reason: error instanceof Error ? error.message : String(error),
    })
    return { problem: { type: 'INTEGRATION_FAILURE' } }
  }
}

/** Path parameters in their places, and the query after what the URL already has. */
function target(incoming: Incoming, { url, parameters }: HttpProxy): URL | undefined {
  const { pathParameters, stage, wire } = incoming
  const values: Record<string, string> = stage.kind === 'http' ? { ...pathParameters } : {}
  const query = new URLSearchParams(wire.query)
  for (const [name, value] of mapped(incoming, parameters)) {
    const [kind, rest] = [name.split('.')[2], name.split('.').slice(3).join('.')]
    if (kind === 'path') values[rest] = value
    if (kind === 'querystring') query.set(rest, value)
  }
  const filled = url.replaceAll(/\{([\w.-]+)\+?\}/g, (_, name: string) =>
    Object.hasOwn(values, name) ? escapePath(values[name] ?? '') : '',
  )
  if (!URL.canParse(filled)) return undefined
  const made = new URL(filled)
  const own = made.search.slice(1)
  made.search = [own, query.toString()].filter(Boolean).join('&')
  return /^https?:$/.test(made.protocol) ? made : undefined
}

/** As it came, but nothing that would end the path. */
function escapePath(value: string): string {
  return value.replaceAll('?', '%3F').replaceAll('#', '%23')
}

function headersOf(incoming: Incoming, { parameters }: HttpProxy): HeaderValues {
  const { wire, stage } = incoming
  const headers: HeaderValues = {}
  for (const [name, value] of Object.entries(wire.headers)) {
    if (value !== undefined && !hopByHop.has(name) && name !== 'host' && name !== 'expect') headers[name] = value
  }
  Object.assign(headers, forwarding(incoming), { 'x-amzn-trace-id': traceId(incoming) })
  if (stage.kind === 'rest') headers['x-amzn-apigateway-api-id'] = stage.apiId
  else headers.via = 'HTTP/1.1 AmazonAPIGateway'
  for (const [name, value] of mapped(incoming, parameters)) {
    if (name.startsWith('integration.request.header.') && !/[^\t\x20-\x7e\x80-\xff]/.test(value))
      headers[name.slice('integration.request.header.'.length).toLowerCase()] = value
  }
  if (wire.body.length > 0) headers['content-length'] = String(wire.body.length)
  return headers
}

/** The values of a REST integration's `requestParameters`; those that have none are left out. */
function mapped(incoming: Incoming, parameters: HttpProxy['parameters'] = {}): [string, string][] {
  const variables = variablesOf(incoming)
  return Object.entries(parameters).flatMap(([name, expression]) => {
    const value = /^'(.*)'$/.exec(expression)?.[1] ?? variables.expression(expression)
    return value === undefined ? [] : [[name, value]]
  })
}

function answered(response: IncomingMessage, rest: boolean): HeaderValues {
  const headers: HeaderValues = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value === undefined || hopByHop.has(name)) continue
    headers[rest && remapped.has(name) ? `x-amzn-remapped-${name}` : name] = value
  }
  return headers
}
