import { httpRefusal } from '../../delivery/http-target.ts'
import { checkHeaders, fillPath } from '../../gateway/http-parameters.ts'
import { serve } from '../../gateway/serve.ts'
import { deployed } from '../../gateway/state.ts'
import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { HttpParameters, HttpTarget } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import type { WireRequest, WireResponse } from '../../kernel/http.ts'

const mostBytes = 10 * 1_048_576
const nowhere = { account: '', region: '' }

/**
 * A method of an API's stage, by its execute-api ARN: it is called as the caller, whatever the route asks of its own
 * callers, and goes the way of any request. Throws ResourceNotFoundException.
 */
export async function httpTarget(arn: string, host: Host): Promise<HttpTarget> {
  const { account, region, resource = '' } = parseArn(arn) ?? {}
  const [apiId = '', stage = '', method = '', ...path] = resource.split('/')
  const found = await host.records.read(nowhere, (tx) => tx.get(deployed(apiId, stage)))
  if (!found || method === '' || found.account !== account || found.region !== region) {
    throw awsError('ResourceNotFoundException', `${arn.slice(0, 300)} is no method of a deployed API.`)
  }
  return {
    arn,
    async call(body, http, { principal, signal }) {
      const wire = requestOf({ apiId, stage, method, path: path.join('/') }, body, http, host)
      const response = await serve(wire, host, signal, principal)
      // Also of one that is to be refused: its body may hold a connection.
      const answer = await collected(response.body)
      if (response.status < 200 || response.status > 299) throw httpRefusal(response.status)
      return answer
    },
  }
}

interface Place {
  readonly apiId: string
  readonly stage: string
  readonly method: string
  readonly path: string
}

function requestOf(
  { apiId, stage, method, path }: Place,
  body: string,
  { pathValues = [], headers = {}, query = {} }: HttpParameters,
  { endpoint }: Host,
): WireRequest {
  const all: Readonly<Record<string, string>> = {
    'content-type': 'application/json',
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    host: new URL(endpoint).host,
  }
  checkHeaders(all)
  return {
    // Of any method, what has a body is sent.
    method: method === '*' ? 'POST' : method,
    path: `/_aws/execute-api/${apiId}/${encodeURIComponent(stage)}/${fillPath(path, pathValues)}`,
    query: new URLSearchParams(query).toString(),
    headers: all,
    rawHeaders: Object.entries(all).flat(),
    body: method === 'GET' || method === 'HEAD' ? new Uint8Array() : Buffer.from(body),
    remoteAddress: '127.0.0.1',
    origin: endpoint,
  }
}

async function collected(body: WireResponse['body']): Promise<Uint8Array> {
  if (body === undefined || typeof body === 'string') return Buffer.from(body ?? '')
  if (body instanceof Uint8Array) return body
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > mostBytes) throw awsError('InvalidParameterValue', 'The answer is larger than 10 MB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
