import { passedRole } from '../../gateway/pass-role.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { findMethod, methodArn, methodKey } from './find.ts'
import {
  checkedIntegration,
  checkedResponse,
  integrationPatchable,
  integrationSettings,
  patchedSettings,
  refuseResponse,
  responsePatchable,
} from './integration-settings.ts'
import { fitting } from './limits.ts'
import { patched } from './patch.ts'
import type { Integration, IntegrationResponse, Method } from './state.ts'

/** What a method does. https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html */
export const integrations = operations<Api>()({
  PutIntegration: {
    authorize: (input, ctx) => [
      { action: 'apigateway:PUT', resource: methodArn(ctx, input, '/integration') },
      ...passedRole(input.credentials),
    ],
    async write(tx, input) {
      const before = await findMethod(tx, input)
      const integration = checkedIntegration(integrationSettings(input))
      tx.set(methodKey(input), fitting({ ...before, integration }, 'The method'))
      return describeIntegration(integration)
    },
  },

  GetIntegration: {
    authorize: (input, ctx) => [{ action: 'apigateway:GET', resource: methodArn(ctx, input, '/integration') }],
    async read(tx, input) {
      return describeIntegration(integrationOf(await findMethod(tx, input)))
    },
  },

  UpdateIntegration: {
    authorize: (input, ctx) => [
      { action: 'apigateway:PATCH', resource: methodArn(ctx, input, '/integration') },
      ...(input.patchOperations ?? []).flatMap(({ path, value }) => (path === '/credentials' ? passedRole(value) : [])),
    ],
    async write(tx, input) {
      const before = await findMethod(tx, input)
      const old = integrationOf(before)
      const settings = patched(patchedSettings(old), input.patchOperations, integrationPatchable)
      const integration = checkedIntegration({
        ...integrationSettings({
          ...settings,
          resourceId: input.resourceId,
          integrationHttpMethod: settings.httpMethod,
        }),
        responses: old.responses,
      })
      tx.set(methodKey(input), fitting({ ...before, integration }, 'The method'))
      return describeIntegration(integration)
    },
  },

  DeleteIntegration: {
    authorize: (input, ctx) => [{ action: 'apigateway:DELETE', resource: methodArn(ctx, input, '/integration') }],
    async write(tx, input) {
      const before = await findMethod(tx, input)
      integrationOf(before)
      tx.set(methodKey(input), fitting({ ...before, integration: undefined }, 'The method'))
      return {}
    },
  },

  PutIntegrationResponse: {
    authorize: (input, ctx) => [
      { action: 'apigateway:PUT', resource: methodArn(ctx, input, `/integration/responses/${input.statusCode}`) },
    ],
    async write(tx, input) {
      refuseResponse(input)
      const before = await findMethod(tx, input)
      const { selectionPattern, responseParameters, responseTemplates } = input
      const made = checkedResponse(
        {
          selectionPattern,
          responseParameters,
          responseTemplates,
          contentHandling: input.contentHandling === undefined ? undefined : 'CONVERT_TO_TEXT',
        },
        before,
        input.statusCode,
      )
      tx.set(methodKey(input), fitting(withResponse(before, input.statusCode, made), 'The method'))
      return describeResponse(input.statusCode, made)
    },
  },

  GetIntegrationResponse: {
    authorize: (input, ctx) => [
      { action: 'apigateway:GET', resource: methodArn(ctx, input, `/integration/responses/${input.statusCode}`) },
    ],
    async read(tx, input) {
      return describeResponse(input.statusCode, responseOf(await findMethod(tx, input), input.statusCode))
    },
  },

  UpdateIntegrationResponse: {
    authorize: (input, ctx) => [
      { action: 'apigateway:PATCH', resource: methodArn(ctx, input, `/integration/responses/${input.statusCode}`) },
    ],
    async write(tx, input) {
      const before = await findMethod(tx, input)
      const next = patched(responseOf(before, input.statusCode), input.patchOperations, responsePatchable)
      refuseResponse(next)
      const made = checkedResponse(next, before, input.statusCode)
      tx.set(methodKey(input), fitting(withResponse(before, input.statusCode, made), 'The method'))
      return describeResponse(input.statusCode, made)
    },
  },

  DeleteIntegrationResponse: {
    authorize: (input, ctx) => [
      { action: 'apigateway:DELETE', resource: methodArn(ctx, input, `/integration/responses/${input.statusCode}`) },
    ],
    async write(tx, input) {
      const before = await findMethod(tx, input)
      const integration = integrationOf(before)
      responseOf(before, input.statusCode)
      const { [input.statusCode]: _gone, ...responses } = integration.responses
      tx.set(methodKey(input), fitting({ ...before, integration: { ...integration, responses } }, 'The method'))
      return {}
    },
  },
})

export function describeIntegration(one: Integration) {
  const responses = Object.entries(one.responses).map(
    ([status, response]) => [status, describeResponse(status, response)] as const,
  )
  return {
    type: one.type,
    httpMethod: one.httpMethod,
    uri: one.uri,
    credentials: one.credentials,
    requestParameters: one.requestParameters && { ...one.requestParameters },
    requestTemplates: one.requestTemplates && { ...one.requestTemplates },
    passthroughBehavior: one.passthroughBehavior,
    contentHandling: one.contentHandling,
    timeoutInMillis: one.timeoutMs,
    cacheNamespace: one.cacheNamespace,
    cacheKeyParameters: [...one.cacheKeyParameters],
    integrationResponses: responses.length > 0 ? Object.fromEntries(responses) : undefined,
  }
}

function describeResponse(statusCode: string, one: IntegrationResponse) {
  return {
    statusCode,
    selectionPattern: one.selectionPattern,
    responseParameters: one.responseParameters && { ...one.responseParameters },
    responseTemplates: one.responseTemplates && { ...one.responseTemplates },
    contentHandling: one.contentHandling,
  }
}

function integrationOf({ integration }: Method): Integration {
  if (!integration) throw awsError('NotFoundException', 'Invalid Integration identifier specified')
  return integration
}

function responseOf(method: Method, statusCode: string): IntegrationResponse {
  const { responses } = integrationOf(method)
  const one = Object.hasOwn(responses, statusCode) ? responses[statusCode] : undefined
  if (!one) throw awsError('NotFoundException', 'Invalid Response status code specified')
  return one
}

function withResponse(method: Method, statusCode: string, response: IntegrationResponse): Method {
  const integration = integrationOf(method)
  return {
    ...method,
    integration: { ...integration, responses: { ...integration.responses, [statusCode]: response } },
  }
}
