import { awsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { members } from '../../kernel/live-properties.ts'
import { lookUntil } from '../../kernel/look-again.ts'
import { type ResourceCtx, ResourceFailure, resource } from '../../kernel/resource.ts'
import { ignoreMissing } from './resource-reads.ts'

interface ConnectionProperties {
  readonly Name?: string
  readonly Description?: string
  readonly AuthorizationType: string
  readonly AuthParameters: object
}

interface ApiDestinationProperties {
  readonly Name?: string
  readonly Description?: string
  readonly ConnectionArn: string
  readonly InvocationEndpoint: string
  readonly HttpMethod: string
  readonly InvocationRateLimitPerSecond?: number
}

const destinationMembers = [
  ...(['Name', 'Description', 'ConnectionArn', 'InvocationEndpoint'] as const),
  ...(['HttpMethod', 'InvocationRateLimitPerSecond'] as const),
]

export const connectionResources = {
  'AWS::Events::Connection': resource<ConnectionProperties>({
    properties: ['Name', 'Description', 'AuthorizationType', 'AuthParameters'],
    async create({ AuthParameters, ...props }, rx) {
      refuse(AuthParameters)
      const Name = props.Name ?? rx.name({ maxLength: 64 })
      await rx.invoke('events:CreateConnection', { ...props, AuthParameters, Name })
      rx.created(Name)
      return connected(Name, rx)
    },
    async update(id, { AuthParameters, ...props }, _previous, rx) {
      refuse(AuthParameters)
      await rx.invoke('events:UpdateConnection', { Description: '', ...props, AuthParameters, Name: id })
      return connected(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('events:DeleteConnection', { Name: id }).catch(ignoreMissing)
    },
    async read(id, _props, rx) {
      const found = await rx.invoke<object>('events:DescribeConnection', { Name: id }).catch(ignoreMissing)
      // What is secret of the parameters nobody is told, so that they can't be compared.
      return found && members(found, ['Name', 'Description', 'AuthorizationType'])
    },
    async adopt(id, rx) {
      const found = await rx.invoke<Connection>('events:DescribeConnection', { Name: id }).catch(ignoreMissing)
      return found && connectionState(id, found)
    },
    list: listing('events:ListConnections', { items: 'Connections', id: 'Name' }),
  }),

  'AWS::Events::ApiDestination': resource<ApiDestinationProperties>({
    properties: destinationMembers,
    async create(props, rx) {
      const Name = props.Name ?? rx.name({ maxLength: 64 })
      return made(Name, await rx.invoke('events:CreateApiDestination', { ...props, Name }))
    },
    async update(id, props, _previous, rx) {
      const given = { Description: '', InvocationRateLimitPerSecond: 300, ...props, Name: id }
      return made(id, await rx.invoke('events:UpdateApiDestination', given))
    },
    async delete(id, _props, rx) {
      await rx.invoke('events:DeleteApiDestination', { Name: id }).catch(ignoreMissing)
    },
    async read(id, _props, rx) {
      const found = await rx.invoke<object>('events:DescribeApiDestination', { Name: id }).catch(ignoreMissing)
      return found && members(found, destinationMembers)
    },
    async adopt(id, rx) {
      const found = await rx.invoke('events:DescribeApiDestination', { Name: id }).catch(ignoreMissing)
      return found && made(id, found)
    },
    list: listing('events:ListApiDestinations', { items: 'ApiDestinations', id: 'Name' }),
  }),
}

/** Private endpoints have other names in the API, which would not know them. */
function refuse(given: object): void {
  if (!Object.hasOwn(given, 'ConnectivityParameters')) return
  throw awsError('ValidationException', 'AuthParameters.ConnectivityParameters is not supported by Landfall.')
}

/** Waits until a connection is authorized. Throws when it can't be. */
function connected(Name: string, rx: ResourceCtx) {
  return lookUntil(rx, async () => {
    const found = await rx.invoke<Connection>('events:DescribeConnection', { Name })
    if (found.ConnectionState === 'DEAUTHORIZED')
      throw new ResourceFailure(found.StateReason ?? 'It is not authorized.')
    if (found.ConnectionState !== 'AUTHORIZED') return undefined
    return connectionState(Name, found)
  })
}

interface Connection {
  readonly ConnectionArn: string
  readonly ConnectionState: string
  readonly SecretArn?: string
  readonly StateReason?: string
}

function connectionState(id: string, { ConnectionArn: Arn, SecretArn = '' }: Connection) {
  return { id, attributes: { Arn, ArnForPolicy: withoutId(Arn), SecretArn } }
}

function made(id: string, { ApiDestinationArn: Arn }: { ApiDestinationArn?: string } & Record<string, unknown>) {
  return { id, attributes: { Arn: Arn ?? '', ArnForPolicy: withoutId(Arn ?? '') } }
}

const withoutId = (arn: string): string => arn.slice(0, arn.lastIndexOf('/'))
