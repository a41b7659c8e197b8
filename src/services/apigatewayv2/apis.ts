import { passedRole } from '../../gateway/pass-role.ts'
import { deployed } from '../../gateway/state.ts'
import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, findApi, newId, page, refuse } from './find.ts'
import { publish } from './publish.ts'
import { changeQuickly, quickCreate } from './quick-create.ts'
import { type Api, api, authorizer, deployment, integration, route, routeKey, stage } from './state.ts'

const later = 'it comes with WebSocket APIs.'
const refused = {
  ApiKeySelectionExpression: later,
  DisableSchemaValidation: later,
}

/** HTTP APIs. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html */
export const apis = operations<ApiGatewayV2>()({
  CreateApi: {
    authorize: ({ Tags, CredentialsArn }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, 'apis'), context: requestTags(Tags) },
      ...passedRole(CredentialsArn),
    ],
    async write(tx, input, ctx) {
      if (input.ProtocolType !== 'HTTP')
        throw awsError(
          'BadRequestException',
          'ProtocolType must be HTTP: WebSocket APIs are not supported by Landfall yet.',
        )
      checkSettings(input)
      const made: Api = {
        id: newId(ctx, 10),
        name: input.Name,
        createdAtMs: ctx.nowMs,
        description: input.Description,
        version: input.Version,
        cors: input.CorsConfiguration,
        disableExecuteApiEndpoint: input.DisableExecuteApiEndpoint ?? false,
        routeSelectionExpression: defaultSelection,
        tags: input.Tags ?? {},
      }
      tx.set(api(made.id), made)
      await quickCreate(tx, made, input, ctx)
      return describe(made, ctx)
    },
  },

  GetApi: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}`) }],
    async read(tx, { ApiId }, ctx) {
      return describe(await findApi(tx, ApiId), ctx)
    },
  },

  GetApis: {
    authorize: (_, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, 'apis') }],
    async read(tx, input, ctx) {
      const { values, NextToken } = await page(tx, (bounds) => api.between([], bounds), input)
      return { Items: values.map((one) => describe(one, ctx)), NextToken }
    },
  },

  UpdateApi: {
    authorize: ({ ApiId, CredentialsArn }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `apis/${ApiId}`) },
      ...passedRole(CredentialsArn),
    ],
    async write(tx, input, ctx) {
      checkSettings(input)
      const before = await findApi(tx, input.ApiId)
      const next: Api = {
        ...before,
        name: input.Name ?? before.name,
        description: input.Description ?? before.description,
        version: input.Version ?? before.version,
        cors: input.CorsConfiguration ?? before.cors,
        disableExecuteApiEndpoint: input.DisableExecuteApiEndpoint ?? before.disableExecuteApiEndpoint,
      }
      tx.set(api(next.id), next)
      await changeQuickly(tx, next.id, input)
      await publish(tx, next, ctx)
      return describe(next, ctx)
    },
  },

  DeleteCorsConfiguration: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:DELETE', resource: apiArn(ctx, `apis/${ApiId}/cors`) }],
    async write(tx, { ApiId }, ctx) {
      const next = { ...(await findApi(tx, ApiId)), cors: undefined }
      tx.set(api(ApiId), next)
      await publish(tx, next, ctx)
      return {}
    },
  },

  DeleteApi: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:DELETE', resource: apiArn(ctx, `apis/${ApiId}`) }],
    async write(tx, { ApiId }) {
      await findApi(tx, ApiId)
      await removeAll(tx, ApiId)
      return {}
    },
  },
})

export const defaultSelection = '$request.method $request.path'

interface Settings {
  readonly IpAddressType?: string
  readonly RouteSelectionExpression?: string
  readonly CorsConfiguration?: Api['cors']
}

function checkSettings(input: Settings): void {
  refuse(input, refused)
  if (input.IpAddressType !== undefined && input.IpAddressType !== 'ipv4')
    throw awsError('BadRequestException', 'IpAddressType must be ipv4.')
  if (input.RouteSelectionExpression !== undefined && input.RouteSelectionExpression !== defaultSelection) {
    throw awsError('BadRequestException', `The route selection expression of an HTTP API must be ${defaultSelection}.`)
  }
  checkCors(input.CorsConfiguration)
}

async function removeAll(tx: Tx, apiId: string): Promise<void> {
  for await (const [, name] of tx.keys(stage.under(apiId))) tx.delete(deployed(apiId, name))
  tx.delete(api(apiId))
  for (const record of [route, integration, stage, deployment, authorizer]) tx.clear(record.under(apiId))
  tx.clear(routeKey.under(apiId))
}

export function describe(one: Api, ctx: Ctx) {
  return {
    ApiId: one.id,
    Name: one.name,
    ProtocolType: 'HTTP' as const,
    // The path form: names under localhost do not resolve everywhere.
    ApiEndpoint: `${ctx.baseUrl}/_aws/execute-api/${one.id}`,
    ApiKeySelectionExpression: '$request.header.x-api-key',
    CorsConfiguration: one.cors,
    CreatedDate: new Date(one.createdAtMs),
    Description: one.description,
    DisableExecuteApiEndpoint: one.disableExecuteApiEndpoint,
    IpAddressType: 'ipv4' as const,
    RouteSelectionExpression: one.routeSelectionExpression,
    Tags: { ...one.tags },
    Version: one.version,
  }
}

export function checkCors(cors: Api['cors']): void {
  if (
    cors?.AllowCredentials &&
    [cors.AllowOrigins, cors.AllowHeaders, cors.AllowMethods].some((list) => list?.includes('*'))
  ) {
    throw awsError(
      'BadRequestException',
      'A CORS configuration with AllowCredentials must name origins, headers and methods instead of *.',
    )
  }
}
