import type { WireRequest, WireResponse } from '../kernel/http.ts'
import type { Cors } from './state.ts'

/** The answer to a preflight request, when CORS is configured and this is one. */
export function preflight(cors: Cors | undefined, wire: WireRequest): WireResponse | undefined {
  if (
    !cors ||
    wire.method !== 'OPTIONS' ||
    wire.headers.origin === undefined ||
    wire.headers['access-control-request-method'] === undefined
  )
    return undefined
  const headers = corsHeaders(cors, wire)
  if (Object.keys(headers).length > 0) {
    headers['access-control-allow-methods'] = cors.allowMethods.join(',')
    if (cors.allowHeaders.length > 0) headers['access-control-allow-headers'] = cors.allowHeaders.join(',')
    if (cors.maxAgeSec !== undefined) headers['access-control-max-age'] = String(cors.maxAgeSec)
  }
  return { status: 204, headers }
}

/** Headers for the answer to a page of another origin; none when the origin is not allowed. */
export function corsHeaders(cors: Cors | undefined, wire: WireRequest): Record<string, string> {
  const { origin } = wire.headers
  if (!cors || origin === undefined) return {}
  const any = cors.allowOrigins.includes('*')
  if (!any && !cors.allowOrigins.some((allowed) => matchesOrigin(allowed, origin))) return {}
  return {
    'access-control-allow-origin': any && !cors.allowCredentials ? '*' : origin,
    ...(any ? {} : { vary: 'Origin' }),
    ...(cors.allowCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(cors.exposeHeaders.length > 0 ? { 'access-control-expose-headers': cors.exposeHeaders.join(',') } : {}),
  }
}

/** An origin as allowed: exactly, or `https://*` for all of a scheme. */
function matchesOrigin(allowed: string, origin: string): boolean {
  return allowed.endsWith('*')
    ? origin.startsWith(allowed.slice(0, -1))
    : allowed.toLowerCase() === origin.toLowerCase()
}
