import { type DocumentedOperation, follow, isPart, type Part, part, text, texts } from '../../gateway/openapi.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { Tx } from '../../kernel/records.ts'
import { badRequest, newId } from './find.ts'
import { authorizationOf, type Named } from './import-build.ts'
import { checkedIntegration, checkedResponse, integrationSettings } from './integration-settings.ts'
import { checkedMethod } from './methods.ts'
import { checkedModel } from './models.ts'
import { type Method, type MethodResponse, model, type RestApi } from './state.ts'

const places: Readonly<Record<string, string>> = { query: 'querystring', header: 'header', path: 'path' }

/** The method that an operation of a document is, with its integration and responses. */
export async function importMethod(
  tx: Tx,
  api: RestApi,
  document: Part,
  documented: DocumentedOperation,
  named: Named,
  ctx: Ctx,
  resourceId: string,
): Promise<Method> {
  const { operation, parameters } = documented
  const validator = text(
    operation['x-amazon-apigateway-request-validator'] ?? document['x-amazon-apigateway-request-validator'],
  )
  const requestValidatorId = validator === undefined ? undefined : named.validators.get(validator)
  if (validator !== undefined && requestValidatorId === undefined)
    throw badRequest(`Request validator ${validator.slice(0, 100)} is not defined.`)
  const requestParameters = Object.fromEntries(
    parameters.flatMap(({ in: place, name, required }) => {
      const where = places[String(place)]
      return where === undefined ? [] : [[`method.request.${where}.${String(name)}`, required === true]]
    }),
  )
  const base = await checkedMethod(tx, api.id, {
    httpMethod: documented.method,
    operationName: text(operation.operationId),
    ...authorizationOf(document, documented, named),
    requestValidatorId,
    ...(Object.keys(requestParameters).length > 0 && { requestParameters }),
    requestModels: bodyModels(tx, api, document, documented, ctx),
    responses: responsesOf(tx, api, document, operation, ctx),
  })
  return withIntegration(base, part(document, operation, 'x-amazon-apigateway-integration'), document, resourceId)
}

function bodyModels(
  tx: Tx,
  api: RestApi,
  document: Part,
  { operation, parameters }: DocumentedOperation,
  ctx: Ctx,
): Record<string, string> | undefined {
  const body = parameters.find((one) => one.in === 'body')
  const content = body
    ? { 'application/json': body }
    : part(document, part(document, operation, 'requestBody'), 'content')
  return modelsOf(tx, api, document, content, ctx)
}

/** By content type; a schema that stands in the operation itself becomes a model of its own. */
function modelsOf(tx: Tx, api: RestApi, document: Part, content: Part, ctx: Ctx): Record<string, string> | undefined {
  const models: Record<string, string> = {}
  for (const [type, given] of Object.entries(content)) {
    const { schema } = follow(document, given)
    if (!isPart(schema)) continue
    const name = typeof schema.$ref === 'string' ? /\/(\w+)$/.exec(schema.$ref)?.[1] : undefined
    models[type] = name ?? ownModel(tx, api, schema, ctx)
  }
  return Object.keys(models).length > 0 ? models : undefined
}

function ownModel(tx: Tx, { id }: RestApi, schema: Part, ctx: Ctx): string {
  const name = `MODEL${newId(ctx, 6)}`
  const made = checkedModel({
    id: newId(ctx, 6),
    name,
    contentType: 'application/json',
    schema: JSON.stringify(schema).replaceAll(
      /"#\/(?:definitions|components\/schemas)\/(\w+)"/g,
      `"https://apigateway.amazonaws.com/restapis/${id}/models/$1"`,
    ),
  })
  tx.set(model(id, name), made)
  return name
}

function responsesOf(tx: Tx, api: RestApi, document: Part, operation: Part, ctx: Ctx): Record<string, MethodResponse> {
  const responses: Record<string, MethodResponse> = {}
  const given = part(document, operation, 'responses')
  for (const status of Object.keys(given)) {
    // Ranges and `default` are no status of a method.
    if (!/^[1-5]\d\d$/.test(status)) continue
    const one = part(document, given, status)
    const headers = Object.keys(part(document, one, 'headers'))
    const declared = headers.map((name) => [`method.response.header.${name}`, false] as const)
    // Swagger has the schema in the response itself.
    const content = isPart(one.schema) ? { 'application/json': one } : part(document, one, 'content')
    const responseModels = modelsOf(tx, api, document, content, ctx)
    responses[status] = {
      ...(declared.length > 0 && { responseParameters: Object.fromEntries(declared) }),
      ...(responseModels && { responseModels }),
    }
  }
  return responses
}

function withIntegration(method: Method, given: Part, document: Part, resourceId: string): Method {
  if (Object.keys(given).length === 0) return method
  const timeout = given.timeoutInMillis
  const settings = integrationSettings({
    resourceId,
    type: String(given.type ?? '').toUpperCase(),
    integrationHttpMethod: text(given.httpMethod),
    uri: text(given.uri),
    credentials: text(given.credentials),
    connectionType: text(given.connectionType),
    requestParameters: texts(given.requestParameters),
    requestTemplates: texts(given.requestTemplates),
    passthroughBehavior: text(given.passthroughBehavior)?.toUpperCase(),
    contentHandling: text(given.contentHandling),
    timeoutInMillis: timeout === undefined ? undefined : Number(timeout),
  })
  const whole: Method = { ...method, integration: checkedIntegration(settings) }
  const responses = part(document, given, 'responses')
  const made = Object.keys(responses).map((pattern) => {
    const one = part(document, responses, pattern)
    const status = text(one.statusCode) ?? '200'
    const response = {
      ...(pattern !== 'default' && { selectionPattern: pattern }),
      responseParameters: texts(one.responseParameters),
      responseTemplates: texts(one.responseTemplates),
    }
    return [status, checkedResponse(response, whole, status)] as const
  })
  return { ...whole, integration: { ...settings, responses: Object.fromEntries(made) } }
}
