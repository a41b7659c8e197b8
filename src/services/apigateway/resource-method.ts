import { isAwsError } from '../../kernel/errors.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { readMethod } from './resource-reads.ts'

interface MethodProperties {
  RestApiId: string
  ResourceId: string
  HttpMethod: string
  AuthorizationType?: string
  ApiKeyRequired?: boolean
  AuthorizerId?: string
  RequestValidatorId?: string
  OperationName?: string
  RequestModels?: Record<string, string>
  RequestParameters?: Record<string, boolean | string>
  MethodResponses?: readonly {
    StatusCode: string
    ResponseModels?: Record<string, string>
    ResponseParameters?: Record<string, boolean | string>
  }[]
  Integration?: {
    Type: string
    IntegrationHttpMethod?: string
    Uri?: string
    IntegrationResponses?: readonly ({ StatusCode: string } & Record<string, unknown>)[]
  } & Record<string, unknown>
}

/** A method with its integration and responses: one resource in a template, several operations in the API. */
export const methodResource = resource<MethodProperties>({
  properties: [
    'RestApiId',
    'ResourceId',
    'HttpMethod',
    'AuthorizationType',
    'ApiKeyRequired',
    'AuthorizerId',
    'RequestValidatorId',
    'OperationName',
    'RequestModels',
    'RequestParameters',
    'MethodResponses',
    'Integration',
  ],
  async create(props, rx) {
    return put(props, rx)
  },
  async update(_id, props, _previous, rx) {
    // What is served is a deployment's copy: nobody sees the method gone meanwhile.
    await remove(props, rx)
    return put(props, rx)
  },
  async delete(_id, props, rx) {
    await remove(props, rx)
  },
  read: (_id, props, rx) => readMethod(props, rx),
})

async function put(props: MethodProperties, rx: ResourceCtx) {
  const name = nameOf(props)
  const id = Object.values(name).join('|')
  await rx.invoke('apigateway:PutMethod', {
    ...name,
    authorizationType: props.AuthorizationType ?? 'NONE',
    ...present({
      apiKeyRequired: props.ApiKeyRequired,
      authorizerId: props.AuthorizerId,
      requestValidatorId: props.RequestValidatorId,
      operationName: props.OperationName,
      requestModels: props.RequestModels,
      requestParameters: flags(props.RequestParameters),
    }),
  })
  rx.created(id)
  for (const { StatusCode, ResponseModels, ResponseParameters } of props.MethodResponses ?? []) {
    await rx.invoke('apigateway:PutMethodResponse', {
      ...name,
      statusCode: StatusCode,
      ...present({ responseModels: ResponseModels, responseParameters: flags(ResponseParameters) }),
    })
  }
  if (props.Integration) {
    const { IntegrationResponses = [], ...integration } = props.Integration
    await rx.invoke('apigateway:PutIntegration', { ...name, ...inApiNames(integration) })
    for (const response of IntegrationResponses)
      await rx.invoke('apigateway:PutIntegrationResponse', { ...name, ...inApiNames(response) })
  }
  return { id }
}

async function remove(props: MethodProperties, rx: ResourceCtx): Promise<void> {
  await rx.invoke('apigateway:DeleteMethod', nameOf(props)).catch((error: unknown) => {
    if (!isAwsError(error, 'NotFoundException')) throw error
  })
}

function nameOf({ RestApiId, ResourceId, HttpMethod }: MethodProperties) {
  return { restApiId: RestApiId, resourceId: ResourceId, httpMethod: HttpMethod }
}

/** `TimeoutInMillis` is `timeoutInMillis` in the API, and so for every setting of an integration. */
export function inApiNames(settings: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  )
}

/** Templates also write these as the words `true` and `false`. */
function flags(given: Readonly<Record<string, boolean | string>> | undefined): Record<string, boolean> | undefined {
  return (
    given &&
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value === true || value === 'true']))
  )
}

function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
