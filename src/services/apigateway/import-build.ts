import {
  authorizersOf,
  type DocumentedOperation,
  list,
  operationsOf,
  type Part,
  part,
  securityOf,
  text,
  texts,
} from '../../gateway/openapi.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { Tx } from '../../kernel/records.ts'
import { authorizerSettings } from './authorizers.ts'
import { badRequest, newId } from './find.ts'
import { checkedGatewayResponse, checkResponseType } from './gateway-responses.ts'
import { importMethod } from './import-method.ts'
import { fitting, quotas } from './limits.ts'
import { checkedModel } from './models.ts'
import { ensureResource } from './path-resources.ts'
import { authorizer, gatewayResponse, method, model, type RestApi, requestValidator } from './state.ts'

/** What operations of a document refer to, by the document's names. */
export interface Named {
  readonly authorizers: ReadonlyMap<string, string>
  readonly validators: ReadonlyMap<string, string>
}

/** Makes of an API what a document says: models, validators, authorizers, gateway responses, paths and methods. */
export async function buildApi(tx: Tx, api: RestApi, document: Part, ctx: Ctx): Promise<void> {
  await importModels(tx, api, document, ctx)
  await importGatewayResponses(tx, api, document)
  const named: Named = {
    authorizers: await importAuthorizers(tx, api, document, ctx),
    validators: importValidators(tx, api, document, ctx),
  }
  const all = operationsOf(document)
  if (new Set(all.map(({ path }) => path)).size > quotas.resources)
    throw badRequest(`An API can have at most ${quotas.resources} resources.`)
  for (const one of all) {
    const { id } = await ensureResource(tx, api, one.path, ctx)
    const made = await importMethod(tx, api, document, one, named, ctx, id)
    tx.set(method(api.id, id, one.method), fitting(made, 'The method'))
  }
}

async function importModels(tx: Tx, { id }: RestApi, document: Part, ctx: Ctx): Promise<void> {
  const schemas = document.swagger
    ? part(document, document, 'definitions')
    : part(document, part(document, document, 'components'), 'schemas')
  for (const [name, schema] of Object.entries(schemas)) {
    if (!/^[A-Za-z0-9]+$/.test(name)) throw badRequest(`Model name must be alphanumeric: ${name.slice(0, 100)}`)
    // References between schemas are between models here.
    const written = JSON.stringify(schema).replaceAll(
      /"#\/(?:definitions|components\/schemas)\/(\w+)"/g,
      `"https://apigateway.amazonaws.com/restapis/${id}/models/$1"`,
    )
    const before = await tx.get(model(id, name))
    const made = { id: before?.id ?? newId(ctx, 6), name, contentType: 'application/json', schema: written }
    tx.set(model(id, name), checkedModel(made))
  }
}

async function importGatewayResponses(tx: Tx, { id }: RestApi, document: Part): Promise<void> {
  const given = part(document, document, 'x-amazon-apigateway-gateway-responses')
  for (const name of Object.keys(given)) {
    const one = part(document, given, name)
    const made = checkedGatewayResponse({
      statusCode: text(one.statusCode),
      responseParameters: texts(one.responseParameters) ?? {},
      responseTemplates: texts(one.responseTemplates) ?? {},
    })
    tx.set(gatewayResponse(id, checkResponseType(name)), made)
  }
}

async function importAuthorizers(tx: Tx, { id }: RestApi, document: Part, ctx: Ctx): Promise<Map<string, string>> {
  const known = new Map<string, string>()
  for await (const { value } of tx.range(authorizer.under(id))) known.set(value.name, value.id)
  const ids = new Map<string, string>()
  for (const [name, { scheme, authorizer: given }] of authorizersOf(document)) {
    const type = String(given.type ?? '').toUpperCase()
    const ttl = given.authorizerResultTtlInSeconds
    const header = scheme.in === 'header' ? `method.request.header.${text(scheme.name)}` : undefined
    const made = authorizerSettings({
      id: known.get(name) ?? newId(ctx, 6),
      name,
      type,
      providerARNs: list(given.providerARNs).map(String),
      authType: text(scheme['x-amazon-apigateway-authtype']),
      authorizerUri: text(given.authorizerUri),
      authorizerCredentials: text(given.authorizerCredentials),
      identitySource: text(given.identitySource) ?? (type === 'TOKEN' ? header : undefined),
      identityValidationExpression: text(given.identityValidationExpression),
      authorizerResultTtlInSeconds: ttl === undefined ? undefined : Number(ttl),
    })
    tx.set(authorizer(id, made.id), made)
    ids.set(name, made.id)
  }
  return ids
}

function importValidators(tx: Tx, { id }: RestApi, document: Part, ctx: Ctx): Map<string, string> {
  const ids = new Map<string, string>()
  const given = part(document, document, 'x-amazon-apigateway-request-validators')
  for (const name of Object.keys(given)) {
    const one = part(document, given, name)
    const made = {
      id: newId(ctx, 6),
      name,
      validateRequestBody: one.validateRequestBody === true,
      validateRequestParameters: one.validateRequestParameters === true,
    }
    tx.set(requestValidator(id, made.id), made)
    ids.set(name, made.id)
  }
  return ids
}

/** Who may call an operation, by its security. */
export function authorizationOf(document: Part, { operation }: DocumentedOperation, { authorizers }: Named) {
  let apiKeyRequired = false
  let authorization: { authorizationType: 'NONE' | 'AWS_IAM' | 'CUSTOM'; authorizerId?: string } = {
    authorizationType: 'NONE',
  }
  for (const { name, scheme } of securityOf(document, operation)) {
    const authorizerId = authorizers.get(name)
    if (authorizerId !== undefined) authorization = { authorizationType: 'CUSTOM', authorizerId }
    else if (text(scheme['x-amazon-apigateway-authtype'])?.toLowerCase() === 'awssigv4')
      authorization = { authorizationType: 'AWS_IAM' }
    else if (scheme.type === 'apiKey' && text(scheme.name)?.toLowerCase() === 'x-api-key') apiKeyRequired = true
    else throw badRequest(`Security scheme ${name.slice(0, 100)} has no authorizer that Landfall knows.`)
  }
  const auth = part(document, operation, 'x-amazon-apigateway-auth')
  if (text(auth.type)?.toUpperCase() === 'AWS_IAM') authorization = { authorizationType: 'AWS_IAM' }
  return { ...authorization, apiKeyRequired }
}
