import { passedRole } from '../../gateway/pass-role.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, findApi, found, newId, page, refuse } from './find.ts'
import { integrationSettings } from './integration-settings.ts'
import { publish } from './publish.ts'
import { type Integration, integration, route } from './state.ts'

const websocket = 'it belongs to WebSocket APIs.'
const refused = {
  ConnectionId: 'private integrations come with networking.',
  ContentHandlingStrategy: websocket,
  PassthroughBehavior: websocket,
  RequestTemplates: websocket,
  TemplateSelectionExpression: websocket,
  TlsConfig: 'servers are asked for by their own names.',
}

/** Integrations of HTTP APIs: functions (payload format 1.0 or 2.0), other servers, operations of services. */
export const integrations = operations<ApiGatewayV2>()({
  CreateIntegration: {
    authorize: ({ ApiId, CredentialsArn }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, `apis/${ApiId}/integrations`) },
      ...passedRole(CredentialsArn),
    ],
    async write(tx, input, ctx) {
      const api = await findApi(tx, input.ApiId)
      refuse(input, refused)
      const made = integrationSettings(input, { id: newId(ctx, 7) })
      tx.set(integration(api.id, made.id), made)
      await publish(tx, api, ctx)
      return describe(made)
    },
  },

  GetIntegration: {
    authorize: ({ ApiId, IntegrationId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/integrations/${IntegrationId}`) },
    ],
    async read(tx, { ApiId, IntegrationId }) {
      return describe(await found(tx, integration(ApiId, IntegrationId), 'Integration', IntegrationId))
    },
  },

  GetIntegrations: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/integrations`) }],
    async read(tx, input) {
      await findApi(tx, input.ApiId)
      const { values, NextToken } = await page(tx, (bounds) => integration.between([input.ApiId], bounds), input)
      return { Items: values.map(describe), NextToken }
    },
  },

  UpdateIntegration: {
    authorize: ({ ApiId, IntegrationId, CredentialsArn }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `apis/${ApiId}/integrations/${IntegrationId}`) },
      ...passedRole(CredentialsArn),
    ],
    async write(tx, input, ctx) {
      const api = await findApi(tx, input.ApiId)
      refuse(input, refused)
      const next = integrationSettings(
        input,
        await found(tx, integration(api.id, input.IntegrationId), 'Integration', input.IntegrationId),
      )
      tx.set(integration(api.id, next.id), next)
      await publish(tx, api, ctx)
      return describe(next)
    },
  },

  DeleteIntegration: {
    authorize: ({ ApiId, IntegrationId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `apis/${ApiId}/integrations/${IntegrationId}`) },
    ],
    async write(tx, { ApiId, IntegrationId }, ctx) {
      const api = await findApi(tx, ApiId)
      await found(tx, integration(ApiId, IntegrationId), 'Integration', IntegrationId)
      for await (const { value } of tx.range(route.under(ApiId))) {
        if (value.target === `integrations/${IntegrationId}`) {
          throw awsError(
            'ConflictException',
            `Cannot delete Integration '${IntegrationId}' while it is used by Route '${value.key}'.`,
          )
        }
      }
      tx.delete(integration(ApiId, IntegrationId))
      await publish(tx, api, ctx)
      return {}
    },
  },
})

function describe(one: Integration) {
  return {
    IntegrationId: one.id,
    IntegrationType: one.type ?? ('AWS_PROXY' as const),
    IntegrationSubtype: one.subtype,
    IntegrationUri: one.uri || undefined,
    IntegrationMethod: one.subtype === undefined ? one.method : undefined,
    CredentialsArn: one.credentialsArn,
    PayloadFormatVersion: one.payloadFormat,
    RequestParameters: one.requestParameters && { ...one.requestParameters },
    ResponseParameters:
      one.responseParameters &&
      Object.fromEntries(Object.entries(one.responseParameters).map(([status, of]) => [status, { ...of }])),
    TimeoutInMillis: one.timeoutMs,
    ConnectionType: 'INTERNET' as const,
    Description: one.description,
    ApiGatewayManaged: one.managed,
  }
}
