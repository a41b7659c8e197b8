import { isAwsError } from '../../kernel/errors.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags } from '../../kernel/resource-tags.ts'

interface ApiProperties {
  Name: string
  ProtocolType?: string
  CorsConfiguration?: object
  Description?: string
  DisableExecuteApiEndpoint?: boolean
  RouteSelectionExpression?: string
  Version?: string
  Tags?: Record<string, string>
}
interface StageProperties {
  ApiId: string
  StageName: string
  AutoDeploy?: boolean
  DefaultRouteSettings?: object
  DeploymentId?: string
  Description?: string
  StageVariables?: Record<string, string>
  Tags?: Record<string, string>
}
interface RouteProperties {
  ApiId: string
  RouteKey: string
  Target?: string
  OperationName?: string
  AuthorizationType?: string
}
interface IntegrationProperties {
  ApiId: string
  IntegrationType: string
  IntegrationUri?: string
  IntegrationMethod?: string
  PayloadFormatVersion?: string
  TimeoutInMillis?: number
  ConnectionType?: string
  Description?: string
}
interface DeploymentProperties {
  ApiId: string
  Description?: string
  StageName?: string
}

export const resources = {
  'AWS::ApiGatewayV2::Api': resource<ApiProperties>({
    properties: [
      'Name',
      'ProtocolType',
      'CorsConfiguration',
      'Description',
      'DisableExecuteApiEndpoint',
      'RouteSelectionExpression',
      'Version',
      'Tags',
    ],
    async create(props, rx) {
      const made = await rx.invoke<{ ApiId: string; ApiEndpoint: string }>('apigatewayv2:CreateApi', {
        ...props,
        ProtocolType: props.ProtocolType ?? 'HTTP',
        Tags: resourceTags(props.Tags, rx),
      })
      return apiState(made.ApiId, rx)
    },
    async update(id, { Tags, ProtocolType: _, ...props }, previous, rx) {
      await rx.invoke('apigatewayv2:UpdateApi', { ApiId: id, ...props })
      if (!props.CorsConfiguration && previous.CorsConfiguration)
        await rx.invoke('apigatewayv2:DeleteCorsConfiguration', { ApiId: id })
      await retag(`arn:aws:apigateway:${rx.region}::/apis/${id}`, Tags, previous.Tags, rx)
      return apiState(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('apigatewayv2:DeleteApi', { ApiId: id }).catch(ignoreMissing)
    },
  }),

  'AWS::ApiGatewayV2::Stage': resource<StageProperties>({
    properties: [
      'ApiId',
      'StageName',
      'AutoDeploy',
      'DefaultRouteSettings',
      'DeploymentId',
      'Description',
      'StageVariables',
      'Tags',
    ],
    async create(props, rx) {
      await rx.invoke('apigatewayv2:CreateStage', { ...props, Tags: resourceTags(props.Tags, rx) })
      return { id: props.StageName }
    },
    async update(id, { Tags, ...props }, previous, rx) {
      await rx.invoke('apigatewayv2:UpdateStage', props)
      await retag(`arn:aws:apigateway:${rx.region}::/apis/${props.ApiId}/stages/${id}`, Tags, previous.Tags, rx)
      return { id }
    },
    async delete(id, { ApiId }, rx) {
      await rx.invoke('apigatewayv2:DeleteStage', { ApiId, StageName: id }).catch(ignoreMissing)
    },
  }),

  'AWS::ApiGatewayV2::Route': resource<RouteProperties>({
    properties: ['ApiId', 'RouteKey', 'Target', 'OperationName', 'AuthorizationType'],
    async create(props, rx) {
      const { RouteId } = await rx.invoke<{ RouteId: string }>('apigatewayv2:CreateRoute', props)
      return { id: RouteId, attributes: { RouteId } }
    },
    async update(id, props, _previous, rx) {
      await rx.invoke('apigatewayv2:UpdateRoute', { ...props, RouteId: id })
      return { id, attributes: { RouteId: id } }
    },
    async delete(id, { ApiId }, rx) {
      await rx.invoke('apigatewayv2:DeleteRoute', { ApiId, RouteId: id }).catch(ignoreMissing)
    },
  }),

  'AWS::ApiGatewayV2::Integration': resource<IntegrationProperties>({
    properties: [
      'ApiId',
      'IntegrationType',
      'IntegrationUri',
      'IntegrationMethod',
      'PayloadFormatVersion',
      'TimeoutInMillis',
      'ConnectionType',
      'Description',
    ],
    async create(props, rx) {
      const { IntegrationId } = await rx.invoke<{ IntegrationId: string }>('apigatewayv2:CreateIntegration', props)
      return { id: IntegrationId, attributes: { IntegrationId } }
    },
    async update(id, props, _previous, rx) {
      await rx.invoke('apigatewayv2:UpdateIntegration', { ...props, IntegrationId: id })
      return { id, attributes: { IntegrationId: id } }
    },
    async delete(id, { ApiId }, rx) {
      await rx.invoke('apigatewayv2:DeleteIntegration', { ApiId, IntegrationId: id }).catch(ignoreMissing)
    },
  }),

  'AWS::ApiGatewayV2::Deployment': resource<DeploymentProperties>({
    properties: ['ApiId', 'Description', 'StageName'],
    async create(props, rx) {
      const { DeploymentId } = await rx.invoke<{ DeploymentId: string }>('apigatewayv2:CreateDeployment', props)
      return { id: DeploymentId, attributes: { DeploymentId } }
    },
    async delete(id, { ApiId }, rx) {
      await rx.invoke('apigatewayv2:DeleteDeployment', { ApiId, DeploymentId: id }).catch(ignoreMissing)
    },
  }),
}

function apiState(id: string, rx: ResourceCtx) {
  return {
    id,
    attributes: {
      ApiId: id,
      ApiEndpoint: `${rx.baseUrl}/_aws/execute-api/${id}`,
      ExecuteApiArn: `arn:aws:execute-api:${rx.region}:${rx.account}:${id}`,
    },
  }
}

type Tags = Readonly<Record<string, string>>

async function retag(
  ResourceArn: string,
  next: Tags | undefined,
  previous: Tags | undefined,
  rx: ResourceCtx,
): Promise<void> {
  const gone = removedTags(next, previous, rx)
  if (gone.length > 0) await rx.invoke('apigatewayv2:UntagResource', { ResourceArn, TagKeys: gone })
  const tags = resourceTags(next, rx)
  if (Object.keys(tags).length > 0) await rx.invoke('apigatewayv2:TagResource', { ResourceArn, Tags: tags })
}

function ignoreMissing(error: unknown): void {
  if (!isAwsError(error, 'NotFoundException')) throw error
}
