// Written by `npm run models`; do not edit.
import type {
  CreateApiCommandInput,
  CreateApiCommandOutput,
  CreateApiMappingCommandInput,
  CreateApiMappingCommandOutput,
  CreateAuthorizerCommandInput,
  CreateAuthorizerCommandOutput,
  CreateDeploymentCommandInput,
  CreateDeploymentCommandOutput,
  CreateDomainNameCommandInput,
  CreateDomainNameCommandOutput,
  CreateIntegrationCommandInput,
  CreateIntegrationCommandOutput,
  CreateIntegrationResponseCommandInput,
  CreateIntegrationResponseCommandOutput,
  CreateModelCommandInput,
  CreateModelCommandOutput,
  CreatePortalCommandInput,
  CreatePortalCommandOutput,
  CreatePortalProductCommandInput,
  CreatePortalProductCommandOutput,
  CreateProductPageCommandInput,
  CreateProductPageCommandOutput,
  CreateProductRestEndpointPageCommandInput,
  CreateProductRestEndpointPageCommandOutput,
  CreateRouteCommandInput,
  CreateRouteCommandOutput,
  CreateRouteResponseCommandInput,
  CreateRouteResponseCommandOutput,
  CreateRoutingRuleCommandInput,
  CreateRoutingRuleCommandOutput,
  CreateStageCommandInput,
  CreateStageCommandOutput,
  CreateVpcLinkCommandInput,
  CreateVpcLinkCommandOutput,
  DeleteAccessLogSettingsCommandInput,
  DeleteAccessLogSettingsCommandOutput,
  DeleteApiCommandInput,
  DeleteApiCommandOutput,
  DeleteApiMappingCommandInput,
  DeleteApiMappingCommandOutput,
  DeleteAuthorizerCommandInput,
  DeleteAuthorizerCommandOutput,
  DeleteCorsConfigurationCommandInput,
  DeleteCorsConfigurationCommandOutput,
  DeleteDeploymentCommandInput,
  DeleteDeploymentCommandOutput,
  DeleteDomainNameCommandInput,
  DeleteDomainNameCommandOutput,
  DeleteIntegrationCommandInput,
  DeleteIntegrationCommandOutput,
  DeleteIntegrationResponseCommandInput,
  DeleteIntegrationResponseCommandOutput,
  DeleteModelCommandInput,
  DeleteModelCommandOutput,
  DeletePortalCommandInput,
  DeletePortalCommandOutput,
  DeletePortalProductCommandInput,
  DeletePortalProductCommandOutput,
  DeletePortalProductSharingPolicyCommandInput,
  DeletePortalProductSharingPolicyCommandOutput,
  DeleteProductPageCommandInput,
  DeleteProductPageCommandOutput,
  DeleteProductRestEndpointPageCommandInput,
  DeleteProductRestEndpointPageCommandOutput,
  DeleteRouteCommandInput,
  DeleteRouteCommandOutput,
  DeleteRouteRequestParameterCommandInput,
  DeleteRouteRequestParameterCommandOutput,
  DeleteRouteResponseCommandInput,
  DeleteRouteResponseCommandOutput,
  DeleteRouteSettingsCommandInput,
  DeleteRouteSettingsCommandOutput,
  DeleteRoutingRuleCommandInput,
  DeleteRoutingRuleCommandOutput,
  DeleteStageCommandInput,
  DeleteStageCommandOutput,
  DeleteVpcLinkCommandInput,
  DeleteVpcLinkCommandOutput,
  DisablePortalCommandInput,
  DisablePortalCommandOutput,
  ExportApiCommandInput,
  ExportApiCommandOutput,
  GetApiCommandInput,
  GetApiCommandOutput,
  GetApiMappingCommandInput,
  GetApiMappingCommandOutput,
  GetApiMappingsCommandInput,
  GetApiMappingsCommandOutput,
  GetApisCommandInput,
  GetApisCommandOutput,
  GetAuthorizerCommandInput,
  GetAuthorizerCommandOutput,
  GetAuthorizersCommandInput,
  GetAuthorizersCommandOutput,
  GetDeploymentCommandInput,
  GetDeploymentCommandOutput,
  GetDeploymentsCommandInput,
  GetDeploymentsCommandOutput,
  GetDomainNameCommandInput,
  GetDomainNameCommandOutput,
  GetDomainNamesCommandInput,
  GetDomainNamesCommandOutput,
  GetIntegrationCommandInput,
  GetIntegrationCommandOutput,
  GetIntegrationResponseCommandInput,
  GetIntegrationResponseCommandOutput,
  GetIntegrationResponsesCommandInput,
  GetIntegrationResponsesCommandOutput,
  GetIntegrationsCommandInput,
  GetIntegrationsCommandOutput,
  GetModelCommandInput,
  GetModelCommandOutput,
  GetModelTemplateCommandInput,
  GetModelTemplateCommandOutput,
  GetModelsCommandInput,
  GetModelsCommandOutput,
  GetPortalCommandInput,
  GetPortalCommandOutput,
  GetPortalProductCommandInput,
  GetPortalProductCommandOutput,
  GetPortalProductSharingPolicyCommandInput,
  GetPortalProductSharingPolicyCommandOutput,
  GetProductPageCommandInput,
  GetProductPageCommandOutput,
  GetProductRestEndpointPageCommandInput,
  GetProductRestEndpointPageCommandOutput,
  GetRouteCommandInput,
  GetRouteCommandOutput,
  GetRouteResponseCommandInput,
  GetRouteResponseCommandOutput,
  GetRouteResponsesCommandInput,
  GetRouteResponsesCommandOutput,
  GetRoutesCommandInput,
  GetRoutesCommandOutput,
  GetRoutingRuleCommandInput,
  GetRoutingRuleCommandOutput,
  GetStageCommandInput,
  GetStageCommandOutput,
  GetStagesCommandInput,
  GetStagesCommandOutput,
  GetTagsCommandInput,
  GetTagsCommandOutput,
  GetVpcLinkCommandInput,
  GetVpcLinkCommandOutput,
  GetVpcLinksCommandInput,
  GetVpcLinksCommandOutput,
  ImportApiCommandInput,
  ImportApiCommandOutput,
  ListPortalProductsCommandInput,
  ListPortalProductsCommandOutput,
  ListPortalsCommandInput,
  ListPortalsCommandOutput,
  ListProductPagesCommandInput,
  ListProductPagesCommandOutput,
  ListProductRestEndpointPagesCommandInput,
  ListProductRestEndpointPagesCommandOutput,
  ListRoutingRulesCommandInput,
  ListRoutingRulesCommandOutput,
  PreviewPortalCommandInput,
  PreviewPortalCommandOutput,
  PublishPortalCommandInput,
  PublishPortalCommandOutput,
  PutPortalProductSharingPolicyCommandInput,
  PutPortalProductSharingPolicyCommandOutput,
  PutRoutingRuleCommandInput,
  PutRoutingRuleCommandOutput,
  ReimportApiCommandInput,
  ReimportApiCommandOutput,
  ResetAuthorizersCacheCommandInput,
  ResetAuthorizersCacheCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateApiCommandInput,
  UpdateApiCommandOutput,
  UpdateApiMappingCommandInput,
  UpdateApiMappingCommandOutput,
  UpdateAuthorizerCommandInput,
  UpdateAuthorizerCommandOutput,
  UpdateDeploymentCommandInput,
  UpdateDeploymentCommandOutput,
  UpdateDomainNameCommandInput,
  UpdateDomainNameCommandOutput,
  UpdateIntegrationCommandInput,
  UpdateIntegrationCommandOutput,
  UpdateIntegrationResponseCommandInput,
  UpdateIntegrationResponseCommandOutput,
  UpdateModelCommandInput,
  UpdateModelCommandOutput,
  UpdatePortalCommandInput,
  UpdatePortalCommandOutput,
  UpdatePortalProductCommandInput,
  UpdatePortalProductCommandOutput,
  UpdateProductPageCommandInput,
  UpdateProductPageCommandOutput,
  UpdateProductRestEndpointPageCommandInput,
  UpdateProductRestEndpointPageCommandOutput,
  UpdateRouteCommandInput,
  UpdateRouteCommandOutput,
  UpdateRouteResponseCommandInput,
  UpdateRouteResponseCommandOutput,
  UpdateStageCommandInput,
  UpdateStageCommandOutput,
  UpdateVpcLinkCommandInput,
  UpdateVpcLinkCommandOutput,
} from '@aws-sdk/client-apigatewayv2'

/** Every operation of ApiGatewayV2, as the SDK types it. */
export type Api = {
  CreateApi: [CreateApiCommandInput, CreateApiCommandOutput]
  CreateApiMapping: [CreateApiMappingCommandInput, CreateApiMappingCommandOutput]
  CreateAuthorizer: [CreateAuthorizerCommandInput, CreateAuthorizerCommandOutput]
  CreateDeployment: [CreateDeploymentCommandInput, CreateDeploymentCommandOutput]
  CreateDomainName: [CreateDomainNameCommandInput, CreateDomainNameCommandOutput]
  CreateIntegration: [CreateIntegrationCommandInput, CreateIntegrationCommandOutput]
  CreateIntegrationResponse: [CreateIntegrationResponseCommandInput, CreateIntegrationResponseCommandOutput]
  CreateModel: [CreateModelCommandInput, CreateModelCommandOutput]
  CreatePortal: [CreatePortalCommandInput, CreatePortalCommandOutput]
  CreatePortalProduct: [CreatePortalProductCommandInput, CreatePortalProductCommandOutput]
  CreateProductPage: [CreateProductPageCommandInput, CreateProductPageCommandOutput]
  CreateProductRestEndpointPage: [CreateProductRestEndpointPageCommandInput, CreateProductRestEndpointPageCommandOutput]
  CreateRoute: [CreateRouteCommandInput, CreateRouteCommandOutput]
  CreateRouteResponse: [CreateRouteResponseCommandInput, CreateRouteResponseCommandOutput]
  CreateRoutingRule: [CreateRoutingRuleCommandInput, CreateRoutingRuleCommandOutput]
  CreateStage: [CreateStageCommandInput, CreateStageCommandOutput]
  CreateVpcLink: [CreateVpcLinkCommandInput, CreateVpcLinkCommandOutput]
  DeleteAccessLogSettings: [DeleteAccessLogSettingsCommandInput, DeleteAccessLogSettingsCommandOutput]
  DeleteApi: [DeleteApiCommandInput, DeleteApiCommandOutput]
  DeleteApiMapping: [DeleteApiMappingCommandInput, DeleteApiMappingCommandOutput]
  DeleteAuthorizer: [DeleteAuthorizerCommandInput, DeleteAuthorizerCommandOutput]
  DeleteCorsConfiguration: [DeleteCorsConfigurationCommandInput, DeleteCorsConfigurationCommandOutput]
  DeleteDeployment: [DeleteDeploymentCommandInput, DeleteDeploymentCommandOutput]
  DeleteDomainName: [DeleteDomainNameCommandInput, DeleteDomainNameCommandOutput]
  DeleteIntegration: [DeleteIntegrationCommandInput, DeleteIntegrationCommandOutput]
  DeleteIntegrationResponse: [DeleteIntegrationResponseCommandInput, DeleteIntegrationResponseCommandOutput]
  DeleteModel: [DeleteModelCommandInput, DeleteModelCommandOutput]
  DeletePortal: [DeletePortalCommandInput, DeletePortalCommandOutput]
  DeletePortalProduct: [DeletePortalProductCommandInput, DeletePortalProductCommandOutput]
  DeletePortalProductSharingPolicy: [DeletePortalProductSharingPolicyCommandInput, DeletePortalProductSharingPolicyCommandOutput]
  DeleteProductPage: [DeleteProductPageCommandInput, DeleteProductPageCommandOutput]
  DeleteProductRestEndpointPage: [DeleteProductRestEndpointPageCommandInput, DeleteProductRestEndpointPageCommandOutput]
  DeleteRoute: [DeleteRouteCommandInput, DeleteRouteCommandOutput]
  DeleteRouteRequestParameter: [DeleteRouteRequestParameterCommandInput, DeleteRouteRequestParameterCommandOutput]
  DeleteRouteResponse: [DeleteRouteResponseCommandInput, DeleteRouteResponseCommandOutput]
  DeleteRouteSettings: [DeleteRouteSettingsCommandInput, DeleteRouteSettingsCommandOutput]
  DeleteRoutingRule: [DeleteRoutingRuleCommandInput, DeleteRoutingRuleCommandOutput]
  DeleteStage: [DeleteStageCommandInput, DeleteStageCommandOutput]
  DeleteVpcLink: [DeleteVpcLinkCommandInput, DeleteVpcLinkCommandOutput]
  DisablePortal: [DisablePortalCommandInput, DisablePortalCommandOutput]
  ExportApi: [ExportApiCommandInput, ExportApiCommandOutput]
  GetApi: [GetApiCommandInput, GetApiCommandOutput]
  GetApiMapping: [GetApiMappingCommandInput, GetApiMappingCommandOutput]
  GetApiMappings: [GetApiMappingsCommandInput, GetApiMappingsCommandOutput]
  GetApis: [GetApisCommandInput, GetApisCommandOutput]
  GetAuthorizer: [GetAuthorizerCommandInput, GetAuthorizerCommandOutput]
  GetAuthorizers: [GetAuthorizersCommandInput, GetAuthorizersCommandOutput]
  GetDeployment: [GetDeploymentCommandInput, GetDeploymentCommandOutput]
  GetDeployments: [GetDeploymentsCommandInput, GetDeploymentsCommandOutput]
  GetDomainName: [GetDomainNameCommandInput, GetDomainNameCommandOutput]
  GetDomainNames: [GetDomainNamesCommandInput, GetDomainNamesCommandOutput]
  GetIntegration: [GetIntegrationCommandInput, GetIntegrationCommandOutput]
  GetIntegrationResponse: [GetIntegrationResponseCommandInput, GetIntegrationResponseCommandOutput]
  GetIntegrationResponses: [GetIntegrationResponsesCommandInput, GetIntegrationResponsesCommandOutput]
  GetIntegrations: [GetIntegrationsCommandInput, GetIntegrationsCommandOutput]
  GetModel: [GetModelCommandInput, GetModelCommandOutput]
  GetModelTemplate: [GetModelTemplateCommandInput, GetModelTemplateCommandOutput]
  GetModels: [GetModelsCommandInput, GetModelsCommandOutput]
  GetPortal: [GetPortalCommandInput, GetPortalCommandOutput]
  GetPortalProduct: [GetPortalProductCommandInput, GetPortalProductCommandOutput]
  GetPortalProductSharingPolicy: [GetPortalProductSharingPolicyCommandInput, GetPortalProductSharingPolicyCommandOutput]
  GetProductPage: [GetProductPageCommandInput, GetProductPageCommandOutput]
  GetProductRestEndpointPage: [GetProductRestEndpointPageCommandInput, GetProductRestEndpointPageCommandOutput]
  GetRoute: [GetRouteCommandInput, GetRouteCommandOutput]
  GetRouteResponse: [GetRouteResponseCommandInput, GetRouteResponseCommandOutput]
  GetRouteResponses: [GetRouteResponsesCommandInput, GetRouteResponsesCommandOutput]
  GetRoutes: [GetRoutesCommandInput, GetRoutesCommandOutput]
  GetRoutingRule: [GetRoutingRuleCommandInput, GetRoutingRuleCommandOutput]
  GetStage: [GetStageCommandInput, GetStageCommandOutput]
  GetStages: [GetStagesCommandInput, GetStagesCommandOutput]
  GetTags: [GetTagsCommandInput, GetTagsCommandOutput]
  GetVpcLink: [GetVpcLinkCommandInput, GetVpcLinkCommandOutput]
  GetVpcLinks: [GetVpcLinksCommandInput, GetVpcLinksCommandOutput]
  ImportApi: [ImportApiCommandInput, ImportApiCommandOutput]
  ListPortalProducts: [ListPortalProductsCommandInput, ListPortalProductsCommandOutput]
  ListPortals: [ListPortalsCommandInput, ListPortalsCommandOutput]
  ListProductPages: [ListProductPagesCommandInput, ListProductPagesCommandOutput]
  ListProductRestEndpointPages: [ListProductRestEndpointPagesCommandInput, ListProductRestEndpointPagesCommandOutput]
  ListRoutingRules: [ListRoutingRulesCommandInput, ListRoutingRulesCommandOutput]
  PreviewPortal: [PreviewPortalCommandInput, PreviewPortalCommandOutput]
  PublishPortal: [PublishPortalCommandInput, PublishPortalCommandOutput]
  PutPortalProductSharingPolicy: [PutPortalProductSharingPolicyCommandInput, PutPortalProductSharingPolicyCommandOutput]
  PutRoutingRule: [PutRoutingRuleCommandInput, PutRoutingRuleCommandOutput]
  ReimportApi: [ReimportApiCommandInput, ReimportApiCommandOutput]
  ResetAuthorizersCache: [ResetAuthorizersCacheCommandInput, ResetAuthorizersCacheCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdateApi: [UpdateApiCommandInput, UpdateApiCommandOutput]
  UpdateApiMapping: [UpdateApiMappingCommandInput, UpdateApiMappingCommandOutput]
  UpdateAuthorizer: [UpdateAuthorizerCommandInput, UpdateAuthorizerCommandOutput]
  UpdateDeployment: [UpdateDeploymentCommandInput, UpdateDeploymentCommandOutput]
  UpdateDomainName: [UpdateDomainNameCommandInput, UpdateDomainNameCommandOutput]
  UpdateIntegration: [UpdateIntegrationCommandInput, UpdateIntegrationCommandOutput]
  UpdateIntegrationResponse: [UpdateIntegrationResponseCommandInput, UpdateIntegrationResponseCommandOutput]
  UpdateModel: [UpdateModelCommandInput, UpdateModelCommandOutput]
  UpdatePortal: [UpdatePortalCommandInput, UpdatePortalCommandOutput]
  UpdatePortalProduct: [UpdatePortalProductCommandInput, UpdatePortalProductCommandOutput]
  UpdateProductPage: [UpdateProductPageCommandInput, UpdateProductPageCommandOutput]
  UpdateProductRestEndpointPage: [UpdateProductRestEndpointPageCommandInput, UpdateProductRestEndpointPageCommandOutput]
  UpdateRoute: [UpdateRouteCommandInput, UpdateRouteCommandOutput]
  UpdateRouteResponse: [UpdateRouteResponseCommandInput, UpdateRouteResponseCommandOutput]
  UpdateStage: [UpdateStageCommandInput, UpdateStageCommandOutput]
  UpdateVpcLink: [UpdateVpcLinkCommandInput, UpdateVpcLinkCommandOutput]
}
