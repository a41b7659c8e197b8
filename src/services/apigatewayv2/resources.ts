import { isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { resourceTags } from '../../kernel/resource-tags.ts'
import { portalProductResource } from './portals/resource-portal-product.ts'
import { authorizerResource } from './resource-authorizer.ts'
import { integrationResource } from './resource-integration.ts'
import { readOne } from './resource-reads.ts'
import { retag } from './resource-tagging.ts'
import { restored } from './restored.ts'

interface ApiProperties {
  Name?: string
  Body?: object
  ProtocolType?: string
  CorsConfiguration?: object
  Description?: string
  DisableExecuteApiEndpoint?: boolean
  RouteSelectionExpression?: string
  Version?: string
  Target?: string
  RouteKey?: string
  CredentialsArn?: string
  Tags?: Record<string, string>
}
interface StageProperties {
  ApiId: string
  StageName: string
  AutoDeploy?: boolean
  DefaultRouteSettings?: object
  RouteSettings?: Record<string, object>
  AccessLogSettings?: object
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
  AuthorizerId?: string
  AuthorizationScopes?: readonly string[]
}
interface DeploymentProperties {
  ApiId: string
  Description?: string
  StageName?: string
}

const apiMembers = [
  ...['Name', 'ProtocolType', 'CorsConfiguration', 'Description', 'DisableExecuteApiEndpoint'],
  ...['RouteSelectionExpression', 'Version', 'Tags'],
]
const stageMembers = [
  ...['AutoDeploy', 'DefaultRouteSettings', 'RouteSettings', 'AccessLogSettings', 'DeploymentId'],
  ...['Description', 'StageVariables', 'Tags'],
]
const routeMembers = [
  ...['RouteKey', 'Target', 'OperationName', 'AuthorizationType', 'AuthorizerId', 'AuthorizationScopes'],
]

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
      'Target',
      'RouteKey',
      'CredentialsArn',
      'Body',
      'Tags',
    ],
    async create({ Body, ...props }, rx) {
      if (Body) return importApi(Body, props, rx)
      const made = await rx.invoke<{ ApiId: string; ApiEndpoint: string }>('apigatewayv2:CreateApi', {
        ...props,
        ProtocolType: props.ProtocolType ?? 'HTTP',
        Tags: resourceTags(props.Tags, rx),
      })
      return apiState(made.ApiId, rx)
    },
    async update(id, { Tags, ProtocolType: _, Body, ...props }, previous, rx) {
      if (Body) await rx.invoke('apigatewayv2:ReimportApi', { ApiId: id, Body: JSON.stringify(Body) })
      // What the template no longer says, its document says.
      const gone = Body
        ? {}
        : restored(props, previous, { Description: '', Version: '', DisableExecuteApiEndpoint: false })
      await rx.invoke('apigatewayv2:UpdateApi', { ApiId: id, ...props, ...gone })
      if (!props.CorsConfiguration && previous.CorsConfiguration && !Body)
        await rx.invoke('apigatewayv2:DeleteCorsConfiguration', { ApiId: id })
      await retag(`arn:aws:apigateway:${rx.region}::/apis/${id}`, Tags, previous.Tags, rx)
      return apiState(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('apigatewayv2:DeleteApi', { ApiId: id }).catch(ignoreMissing)
    },
    // What only makes an API (a document, a target with its route) is not to be read.
    read: (ApiId, _props, rx) => readOne('GetApi', { ApiId }, apiMembers, rx),
    adopt: (id, rx) => apiState(id, rx),
    list: listing('apigatewayv2:GetApis', { items: 'Items', id: 'ApiId' }),
  }),

  'AWS::ApiGatewayV2::Stage': resource<StageProperties>({
    properties: [
      'ApiId',
      'StageName',
      'AutoDeploy',
      'DefaultRouteSettings',
      'RouteSettings',
      'AccessLogSettings',
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
      const { ApiId } = props
      for (const RouteKey of Object.keys(previous.RouteSettings ?? {})) {
        if (!Object.hasOwn(props.RouteSettings ?? {}, RouteKey))
          await rx.invoke('apigatewayv2:DeleteRouteSettings', { ApiId, StageName: id, RouteKey }).catch(ignoreMissing)
      }
      const gone = restored(props, previous, { AutoDeploy: false, Description: '', StageVariables: {} })
      await rx.invoke('apigatewayv2:UpdateStage', { ...props, ...gone })
      if (previous.AccessLogSettings && !props.AccessLogSettings)
        await rx.invoke('apigatewayv2:DeleteAccessLogSettings', { ApiId, StageName: id })
      await retag(`arn:aws:apigateway:${rx.region}::/apis/${props.ApiId}/stages/${id}`, Tags, previous.Tags, rx)
      return { id }
    },
    async delete(id, { ApiId }, rx) {
      await rx.invoke('apigatewayv2:DeleteStage', { ApiId, StageName: id }).catch(ignoreMissing)
    },
    read: (StageName, { ApiId }, rx) => readOne('GetStage', { ApiId, StageName }, stageMembers, rx),
  }),

  'AWS::ApiGatewayV2::Route': resource<RouteProperties>({
    properties: [
      'ApiId',
      'RouteKey',
      'Target',
      'OperationName',
      'AuthorizationType',
      'AuthorizerId',
      'AuthorizationScopes',
    ],
    async create(props, rx) {
      const { RouteId } = await rx.invoke<{ RouteId: string }>('apigatewayv2:CreateRoute', props)
      return { id: RouteId, attributes: { RouteId } }
    },
    async update(id, props, previous, rx) {
      await rx.invoke('apigatewayv2:UpdateRoute', {
        AuthorizationType: 'NONE',
        AuthorizationScopes: [],
        ...props,
        ...restored(props, previous, { Target: '', OperationName: '' }),
        RouteId: id,
      })
      return { id, attributes: { RouteId: id } }
    },
    async delete(id, { ApiId }, rx) {
      await rx.invoke('apigatewayv2:DeleteRoute', { ApiId, RouteId: id }).catch(ignoreMissing)
    },
    read: (RouteId, { ApiId }, rx) => readOne('GetRoute', { ApiId, RouteId }, routeMembers, rx),
  }),

  'AWS::ApiGatewayV2::Integration': integrationResource,

  'AWS::ApiGatewayV2::Authorizer': authorizerResource,

  'AWS::ApiGatewayV2::PortalProduct': portalProductResource,

  'AWS::ApiGatewayV2::Deployment': resource<DeploymentProperties>({
    properties: ['ApiId', 'Description', 'StageName'],
    replaceOn: ['StageName'],
    async update(id, { ApiId, Description = '' }, _previous, rx) {
      await rx.invoke('apigatewayv2:UpdateDeployment', { ApiId, DeploymentId: id, Description })
      return { id, attributes: { DeploymentId: id } }
    },
    async create(props, rx) {
      const { DeploymentId } = await rx.invoke<{ DeploymentId: string }>('apigatewayv2:CreateDeployment', props)
      return { id: DeploymentId, attributes: { DeploymentId } }
    },
    async delete(id, { ApiId }, rx) {
      await rx.invoke('apigatewayv2:DeleteDeployment', { ApiId, DeploymentId: id }).catch(ignoreMissing)
    },
    read: (DeploymentId, { ApiId }, rx) => readOne('GetDeployment', { ApiId, DeploymentId }, ['Description'], rx),
  }),
}

/** An API of a document, with what the template says of it besides. */
async function importApi(Body: object, { ProtocolType: _, Tags, ...props }: ApiProperties, rx: ResourceCtx) {
  const made = await rx.invoke<{ ApiId: string }>('apigatewayv2:ImportApi', { Body: JSON.stringify(Body) })
  const { ApiId } = made
  rx.created(ApiId)
  await rx.invoke('apigatewayv2:UpdateApi', { ApiId, ...props })
  await retag(`arn:aws:apigateway:${rx.region}::/apis/${ApiId}`, Tags, undefined, rx)
  return apiState(ApiId, rx)
}

function apiState(id: string, rx: ResourceReader) {
  return {
    id,
    attributes: {
      ApiId: id,
      ApiEndpoint: `${rx.baseUrl}/_aws/execute-api/${id}`,
      ExecuteApiArn: `arn:aws:execute-api:${rx.region}:${rx.account}:${id}`,
    },
  }
}

function ignoreMissing(error: unknown): void {
  if (!isAwsError(error, 'NotFoundException')) throw error
}
