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
import { endpointPages } from './portals/endpoint-pages.ts'
import { jobs } from './portals/jobs.ts'
import { portals } from './portals/portals.ts'
import { productPages } from './portals/product-pages.ts'
import { products } from './portals/products.ts'
import { publications } from './portals/publications.ts'
import { sharingPolicies } from './portals/sharing-policies.ts'
import { sitePrefix } from './portals/site-path.ts'
import { resources } from './resources.ts'
import { routes } from './routes.ts'
import { stages } from './stages.ts'
import { tags } from './tags.ts'

/** API Gateway's HTTP APIs, served by the gateway, and portals of its REST APIs. */
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
    ...portals,
    ...publications,
    ...products,
    ...sharingPolicies,
    ...productPages,
    ...endpointPages,
  },
  planned: [
    'CreateApiMapping',
    'CreateDomainName',
    'CreateIntegrationResponse',
    'CreateModel',
    'CreateRouteResponse',
    'CreateRoutingRule',
    'CreateVpcLink',
    'DeleteApiMapping',
    'DeleteDomainName',
    'DeleteIntegrationResponse',
    'DeleteModel',
    'DeleteRouteRequestParameter',
    'DeleteRouteResponse',
    'DeleteRoutingRule',
    'DeleteVpcLink',
    'GetApiMapping',
    'GetApiMappings',
    'GetDomainName',
    'GetDomainNames',
    'GetIntegrationResponse',
    'GetIntegrationResponses',
    'GetModel',
    'GetModelTemplate',
    'GetModels',
    'GetRouteResponse',
    'GetRouteResponses',
    'GetRoutingRule',
    'GetVpcLink',
    'GetVpcLinks',
    'ListRoutingRules',
    'PutRoutingRule',
    'UpdateApiMapping',
    'UpdateDomainName',
    'UpdateIntegrationResponse',
    'UpdateModel',
    'UpdateRouteResponse',
    'UpdateVpcLink',
  ],
  inert: {
    'CreateStage.DefaultRouteSettings.DetailedMetricsEnabled': 'Stored and returned; metrics are per API.',
    'CreateIntegration.IntegrationMethod': 'Of functions: stored and returned; they are always called by POST.',
  },
  resources,
  events: { httpTarget },
  jobs,
  async entrance(wire, host, signal) {
    if (!wire.path.startsWith(sitePrefix)) return serve(wire, host, signal)
    const { answerPortal } = await import('./portals/site.ts')
    return answerPortal(wire, host)
  },
  maxBodyBytes: 10_500_000,
})
