import type { Model, Protocol } from '../kernel/model.ts'
import { operationNamed, type ResolvedOperation, reading, unknownOperation } from './operation.ts'
import { readParams } from './query-params.ts'
import { type Address, routeRest } from './router.ts'

/** `/service/GraniteServiceVersion20100801/operation/PutMetricData` */
const rpcPath = /\/service\/([^/]+)\/operation\/([^/]+)\/?$/

const jsonTypes = /^application\/(?:x-amz-json-1\.[01]|json)\s*(?:;|$)/i
const cborType = /^application\/x-amz-cbor-1\.1\s*(?:;|$)/i

/**
 * Which of the service's protocols a request is written in, by its headers and path alone. A request that fits none is
 * taken for the service's first, whose rules then say what is wrong with it.
 */
export function detectProtocol(model: Model, request: Address): Protocol {
  const { protocols } = model
  const first = protocols[0]!
  if (protocols.length === 1) return first
  const { headers, path } = request
  if (protocols.includes('cbor') && (headers['smithy-protocol'] === 'rpc-v2-cbor' || rpcPath.test(path))) return 'cbor'
  if (protocols.includes('cbor1.1') && cborType.test(headers['content-type'] ?? '')) return 'cbor1.1'
  const json = protocols.find((protocol) => protocol.startsWith('json'))
  if (json && headers['x-amz-target'] !== undefined) return json
  if (protocols.includes('query') && !headers['content-type']?.startsWith('application/x-amz-json')) return 'query'
  return first
}

/**
 * The operation a request asks for. Query requests are read whole for it; the others are known before their body is.
 * Throws what the service answers when there is none.
 */
export function findOperation(
  model: Model,
  protocol: Protocol,
  request: Address & { readonly body: Uint8Array },
): ResolvedOperation {
  if (protocol === 'rest-json' || protocol === 'rest-xml') {
    const route = routeRest(model, request)
    if (!route) throw unknownOperation(model, protocol, `${request.method} ${request.path.slice(0, 256)}`)
    return { ...operationNamed(model, protocol, route.name)!, labels: route.labels }
  }
  const asked = askedFor(model, protocol, request)
  const found = operationNamed(model, protocol, asked)
  if (!found) throw unknownOperation(model, protocol, asked.slice(0, 256))
  return found
}

function askedFor(model: Model, protocol: Protocol, request: Address & { readonly body: Uint8Array }): string {
  if (protocol === 'query' || protocol === 'ec2') {
    const params = reading({ model, protocol }, () => readParams(request.query, request.body))
    const version = params.children?.get('Version')?.value
    const action = params.children?.get('Action')?.value ?? ''
    if (action !== '' && version !== undefined && version !== model.apiVersion) {
      throw unknownOperation(model, protocol, `${action.slice(0, 128)} for version ${version.slice(0, 32)}`)
    }
    return action
  }
  if (request.method !== 'POST') throw unknownOperation(model, protocol, `of method ${request.method}`)
  if (protocol === 'cbor') {
    const [, service, operation] = rpcPath.exec(request.path) ?? []
    if (service !== model.targetPrefix || operation === undefined)
      throw unknownOperation(model, protocol, request.path.slice(0, 256))
    return operation
  }
  const type = request.headers['content-type']
  if (type !== undefined && protocol !== 'cbor1.1' && !jsonTypes.test(type))
    throw unknownOperation(model, protocol, `of content type ${type.slice(0, 128)}`)
  const header = request.headers['x-amz-target']
  const target = Array.isArray(header) ? header[0]! : (header ?? '')
  const dot = target.lastIndexOf('.')
  if (target.slice(0, dot) !== model.targetPrefix)
    throw unknownOperation(model, protocol, target === '' ? '(none)' : target.slice(0, 256))
  return target.slice(dot + 1)
}
