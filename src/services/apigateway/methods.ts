import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { badRequest, findMethod, findResource, methodArn, methodKey, refuse } from './find.ts'
import { describeIntegration } from './integrations.ts'
import { invalidMapping } from './invalid-mapping.ts'
import { fitting } from './limits.ts'
import { patched } from './patch.ts'
import type { Method, MethodResponse } from './state.ts'

const authorizers = 'authorizers come with the HTTP issue; methods are open (NONE).'
const refused = {
  authorizerId: authorizers,
  authorizationScopes: authorizers,
  apiKeyRequired: 'API keys come with usage plans.',
  requestValidatorId: 'requests are not validated.',
}
const httpMethods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'ANY']
/** Every API has these two; others come with models. */
const models = ['Empty', 'Error']

/** Methods and what they declare to answer. https://docs.aws.amazon.com/apigateway/latest/api/API_Method.html */
export const methods = operations<Api>()({
  PutMethod: {
    authorize: (input, ctx) => [{ action: 'apigateway:PUT', resource: methodArn(ctx, input) }],
    async write(tx, input) {
      refuse(input, refused)
      checkAuthorization(input.authorizationType)
      if (!httpMethods.includes(input.httpMethod))
        throw badRequest(`Invalid HttpMethod specified. Valid options are ${httpMethods.join(',')}`)
      await findResource(tx, input.restApiId, input.resourceId)
      if (await tx.get(methodKey(input))) throw awsError('ConflictException', 'Method already exists for this resource')
      const made = checked({
        httpMethod: input.httpMethod,
        operationName: input.operationName,
        requestParameters: input.requestParameters,
        requestModels: input.requestModels,
        responses: {},
      })
      tx.set(methodKey(input), fitting(made, 'The method'))
      return describeMethod(made)
    },
  },

  GetMethod: {
    authorize: (input, ctx) => [{ action: 'apigateway:GET', resource: methodArn(ctx, input) }],
    async read(tx, input) {
      return describeMethod(await findMethod(tx, input))
    },
  },

  UpdateMethod: {
    authorize: (input, ctx) => [{ action: 'apigateway:PATCH', resource: methodArn(ctx, input) }],
    async write(tx, input) {
      const before = await findMethod(tx, input)
      const given = {
        ...before,
        authorizationType: 'NONE',
        apiKeyRequired: false,
        authorizerId: '',
        requestValidatorId: '',
      }
      const { authorizationType, apiKeyRequired, authorizerId, requestValidatorId, ...next } = patched(
        given,
        input.patchOperations,
        {
          '/operationName': 'text',
          '/requestParameters/*': 'flags',
          '/requestModels/*': 'map',
          '/authorizationType': 'text',
          '/authorizerId': 'text',
          '/apiKeyRequired': 'boolean',
          '/requestValidatorId': 'text',
        },
      )
      refuse({ apiKeyRequired, authorizerId, requestValidatorId }, refused)
      checkAuthorization(authorizationType)
      tx.set(methodKey(input), fitting(checked(next), 'The method'))
      return describeMethod(next)
    },
  },

  DeleteMethod: {
    authorize: (input, ctx) => [{ action: 'apigateway:DELETE', resource: methodArn(ctx, input) }],
    async write(tx, input) {
      await findMethod(tx, input)
      tx.delete(methodKey(input))
      return {}
    },
  },

  PutMethodResponse: {
    authorize: (input, ctx) => [
      { action: 'apigateway:PUT', resource: methodArn(ctx, input, `/responses/${input.statusCode}`) },
    ],
    async write(tx, input) {
      const before = await findMethod(tx, input)
      if (before.responses[input.statusCode])
        throw awsError('ConflictException', 'Response already exists for this resource')
      const made = checkedResponse({
        responseParameters: input.responseParameters,
        responseModels: input.responseModels,
      })
      tx.set(
        methodKey(input),
        fitting({ ...before, responses: { ...before.responses, [input.statusCode]: made } }, 'The method'),
      )
      return describeResponse(input.statusCode, made)
    },
  },

  GetMethodResponse: {
    authorize: (input, ctx) => [
      { action: 'apigateway:GET', resource: methodArn(ctx, input, `/responses/${input.statusCode}`) },
    ],
    async read(tx, input) {
      return describeResponse(input.statusCode, responseOf(await findMethod(tx, input), input.statusCode))
    },
  },

  UpdateMethodResponse: {
    authorize: (input, ctx) => [
      { action: 'apigateway:PATCH', resource: methodArn(ctx, input, `/responses/${input.statusCode}`) },
    ],
    async write(tx, input) {
      const before = await findMethod(tx, input)
      const next = checkedResponse(
        patched(responseOf(before, input.statusCode), input.patchOperations, {
          '/responseParameters/*': 'flags',
          '/responseModels/*': 'map',
        }),
      )
      tx.set(
        methodKey(input),
        fitting({ ...before, responses: { ...before.responses, [input.statusCode]: next } }, 'The method'),
      )
      return describeResponse(input.statusCode, next)
    },
  },

  DeleteMethodResponse: {
    authorize: (input, ctx) => [
      { action: 'apigateway:DELETE', resource: methodArn(ctx, input, `/responses/${input.statusCode}`) },
    ],
    async write(tx, input) {
      const before = await findMethod(tx, input)
      responseOf(before, input.statusCode)
      const { [input.statusCode]: _gone, ...responses } = before.responses
      tx.set(methodKey(input), fitting({ ...before, responses }, 'The method'))
      return {}
    },
  },
})

export function describeMethod(one: Method) {
  const responses = Object.entries(one.responses).map(([status, response]) => [
    status,
    describeResponse(status, response),
  ])
  return {
    httpMethod: one.httpMethod,
    authorizationType: 'NONE',
    apiKeyRequired: false,
    operationName: one.operationName,
    requestParameters: one.requestParameters && { ...one.requestParameters },
    requestModels: one.requestModels && { ...one.requestModels },
    methodResponses:
      responses.length > 0
        ? (Object.fromEntries(responses) as Record<string, ReturnType<typeof describeResponse>>)
        : undefined,
    methodIntegration: one.integration && describeIntegration(one.integration),
  }
}

function describeResponse(statusCode: string, { responseParameters, responseModels }: MethodResponse) {
  return {
    statusCode,
    responseParameters: responseParameters && { ...responseParameters },
    responseModels: responseModels && { ...responseModels },
  }
}

function responseOf({ responses }: Method, statusCode: string): MethodResponse {
  const one = Object.hasOwn(responses, statusCode) ? responses[statusCode] : undefined
  if (!one) throw awsError('NotFoundException', 'Invalid Response status code specified')
  return one
}

function checkAuthorization(type: string | undefined): void {
  if (type !== 'NONE') throw badRequest(`authorizationType ${type} is not supported by Landfall yet: ${authorizers}`)
}

function checked(one: Method): Method {
  for (const name of Object.keys(one.requestParameters ?? {})) {
    if (!/^method\.request\.(querystring|path|header|multivaluequerystring|multivalueheader)\.[\w.$-]+$/.test(name))
      throw invalidMapping(name)
  }
  checkModels(one.requestModels)
  return one
}

function checkedResponse(one: MethodResponse): MethodResponse {
  for (const name of Object.keys(one.responseParameters ?? {})) {
    if (!/^method\.response\.header\.[\w!#$%&'*+.^`|~-]+$/.test(name)) throw invalidMapping(name)
  }
  checkModels(one.responseModels)
  return one
}

function checkModels(given: Readonly<Record<string, string>> = {}): void {
  for (const name of Object.values(given)) {
    if (!models.includes(name)) throw badRequest(`Invalid model identifier specified: ${name}`)
  }
}
