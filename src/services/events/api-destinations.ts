import { formatArn, parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { checkEndpoint } from './connection-auth.ts'
import { filteredPage } from './filtered-page.ts'
import { apiDestinationArn, connectionArn, invalid, notFound } from './names.ts'
import { type ApiDestination, apiDestination, type Connection, connection } from './state.ts'

const usualPerSec = 300

/** API destinations: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html */
export const apiDestinations = operations<Api>()({
  CreateApiDestination: {
    authorize: ({ Name }, ctx) => [asking('CreateApiDestination', Name, ctx)],
    async write(tx, input, ctx) {
      const { Name: name, InvocationEndpoint: endpoint, HttpMethod: method, Description: description } = input
      if (await tx.get(apiDestination(name))) {
        throw awsError('ResourceAlreadyExistsException', `API destination ${name} already exists.`)
      }
      checkEndpoint('InvocationEndpoint', endpoint)
      await connectionOf(tx, input.ConnectionArn)
      const made: ApiDestination = {
        ...{ name, id: ctx.newId(), description, connectionArn: input.ConnectionArn, endpoint, method },
        perSec: input.InvocationRateLimitPerSecond ?? usualPerSec,
        ...{ createdAtMs: ctx.nowMs, modifiedAtMs: ctx.nowMs },
      }
      tx.set(apiDestination(name), made)
      return answer(tx, made)
    },
  },

  UpdateApiDestination: {
    authorize: ({ Name }, ctx) => [asking('UpdateApiDestination', Name, ctx)],
    async write(tx, input, ctx) {
      const before = await findApiDestination(tx, input.Name)
      if (input.InvocationEndpoint !== undefined) checkEndpoint('InvocationEndpoint', input.InvocationEndpoint)
      if (input.ConnectionArn !== undefined) await connectionOf(tx, input.ConnectionArn)
      const next: ApiDestination = {
        ...before,
        description: input.Description ?? before.description,
        connectionArn: input.ConnectionArn ?? before.connectionArn,
        endpoint: input.InvocationEndpoint ?? before.endpoint,
        method: input.HttpMethod ?? before.method,
        perSec: input.InvocationRateLimitPerSecond ?? before.perSec,
        modifiedAtMs: ctx.nowMs,
      }
      tx.set(apiDestination(next.name), next)
      return answer(tx, next)
    },
  },

  DescribeApiDestination: {
    authorize: ({ Name }, ctx) => [asking('DescribeApiDestination', Name, ctx)],
    async read(tx, { Name }) {
      const found = await findApiDestination(tx, Name)
      return { ...(await summary(tx, found)), Description: found.description }
    },
  },

  DeleteApiDestination: {
    authorize: ({ Name }, ctx) => [asking('DeleteApiDestination', Name, ctx)],
    async write(tx, { Name }) {
      await findApiDestination(tx, Name)
      tx.delete(apiDestination(Name))
      return {}
    },
  },

  ListApiDestinations: {
    authorize: () => [{ action: 'events:ListApiDestinations', resource: '*' }],
    async read(tx, { NamePrefix = '', ConnectionArn, NextToken, Limit = 100 }) {
      const refused = () => invalid('Invalid NextToken. Use that of the previous answer.')
      const bounds = NextToken === undefined ? { from: [NamePrefix] } : boundsOfPage(NextToken, refused)
      const all = tx.range(apiDestination.between([], bounds))
      const isWanted = (one: ApiDestination) => ConnectionArn === undefined || ConnectionArn === one.connectionArn
      const { items, next } = await filteredPage(all, Limit, NamePrefix, isWanted)
      return { ApiDestinations: await Promise.all(items.map((one) => summary(tx, one))), NextToken: next }
    },
  },
})

/** Throws ResourceNotFoundException. */
export async function findApiDestination(tx: ReadTx, name: string): Promise<ApiDestination> {
  const found = await tx.get(apiDestination(name))
  if (!found) throw notFound(`An api-destination '${name}' does not exist.`)
  return found
}

/** The connection of an ARN. Throws ResourceNotFoundException: another of the same name is not it. */
export async function connectionOf(tx: ReadTx, arn: string): Promise<Connection> {
  const name = parseArn(arn)?.resource.split('/')[1] ?? ''
  const found = await tx.get(connection(name))
  if (!found || connectionArn(tx.scope, found) !== arn) throw notFound(`Connection '${arn}' does not exist.`)
  return found
}

async function answer(tx: ReadTx, found: ApiDestination) {
  const of = await tx.get(connection(parseArn(found.connectionArn)?.resource.split('/')[1] ?? ''))
  const usable = of !== undefined && of.state !== 'DEAUTHORIZED' && connectionArn(tx.scope, of) === found.connectionArn
  return {
    ApiDestinationArn: apiDestinationArn(tx.scope, found),
    ApiDestinationState: usable ? ('ACTIVE' as const) : ('INACTIVE' as const),
    CreationTime: new Date(found.createdAtMs),
    LastModifiedTime: new Date(found.modifiedAtMs),
  }
}

async function summary(tx: ReadTx, found: ApiDestination) {
  return {
    ...(await answer(tx, found)),
    ...{ Name: found.name, ConnectionArn: found.connectionArn, InvocationEndpoint: found.endpoint },
    HttpMethod: found.method as 'POST',
    InvocationRateLimitPerSecond: found.perSec,
  }
}

function asking(name: string, Name: string, { scope }: Ctx) {
  const resource = formatArn('events', scope.region, scope.account, `api-destination/${Name}`)
  return { action: `events:${name}`, resource }
}
