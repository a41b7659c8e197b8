import { type Part, part, text } from '../../gateway/openapi.ts'
import { deployed } from '../../gateway/state.ts'
import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { checkedPolicy } from './api-policy.ts'
import { clearDocumentation } from './documentation-import.ts'
import { apiArn, badRequest, findApi, newId, page, refuse } from './find.ts'
import { builtIn } from './models.ts'
import { patched } from './patch.ts'
import { serveStages } from './publish.ts'
import {
  authorizer,
  deployment,
  documentationVersion,
  type EndpointType,
  gatewayResponse,
  method,
  model,
  pathResource,
  publishedPart,
  type RestApi,
  requestValidator,
  restApi,
  stage,
} from './state.ts'
import { checkTags } from './tag-limits.ts'

const later = 'it is planned, and not here yet.'
const refused = {
  cloneFrom: 'make the resources and methods one by one.',
  securityPolicy: 'the gateway does not speak TLS.',
  endpointAccessMode: 'the gateway does not speak TLS.',
  minimumCompressionSize: later,
}

/** REST APIs. https://docs.aws.amazon.com/apigateway/latest/api/API_RestApi.html */
export const restApis = operations<Api>()({
  CreateRestApi: {
    authorize: ({ tags }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, 'restapis'), context: requestTags(tags) },
    ],
    async write(tx, input, ctx) {
      refuse(input, refused)
      const rootResourceId = newId(ctx, 10)
      const made = checked({
        id: newId(ctx, 10),
        name: input.name,
        createdAtMs: ctx.nowMs,
        description: input.description,
        version: input.version,
        binaryMediaTypes: input.binaryMediaTypes ?? [],
        endpointType: endpointType(input.endpointConfiguration),
        disableExecuteApiEndpoint: input.disableExecuteApiEndpoint ?? false,
        apiKeySource: keySource(input.apiKeySource),
        rootResourceId,
        tags: checkTags(input.tags ?? {}),
      })
      const whole = { ...made, policy: checkedPolicy(input.policy, made.id, ctx) }
      tx.set(restApi(made.id), whole)
      tx.set(pathResource(made.id, rootResourceId), { id: rootResourceId, path: '/' })
      for (const one of builtIn(ctx)) tx.set(model(made.id, one.name), one)
      return describeApi(whole)
    },
  },

  GetRestApi: {
    authorize: ({ restApiId }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}`) }],
    async read(tx, { restApiId }) {
      return describeApi(await findApi(tx, restApiId))
    },
  },

  GetRestApis: {
    authorize: (_, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, 'restapis') }],
    async read(tx, input) {
      const { values, position } = await page(tx, (bounds) => restApi.between([], bounds), input)
      return { items: values.map(describeApi), position }
    },
  },

  UpdateRestApi: {
    authorize: ({ restApiId }, ctx) => [{ action: 'apigateway:PATCH', resource: apiArn(ctx, `restapis/${restApiId}`) }],
    async write(tx, { restApiId, patchOperations }, ctx) {
      const before = await findApi(tx, restApiId)
      const given = {
        ...before,
        apiKeySource: (before.apiKeySource ?? 'HEADER') as string | undefined,
        policy: before.policy,
        types: [before.endpointType as string],
      }
      // The one list that lies deeper; an endpoint has exactly one type.
      const operations = patchOperations?.map((one) => {
        const path = one.path?.replace(/^\/endpointConfiguration\/types\//, '/types/')
        return path === undefined ? one : { ...one, path }
      })
      const { apiKeySource, policy, types, ...next } = patched(given, operations, {
        '/name': 'text',
        '/description': 'text',
        '/version': 'text',
        '/apiKeySource': 'text',
        '/policy': 'text',
        '/disableExecuteApiEndpoint': 'boolean',
        '/binaryMediaTypes/*': 'list',
        '/types/*': 'list',
      })
      const changed = checked({
        ...next,
        apiKeySource: keySource(apiKeySource),
        policy: checkedPolicy(policy, restApiId, ctx),
        disableExecuteApiEndpoint: next.disableExecuteApiEndpoint ?? false,
        endpointType: endpointType({ types }),
      })
      tx.set(restApi(restApiId), changed)
      await serveStages(tx, changed, ctx)
      return describeApi(changed)
    },
  },

  DeleteRestApi: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `restapis/${restApiId}`) },
    ],
    async write(tx, { restApiId }) {
      await findApi(tx, restApiId)
      await removeAll(tx, restApiId)
      return {}
    },
  },
})

async function removeAll(tx: Tx, apiId: string): Promise<void> {
  for await (const [, name] of tx.keys(stage.under(apiId))) tx.delete(deployed(apiId, name))
  tx.delete(restApi(apiId))
  for (const record of [pathResource, stage, deployment, authorizer, requestValidator, model, gatewayResponse])
    tx.clear(record.under(apiId))
  tx.clear(method.under(apiId))
  clearDocumentation(tx, apiId)
  tx.clear(documentationVersion.under(apiId))
  tx.clear(publishedPart.under(apiId))
}

function checked(api: RestApi): RestApi {
  if (!api.name) throw badRequest('REST API name must not be empty.')
  const wrong = api.binaryMediaTypes.find((type) => !/^[\w.*+!#$&^-]+\/[\w.*+!#$&^-]+$/.test(type))
  if (wrong !== undefined) throw badRequest(`Invalid binaryMediaTypes: ${wrong} is no media type.`)
  return { ...api, binaryMediaTypes: api.binaryMediaTypes.map((type) => type.toLowerCase()) }
}

function keySource(source: string | undefined): 'HEADER' | 'AUTHORIZER' {
  if (source === undefined || source === 'HEADER' || source === 'AUTHORIZER') return source ?? 'HEADER'
  throw badRequest(`Invalid API Key source ${source}: must be HEADER or AUTHORIZER.`)
}

interface EndpointConfiguration {
  readonly types?: readonly string[]
  readonly ipAddressType?: string
  readonly vpcEndpointIds?: readonly string[]
}

function endpointType(given: EndpointConfiguration | undefined): EndpointType {
  refuse(given ?? {}, { vpcEndpointIds: 'private APIs come with networking.' })
  if (given?.ipAddressType !== undefined && given.ipAddressType !== 'ipv4')
    throw badRequest('endpointConfiguration.ipAddressType must be ipv4.')
  const [type = 'EDGE', ...others] = given?.types ?? []
  if (others.length > 0) throw badRequest('Only one endpoint type is allowed: EDGE or REGIONAL.')
  if (type !== 'EDGE' && type !== 'REGIONAL')
    throw badRequest(`Endpoint type ${type} is not supported by Landfall yet: use EDGE or REGIONAL.`)
  return type
}

/** What a document says of the API itself. */
export function importedSettings(api: RestApi, document: Part, ctx: Ctx): RestApi {
  const info = part(document, document, 'info')
  const types = document['x-amazon-apigateway-binary-media-types']
  const policy = document['x-amazon-apigateway-policy']
  const endpoint = part(document, document, 'x-amazon-apigateway-endpoint-configuration')
  refuse(endpoint, { vpcEndpointIds: 'private APIs come with networking.' })
  refuse(document, { 'x-amazon-apigateway-minimum-compression-size': later })
  return checked({
    ...api,
    description: text(info.description) ?? api.description,
    version: text(info.version) ?? api.version,
    ...(Array.isArray(types) && { binaryMediaTypes: types.map(String) }),
    apiKeySource: keySource(text(document['x-amazon-apigateway-api-key-source']) ?? api.apiKeySource),
    policy: policy === undefined ? api.policy : checkedPolicy(JSON.stringify(policy), api.id, ctx),
    disableExecuteApiEndpoint:
      typeof endpoint.disableExecuteApiEndpoint === 'boolean'
        ? endpoint.disableExecuteApiEndpoint
        : api.disableExecuteApiEndpoint,
  })
}

export function describeApi(api: RestApi) {
  return {
    id: api.id,
    name: api.name,
    description: api.description,
    createdDate: new Date(api.createdAtMs),
    version: api.version,
    binaryMediaTypes: api.binaryMediaTypes.length > 0 ? [...api.binaryMediaTypes] : undefined,
    apiKeySource: api.apiKeySource ?? ('HEADER' as const),
    // As the service writes it: JSON within JSON, its quotes escaped.
    policy: api.policy === undefined ? undefined : JSON.stringify(api.policy).slice(1, -1),
    endpointConfiguration: { types: [api.endpointType], ipAddressType: 'ipv4' as const },
    disableExecuteApiEndpoint: api.disableExecuteApiEndpoint,
    rootResourceId: api.rootResourceId,
    tags: Object.keys(api.tags).length > 0 ? { ...api.tags } : undefined,
  }
}
