import { functionOfUri } from '../../gateway/function-uri.ts'
import { passedRole } from '../../gateway/pass-role.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, found, newId, page } from './find.ts'
import { withinQuota } from './limits.ts'
import { patched } from './patch.ts'
import { type Authorizer, authorizer, method } from './state.ts'

const missing = 'Invalid Authorizer identifier specified'
const defaultTtlSec = 300
const longestTtlSec = 3_600

/** Lambda authorizers. https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html */
export const authorizers = operations<Api>()({
  CreateAuthorizer: {
    authorize: ({ restApiId, authorizerCredentials }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, `restapis/${restApiId}/authorizers`) },
      ...passedRole(authorizerCredentials),
    ],
    async write(tx, input, ctx) {
      await findApi(tx, input.restApiId)
      await withinQuota(tx, authorizer.under(input.restApiId), 'authorizers')
      const made = authorizerSettings({ ...input, id: newId(ctx, 6) })
      await checkName(tx, input.restApiId, made)
      tx.set(authorizer(input.restApiId, made.id), made)
      return describe(made)
    },
  },

  GetAuthorizer: {
    authorize: ({ restApiId, authorizerId }, ctx) => [
      { action: 'apigateway:GET', resource: authorizerArn(ctx, restApiId, authorizerId) },
    ],
    async read(tx, { restApiId, authorizerId }) {
      await findApi(tx, restApiId)
      return describe(await found(tx, authorizer(restApiId, authorizerId), missing))
    },
  },

  GetAuthorizers: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/authorizers`) },
    ],
    async read(tx, input) {
      await findApi(tx, input.restApiId)
      const { values, position } = await page(tx, (bounds) => authorizer.between([input.restApiId], bounds), input)
      return { items: values.map(describe), position }
    },
  },

  UpdateAuthorizer: {
    authorize: ({ restApiId, authorizerId, patchOperations = [] }, ctx) => [
      { action: 'apigateway:PATCH', resource: authorizerArn(ctx, restApiId, authorizerId) },
      ...patchOperations.flatMap(({ path, value }) => (path === '/authorizerCredentials' ? passedRole(value) : [])),
    ],
    async write(tx, { restApiId, authorizerId, patchOperations }) {
      await findApi(tx, restApiId)
      const before = await found(tx, authorizer(restApiId, authorizerId), missing)
      const given: Omit<Authorizer, 'type'> & { type: string; providerARNs: string[] } = { ...before, providerARNs: [] }
      const next = authorizerSettings(
        patched(given, patchOperations, {
          '/name': 'text',
          '/type': 'text',
          '/authType': 'text',
          '/authorizerUri': 'text',
          '/authorizerCredentials': 'text',
          '/identitySource': 'text',
          '/identityValidationExpression': 'text',
          '/authorizerResultTtlInSeconds': 'integer',
          '/providerARNs/*': 'list',
        }),
      )
      await checkName(tx, restApiId, next)
      tx.set(authorizer(restApiId, authorizerId), next)
      return describe(next)
    },
  },

  DeleteAuthorizer: {
    authorize: ({ restApiId, authorizerId }, ctx) => [
      { action: 'apigateway:DELETE', resource: authorizerArn(ctx, restApiId, authorizerId) },
    ],
    async write(tx, { restApiId, authorizerId }) {
      await findApi(tx, restApiId)
      await found(tx, authorizer(restApiId, authorizerId), missing)
      for await (const { value } of tx.range(method.under(restApiId))) {
        if (value.authorizerId === authorizerId)
          throw awsError('ConflictException', 'Cannot delete authorizer, because it is used by a method')
      }
      tx.delete(authorizer(restApiId, authorizerId))
      return {}
    },
  },
})

async function checkName(tx: Parameters<typeof found>[0], apiId: string, { id, name }: Authorizer): Promise<void> {
  for await (const { value } of tx.range(authorizer.under(apiId))) {
    if (value.name === name && value.id !== id)
      throw badRequest(`Authorizer name must be unique. Authorizer ${name} already exists in this RestApi.`)
  }
}

interface Given {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly providerARNs?: readonly string[] | undefined
  readonly authType?: string | undefined
  readonly authorizerUri?: string | undefined
  readonly authorizerCredentials?: string | undefined
  readonly identitySource?: string | undefined
  readonly identityValidationExpression?: string | undefined
  readonly authorizerResultTtlInSeconds?: number | undefined
}

const source =
  /^(method\.request\.(header|querystring|multivalueheader|multivaluequerystring)|context|stageVariables)\.[\w.$-]+$/

/** An authorizer as it is asked for. Throws BadRequestException for one that there can't be. */
export function authorizerSettings(given: Given): Authorizer {
  const { type, authorizerUri = '', identityValidationExpression: expression } = given
  if (type !== 'TOKEN' && type !== 'REQUEST')
    throw badRequest(`Authorizer type ${type} is not supported by Landfall yet: use TOKEN or REQUEST with a function.`)
  if (given.providerARNs && given.providerARNs.length > 0)
    throw badRequest('providerARNs belong to COGNITO_USER_POOLS, which is not supported by Landfall yet.')
  if (functionOfUri(authorizerUri.replaceAll(/\$\{stageVariables\.\w+\}/g, 'x')) === undefined)
    throw badRequest(
      'Invalid Authorizer URI: it must be arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function ARN>/invocations.',
    )
  const ttl = given.authorizerResultTtlInSeconds ?? defaultTtlSec
  if (ttl < 0 || ttl > longestTtlSec)
    throw badRequest(`Authorizer result TTL must be between 0 and ${longestTtlSec} seconds.`)
  const sources = (given.identitySource ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)
  const wrong = sources.find((one) => !source.test(one))
  if (wrong !== undefined) throw badRequest(`Invalid Identity Source ${wrong.slice(0, 200)}`)
  if (
    type === 'TOKEN' &&
    (sources.length > 1 || (sources[0] !== undefined && !sources[0].startsWith('method.request.header.')))
  )
    throw badRequest('The identity source of a TOKEN authorizer must be one header: method.request.header.<name>.')
  if (type === 'REQUEST' && ttl > 0 && sources.length === 0)
    throw badRequest('A REQUEST authorizer needs identity sources while its answers are cached.')
  if (expression !== undefined && expression !== '') {
    if (type !== 'TOKEN') throw badRequest('identityValidationExpression belongs to TOKEN authorizers.')
    if (expression.length > 500 || !isExpression(expression))
      throw badRequest('identityValidationExpression must be a regular expression of at most 500 characters.')
  }
  return {
    id: given.id,
    name: given.name,
    type,
    authType: given.authType ?? 'custom',
    authorizerUri,
    authorizerCredentials: given.authorizerCredentials || undefined,
    identitySource: sources.join(',') || (type === 'TOKEN' ? 'method.request.header.Authorization' : undefined),
    identityValidationExpression: expression || undefined,
    authorizerResultTtlInSeconds: ttl,
  }
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text) !== undefined
  } catch {
    // The caller says what it should have been.
    return false
  }
}

function authorizerArn(ctx: Ctx, apiId: string, id: string): string {
  return apiArn(ctx, `restapis/${apiId}/authorizers/${id}`)
}

function describe(one: Authorizer) {
  return { ...one }
}
