import { defineService } from '../../kernel/service.ts'
import { accounts } from './account.ts'
import type { Api } from './api.ts'
import { apiKeyImport } from './api-key-import.ts'
import { apiKeys } from './api-keys.ts'
import { authorizers } from './authorizers.ts'
import { clientCertificates } from './client-certificates.ts'
import { deployments } from './deployments.ts'
import { documentationImport } from './documentation-import.ts'
import { documentationParts } from './documentation-parts.ts'
import { documentationVersions } from './documentation-versions.ts'
import { exports } from './export.ts'
import { gatewayResponses } from './gateway-responses.ts'
import { imports } from './import.ts'
import { integrations } from './integrations.ts'
import { methods } from './methods.ts'
import model from './model.json' with { type: 'json' }
import { modelTemplates } from './model-template.ts'
import { models } from './models.ts'
import { pathResources } from './path-resources.ts'
import { requestValidators } from './request-validators.ts'
import { resources } from './resources.ts'
import { restApis } from './rest-apis.ts'
import { sdks } from './sdks.ts'
import { stages } from './stages.ts'
import { tags } from './tags.ts'
import { testInvocations } from './test-invoke.ts'
import { usagePlanKeys } from './usage-plan-keys.ts'
import { usagePlans } from './usage-plans.ts'

const xray = 'Stored and returned; requests are not traced.'
const settings = 'Throttling works. Of the rest, stored and returned: metrics are per API, and execution is not logged.'
const edge = 'Stored and returned; the gateway answers at one place.'

/** API Gateway's REST APIs, served by the gateway. */
export const service = defineService<Api>()({
  id: 'apigateway',
  model,
  operations: {
    ...restApis,
    ...pathResources,
    ...methods,
    ...integrations,
    ...deployments,
    ...stages,
    ...tags,
    ...accounts,
    ...authorizers,
    ...requestValidators,
    ...models,
    ...gatewayResponses,
    ...apiKeys,
    ...apiKeyImport,
    ...usagePlans,
    ...usagePlanKeys,
    ...imports,
    ...testInvocations,
    ...exports,
    ...clientCertificates,
    ...sdks,
    ...documentationParts,
    ...documentationVersions,
    ...documentationImport,
    ...modelTemplates,
  },
  planned: [
    'CreateBasePathMapping',
    'CreateDomainName',
    'CreateDomainNameAccessAssociation',
    'CreateVpcLink',
    'DeleteBasePathMapping',
    'DeleteDomainName',
    'DeleteDomainNameAccessAssociation',
    'DeleteVpcLink',
    'GetBasePathMapping',
    'GetBasePathMappings',
    'GetDomainName',
    'GetDomainNameAccessAssociations',
    'GetDomainNames',
    'GetVpcLink',
    'GetVpcLinks',
    'RejectDomainNameAccessAssociation',
    'UpdateBasePathMapping',
    'UpdateDomainName',
    'UpdateVpcLink',
  ],
  inert: {
    'GetSdk.parameters': 'There are no types of SDKs that would have any.',
    'CreateRestApi.endpointConfiguration.types': edge,
    'UpdateRestApi.patchOperations./endpointConfiguration/types': edge,
    'CreateStage.tracingEnabled': xray,
    'CreateDeployment.tracingEnabled': xray,
    'UpdateStage.patchOperations./tracingEnabled': xray,
    'UpdateStage.patchOperations./{resource_path}/{http_method}': settings,
    'UpdateAccount.patchOperations./cloudwatchRoleArn': 'Stored and returned; execution is not logged.',
    'PutIntegration.contentHandling': 'CONVERT_TO_TEXT is stored and returned; the other is refused.',
    'PutIntegrationResponse.contentHandling': 'CONVERT_TO_TEXT is stored and returned; the other is refused.',
    'PutIntegration.cacheKeyParameters': 'Stored and returned; answers are not cached.',
    'PutIntegration.cacheNamespace': 'Stored and returned; answers are not cached.',
    'CreateApiKey.stageKeys': 'Stored and returned; a usage plan is what lets a key in.',
  },
  resources,
})
