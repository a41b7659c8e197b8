import { resource } from '../../kernel/resource.ts'
import { listApis } from './resource-list.ts'
import { inApiNames } from './resource-method.ts'
import { ignoreMissing, readOne } from './resource-reads.ts'

interface AuthorizerProperties {
  RestApiId: string
  Name: string
  Type: string
  AuthType?: string
  AuthorizerCredentials?: string
  AuthorizerResultTtlInSeconds?: number
  AuthorizerUri?: string
  IdentitySource?: string
  IdentityValidationExpression?: string
  ProviderARNs?: readonly string[]
}
interface ValidatorProperties {
  RestApiId: string
  Name?: string
  ValidateRequestBody?: boolean
  ValidateRequestParameters?: boolean
}
interface ModelProperties {
  RestApiId: string
  Name?: string
  ContentType?: string
  Description?: string
  Schema?: string | object
}
interface GatewayResponseProperties {
  RestApiId: string
  ResponseType: string
  StatusCode?: string
  ResponseParameters?: Record<string, string>
  ResponseTemplates?: Record<string, string>
}

const authorizerNames = [
  'AuthType',
  'AuthorizerCredentials',
  'IdentitySource',
  'IdentityValidationExpression',
  'AuthorizerResultTtlInSeconds',
  'AuthorizerUri',
  'Name',
  'Type',
] as const

/** Authorizers, validators, models and gateway responses: what stands between a request and its integration. */
export const requestResources = {
  'AWS::ApiGateway::Authorizer': resource<AuthorizerProperties>({
    properties: [
      'RestApiId',
      'Name',
      'Type',
      'AuthType',
      'AuthorizerCredentials',
      'AuthorizerResultTtlInSeconds',
      'AuthorizerUri',
      'IdentitySource',
      'IdentityValidationExpression',
      'ProviderARNs',
    ],
    async create({ ProviderARNs, ...props }, rx) {
      const { id } = await rx.invoke<{ id: string }>('apigateway:CreateAuthorizer', {
        ...inApiNames(props),
        ...(ProviderARNs && { providerARNs: ProviderARNs }),
      })
      return { id, attributes: { AuthorizerId: id } }
    },
    async update(id, { RestApiId, ProviderARNs = [], ...props }, _previous, rx) {
      await rx.invoke('apigateway:UpdateAuthorizer', {
        restApiId: RestApiId,
        authorizerId: id,
        patchOperations: [
          ...authorizerNames.map((name) => change(name, props[name])),
          ...ProviderARNs.map((arn) => ({ op: 'add', path: `/providerARNs/${arn.replaceAll('/', '~1')}` })),
        ],
      })
      return { id, attributes: { AuthorizerId: id } }
    },
    async delete(id, { RestApiId }, rx) {
      await rx.invoke('apigateway:DeleteAuthorizer', { restApiId: RestApiId, authorizerId: id }).catch(ignoreMissing)
    },
    async read(id, { RestApiId }, rx) {
      const input = { restApiId: RestApiId, authorizerId: id }
      const found = await readOne('GetAuthorizer', input, [...authorizerNames, 'ProviderARNs'], rx)
      return found && { RestApiId, ...found }
    },
  }),

  'AWS::ApiGateway::RequestValidator': resource<ValidatorProperties>({
    properties: ['RestApiId', 'Name', 'ValidateRequestBody', 'ValidateRequestParameters'],
    async create(props, rx) {
      const { id } = await rx.invoke<{ id: string }>('apigateway:CreateRequestValidator', inApiNames(props))
      return { id, attributes: { RequestValidatorId: id } }
    },
    async update(id, props, _previous, rx) {
      await rx.invoke('apigateway:UpdateRequestValidator', {
        restApiId: props.RestApiId,
        requestValidatorId: id,
        patchOperations: [
          change('Name', props.Name ?? ''),
          change('ValidateRequestBody', props.ValidateRequestBody ?? false),
          change('ValidateRequestParameters', props.ValidateRequestParameters ?? false),
        ],
      })
      return { id, attributes: { RequestValidatorId: id } }
    },
    async delete(id, { RestApiId }, rx) {
      await rx
        .invoke('apigateway:DeleteRequestValidator', { restApiId: RestApiId, requestValidatorId: id })
        .catch(ignoreMissing)
    },
    async read(id, { RestApiId }, rx) {
      const names = ['Name', 'ValidateRequestBody', 'ValidateRequestParameters']
      const input = { restApiId: RestApiId, requestValidatorId: id }
      const found = await readOne('GetRequestValidator', input, names, rx)
      return found && { RestApiId, ...found }
    },
  }),

  'AWS::ApiGateway::Model': resource<ModelProperties>({
    properties: ['RestApiId', 'Name', 'ContentType', 'Description', 'Schema'],
    async create({ RestApiId, Name, ContentType, Description, Schema }, rx) {
      const name = Name ?? rx.name({ maxLength: 128 }).replaceAll(/[^A-Za-z0-9]/g, '')
      await rx.invoke('apigateway:CreateModel', {
        restApiId: RestApiId,
        name,
        contentType: ContentType ?? 'application/json',
        schema: schemaText(Schema),
        ...(Description !== undefined && { description: Description }),
      })
      return { id: name }
    },
    async update(id, { RestApiId, Description, Schema }, _previous, rx) {
      const patchOperations = [change('Description', Description ?? ''), change('Schema', schemaText(Schema))]
      await rx.invoke('apigateway:UpdateModel', { restApiId: RestApiId, modelName: id, patchOperations })
      return { id }
    },
    async delete(id, { RestApiId }, rx) {
      await rx.invoke('apigateway:DeleteModel', { restApiId: RestApiId, modelName: id }).catch(ignoreMissing)
    },
    async read(id, { RestApiId }, rx) {
      const names = ['Name', 'ContentType', 'Description', 'Schema']
      const found = await readOne('GetModel', { restApiId: RestApiId, modelName: id }, names, rx)
      return found && { RestApiId, ...found }
    },
  }),

  'AWS::ApiGateway::GatewayResponse': resource<GatewayResponseProperties>({
    properties: ['RestApiId', 'ResponseType', 'StatusCode', 'ResponseParameters', 'ResponseTemplates'],
    async create(props, rx) {
      await rx.invoke('apigateway:PutGatewayResponse', inApiNames(props))
      return gatewayResponseState(props)
    },
    async update(_id, props, _previous, rx) {
      await rx.invoke('apigateway:PutGatewayResponse', inApiNames(props))
      return gatewayResponseState(props)
    },
    async delete(_id, { RestApiId, ResponseType }, rx) {
      await rx
        .invoke('apigateway:DeleteGatewayResponse', { restApiId: RestApiId, responseType: ResponseType })
        .catch(ignoreMissing)
    },
    async read(id, _props, rx) {
      const [RestApiId, ResponseType] = id.split('|')
      if (ResponseType === undefined) return undefined
      const names = ['DefaultResponse', 'StatusCode', 'ResponseParameters', 'ResponseTemplates']
      const input = { restApiId: RestApiId, responseType: ResponseType }
      const found = await readOne('GetGatewayResponse', input, names, rx)
      // Every response there is has defaults: without one of its own it is not there.
      return found && !found.DefaultResponse ? { RestApiId, ResponseType, ...found } : undefined
    },
    adopt: (id) => ({ id, attributes: { Id: id } }),
    async *list(rx) {
      for await (const restApiId of listApis(rx)) {
        const { items } = await rx.invoke<{ items: GatewayResponse[] }>('apigateway:GetGatewayResponses', {
          restApiId,
          limit: 500,
        })
        for (const { responseType, defaultResponse } of items)
          if (!defaultResponse) yield `${restApiId}|${responseType}`
      }
    },
  }),
}

interface GatewayResponse {
  readonly responseType: string
  readonly defaultResponse: boolean
}

function gatewayResponseState({ RestApiId, ResponseType }: GatewayResponseProperties) {
  const id = `${RestApiId}|${ResponseType}`
  return { id, attributes: { Id: id } }
}

/** Sets a property of that name in the API; one that is not given is taken away. */
function change(property: string, value: string | number | boolean | undefined) {
  const path = `/${property.charAt(0).toLowerCase()}${property.slice(1)}`
  return value === undefined ? { op: 'remove', path } : { op: 'replace', path, value: String(value) }
}

function schemaText(schema: string | object | undefined): string {
  return typeof schema === 'object' ? JSON.stringify(schema) : (schema ?? '{}')
}
