import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { badRequest, findMethod, findResource, methodArn, methodKey, refuse } from './find.ts'
import { describeIntegration } from './integrations.ts'
import { invalidMapping } from './invalid-mapping.ts'
import { fitting } from './limits.ts'
import { patched } from './patch.ts'
import { authorizer, type Method, type MethodResponse, model, requestValidator } from './state.ts'

const refused = { authorizationScopes: 'they belong to COGNITO_USER_POOLS.' }
const httpMethods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'ANY']
/** Every API has these two from its beginning. */
const builtIn = ['Empty', 'Error']

/** Methods and what they declare to answer. https://docs.aws.amazon.com/apigateway/latest/api/API_Method.html */
export const methods = operations<Api>()({
  PutMethod: {
    authorize: (input, ctx) => [{ action: 'apigateway:PUT', resource: methodArn(ctx, input) }],
    async write(tx, input) {
      refuse(input, refused)
      if (!httpMethods.includes(input.httpMethod))
        throw badRequest(`Invalid HttpMethod specified. Valid options are ${httpMethods.join(',')}`)
      await findResource(tx, input.restApiId, input.resourceId)
      if (await tx.get(methodKey(input))) throw awsError('ConflictException', 'Method already exists for this resource')
      const made = await checkedMethod(tx, input.restApiId, {
        httpMethod: input.httpMethod,
        ...authorization(input.authorizationType, input.authorizerId),
        apiKeyRequired: input.apiKeyRequired,
        requestValidatorId: input.requestValidatorId || undefined,
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
      const given = { ...before, authorizationType: (before.authorizationType ?? 'NONE') as string | undefined }
      const { authorizationType, authorizerId, requestValidatorId, ...rest } = patched(given, input.patchOperations, {
        '/operationName': 'text',
        '/requestParameters/*': 'flags',
        '/requestModels/*': 'map',
        '/authorizationType': 'text',
        '/authorizerId': 'text',
        '/apiKeyRequired': 'boolean',
        '/requestValidatorId': 'text',
      })
      const next = await checkedMethod(tx, input.restApiId, {
        ...rest,
        ...authorization(authorizationType, authorizerId),
        requestValidatorId: requestValidatorId || undefined,
      })
      tx.set(methodKey(input), fitting(next, 'The method'))
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
      const made = await checkedResponse(tx, input.restApiId, {
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
      const next = await checkedResponse(
        tx,
        input.restApiId,
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
    authorizationType: one.authorizationType ?? 'NONE',
    authorizerId: one.authorizerId,
    apiKeyRequired: one.apiKeyRequired ?? false,
    requestValidatorId: one.requestValidatorId,
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

function authorization(
  type: string | undefined,
  authorizerId: string | undefined,
): Pick<Method, 'authorizationType' | 'authorizerId'> {
  if (type === 'COGNITO_USER_POOLS')
    throw badRequest('authorizationType COGNITO_USER_POOLS is not supported by Landfall yet: use CUSTOM or AWS_IAM.')
  if (type !== 'NONE' && type !== 'AWS_IAM' && type !== 'CUSTOM')
    throw badRequest(
      'Invalid authorization type specified. Valid options are NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS',
    )
  // Of other types an authorizer says nothing.
  return { authorizationType: type, authorizerId: type === 'CUSTOM' ? authorizerId : undefined }
}

/** Throws BadRequestException unless what the method names is there. */
export async function checkedMethod(tx: ReadTx, apiId: string, one: Method): Promise<Method> {
  if (one.authorizationType === 'CUSTOM' && !(await tx.get(authorizer(apiId, one.authorizerId ?? ''))))
    throw badRequest(
      'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.',
    )
  if (one.requestValidatorId !== undefined && !(await tx.get(requestValidator(apiId, one.requestValidatorId))))
    throw badRequest('Invalid Request Validator identifier specified')
  for (const name of Object.keys(one.requestParameters ?? {})) {
    if (!/^method\.request\.(querystring|path|header|multivaluequerystring|multivalueheader)\.[\w.$-]+$/.test(name))
      throw invalidMapping(name)
  }
  await checkModels(tx, apiId, one.requestModels)
  return one
}

async function checkedResponse(tx: ReadTx, apiId: string, one: MethodResponse): Promise<MethodResponse> {
  for (const name of Object.keys(one.responseParameters ?? {})) {
    if (!/^method\.response\.header\.[\w!#$%&'*+.^`|~-]+$/.test(name)) throw invalidMapping(name)
  }
  await checkModels(tx, apiId, one.responseModels)
  return one
}

async function checkModels(tx: ReadTx, apiId: string, given: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const name of Object.values(given)) {
    if (!builtIn.includes(name) && !(await tx.get(model(apiId, name))))
      throw badRequest(`Invalid model identifier specified: ${name}`)
  }
}
