import { functionOfUri } from '../../gateway/function-uri.ts'
import { passedRole } from '../../gateway/pass-role.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, badRequest, findApi, found, newId, page, refuse } from './find.ts'
import { publish } from './publish.ts'
import { type Authorizer, authorizer, route, stage } from './state.ts'

const refused = { IdentityValidationExpression: 'it belongs to REST APIs.' }
const mostAuthorizers = 10
const longestTtlSec = 3_600

/** JWT and Lambda authorizers. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html */
export const authorizers = operations<ApiGatewayV2>()({
  CreateAuthorizer: {
    authorize: ({ ApiId, AuthorizerCredentialsArn }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, `apis/${ApiId}/authorizers`) },
      ...passedRole(AuthorizerCredentialsArn),
    ],
    async write(tx, { ApiId, ...input }, ctx) {
      const api = await findApi(tx, ApiId)
      refuse(input, refused)
      const made = authorizerSettings({ ...input, id: newId(ctx, 6) })
      await checkName(tx, api.id, made)
      tx.set(authorizer(api.id, made.id), made)
      await publish(tx, api, ctx)
      return describe(made)
    },
  },

  GetAuthorizer: {
    authorize: ({ ApiId, AuthorizerId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/authorizers/${AuthorizerId}`) },
    ],
    async read(tx, { ApiId, AuthorizerId }) {
      return describe(await found(tx, authorizer(ApiId, AuthorizerId), 'Authorizer', AuthorizerId))
    },
  },

  GetAuthorizers: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/authorizers`) }],
    async read(tx, input) {
      await findApi(tx, input.ApiId)
      const { values, NextToken } = await page(tx, (bounds) => authorizer.between([input.ApiId], bounds), input)
      return { Items: values.map(describe), NextToken }
    },
  },

  UpdateAuthorizer: {
    authorize: ({ ApiId, AuthorizerId, AuthorizerCredentialsArn }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `apis/${ApiId}/authorizers/${AuthorizerId}`) },
      ...passedRole(AuthorizerCredentialsArn),
    ],
    async write(tx, { ApiId, AuthorizerId, ...input }, ctx) {
      const api = await findApi(tx, ApiId)
      const before = await found(tx, authorizer(ApiId, AuthorizerId), 'Authorizer', AuthorizerId)
      refuse(input, refused)
      const next = authorizerSettings({ ...before, ...input })
      await checkName(tx, ApiId, next)
      tx.set(authorizer(ApiId, AuthorizerId), next)
      await publish(tx, api, ctx)
      return describe(next)
    },
  },

  DeleteAuthorizer: {
    authorize: ({ ApiId, AuthorizerId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `apis/${ApiId}/authorizers/${AuthorizerId}`) },
    ],
    async write(tx, { ApiId, AuthorizerId }, ctx) {
      const api = await findApi(tx, ApiId)
      await found(tx, authorizer(ApiId, AuthorizerId), 'Authorizer', AuthorizerId)
      for await (const { value } of tx.range(route.under(ApiId))) {
        if (value.authorizerId === AuthorizerId)
          throw awsError('ConflictException', `Cannot delete authorizer, because it is used by the route ${value.key}.`)
      }
      tx.delete(authorizer(ApiId, AuthorizerId))
      await publish(tx, api, ctx)
      return {}
    },
  },

  ResetAuthorizersCache: {
    authorize: ({ ApiId, StageName }, ctx) => [
      {
        action: 'apigateway:DELETE',
        resource: apiArn(ctx, `apis/${ApiId}/stages/${StageName}/cache/authorizers`),
      },
    ],
    async write(tx, { ApiId, StageName }, ctx) {
      const api = await findApi(tx, ApiId)
      const before = await found(tx, stage(ApiId, StageName), 'stage', StageName)
      tx.set(stage(ApiId, StageName), { ...before, authorizersEpoch: (before.authorizersEpoch ?? 0) + 1 })
      await publish(tx, api, ctx)
      return {}
    },
  },
})

async function checkName(tx: Tx, apiId: string, { id, Name }: Authorizer): Promise<void> {
  let others = 0
  for await (const { value } of tx.range(authorizer.under(apiId))) {
    if (value.id === id) continue
    others++
    if (value.Name === Name) throw badRequest(`Authorizer name must be unique. ${Name} exists in this API already.`)
  }
  if (others >= mostAuthorizers)
    throw awsError('LimitExceededException', `An API can have at most ${mostAuthorizers} authorizers.`)
}

type Given = { [K in keyof Omit<Authorizer, 'AuthorizerType'>]?: Authorizer[K] | undefined } & {
  readonly id: string
  readonly AuthorizerType?: string
}

const source = /^\$(request\.(header|querystring)\.[\w!#$%&'*+.^`|~-]+|context\.[\w.]+|stageVariables\.\w+)$/

/** An authorizer as it is asked for. Throws BadRequestException for one that there can't be. */
export function authorizerSettings(given: Given): Authorizer {
  const { id, Name = '', AuthorizerType, IdentitySource = [] } = given
  if (Name === '') throw badRequest('Name must not be empty.')
  const wrong = IdentitySource.find((one) => !source.test(one))
  if (wrong !== undefined)
    throw badRequest(`Invalid identity source ${wrong.slice(0, 200)}: use $request.header.<name> and its like.`)
  if (AuthorizerType === 'JWT') return { ...jwt(given), id, Name, IdentitySource }
  if (AuthorizerType !== 'REQUEST') throw badRequest(`AuthorizerType must be JWT or REQUEST, not ${AuthorizerType}.`)
  const uri = given.AuthorizerUri ?? ''
  if (functionOfUri(uri.replaceAll(/\$\{stageVariables\.\w+\}/g, 'x')) === undefined)
    throw badRequest(
      'AuthorizerUri must be arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<ARN>/invocations.',
    )
  const format = given.AuthorizerPayloadFormatVersion
  if (format !== '1.0' && format !== '2.0') throw badRequest('AuthorizerPayloadFormatVersion must be 1.0 or 2.0.')
  if (given.EnableSimpleResponses && format !== '2.0')
    throw badRequest('EnableSimpleResponses needs the AuthorizerPayloadFormatVersion 2.0.')
  const ttl = given.AuthorizerResultTtlInSeconds ?? (IdentitySource.length > 0 ? 300 : 0)
  if (ttl < 0 || ttl > longestTtlSec)
    throw badRequest(`AuthorizerResultTtlInSeconds must be between 0 and ${longestTtlSec}.`)
  if (ttl > 0 && IdentitySource.length === 0)
    throw badRequest('An authorizer needs identity sources while its answers are cached.')
  return {
    id,
    Name,
    AuthorizerType,
    IdentitySource,
    AuthorizerUri: uri,
    AuthorizerCredentialsArn: given.AuthorizerCredentialsArn || undefined,
    AuthorizerPayloadFormatVersion: format,
    AuthorizerResultTtlInSeconds: ttl,
    EnableSimpleResponses: given.EnableSimpleResponses ?? false,
  }
}

function jwt({ IdentitySource = [], JwtConfiguration }: Given) {
  if (IdentitySource.length !== 1) throw badRequest('A JWT authorizer has one identity source.')
  const { Issuer = '', Audience = [] } = JwtConfiguration ?? {}
  if (!URL.canParse(Issuer) || !/^https?:$/.test(new URL(Issuer).protocol))
    throw badRequest('JwtConfiguration.Issuer must be the https URL of an issuer.')
  if (Audience.length === 0) throw badRequest('JwtConfiguration.Audience must name an audience.')
  return { AuthorizerType: 'JWT' as const, JwtConfiguration: { Issuer, Audience } }
}

function describe({ id, ...one }: Authorizer) {
  const { JwtConfiguration } = one
  return {
    AuthorizerId: id,
    ...one,
    IdentitySource: [...one.IdentitySource],
    JwtConfiguration: JwtConfiguration && {
      Issuer: JwtConfiguration.Issuer,
      Audience: [...(JwtConfiguration.Audience ?? [])],
    },
  }
}
