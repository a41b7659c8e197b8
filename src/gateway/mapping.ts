import type { HeaderValues, WireResponse } from '../kernel/http.ts'
import { selected } from './authorizer-event.ts'
import type { Incoming } from './incoming.ts'
import type { ParameterMapping } from './state.ts'

/**
 * Parameter mapping of HTTP APIs: changes to headers, query and path before the integration, and to headers and
 * status after. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
 */
export function mapRequest(incoming: Incoming, mapping: ParameterMapping | undefined): Incoming {
  const changes = Object.entries(mapping?.request ?? {})
  if (changes.length === 0) return incoming
  const headers = { ...incoming.wire.headers }
  let rawHeaders = [...incoming.wire.rawHeaders]
  const query = new URLSearchParams(incoming.wire.query)
  let path: string | undefined
  for (const [target, expression] of changes) {
    const [action = '', where = ''] = target.split(':')
    const value = action === 'remove' ? '' : expand(expression, (one) => requestValue(one, incoming))
    if (value === undefined) continue
    const name = where.slice(where.indexOf('.') + 1)
    if (where === 'path') path = value
    else if (where.startsWith('querystring.')) {
      if (action === 'append') query.append(name, value)
      else if (action === 'remove') query.delete(name)
      else query.set(name, value)
    } else if (where.startsWith('header.') && isHeaderText(value)) {
      const lower = name.toLowerCase()
      const before = action === 'append' ? headers[lower] : undefined
      if (action !== 'append') rawHeaders = withoutHeader(rawHeaders, lower)
      if (action === 'remove') delete headers[lower]
      else {
        rawHeaders.push(lower, value)
        headers[lower] = before === undefined ? value : `${[before].flat().join(',')},${value}`
      }
    }
  }
  const wire = { ...incoming.wire, headers, rawHeaders, query: query.toString() }
  return { ...incoming, wire, ...(path !== undefined && { fullPath: path, path }) }
}

/** The answer as the mapping for its status has it. */
export function mapResponse(
  incoming: Incoming,
  mapping: ParameterMapping | undefined,
  response: WireResponse,
): WireResponse {
  const changes = Object.entries(mapping?.responses[String(response.status)] ?? {})
  if (changes.length === 0) return response
  const headers: HeaderValues = { ...response.headers }
  let { status } = response
  for (const [target, expression] of changes) {
    const [action = '', where = ''] = target.split(':')
    const value = action === 'remove' ? '' : expand(expression, (one) => responseValue(one, incoming, response))
    if (value === undefined) continue
    if (where === 'statuscode') {
      if (/^[1-5]\d\d$/.test(value)) status = Number(value)
      continue
    }
    const name = where.slice('header.'.length).toLowerCase()
    if (!isHeaderText(value)) continue
    if (action === 'remove') delete headers[name]
    else if (action === 'append' && headers[name] !== undefined) headers[name] = [headers[name], value].flat()
    else headers[name] = value
  }
  return { ...response, status, headers }
}

/** A text, an expression (`$request.header.x`), or a text with expressions in it (`${request.path}/x`). */
export function expand(template: string, value: (expression: string) => string | undefined): string | undefined {
  if (/^\$(request|response|context|stageVariables)\b[\w.$[\]-]*$/.test(template)) return value(template)
  let missing = false
  const text = template.replaceAll(/\$\{([\w.[\]-]+)\}/g, (_, expression: string) => {
    const found = value(`$${expression}`)
    missing ||= found === undefined
    return found ?? ''
  })
  return missing ? undefined : text
}

/** `$request.body.order.id` looks into a JSON body; everything else is as authorizers name it. */
export function requestValue(expression: string, incoming: Incoming): string | undefined {
  if (expression === '$request.body') return Buffer.from(incoming.wire.body).toString('utf8')
  if (expression.startsWith('$request.body.'))
    return inside(Buffer.from(incoming.wire.body).toString('utf8'), expression.slice('$request.body.'.length))
  return selected(expression, incoming)
}

function responseValue(expression: string, incoming: Incoming, response: WireResponse): string | undefined {
  const header = /^\$response\.header\.(.+)$/.exec(expression)?.[1]
  if (header !== undefined) {
    const found = response.headers[header.toLowerCase()]
    return found === undefined ? undefined : [found].flat().join(',')
  }
  const { body } = response
  const text = typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : ''
  if (expression === '$response.body') return text
  if (expression.startsWith('$response.body.')) return inside(text, expression.slice('$response.body.'.length))
  return selected(expression, incoming)
}

function inside(text: string, path: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // No JSON has nothing in it.
    return undefined
  }
  for (const part of path.split(/[.[\]]+/).filter(Boolean)) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return typeof value === 'string' ? value : value === undefined ? undefined : JSON.stringify(value)
}

function withoutHeader(raw: readonly string[], lower: string): string[] {
  return raw.filter((_, at) => raw[at - (at % 2)]?.toLowerCase() !== lower)
}

function isHeaderText(value: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(value)
}
