import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { awsError } from '../kernel/errors.ts'
import type { WireRequest } from '../kernel/http.ts'
import type { Protocol } from './protocol.ts'

const inflate = promisify(gunzip)
/** What a body may become. The SDKs compress those of more than 10 KB where the model says they may. */
const mostBytes = 4_194_304

/**
 * The request with its body inflated, where an SDK has compressed it; undefined where there is nothing to do. REST
 * services take `Content-Encoding` for a part of their input and are left alone.
 * https://smithy.io/2.0/spec/behavior-traits.html#requestcompression-trait
 */
export function inflated(protocol: Protocol, request: WireRequest): Promise<WireRequest> | undefined {
  if (protocol.startsWith('rest-') || request.headers['content-encoding'] !== 'gzip') return undefined
  return inflate(request.body, { maxOutputLength: mostBytes }).then(
    (body) => ({ ...request, body }),
    (cause: unknown) => {
      const problem = `The body is not gzip, or is more than ${mostBytes} bytes when inflated.`
      throw awsError('MalformedInput', problem, { status: 400, cause })
    },
  )
}
