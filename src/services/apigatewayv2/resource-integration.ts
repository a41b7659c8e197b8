import { isAwsError } from '../../kernel/errors.ts'
import { resource } from '../../kernel/resource.ts'
import { readIntegration } from './resource-reads.ts'
import { restored } from './restored.ts'

interface IntegrationProperties {
  ApiId: string
  IntegrationType: string
  IntegrationUri?: string
  IntegrationMethod?: string
  PayloadFormatVersion?: string
  TimeoutInMillis?: number
  ConnectionType?: string
  Description?: string
  IntegrationSubtype?: string
  CredentialsArn?: string
  RequestParameters?: Record<string, string>
  ResponseParameters?: Record<string, ResponseParameters>
}
interface ResponseParameters {
  readonly ResponseParameters?: readonly { readonly Destination: string; readonly Source: string }[]
}

export const integrationResource = resource<IntegrationProperties>({
  properties: [
    'ApiId',
    'IntegrationType',
    'IntegrationUri',
    'IntegrationMethod',
    'PayloadFormatVersion',
    'TimeoutInMillis',
    'ConnectionType',
    'Description',
    'IntegrationSubtype',
    'CredentialsArn',
    'RequestParameters',
    'ResponseParameters',
  ],
  async create(props, rx) {
    const { IntegrationId } = await rx.invoke<{ IntegrationId: string }>('apigatewayv2:CreateIntegration', {
      ...props,
      ...mappings(props, undefined),
    })
    return { id: IntegrationId, attributes: { IntegrationId } }
  },
  async update(id, props, previous, rx) {
    await rx.invoke('apigatewayv2:UpdateIntegration', {
      ...props,
      ...mappings(props, previous),
      ...restored(props, previous, { Description: '', TimeoutInMillis: 30_000, CredentialsArn: '' }),
      IntegrationId: id,
    })
    return { id, attributes: { IntegrationId: id } }
  },
  async delete(id, { ApiId }, rx) {
    await rx.invoke('apigatewayv2:DeleteIntegration', { ApiId, IntegrationId: id }).catch((error: unknown) => {
      if (!isAwsError(error, 'NotFoundException')) throw error
    })
  },
  read: (id, { ApiId }, rx) => readIntegration(ApiId, id, rx),
})

/** Parameter mappings as the API has them; those that were and are not to be any more are empty, which removes them. */
function mappings(props: IntegrationProperties, previous: IntegrationProperties | undefined) {
  const gone = (before: object | undefined, after: object | undefined, empty: unknown) =>
    Object.fromEntries(
      Object.keys(before ?? {})
        .filter((name) => !Object.hasOwn(after ?? {}, name))
        .map((name) => [name, empty]),
    )
  const responses = Object.entries(props.ResponseParameters ?? {}).map(([status, { ResponseParameters = [] }]) => [
    status,
    Object.fromEntries(ResponseParameters.map(({ Destination, Source }) => [Destination, Source])),
  ])
  const request = { ...gone(previous?.RequestParameters, props.RequestParameters, ''), ...props.RequestParameters }
  const response = {
    ...gone(previous?.ResponseParameters, props.ResponseParameters, {}),
    ...Object.fromEntries(responses),
  }
  return {
    ...(Object.keys(request).length > 0 && { RequestParameters: request }),
    ...(Object.keys(response).length > 0 && { ResponseParameters: response }),
  }
}
