import type { Access } from './authz/access.ts'
import { faultPlace } from './http/fault-place.ts'
import { operate } from './http/operate.ts'
import { RequestCtx } from './http/request-ctx.ts'
import { parseArn } from './kernel/arn.ts'
import type { Directory } from './kernel/directory.ts'
import { awsError } from './kernel/errors.ts'
import type { FoundResourceType, Host, InvokeOptions } from './kernel/host.ts'
import type { Service } from './kernel/service.ts'
import { fromPlain } from './protocol/plain.ts'
import { decodeInternal } from './protocol/protocol.ts'

export type HostParts = Omit<
  Host,
  | 'invoke'
  | 'operationKind'
  | 'authorize'
  | 'isAllowed'
  | 'assumeRole'
  | 'announce'
  | 'functionTarget'
  | 'messageTarget'
  | 'queueSource'
  | 'streamSource'
  | 'httpTarget'
  | 'resourceType'
  | 'resourceTypes'
  | 'endpoint'
  | 'publicUrl'
> & {
  endpoint(): string
  readonly publicUrl?: string | undefined
}

/** Puts together what a node offers to its services from its engines and the directory of services. */
export function createHost(parts: HostParts, directory: Directory, access: () => Access): Host {
  async function serviceOfArn(arn: string): Promise<Service> {
    const entry = directory.byArnService(parseArn(arn)?.service ?? '')
    if (!entry)
      throw awsError('ResourceNotFoundException', `No service here has resources like ${arn}.`, { status: 404 })
    return load(entry.id)
  }

  async function load(id: string): Promise<Service> {
    const entry = directory.byId(id)
    if (!entry) throw new Error(`there is no service ${id}`)
    return directory.loaded(entry) ?? directory.load(entry)
  }

  async function find(name: string) {
    const colon = name.indexOf(':')
    const entry = directory.byId(name.slice(0, colon))
    const service = entry && (await load(entry.id))
    const operationName = name.slice(colon + 1)
    const operation = service?.operations[operationName]
    if (!service || !operation)
      throw awsError('NotImplemented', `Landfall does not have ${name} yet. docs/parity.md lists what it has.`, {
        status: 501,
      })
    return { service, operation, operationName }
  }

  function lacks(arn: string, what: string): Error {
    return awsError('InvalidParameterValueException', `${arn} can't be used as ${what}.`)
  }

  const { endpoint, ...rest } = parts
  const host: Host = {
    ...rest,
    get endpoint() {
      return endpoint()
    },
    get publicUrl() {
      return parts.publicUrl ?? endpoint()
    },
    async invoke<O>(name: string, input: object, options: InvokeOptions): Promise<O> {
      const { service, operation, operationName } = await find(name)
      const given = options.plain ? fromPlain(service.model, operationName, input) : input
      const decoded = decodeInternal(service.model, operationName, given)
      const ctx = new RequestCtx({
        host,
        scope: options.scope,
        requestId: parts.ids.uuid(),
        principal: options.as,
        baseUrl: endpoint(),
        sourceIp: '127.0.0.1',
        requestContext: {
          'aws:RequestedRegion': options.scope.region,
          'aws:ViaAWSService': true,
          'aws:SecureTransport': true,
          ...options.context,
        },
        signal: () => options.signal ?? parts.signal,
      })
      const work = () => operate(operation, decoded, ctx, options.within)
      if (!host.faults?.active) return (await work()) as O
      const place = faultPlace(service, operationName, decoded, ctx.account)
      return (await host.faults.around(place, work, (then) => setImmediate(then))) as O
    },
    async operationKind(name) {
      const { operation } = await find(name)
      return 'write' in operation ? 'write' : 'read' in operation ? 'read' : 'call'
    },
    authorize: (principal, requests, context, tx) => access().authorize(principal, requests, context, tx),
    isAllowed: (principal, request, context, tx) => access().isAllowed(principal, request, context, tx),
    async assumeRole(roleArn, options) {
      const sts = await load('sts')
      if (!sts.assumeRole) throw new Error('the sts service gives no credentials')
      return sts.assumeRole(roleArn, options, host)
    },
    async announce(tx, event) {
      // A node without event buses has no rules that could be waiting for it.
      if (directory.byId('events')) await (await load('events')).announce?.(tx, event, host)
    },
    async functionTarget(arn) {
      const target = (await serviceOfArn(arn)).events?.functionTarget
      if (!target) throw lacks(arn, 'a function')
      return target(arn, host)
    },
    async messageTarget(arn) {
      const target = (await serviceOfArn(arn)).events?.messageTarget
      if (!target) throw lacks(arn, 'a target for messages')
      return target(arn, host)
    },
    async queueSource(arn) {
      const source = (await serviceOfArn(arn)).events?.queueSource
      if (!source) throw lacks(arn, 'a queue')
      return source(arn, host)
    },
    async streamSource(arn) {
      const source = (await serviceOfArn(arn)).events?.streamSource
      if (!source) throw lacks(arn, 'a stream')
      return source(arn, host)
    },
    async httpTarget(arn) {
      const target = (await serviceOfArn(arn)).events?.httpTarget
      if (!target) throw lacks(arn, 'an HTTP endpoint')
      return target(arn, host)
    },
    async resourceType(typeName) {
      const entry = directory.byResourceType(typeName)
      if (!entry) return undefined
      const service = await load(entry.id)
      const schemas = await entry.resourceSchemas?.()
      const schema = schemas?.[typeName]
      if (!schema) return undefined
      const type = service.resources?.[typeName]
      return type ? { type, schema } : { schema }
    },
    async resourceTypes() {
      const found = new Map<string, FoundResourceType>()
      for (const entry of directory.entries) {
        const schemas = await entry.resourceSchemas?.()
        if (!schemas) continue
        for (const [name, type] of Object.entries((await load(entry.id)).resources ?? {})) {
          const schema = schemas[name]
          if (schema) found.set(name, { type, schema })
        }
      }
      return found
    },
  }
  return host
}
