import type { Part } from '../../gateway/openapi.ts'
import type { DeployedMethod, Integration } from './state.ts'

/** The two languages of an export. */
export type Dialect = 'oas30' | 'swagger'

const places: Readonly<Record<string, string>> = { querystring: 'query', header: 'header', path: 'path' }
const standard = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'])

export function modelReference(dialect: Dialect, name: string): Part {
  return { $ref: `#/${dialect === 'oas30' ? 'components/schemas' : 'definitions'}/${name}` }
}

/** What an operation is called below its path. */
export function operationKey(httpMethod: string): string {
  return standard.has(httpMethod) ? httpMethod.toLowerCase() : 'x-amazon-apigateway-any-method'
}

/** A deployed method as an operation of a document. `scheme` names the security scheme of its authorizer. */
export function operationOf(
  method: DeployedMethod,
  dialect: Dialect,
  withIntegrations: boolean,
  scheme: string | undefined,
): Part {
  const { operationName, requestModels = {}, validation, integration } = method
  const security = [...(scheme === undefined ? [] : [scheme]), ...(method.apiKeyRequired ? ['api_key'] : [])]
  const types = Object.keys(requestModels)
  const parameters = parametersOf(method, dialect)
  const validator = validatorOf(validation)
  return {
    ...(operationName !== undefined && { operationId: operationName }),
    ...(dialect === 'swagger' && types.length > 0 && { consumes: types }),
    ...(parameters.length > 0 && { parameters }),
    ...(dialect === 'oas30' &&
      types.length > 0 && {
        requestBody: {
          content: Object.fromEntries(
            Object.entries(requestModels).map(([type, name]) => [type, { schema: modelReference(dialect, name) }]),
          ),
          required: true,
        },
      }),
    responses: responsesOf(method, dialect),
    // All of them in one: a key and what an authorizer wants.
    ...(security.length > 0 && { security: [Object.fromEntries(security.map((name) => [name, []]))] }),
    ...(withIntegrations && {
      ...(validator !== undefined && { 'x-amazon-apigateway-request-validator': validator }),
      'x-amazon-apigateway-integration': integrationOf(integration),
    }),
  }
}

/** Validators by what they look at; a document names them, deployments do not. */
export const validators: Readonly<Record<string, Part>> = {
  all: { validateRequestBody: true, validateRequestParameters: true },
  body: { validateRequestBody: true, validateRequestParameters: false },
  params: { validateRequestBody: false, validateRequestParameters: true },
}

export function validatorOf(validation: DeployedMethod['validation']): string | undefined {
  const parameters = (validation?.required.length ?? 0) > 0
  if (validation?.bodies) return parameters ? 'all' : 'body'
  return parameters ? 'params' : undefined
}

function parametersOf({ path, requestParameters = {}, requestModels = {} }: DeployedMethod, dialect: Dialect): Part[] {
  const typed = dialect === 'oas30' ? { schema: { type: 'string' } } : { type: 'string' }
  const named = new Map<string, Part>()
  for (const [, name = ''] of path.matchAll(/\{(\w+)\+?\}/g))
    named.set(`path ${name}`, { name, in: 'path', required: true, ...typed })
  for (const [given, required] of Object.entries(requestParameters)) {
    const [, , place = '', ...name] = given.split('.')
    const where = places[place]
    if (where === undefined || where === 'path') continue
    const one = { name: name.join('.'), in: where, ...(required && { required }), ...typed }
    named.set(`${where} ${one.name}`, one)
  }
  const body = Object.values(requestModels)[0]
  return [
    ...named.values(),
    ...(dialect === 'swagger' && body !== undefined
      ? [{ in: 'body', name: body, required: true, schema: modelReference(dialect, body) }]
      : []),
  ]
}

function responsesOf({ responses = {} }: DeployedMethod, dialect: Dialect): Part {
  return Object.fromEntries(
    Object.entries(responses).map(([status, { responseParameters = {}, responseModels = {} }]) => {
      const headers = Object.keys(responseParameters).map((name) => name.split('.').slice(3).join('.'))
      const typed = dialect === 'oas30' ? { schema: { type: 'string' } } : { type: 'string' }
      const models = Object.entries(responseModels)
      const first = models[0]?.[1]
      return [
        status,
        {
          description: `${status} response`,
          ...(headers.length > 0 && { headers: Object.fromEntries(headers.map((name) => [name, typed])) }),
          ...(dialect === 'swagger' && first !== undefined && { schema: modelReference(dialect, first) }),
          ...(dialect === 'oas30' &&
            models.length > 0 && {
              content: Object.fromEntries(
                models.map(([type, name]) => [type, { schema: modelReference(dialect, name) }]),
              ),
            }),
        },
      ]
    }),
  )
}

function integrationOf(one: Integration): Part {
  const responses = Object.entries(one.responses).map(([statusCode, response]) => {
    const { selectionPattern = 'default', ...rest } = response
    return [selectionPattern || 'default', { statusCode, ...rest }]
  })
  return {
    type: one.type.toLowerCase(),
    httpMethod: one.httpMethod,
    uri: one.uri,
    credentials: one.credentials,
    requestParameters: one.requestParameters,
    requestTemplates: one.requestTemplates,
    passthroughBehavior: one.passthroughBehavior.toLowerCase(),
    contentHandling: one.contentHandling,
    timeoutInMillis: one.timeoutMs,
    ...(one.cacheKeyParameters.length > 0 && { cacheKeyParameters: one.cacheKeyParameters }),
    ...(responses.length > 0 && { responses: Object.fromEntries(responses) }),
  }
}
