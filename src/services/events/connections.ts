import { formatArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage } from '../../kernel/page-token.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { type AuthParameters, checkAuth, mergedAuth, readAuth, shownAuth } from './connection-auth.ts'
import { filteredPage } from './filtered-page.ts'
import { connectionArn, invalid, notFound } from './names.ts'
import { type Connection, connection, connectionToken } from './state.ts'

/**
 * Connections: how an endpoint outside is told who asks. What is secret is kept in Secrets Manager, with the permissions
 * of whoever makes the connection, as
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html has it.
 */
export const connections = operations<Api>()({
  CreateConnection: {
    authorize: ({ Name }, ctx) => [asking('CreateConnection', Name, ctx), onSecret('CreateSecret', Name, ctx)],
    async call(input, ctx) {
      refuse(input)
      const { Name: name, AuthorizationType: type, AuthParameters: given } = input
      checkAuth(type, given)
      if (await ctx.read((tx) => tx.get(connection(name)))) throw exists(name)
      const made: Connection = {
        ...{
          name,
          id: ctx.newId(),
          description: input.Description,
          type,
          state: 'AUTHORIZED',
          shown: shownAuth(given),
        },
        ...{ createdAtMs: ctx.nowMs, modifiedAtMs: ctx.nowMs },
      }
      const secret = { Name: `events!connection/${name}/${made.id}`, SecretString: JSON.stringify(given) }
      let stored = made
      await ctx.host.invoke('secretsmanager:CreateSecret', secret, {
        ...asCaller(ctx),
        async within(tx, { ARN }) {
          if (await tx.get(connection(name))) throw exists(name)
          stored = store(tx, { ...made, secretArn: String(ARN) }, ctx)
        },
      })
      return answer(stored, ctx)
    },
  },

  UpdateConnection: {
    authorize: ({ Name }, ctx) => [
      asking('UpdateConnection', Name, ctx),
      onSecret('GetSecretValue', Name, ctx),
      onSecret('PutSecretValue', Name, ctx),
      onSecret('CreateSecret', Name, ctx),
    ],
    async call(input, ctx) {
      refuse(input)
      const before = await ctx.read((tx) => findConnection(tx, input.Name))
      const type = input.AuthorizationType ?? before.type
      const given = input.AuthParameters
      if (type !== before.type && !given) throw invalid('Another AuthorizationType needs AuthParameters.')
      const next: Connection = { ...before, type, description: input.Description ?? before.description }
      if (!given) return answer(await ctx.write((tx) => changeText(tx, next, ctx)), ctx)
      const known = before.secretArn === undefined ? {} : await readSecret(before.secretArn, ctx)
      const merged = mergedAuth(known, given, type)
      checkAuth(type, merged)
      const SecretString = JSON.stringify(merged)
      let stored = next
      const within = async (tx: Tx, { ARN }: Record<string, unknown>) => {
        const { modifiedAtMs, secretArn } = await findConnection(tx, input.Name)
        if (modifiedAtMs !== before.modifiedAtMs) throw changedMeanwhile(input.Name)
        const changed = { ...next, shown: shownAuth(merged), secretArn: secretArn ?? String(ARN) }
        stored = store(tx, { ...changed, modifiedAtMs: Math.max(ctx.nowMs, modifiedAtMs + 1) }, ctx)
      }
      await (before.secretArn === undefined
        ? ctx.host.invoke(
            'secretsmanager:CreateSecret',
            { Name: `events!connection/${before.name}/${ctx.newId()}`, SecretString },
            { ...asCaller(ctx), within },
          )
        : ctx.host.invoke(
            'secretsmanager:PutSecretValue',
            { SecretId: before.secretArn, SecretString },
            { ...asCaller(ctx), within },
          ))
      return answer(stored, ctx)
    },
  },

  DescribeConnection: {
    authorize: ({ Name }, ctx) => [asking('DescribeConnection', Name, ctx)],
    async read(tx, { Name }, ctx) {
      const found = await findConnection(tx, Name)
      return {
        ...answer(found, ctx),
        ...{ Name, Description: found.description, StateReason: found.reason, AuthorizationType: found.type },
        ...{ AuthParameters: found.shown, SecretArn: found.secretArn },
      }
    },
  },

  DeauthorizeConnection: {
    authorize: ({ Name }, ctx) => [asking('DeauthorizeConnection', Name, ctx), onSecret('DeleteSecret', Name, ctx)],
    call: ({ Name }, ctx) =>
      withoutSecret(Name, ctx, (tx, found) => {
        const next: Connection = {
          ...{ ...found, state: 'DEAUTHORIZED', secretArn: undefined },
          modifiedAtMs: Math.max(ctx.nowMs, found.modifiedAtMs + 1),
        }
        tx.set(connection(Name), next)
        return { ...answer(next, ctx), ConnectionState: 'DEAUTHORIZING' as const }
      }),
  },

  DeleteConnection: {
    authorize: ({ Name }, ctx) => [asking('DeleteConnection', Name, ctx), onSecret('DeleteSecret', Name, ctx)],
    call: ({ Name }, ctx) =>
      withoutSecret(Name, ctx, (tx, found) => {
        tx.delete(connection(Name))
        return { ...answer(found, ctx), ConnectionState: 'DELETING' as const }
      }),
  },

  ListConnections: {
    authorize: () => [{ action: 'events:ListConnections', resource: '*' }],
    async read(tx, { NamePrefix = '', ConnectionState, NextToken, Limit = 100 }, ctx) {
      const refused = () => invalid('Invalid NextToken. Use that of the previous answer.')
      const bounds = NextToken === undefined ? { from: [NamePrefix] } : boundsOfPage(NextToken, refused)
      const all = tx.range(connection.between([], bounds))
      const isWanted = ({ state }: Connection) => ConnectionState === undefined || ConnectionState === state
      const { items, next } = await filteredPage(all, Limit, NamePrefix, isWanted)
      return { Connections: items.map(summary), NextToken: next }
      function summary(one: Connection) {
        const { name: Name, type: AuthorizationType, reason: StateReason } = one
        return { ...answer(one, ctx), Name, AuthorizationType, StateReason }
      }
    },
  },
})

/** Throws ResourceNotFoundException. */
export async function findConnection(tx: ReadTx, name: string): Promise<Connection> {
  const found = await tx.get(connection(name))
  if (!found) throw notFound(`Connection ${name} does not exist.`)
  return found
}

/** Stores a connection whose parameters are new: with OAuth it has to get a token first. */
function store(tx: Tx, { reason: _, ...given }: Connection, { host, nowMs, scope }: Ctx): Connection {
  tx.delete(connectionToken(given.name))
  const authorized = given.type !== 'OAUTH_CLIENT_CREDENTIALS'
  const next: Connection = authorized
    ? { ...given, state: 'AUTHORIZED', authorizedAtMs: nowMs }
    : { ...given, state: 'AUTHORIZING' }
  tx.set(connection(next.name), next)
  const data = { name: next.name, modifiedAtMs: next.modifiedAtMs }
  if (!authorized) host.deliveries.schedule(tx, { kind: 'events:authorize', scope, key: next.name, data })
  return next
}

async function changeText(tx: Tx, next: Connection, { nowMs }: Ctx): Promise<Connection> {
  const { modifiedAtMs } = await findConnection(tx, next.name)
  if (modifiedAtMs !== next.modifiedAtMs) throw changedMeanwhile(next.name)
  tx.set(connection(next.name), { ...next, modifiedAtMs: Math.max(nowMs, modifiedAtMs + 1) })
  return next
}

/** Does it in the transaction that deletes the secret, or without when there is none (any more). */
async function withoutSecret<O>(name: string, ctx: Ctx, work: (tx: Tx, found: Connection) => O): Promise<O> {
  const { secretArn } = await ctx.read((tx) => findConnection(tx, name))
  let done: O | undefined
  const within = async (tx: Tx) => {
    const found = await findConnection(tx, name)
    tx.delete(connectionToken(name))
    done = work(tx, found)
  }
  const deleting = { SecretId: secretArn, ForceDeleteWithoutRecovery: true }
  try {
    if (secretArn !== undefined)
      await ctx.host.invoke('secretsmanager:DeleteSecret', deleting, { ...asCaller(ctx), within })
  } catch (error) {
    if (!isAwsError(error, 'ResourceNotFoundException')) throw error
  }
  if (done === undefined) await ctx.write(within)
  return done as O
}

/** Nothing where somebody has deleted it, or put something else there: an update that says everything mends that. */
async function readSecret(SecretId: string, ctx: Ctx): Promise<AuthParameters> {
  try {
    const asked = { SecretId }
    const found = await ctx.host.invoke<{ SecretString?: string }>(
      'secretsmanager:GetSecretValue',
      asked,
      asCaller(ctx),
    )
    return readAuth(found.SecretString)
  } catch (error) {
    if (!isAwsError(error, 'ResourceNotFoundException', 'NO_RESOURCE')) throw error
    return {}
  }
}

const asCaller = ({ principal, scope }: Ctx) => ({ as: principal, scope })

const exists = (name: string) => awsError('ResourceAlreadyExistsException', `Connection ${name} already exists.`)
const changedMeanwhile = (name: string) =>
  awsError('ConcurrentModificationException', `Connection ${name} was changed at the same time.`)

function refuse(given: { InvocationConnectivityParameters?: object; KmsKeyIdentifier?: string }): void {
  for (const name of ['InvocationConnectivityParameters', 'KmsKeyIdentifier'] as const) {
    if (given[name]) throw invalid(`${name} is not supported by Landfall so far.`)
  }
}

function asking(name: string, Name: string, { scope }: Ctx) {
  return { action: `events:${name}`, resource: formatArn('events', scope.region, scope.account, `connection/${Name}`) }
}

function onSecret(name: string, Name: string, { scope }: Ctx) {
  const resource = `secret:events!connection/${Name}/*`
  return {
    action: `secretsmanager:${name}`,
    resource: formatArn('secretsmanager', scope.region, scope.account, resource),
  }
}

function answer(found: Connection, { scope }: Ctx) {
  return {
    ConnectionArn: connectionArn(scope, found),
    ConnectionState: found.state,
    CreationTime: new Date(found.createdAtMs),
    LastModifiedTime: new Date(found.modifiedAtMs),
    ...(found.authorizedAtMs !== undefined && { LastAuthorizedTime: new Date(found.authorizedAtMs) }),
  }
}
