// Written by `npm run models`; do not edit.
import type {
  CreateApiKeyCommandInput,
  CreateApiKeyCommandOutput,
  CreateAuthorizerCommandInput,
  CreateAuthorizerCommandOutput,
  CreateBasePathMappingCommandInput,
  CreateBasePathMappingCommandOutput,
  CreateDeploymentCommandInput,
  CreateDeploymentCommandOutput,
  CreateDocumentationPartCommandInput,
  CreateDocumentationPartCommandOutput,
  CreateDocumentationVersionCommandInput,
  CreateDocumentationVersionCommandOutput,
  CreateDomainNameCommandInput,
  CreateDomainNameCommandOutput,
  CreateDomainNameAccessAssociationCommandInput,
  CreateDomainNameAccessAssociationCommandOutput,
  CreateModelCommandInput,
  CreateModelCommandOutput,
  CreateRequestValidatorCommandInput,
  CreateRequestValidatorCommandOutput,
  CreateResourceCommandInput,
  CreateResourceCommandOutput,
  CreateRestApiCommandInput,
  CreateRestApiCommandOutput,
  CreateStageCommandInput,
  CreateStageCommandOutput,
  CreateUsagePlanCommandInput,
  CreateUsagePlanCommandOutput,
  CreateUsagePlanKeyCommandInput,
  CreateUsagePlanKeyCommandOutput,
  CreateVpcLinkCommandInput,
  CreateVpcLinkCommandOutput,
  DeleteApiKeyCommandInput,
  DeleteApiKeyCommandOutput,
  DeleteAuthorizerCommandInput,
  DeleteAuthorizerCommandOutput,
  DeleteBasePathMappingCommandInput,
  DeleteBasePathMappingCommandOutput,
  DeleteClientCertificateCommandInput,
  DeleteClientCertificateCommandOutput,
  DeleteDeploymentCommandInput,
  DeleteDeploymentCommandOutput,
  DeleteDocumentationPartCommandInput,
  DeleteDocumentationPartCommandOutput,
  DeleteDocumentationVersionCommandInput,
  DeleteDocumentationVersionCommandOutput,
  DeleteDomainNameCommandInput,
  DeleteDomainNameCommandOutput,
  DeleteDomainNameAccessAssociationCommandInput,
  DeleteDomainNameAccessAssociationCommandOutput,
  DeleteGatewayResponseCommandInput,
  DeleteGatewayResponseCommandOutput,
  DeleteIntegrationCommandInput,
  DeleteIntegrationCommandOutput,
  DeleteIntegrationResponseCommandInput,
  DeleteIntegrationResponseCommandOutput,
  DeleteMethodCommandInput,
  DeleteMethodCommandOutput,
  DeleteMethodResponseCommandInput,
  DeleteMethodResponseCommandOutput,
  DeleteModelCommandInput,
  DeleteModelCommandOutput,
  DeleteRequestValidatorCommandInput,
  DeleteRequestValidatorCommandOutput,
  DeleteResourceCommandInput,
  DeleteResourceCommandOutput,
  DeleteRestApiCommandInput,
  DeleteRestApiCommandOutput,
  DeleteStageCommandInput,
  DeleteStageCommandOutput,
  DeleteUsagePlanCommandInput,
  DeleteUsagePlanCommandOutput,
  DeleteUsagePlanKeyCommandInput,
  DeleteUsagePlanKeyCommandOutput,
  DeleteVpcLinkCommandInput,
  DeleteVpcLinkCommandOutput,
  FlushStageAuthorizersCacheCommandInput,
  FlushStageAuthorizersCacheCommandOutput,
  FlushStageCacheCommandInput,
  FlushStageCacheCommandOutput,
  GenerateClientCertificateCommandInput,
  GenerateClientCertificateCommandOutput,
  GetAccountCommandInput,
  GetAccountCommandOutput,
  GetApiKeyCommandInput,
  GetApiKeyCommandOutput,
  GetApiKeysCommandInput,
  GetApiKeysCommandOutput,
  GetAuthorizerCommandInput,
  GetAuthorizerCommandOutput,
  GetAuthorizersCommandInput,
  GetAuthorizersCommandOutput,
  GetBasePathMappingCommandInput,
  GetBasePathMappingCommandOutput,
  GetBasePathMappingsCommandInput,
  GetBasePathMappingsCommandOutput,
  GetClientCertificateCommandInput,
  GetClientCertificateCommandOutput,
  GetClientCertificatesCommandInput,
  GetClientCertificatesCommandOutput,
  GetDeploymentCommandInput,
  GetDeploymentCommandOutput,
  GetDeploymentsCommandInput,
  GetDeploymentsCommandOutput,
  GetDocumentationPartCommandInput,
  GetDocumentationPartCommandOutput,
  GetDocumentationPartsCommandInput,
  GetDocumentationPartsCommandOutput,
  GetDocumentationVersionCommandInput,
  GetDocumentationVersionCommandOutput,
  GetDocumentationVersionsCommandInput,
  GetDocumentationVersionsCommandOutput,
  GetDomainNameCommandInput,
  GetDomainNameCommandOutput,
  GetDomainNameAccessAssociationsCommandInput,
  GetDomainNameAccessAssociationsCommandOutput,
  GetDomainNamesCommandInput,
  GetDomainNamesCommandOutput,
  GetExportCommandInput,
  GetExportCommandOutput,
  GetGatewayResponseCommandInput,
  GetGatewayResponseCommandOutput,
  GetGatewayResponsesCommandInput,
  GetGatewayResponsesCommandOutput,
  GetIntegrationCommandInput,
  GetIntegrationCommandOutput,
  GetIntegrationResponseCommandInput,
  GetIntegrationResponseCommandOutput,
  GetMethodCommandInput,
  GetMethodCommandOutput,
  GetMethodResponseCommandInput,
  GetMethodResponseCommandOutput,
  GetModelCommandInput,
  GetModelCommandOutput,
  GetModelTemplateCommandInput,
  GetModelTemplateCommandOutput,
  GetModelsCommandInput,
  GetModelsCommandOutput,
  GetRequestValidatorCommandInput,
  GetRequestValidatorCommandOutput,
  GetRequestValidatorsCommandInput,
  GetRequestValidatorsCommandOutput,
  GetResourceCommandInput,
  GetResourceCommandOutput,
  GetResourcesCommandInput,
  GetResourcesCommandOutput,
  GetRestApiCommandInput,
  GetRestApiCommandOutput,
  GetRestApisCommandInput,
  GetRestApisCommandOutput,
  GetSdkCommandInput,
  GetSdkCommandOutput,
  GetSdkTypeCommandInput,
  GetSdkTypeCommandOutput,
  GetSdkTypesCommandInput,
  GetSdkTypesCommandOutput,
  GetStageCommandInput,
  GetStageCommandOutput,
  GetStagesCommandInput,
  GetStagesCommandOutput,
  GetTagsCommandInput,
  GetTagsCommandOutput,
  GetUsageCommandInput,
  GetUsageCommandOutput,
  GetUsagePlanCommandInput,
  GetUsagePlanCommandOutput,
  GetUsagePlanKeyCommandInput,
  GetUsagePlanKeyCommandOutput,
  GetUsagePlanKeysCommandInput,
  GetUsagePlanKeysCommandOutput,
  GetUsagePlansCommandInput,
  GetUsagePlansCommandOutput,
  GetVpcLinkCommandInput,
  GetVpcLinkCommandOutput,
  GetVpcLinksCommandInput,
  GetVpcLinksCommandOutput,
  ImportApiKeysCommandInput,
  ImportApiKeysCommandOutput,
  ImportDocumentationPartsCommandInput,
  ImportDocumentationPartsCommandOutput,
  ImportRestApiCommandInput,
  ImportRestApiCommandOutput,
  PutGatewayResponseCommandInput,
  PutGatewayResponseCommandOutput,
  PutIntegrationCommandInput,
  PutIntegrationCommandOutput,
  PutIntegrationResponseCommandInput,
  PutIntegrationResponseCommandOutput,
  PutMethodCommandInput,
  PutMethodCommandOutput,
  PutMethodResponseCommandInput,
  PutMethodResponseCommandOutput,
  PutRestApiCommandInput,
  PutRestApiCommandOutput,
  RejectDomainNameAccessAssociationCommandInput,
  RejectDomainNameAccessAssociationCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  TestInvokeAuthorizerCommandInput,
  TestInvokeAuthorizerCommandOutput,
  TestInvokeMethodCommandInput,
  TestInvokeMethodCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateAccountCommandInput,
  UpdateAccountCommandOutput,
  UpdateApiKeyCommandInput,
  UpdateApiKeyCommandOutput,
  UpdateAuthorizerCommandInput,
  UpdateAuthorizerCommandOutput,
  UpdateBasePathMappingCommandInput,
  UpdateBasePathMappingCommandOutput,
  UpdateClientCertificateCommandInput,
  UpdateClientCertificateCommandOutput,
  UpdateDeploymentCommandInput,
  UpdateDeploymentCommandOutput,
  UpdateDocumentationPartCommandInput,
  UpdateDocumentationPartCommandOutput,
  UpdateDocumentationVersionCommandInput,
  UpdateDocumentationVersionCommandOutput,
  UpdateDomainNameCommandInput,
  UpdateDomainNameCommandOutput,
  UpdateGatewayResponseCommandInput,
  UpdateGatewayResponseCommandOutput,
  UpdateIntegrationCommandInput,
  UpdateIntegrationCommandOutput,
  UpdateIntegrationResponseCommandInput,
  UpdateIntegrationResponseCommandOutput,
  UpdateMethodCommandInput,
  UpdateMethodCommandOutput,
  UpdateMethodResponseCommandInput,
  UpdateMethodResponseCommandOutput,
  UpdateModelCommandInput,
  UpdateModelCommandOutput,
  UpdateRequestValidatorCommandInput,
  UpdateRequestValidatorCommandOutput,
  UpdateResourceCommandInput,
  UpdateResourceCommandOutput,
  UpdateRestApiCommandInput,
  UpdateRestApiCommandOutput,
  UpdateStageCommandInput,
  UpdateStageCommandOutput,
  UpdateUsageCommandInput,
  UpdateUsageCommandOutput,
  UpdateUsagePlanCommandInput,
  UpdateUsagePlanCommandOutput,
  UpdateVpcLinkCommandInput,
  UpdateVpcLinkCommandOutput,
} from '@aws-sdk/client-api-gateway'

/** Every operation of API Gateway, as the SDK types it. */
export type Api = {
  CreateApiKey: [CreateApiKeyCommandInput, CreateApiKeyCommandOutput]
  CreateAuthorizer: [CreateAuthorizerCommandInput, CreateAuthorizerCommandOutput]
  CreateBasePathMapping: [CreateBasePathMappingCommandInput, CreateBasePathMappingCommandOutput]
  CreateDeployment: [CreateDeploymentCommandInput, CreateDeploymentCommandOutput]
  CreateDocumentationPart: [CreateDocumentationPartCommandInput, CreateDocumentationPartCommandOutput]
  CreateDocumentationVersion: [CreateDocumentationVersionCommandInput, CreateDocumentationVersionCommandOutput]
  CreateDomainName: [CreateDomainNameCommandInput, CreateDomainNameCommandOutput]
  CreateDomainNameAccessAssociation: [CreateDomainNameAccessAssociationCommandInput, CreateDomainNameAccessAssociationCommandOutput]
  CreateModel: [CreateModelCommandInput, CreateModelCommandOutput]
  CreateRequestValidator: [CreateRequestValidatorCommandInput, CreateRequestValidatorCommandOutput]
  CreateResource: [CreateResourceCommandInput, CreateResourceCommandOutput]
  CreateRestApi: [CreateRestApiCommandInput, CreateRestApiCommandOutput]
  CreateStage: [CreateStageCommandInput, CreateStageCommandOutput]
  CreateUsagePlan: [CreateUsagePlanCommandInput, CreateUsagePlanCommandOutput]
  CreateUsagePlanKey: [CreateUsagePlanKeyCommandInput, CreateUsagePlanKeyCommandOutput]
  CreateVpcLink: [CreateVpcLinkCommandInput, CreateVpcLinkCommandOutput]
  DeleteApiKey: [DeleteApiKeyCommandInput, DeleteApiKeyCommandOutput]
  DeleteAuthorizer: [DeleteAuthorizerCommandInput, DeleteAuthorizerCommandOutput]
  DeleteBasePathMapping: [DeleteBasePathMappingCommandInput, DeleteBasePathMappingCommandOutput]
  DeleteClientCertificate: [DeleteClientCertificateCommandInput, DeleteClientCertificateCommandOutput]
  DeleteDeployment: [DeleteDeploymentCommandInput, DeleteDeploymentCommandOutput]
  DeleteDocumentationPart: [DeleteDocumentationPartCommandInput, DeleteDocumentationPartCommandOutput]
  DeleteDocumentationVersion: [DeleteDocumentationVersionCommandInput, DeleteDocumentationVersionCommandOutput]
  DeleteDomainName: [DeleteDomainNameCommandInput, DeleteDomainNameCommandOutput]
  DeleteDomainNameAccessAssociation: [DeleteDomainNameAccessAssociationCommandInput, DeleteDomainNameAccessAssociationCommandOutput]
  DeleteGatewayResponse: [DeleteGatewayResponseCommandInput, DeleteGatewayResponseCommandOutput]
  DeleteIntegration: [DeleteIntegrationCommandInput, DeleteIntegrationCommandOutput]
  DeleteIntegrationResponse: [DeleteIntegrationResponseCommandInput, DeleteIntegrationResponseCommandOutput]
  DeleteMethod: [DeleteMethodCommandInput, DeleteMethodCommandOutput]
  DeleteMethodResponse: [DeleteMethodResponseCommandInput, DeleteMethodResponseCommandOutput]
  DeleteModel: [DeleteModelCommandInput, DeleteModelCommandOutput]
  DeleteRequestValidator: [DeleteRequestValidatorCommandInput, DeleteRequestValidatorCommandOutput]
  DeleteResource: [DeleteResourceCommandInput, DeleteResourceCommandOutput]
  DeleteRestApi: [DeleteRestApiCommandInput, DeleteRestApiCommandOutput]
  DeleteStage: [DeleteStageCommandInput, DeleteStageCommandOutput]
  DeleteUsagePlan: [DeleteUsagePlanCommandInput, DeleteUsagePlanCommandOutput]
  DeleteUsagePlanKey: [DeleteUsagePlanKeyCommandInput, DeleteUsagePlanKeyCommandOutput]
  DeleteVpcLink: [DeleteVpcLinkCommandInput, DeleteVpcLinkCommandOutput]
  FlushStageAuthorizersCache: [FlushStageAuthorizersCacheCommandInput, FlushStageAuthorizersCacheCommandOutput]
  FlushStageCache: [FlushStageCacheCommandInput, FlushStageCacheCommandOutput]
  GenerateClientCertificate: [GenerateClientCertificateCommandInput, GenerateClientCertificateCommandOutput]
  GetAccount: [GetAccountCommandInput, GetAccountCommandOutput]
  GetApiKey: [GetApiKeyCommandInput, GetApiKeyCommandOutput]
  GetApiKeys: [GetApiKeysCommandInput, GetApiKeysCommandOutput]
  GetAuthorizer: [GetAuthorizerCommandInput, GetAuthorizerCommandOutput]
  GetAuthorizers: [GetAuthorizersCommandInput, GetAuthorizersCommandOutput]
  GetBasePathMapping: [GetBasePathMappingCommandInput, GetBasePathMappingCommandOutput]
  GetBasePathMappings: [GetBasePathMappingsCommandInput, GetBasePathMappingsCommandOutput]
  GetClientCertificate: [GetClientCertificateCommandInput, GetClientCertificateCommandOutput]
  GetClientCertificates: [GetClientCertificatesCommandInput, GetClientCertificatesCommandOutput]
  GetDeployment: [GetDeploymentCommandInput, GetDeploymentCommandOutput]
  GetDeployments: [GetDeploymentsCommandInput, GetDeploymentsCommandOutput]
  GetDocumentationPart: [GetDocumentationPartCommandInput, GetDocumentationPartCommandOutput]
  GetDocumentationParts: [GetDocumentationPartsCommandInput, GetDocumentationPartsCommandOutput]
  GetDocumentationVersion: [GetDocumentationVersionCommandInput, GetDocumentationVersionCommandOutput]
  GetDocumentationVersions: [GetDocumentationVersionsCommandInput, GetDocumentationVersionsCommandOutput]
  GetDomainName: [GetDomainNameCommandInput, GetDomainNameCommandOutput]
  GetDomainNameAccessAssociations: [GetDomainNameAccessAssociationsCommandInput, GetDomainNameAccessAssociationsCommandOutput]
  GetDomainNames: [GetDomainNamesCommandInput, GetDomainNamesCommandOutput]
  GetExport: [GetExportCommandInput, GetExportCommandOutput]
  GetGatewayResponse: [GetGatewayResponseCommandInput, GetGatewayResponseCommandOutput]
  GetGatewayResponses: [GetGatewayResponsesCommandInput, GetGatewayResponsesCommandOutput]
  GetIntegration: [GetIntegrationCommandInput, GetIntegrationCommandOutput]
  GetIntegrationResponse: [GetIntegrationResponseCommandInput, GetIntegrationResponseCommandOutput]
  GetMethod: [GetMethodCommandInput, GetMethodCommandOutput]
  GetMethodResponse: [GetMethodResponseCommandInput, GetMethodResponseCommandOutput]
  GetModel: [GetModelCommandInput, GetModelCommandOutput]
  GetModelTemplate: [GetModelTemplateCommandInput, GetModelTemplateCommandOutput]
  GetModels: [GetModelsCommandInput, GetModelsCommandOutput]
  GetRequestValidator: [GetRequestValidatorCommandInput, GetRequestValidatorCommandOutput]
  GetRequestValidators: [GetRequestValidatorsCommandInput, GetRequestValidatorsCommandOutput]
  GetResource: [GetResourceCommandInput, GetResourceCommandOutput]
  GetResources: [GetResourcesCommandInput, GetResourcesCommandOutput]
  GetRestApi: [GetRestApiCommandInput, GetRestApiCommandOutput]
  GetRestApis: [GetRestApisCommandInput, GetRestApisCommandOutput]
  GetSdk: [GetSdkCommandInput, GetSdkCommandOutput]
  GetSdkType: [GetSdkTypeCommandInput, GetSdkTypeCommandOutput]
  GetSdkTypes: [GetSdkTypesCommandInput, GetSdkTypesCommandOutput]
  GetStage: [GetStageCommandInput, GetStageCommandOutput]
  GetStages: [GetStagesCommandInput, GetStagesCommandOutput]
  GetTags: [GetTagsCommandInput, GetTagsCommandOutput]
  GetUsage: [GetUsageCommandInput, GetUsageCommandOutput]
  GetUsagePlan: [GetUsagePlanCommandInput, GetUsagePlanCommandOutput]
  GetUsagePlanKey: [GetUsagePlanKeyCommandInput, GetUsagePlanKeyCommandOutput]
  GetUsagePlanKeys: [GetUsagePlanKeysCommandInput, GetUsagePlanKeysCommandOutput]
  GetUsagePlans: [GetUsagePlansCommandInput, GetUsagePlansCommandOutput]
  GetVpcLink: [GetVpcLinkCommandInput, GetVpcLinkCommandOutput]
  GetVpcLinks: [GetVpcLinksCommandInput, GetVpcLinksCommandOutput]
  ImportApiKeys: [ImportApiKeysCommandInput, ImportApiKeysCommandOutput]
  ImportDocumentationParts: [ImportDocumentationPartsCommandInput, ImportDocumentationPartsCommandOutput]
  ImportRestApi: [ImportRestApiCommandInput, ImportRestApiCommandOutput]
  PutGatewayResponse: [PutGatewayResponseCommandInput, PutGatewayResponseCommandOutput]
  PutIntegration: [PutIntegrationCommandInput, PutIntegrationCommandOutput]
  PutIntegrationResponse: [PutIntegrationResponseCommandInput, PutIntegrationResponseCommandOutput]
  PutMethod: [PutMethodCommandInput, PutMethodCommandOutput]
  PutMethodResponse: [PutMethodResponseCommandInput, PutMethodResponseCommandOutput]
  PutRestApi: [PutRestApiCommandInput, PutRestApiCommandOutput]
  RejectDomainNameAccessAssociation: [RejectDomainNameAccessAssociationCommandInput, RejectDomainNameAccessAssociationCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  TestInvokeAuthorizer: [TestInvokeAuthorizerCommandInput, TestInvokeAuthorizerCommandOutput]
  TestInvokeMethod: [TestInvokeMethodCommandInput, TestInvokeMethodCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdateAccount: [UpdateAccountCommandInput, UpdateAccountCommandOutput]
  UpdateApiKey: [UpdateApiKeyCommandInput, UpdateApiKeyCommandOutput]
  UpdateAuthorizer: [UpdateAuthorizerCommandInput, UpdateAuthorizerCommandOutput]
  UpdateBasePathMapping: [UpdateBasePathMappingCommandInput, UpdateBasePathMappingCommandOutput]
  UpdateClientCertificate: [UpdateClientCertificateCommandInput, UpdateClientCertificateCommandOutput]
  UpdateDeployment: [UpdateDeploymentCommandInput, UpdateDeploymentCommandOutput]
  UpdateDocumentationPart: [UpdateDocumentationPartCommandInput, UpdateDocumentationPartCommandOutput]
  UpdateDocumentationVersion: [UpdateDocumentationVersionCommandInput, UpdateDocumentationVersionCommandOutput]
  UpdateDomainName: [UpdateDomainNameCommandInput, UpdateDomainNameCommandOutput]
  UpdateGatewayResponse: [UpdateGatewayResponseCommandInput, UpdateGatewayResponseCommandOutput]
  UpdateIntegration: [UpdateIntegrationCommandInput, UpdateIntegrationCommandOutput]
  UpdateIntegrationResponse: [UpdateIntegrationResponseCommandInput, UpdateIntegrationResponseCommandOutput]
  UpdateMethod: [UpdateMethodCommandInput, UpdateMethodCommandOutput]
  UpdateMethodResponse: [UpdateMethodResponseCommandInput, UpdateMethodResponseCommandOutput]
  UpdateModel: [UpdateModelCommandInput, UpdateModelCommandOutput]
  UpdateRequestValidator: [UpdateRequestValidatorCommandInput, UpdateRequestValidatorCommandOutput]
  UpdateResource: [UpdateResourceCommandInput, UpdateResourceCommandOutput]
  UpdateRestApi: [UpdateRestApiCommandInput, UpdateRestApiCommandOutput]
  UpdateStage: [UpdateStageCommandInput, UpdateStageCommandOutput]
  UpdateUsage: [UpdateUsageCommandInput, UpdateUsageCommandOutput]
  UpdateUsagePlan: [UpdateUsagePlanCommandInput, UpdateUsagePlanCommandOutput]
  UpdateVpcLink: [UpdateVpcLinkCommandInput, UpdateVpcLinkCommandOutput]
}
