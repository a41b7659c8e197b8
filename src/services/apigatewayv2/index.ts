import { serve } from '../../gateway/serve.ts'
import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { apis } from './apis.ts'
import { authorizers } from './authorizers.ts'
import { deployments } from './deployments.ts'
import { exports } from './export.ts'
import { httpTarget } from './http-target.ts'
import { imports } from './import.ts'
import { integrations } from './integrations.ts'
import model from './model.json' with { type: 'json' }
import { resources } from './resources.ts'
import { routes } from './routes.ts'
import { stages } from './stages.ts'
import { tags } from './tags.ts'

/** API Gateway's HTTP APIs, served by the gateway. */
export const service = defineService<Api>()({
  id: 'apigatewayv2',
  model,
  operations: {
    ...apis,
    ...routes,
    ...integrations,
    ...stages,
    ...deployments,
    ...imports,
    ...exports,
    ...authorizers,
    ...tags,
  },
  planned: [
    'CreateApiMapping',
    'CreateDomainName',
    'CreateIntegrationResponse',
    'CreateModel',
    'CreatePortal',
    'CreatePortalProduct',
    'CreateProductPage',
    'CreateProductRestEndpointPage',
    'CreateRouteResponse',
    'CreateRoutingRule',
    'CreateVpcLink',
    'DeleteApiMapping',
    'DeleteDomainName',
    'DeleteIntegrationResponse',
    'DeleteModel',
    'DeletePortal',
    'DeletePortalProduct',
    'DeletePortalProductSharingPolicy',
    'DeleteProductPage',
    'DeleteProductRestEndpointPage',
    'DeleteRouteRequestParameter',
    'DeleteRouteResponse',
    'DeleteRoutingRule',
    'DeleteVpcLink',
    'DisablePortal',
    'GetApiMapping',
    'GetApiMappings',
    'GetDomainName',
    'GetDomainNames',
    'GetIntegrationResponse',
    'GetIntegrationResponses',
    'GetModel',
    'GetModelTemplate',
    'GetModels',
    'GetPortal',
    'GetPortalProduct',
    'GetPortalProductSharingPolicy',
    'GetProductPage',
    'GetProductRestEndpointPage',
    'GetRouteResponse',
    'GetRouteResponses',
    'GetRoutingRule',
    'GetVpcLink',
    'GetVpcLinks',
    'ListPortalProducts',
    'ListPortals',
    'ListProductPages',
    'ListProductRestEndpointPages',
    'ListRoutingRules',
    'PreviewPortal',
    'PublishPortal',
    'PutPortalProductSharingPolicy',
    'PutRoutingRule',
    'UpdateApiMapping',
    'UpdateDomainName',
    'UpdateIntegrationResponse',
    'UpdateModel',
    'UpdatePortal',
    'UpdatePortalProduct',
    'UpdateProductPage',
    'UpdateProductRestEndpointPage',
    'UpdateRouteResponse',
    'UpdateVpcLink',
  ],
  inert: {
    'CreateStage.DefaultRouteSettings.DetailedMetricsEnabled': 'Stored and returned; metrics are per API.',
    'CreateIntegration.IntegrationMethod': 'Of functions: stored and returned; they are always called by POST.',
  },
  resources,
  events: { httpTarget },
  entrance: serve,
  maxBodyBytes: 10_500_000,
})
