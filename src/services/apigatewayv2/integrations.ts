import { functionOfUri } from '../../gateway/function-uri.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, findApi, found, newId, page, refuse } from './find.ts'
import { publish } from './publish.ts'
import { type Integration, integration, route } from './state.ts'

const websocket = 'it belongs to WebSocket APIs.'
const http = 'it comes with the HTTP issue.'
const refused = {
  ConnectionId: 'private integrations come with networking.',
  ContentHandlingStrategy: websocket,
  PassthroughBehavior: websocket,
  RequestTemplates: websocket,
  TemplateSelectionExpression: websocket,
  CredentialsArn: 'functions are called by their resource policy; add a permission for apigateway.amazonaws.com.',
  IntegrationSubtype: http,
  RequestParameters: http,
  ResponseParameters: http,
  TlsConfig: http,
}

/** Integrations of HTTP APIs: Lambda functions, in payload format 1.0 or 2.0. */
export const integrations = operations<ApiGatewayV2>()({
  CreateIntegration: {
    authorize: ({ ApiId }, ctx) => [{ action: 'apigateway:POST', resource: apiArn(ctx, `apis/${ApiId}/integrations`) }],
    async write(tx, input, ctx) {
      const api = await findApi(tx, input.ApiId)
      if (input.PayloadFormatVersion === undefined)
        throw awsError('BadRequestException', 'PayloadFormatVersion must be 1.0 or 2.0 for AWS_PROXY integrations.')
      const made = settings(input, {
        id: newId(ctx, 7),
        uri: '',
        payloadFormat: '2.0',
        timeoutMs: 30_000,
        method: 'POST',
      })
      if (made.uri === '') throw awsError('BadRequestException', 'IntegrationUri is required.')
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
    authorize: ({ ApiId, IntegrationId }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `apis/${ApiId}/integrations/${IntegrationId}`) },
    ],
    async write(tx, input, ctx) {
      const api = await findApi(tx, input.ApiId)
      const next = settings(
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

interface Given {
  IntegrationType?: string
  IntegrationUri?: string
  IntegrationMethod?: string
  PayloadFormatVersion?: string
  TimeoutInMillis?: number
  ConnectionType?: string
  Description?: string
}

function settings(input: Given, before: Integration): Integration {
  refuse(input, refused)
  if (input.IntegrationType !== undefined && input.IntegrationType !== 'AWS_PROXY') {
    throw awsError(
      'BadRequestException',
      `IntegrationType ${input.IntegrationType} is not supported by Landfall yet; use AWS_PROXY with a function.`,
    )
  }
  if (input.ConnectionType !== undefined && input.ConnectionType !== 'INTERNET')
    throw awsError('BadRequestException', 'ConnectionType must be INTERNET.')
  const uri = input.IntegrationUri ?? before.uri
  if (
    input.IntegrationUri !== undefined &&
    functionOfUri(uri.replaceAll(/\$\{stageVariables\.\w+\}/g, 'x')) === undefined
  ) {
    throw awsError(
      'BadRequestException',
      'Invalid function ARN or invalid uri: IntegrationUri must name a Lambda function.',
    )
  }
  const format = input.PayloadFormatVersion ?? before.payloadFormat
  if (format !== '1.0' && format !== '2.0')
    throw awsError('BadRequestException', 'PayloadFormatVersion must be 1.0 or 2.0.')
  const timeoutMs = input.TimeoutInMillis ?? before.timeoutMs
  if (timeoutMs < 50 || timeoutMs > 30_000)
    throw awsError('BadRequestException', 'Timeout should be between 50 ms and 30000 ms')
  return {
    id: before.id,
    uri,
    payloadFormat: format,
    timeoutMs,
    method: input.IntegrationMethod ?? before.method,
    description: input.Description ?? before.description,
  }
}

function describe({ id, uri, payloadFormat, timeoutMs, method, description }: Integration) {
  return {
    IntegrationId: id,
    IntegrationType: 'AWS_PROXY' as const,
    IntegrationUri: uri,
    IntegrationMethod: method,
    PayloadFormatVersion: payloadFormat,
    TimeoutInMillis: timeoutMs,
    ConnectionType: 'INTERNET' as const,
    Description: description,
  }
}
