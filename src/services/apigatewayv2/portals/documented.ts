import { isPart, type Part } from '../../../gateway/openapi.ts'

/** A documentation part of an API, as an export of its stage has it. */
export interface DocumentationPart {
  readonly location: Readonly<Record<string, string>>
  readonly properties: Part
}

interface Place {
  readonly type: string
  readonly path?: string
  readonly method?: string
  readonly statusCode?: string
  readonly name?: string
}

/**
 * An operation with what the parts say of it, its parameters, body and responses. The part of the nearest place counts:
 * one of the path before one of a path above it, one of the method or status before one of all (`*`).
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-content-representation.html
 */
export function documented(operation: Part, parts: readonly DocumentationPart[], path: string, method: string): Part {
  const said = (place: Place) => nearest(parts, { path, method, ...place })
  const parameters = listOf(operation.parameters).map((one) => {
    const type = parameterTypes[String(one.in)]
    return { ...one, ...(type !== undefined && said({ type, name: String(one.name) })) }
  })
  const responses = Object.entries(partOf(operation.responses)).map(([statusCode, response]) => {
    const headers = Object.entries(partOf(partOf(response).headers)).map(([name, header]) => [
      name,
      { ...partOf(header), ...said({ type: 'RESPONSE_HEADER', statusCode, name }) },
    ])
    const bodies = Object.entries(partOf(partOf(response).content)).map(([mediaType, body]) => [
      mediaType,
      { ...partOf(body), ...said({ type: 'RESPONSE_BODY', statusCode }) },
    ])
    return [
      statusCode,
      {
        ...partOf(response),
        ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
        ...(bodies.length > 0 && { content: Object.fromEntries(bodies) }),
        ...said({ type: 'RESPONSE', statusCode }),
      },
    ]
  })
  return {
    ...operation,
    ...said({ type: 'METHOD' }),
    ...(parameters.length > 0 && { parameters }),
    ...(operation.requestBody !== undefined && {
      requestBody: { ...partOf(operation.requestBody), ...said({ type: 'REQUEST_BODY' }) },
    }),
    responses: Object.fromEntries(responses),
  }
}

/** What the parts say of a model. */
export function documentedModel(schema: Part, parts: readonly DocumentationPart[], name: string): Part {
  return { ...schema, ...nearest(parts, { type: 'MODEL', name }) }
}

const parameterTypes: Readonly<Record<string, string>> = {
  path: 'PATH_PARAMETER',
  query: 'QUERY_PARAMETER',
  header: 'REQUEST_HEADER',
}

/** Of what a part may say only the words: the rest is the API's own business. */
function nearest(parts: readonly DocumentationPart[], place: Place): Part {
  let best: DocumentationPart | undefined
  let bestScore = -1
  for (const part of parts) {
    const score = nearness(part.location, place)
    if (score <= bestScore) continue
    best = part
    bestScore = score
  }
  const words = ['summary', 'description'].flatMap((name) => {
    const text = best?.properties[name]
    return typeof text === 'string' ? [[name, text] as const] : []
  })
  return Object.fromEntries(words)
}

/** Higher for what is nearer; below 0 for what is said of something else. */
function nearness({ type, path, method, statusCode, name }: DocumentationPart['location'], place: Place): number {
  if (type !== place.type || name !== place.name) return -1
  const depth = path === undefined || place.path === undefined ? 0 : depthAbove(path, place.path)
  const verb = matching(method, place.method)
  const status = matching(statusCode, place.statusCode)
  return depth < 0 || verb < 0 || status < 0 ? -1 : depth * 4 + verb * 2 + status
}

/** How many segments of a path are those of one that it is, or is above; below 0 when it is neither. */
function depthAbove(above: string, path: string): number {
  const segments = (text: string) => text.split('/').filter(Boolean)
  const [upper, whole] = [segments(above), segments(path)]
  return upper.every((segment, index) => segment === whole[index]) ? upper.length : -1
}

function matching(said: string | undefined, asked: string | undefined): number {
  if (said === undefined || said === '*') return 0
  return said === asked ? 1 : -1
}

/** A part; empty for what is none. */
export function partOf(value: unknown): Part {
  return isPart(value) ? value : {}
}

/** The parts of a list; none for what is none. */
export function listOf(value: unknown): Part[] {
  return Array.isArray(value) ? value.filter(isPart) : []
}
