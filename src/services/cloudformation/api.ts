// Written by `npm run models`; do not edit.
import type {
  ActivateOrganizationsAccessCommandInput,
  ActivateOrganizationsAccessCommandOutput,
  ActivateTypeCommandInput,
  ActivateTypeCommandOutput,
  BatchDescribeTypeConfigurationsCommandInput,
  BatchDescribeTypeConfigurationsCommandOutput,
  CancelUpdateStackCommandInput,
  CancelUpdateStackCommandOutput,
  ContinueUpdateRollbackCommandInput,
  ContinueUpdateRollbackCommandOutput,
  CreateChangeSetCommandInput,
  CreateChangeSetCommandOutput,
  CreateGeneratedTemplateCommandInput,
  CreateGeneratedTemplateCommandOutput,
  CreateStackCommandInput,
  CreateStackCommandOutput,
  CreateStackInstancesCommandInput,
  CreateStackInstancesCommandOutput,
  CreateStackRefactorCommandInput,
  CreateStackRefactorCommandOutput,
  CreateStackSetCommandInput,
  CreateStackSetCommandOutput,
  DeactivateOrganizationsAccessCommandInput,
  DeactivateOrganizationsAccessCommandOutput,
  DeactivateTypeCommandInput,
  DeactivateTypeCommandOutput,
  DeleteChangeSetCommandInput,
  DeleteChangeSetCommandOutput,
  DeleteGeneratedTemplateCommandInput,
  DeleteGeneratedTemplateCommandOutput,
  DeleteStackCommandInput,
  DeleteStackCommandOutput,
  DeleteStackInstancesCommandInput,
  DeleteStackInstancesCommandOutput,
  DeleteStackSetCommandInput,
  DeleteStackSetCommandOutput,
  DeregisterTypeCommandInput,
  DeregisterTypeCommandOutput,
  DescribeAccountLimitsCommandInput,
  DescribeAccountLimitsCommandOutput,
  DescribeChangeSetCommandInput,
  DescribeChangeSetCommandOutput,
  DescribeChangeSetHooksCommandInput,
  DescribeChangeSetHooksCommandOutput,
  DescribeEventsCommandInput,
  DescribeEventsCommandOutput,
  DescribeGeneratedTemplateCommandInput,
  DescribeGeneratedTemplateCommandOutput,
  DescribeOrganizationsAccessCommandInput,
  DescribeOrganizationsAccessCommandOutput,
  DescribePublisherCommandInput,
  DescribePublisherCommandOutput,
  DescribeResourceScanCommandInput,
  DescribeResourceScanCommandOutput,
  DescribeStackDriftDetectionStatusCommandInput,
  DescribeStackDriftDetectionStatusCommandOutput,
  DescribeStackEventsCommandInput,
  DescribeStackEventsCommandOutput,
  DescribeStackInstanceCommandInput,
  DescribeStackInstanceCommandOutput,
  DescribeStackRefactorCommandInput,
  DescribeStackRefactorCommandOutput,
  DescribeStackResourceCommandInput,
  DescribeStackResourceCommandOutput,
  DescribeStackResourceDriftsCommandInput,
  DescribeStackResourceDriftsCommandOutput,
  DescribeStackResourcesCommandInput,
  DescribeStackResourcesCommandOutput,
  DescribeStackSetCommandInput,
  DescribeStackSetCommandOutput,
  DescribeStackSetOperationCommandInput,
  DescribeStackSetOperationCommandOutput,
  DescribeStacksCommandInput,
  DescribeStacksCommandOutput,
  DescribeTypeCommandInput,
  DescribeTypeCommandOutput,
  DescribeTypeRegistrationCommandInput,
  DescribeTypeRegistrationCommandOutput,
  DetectStackDriftCommandInput,
  DetectStackDriftCommandOutput,
  DetectStackResourceDriftCommandInput,
  DetectStackResourceDriftCommandOutput,
  DetectStackSetDriftCommandInput,
  DetectStackSetDriftCommandOutput,
  EstimateTemplateCostCommandInput,
  EstimateTemplateCostCommandOutput,
  ExecuteChangeSetCommandInput,
  ExecuteChangeSetCommandOutput,
  ExecuteStackRefactorCommandInput,
  ExecuteStackRefactorCommandOutput,
  GetGeneratedTemplateCommandInput,
  GetGeneratedTemplateCommandOutput,
  GetHookResultCommandInput,
  GetHookResultCommandOutput,
  GetStackPolicyCommandInput,
  GetStackPolicyCommandOutput,
  GetTemplateCommandInput,
  GetTemplateCommandOutput,
  GetTemplateSummaryCommandInput,
  GetTemplateSummaryCommandOutput,
  ImportStacksToStackSetCommandInput,
  ImportStacksToStackSetCommandOutput,
  ListChangeSetsCommandInput,
  ListChangeSetsCommandOutput,
  ListExportsCommandInput,
  ListExportsCommandOutput,
  ListGeneratedTemplatesCommandInput,
  ListGeneratedTemplatesCommandOutput,
  ListHookResultsCommandInput,
  ListHookResultsCommandOutput,
  ListImportsCommandInput,
  ListImportsCommandOutput,
  ListResourceScanRelatedResourcesCommandInput,
  ListResourceScanRelatedResourcesCommandOutput,
  ListResourceScanResourcesCommandInput,
  ListResourceScanResourcesCommandOutput,
  ListResourceScansCommandInput,
  ListResourceScansCommandOutput,
  ListStackInstanceResourceDriftsCommandInput,
  ListStackInstanceResourceDriftsCommandOutput,
  ListStackInstancesCommandInput,
  ListStackInstancesCommandOutput,
  ListStackRefactorActionsCommandInput,
  ListStackRefactorActionsCommandOutput,
  ListStackRefactorsCommandInput,
  ListStackRefactorsCommandOutput,
  ListStackResourcesCommandInput,
  ListStackResourcesCommandOutput,
  ListStackSetAutoDeploymentTargetsCommandInput,
  ListStackSetAutoDeploymentTargetsCommandOutput,
  ListStackSetOperationResultsCommandInput,
  ListStackSetOperationResultsCommandOutput,
  ListStackSetOperationsCommandInput,
  ListStackSetOperationsCommandOutput,
  ListStackSetsCommandInput,
  ListStackSetsCommandOutput,
  ListStacksCommandInput,
  ListStacksCommandOutput,
  ListTypeRegistrationsCommandInput,
  ListTypeRegistrationsCommandOutput,
  ListTypeVersionsCommandInput,
  ListTypeVersionsCommandOutput,
  ListTypesCommandInput,
  ListTypesCommandOutput,
  PublishTypeCommandInput,
  PublishTypeCommandOutput,
  RecordHandlerProgressCommandInput,
  RecordHandlerProgressCommandOutput,
  RegisterPublisherCommandInput,
  RegisterPublisherCommandOutput,
  RegisterTypeCommandInput,
  RegisterTypeCommandOutput,
  RemoveAliasCommandInput,
  RemoveAliasCommandOutput,
  RollbackStackCommandInput,
  RollbackStackCommandOutput,
  SetAliasCommandInput,
  SetAliasCommandOutput,
  SetStackPolicyCommandInput,
  SetStackPolicyCommandOutput,
  SetTypeConfigurationCommandInput,
  SetTypeConfigurationCommandOutput,
  SetTypeDefaultVersionCommandInput,
  SetTypeDefaultVersionCommandOutput,
  SignalResourceCommandInput,
  SignalResourceCommandOutput,
  StartResourceScanCommandInput,
  StartResourceScanCommandOutput,
  StopStackSetOperationCommandInput,
  StopStackSetOperationCommandOutput,
  TestTypeCommandInput,
  TestTypeCommandOutput,
  UpdateGeneratedTemplateCommandInput,
  UpdateGeneratedTemplateCommandOutput,
  UpdateStackCommandInput,
  UpdateStackCommandOutput,
  UpdateStackInstancesCommandInput,
  UpdateStackInstancesCommandOutput,
  UpdateStackSetCommandInput,
  UpdateStackSetCommandOutput,
  UpdateTerminationProtectionCommandInput,
  UpdateTerminationProtectionCommandOutput,
  ValidateTemplateCommandInput,
  ValidateTemplateCommandOutput,
} from '@aws-sdk/client-cloudformation'

/** Every operation of CloudFormation, as the SDK types it. */
export type Api = {
  ActivateOrganizationsAccess: [ActivateOrganizationsAccessCommandInput, ActivateOrganizationsAccessCommandOutput]
  ActivateType: [ActivateTypeCommandInput, ActivateTypeCommandOutput]
  BatchDescribeTypeConfigurations: [BatchDescribeTypeConfigurationsCommandInput, BatchDescribeTypeConfigurationsCommandOutput]
  CancelUpdateStack: [CancelUpdateStackCommandInput, CancelUpdateStackCommandOutput]
  ContinueUpdateRollback: [ContinueUpdateRollbackCommandInput, ContinueUpdateRollbackCommandOutput]
  CreateChangeSet: [CreateChangeSetCommandInput, CreateChangeSetCommandOutput]
  CreateGeneratedTemplate: [CreateGeneratedTemplateCommandInput, CreateGeneratedTemplateCommandOutput]
  CreateStack: [CreateStackCommandInput, CreateStackCommandOutput]
  CreateStackInstances: [CreateStackInstancesCommandInput, CreateStackInstancesCommandOutput]
  CreateStackRefactor: [CreateStackRefactorCommandInput, CreateStackRefactorCommandOutput]
  CreateStackSet: [CreateStackSetCommandInput, CreateStackSetCommandOutput]
  DeactivateOrganizationsAccess: [DeactivateOrganizationsAccessCommandInput, DeactivateOrganizationsAccessCommandOutput]
  DeactivateType: [DeactivateTypeCommandInput, DeactivateTypeCommandOutput]
  DeleteChangeSet: [DeleteChangeSetCommandInput, DeleteChangeSetCommandOutput]
  DeleteGeneratedTemplate: [DeleteGeneratedTemplateCommandInput, DeleteGeneratedTemplateCommandOutput]
  DeleteStack: [DeleteStackCommandInput, DeleteStackCommandOutput]
  DeleteStackInstances: [DeleteStackInstancesCommandInput, DeleteStackInstancesCommandOutput]
  DeleteStackSet: [DeleteStackSetCommandInput, DeleteStackSetCommandOutput]
  DeregisterType: [DeregisterTypeCommandInput, DeregisterTypeCommandOutput]
  DescribeAccountLimits: [DescribeAccountLimitsCommandInput, DescribeAccountLimitsCommandOutput]
  DescribeChangeSet: [DescribeChangeSetCommandInput, DescribeChangeSetCommandOutput]
  DescribeChangeSetHooks: [DescribeChangeSetHooksCommandInput, DescribeChangeSetHooksCommandOutput]
  DescribeEvents: [DescribeEventsCommandInput, DescribeEventsCommandOutput]
  DescribeGeneratedTemplate: [DescribeGeneratedTemplateCommandInput, DescribeGeneratedTemplateCommandOutput]
  DescribeOrganizationsAccess: [DescribeOrganizationsAccessCommandInput, DescribeOrganizationsAccessCommandOutput]
  DescribePublisher: [DescribePublisherCommandInput, DescribePublisherCommandOutput]
  DescribeResourceScan: [DescribeResourceScanCommandInput, DescribeResourceScanCommandOutput]
  DescribeStackDriftDetectionStatus: [DescribeStackDriftDetectionStatusCommandInput, DescribeStackDriftDetectionStatusCommandOutput]
  DescribeStackEvents: [DescribeStackEventsCommandInput, DescribeStackEventsCommandOutput]
  DescribeStackInstance: [DescribeStackInstanceCommandInput, DescribeStackInstanceCommandOutput]
  DescribeStackRefactor: [DescribeStackRefactorCommandInput, DescribeStackRefactorCommandOutput]
  DescribeStackResource: [DescribeStackResourceCommandInput, DescribeStackResourceCommandOutput]
  DescribeStackResourceDrifts: [DescribeStackResourceDriftsCommandInput, DescribeStackResourceDriftsCommandOutput]
  DescribeStackResources: [DescribeStackResourcesCommandInput, DescribeStackResourcesCommandOutput]
  DescribeStackSet: [DescribeStackSetCommandInput, DescribeStackSetCommandOutput]
  DescribeStackSetOperation: [DescribeStackSetOperationCommandInput, DescribeStackSetOperationCommandOutput]
  DescribeStacks: [DescribeStacksCommandInput, DescribeStacksCommandOutput]
  DescribeType: [DescribeTypeCommandInput, DescribeTypeCommandOutput]
  DescribeTypeRegistration: [DescribeTypeRegistrationCommandInput, DescribeTypeRegistrationCommandOutput]
  DetectStackDrift: [DetectStackDriftCommandInput, DetectStackDriftCommandOutput]
  DetectStackResourceDrift: [DetectStackResourceDriftCommandInput, DetectStackResourceDriftCommandOutput]
  DetectStackSetDrift: [DetectStackSetDriftCommandInput, DetectStackSetDriftCommandOutput]
  EstimateTemplateCost: [EstimateTemplateCostCommandInput, EstimateTemplateCostCommandOutput]
  ExecuteChangeSet: [ExecuteChangeSetCommandInput, ExecuteChangeSetCommandOutput]
  ExecuteStackRefactor: [ExecuteStackRefactorCommandInput, ExecuteStackRefactorCommandOutput]
  GetGeneratedTemplate: [GetGeneratedTemplateCommandInput, GetGeneratedTemplateCommandOutput]
  GetHookResult: [GetHookResultCommandInput, GetHookResultCommandOutput]
  GetStackPolicy: [GetStackPolicyCommandInput, GetStackPolicyCommandOutput]
  GetTemplate: [GetTemplateCommandInput, GetTemplateCommandOutput]
  GetTemplateSummary: [GetTemplateSummaryCommandInput, GetTemplateSummaryCommandOutput]
  ImportStacksToStackSet: [ImportStacksToStackSetCommandInput, ImportStacksToStackSetCommandOutput]
  ListChangeSets: [ListChangeSetsCommandInput, ListChangeSetsCommandOutput]
  ListExports: [ListExportsCommandInput, ListExportsCommandOutput]
  ListGeneratedTemplates: [ListGeneratedTemplatesCommandInput, ListGeneratedTemplatesCommandOutput]
  ListHookResults: [ListHookResultsCommandInput, ListHookResultsCommandOutput]
  ListImports: [ListImportsCommandInput, ListImportsCommandOutput]
  ListResourceScanRelatedResources: [ListResourceScanRelatedResourcesCommandInput, ListResourceScanRelatedResourcesCommandOutput]
  ListResourceScanResources: [ListResourceScanResourcesCommandInput, ListResourceScanResourcesCommandOutput]
  ListResourceScans: [ListResourceScansCommandInput, ListResourceScansCommandOutput]
  ListStackInstanceResourceDrifts: [ListStackInstanceResourceDriftsCommandInput, ListStackInstanceResourceDriftsCommandOutput]
  ListStackInstances: [ListStackInstancesCommandInput, ListStackInstancesCommandOutput]
  ListStackRefactorActions: [ListStackRefactorActionsCommandInput, ListStackRefactorActionsCommandOutput]
  ListStackRefactors: [ListStackRefactorsCommandInput, ListStackRefactorsCommandOutput]
  ListStackResources: [ListStackResourcesCommandInput, ListStackResourcesCommandOutput]
  ListStackSetAutoDeploymentTargets: [ListStackSetAutoDeploymentTargetsCommandInput, ListStackSetAutoDeploymentTargetsCommandOutput]
  ListStackSetOperationResults: [ListStackSetOperationResultsCommandInput, ListStackSetOperationResultsCommandOutput]
  ListStackSetOperations: [ListStackSetOperationsCommandInput, ListStackSetOperationsCommandOutput]
  ListStackSets: [ListStackSetsCommandInput, ListStackSetsCommandOutput]
  ListStacks: [ListStacksCommandInput, ListStacksCommandOutput]
  ListTypeRegistrations: [ListTypeRegistrationsCommandInput, ListTypeRegistrationsCommandOutput]
  ListTypeVersions: [ListTypeVersionsCommandInput, ListTypeVersionsCommandOutput]
  ListTypes: [ListTypesCommandInput, ListTypesCommandOutput]
  PublishType: [PublishTypeCommandInput, PublishTypeCommandOutput]
  RecordHandlerProgress: [RecordHandlerProgressCommandInput, RecordHandlerProgressCommandOutput]
  RegisterPublisher: [RegisterPublisherCommandInput, RegisterPublisherCommandOutput]
  RegisterType: [RegisterTypeCommandInput, RegisterTypeCommandOutput]
  RemoveAlias: [RemoveAliasCommandInput, RemoveAliasCommandOutput]
  RollbackStack: [RollbackStackCommandInput, RollbackStackCommandOutput]
  SetAlias: [SetAliasCommandInput, SetAliasCommandOutput]
  SetStackPolicy: [SetStackPolicyCommandInput, SetStackPolicyCommandOutput]
  SetTypeConfiguration: [SetTypeConfigurationCommandInput, SetTypeConfigurationCommandOutput]
  SetTypeDefaultVersion: [SetTypeDefaultVersionCommandInput, SetTypeDefaultVersionCommandOutput]
  SignalResource: [SignalResourceCommandInput, SignalResourceCommandOutput]
  StartResourceScan: [StartResourceScanCommandInput, StartResourceScanCommandOutput]
  StopStackSetOperation: [StopStackSetOperationCommandInput, StopStackSetOperationCommandOutput]
  TestType: [TestTypeCommandInput, TestTypeCommandOutput]
  UpdateGeneratedTemplate: [UpdateGeneratedTemplateCommandInput, UpdateGeneratedTemplateCommandOutput]
  UpdateStack: [UpdateStackCommandInput, UpdateStackCommandOutput]
  UpdateStackInstances: [UpdateStackInstancesCommandInput, UpdateStackInstancesCommandOutput]
  UpdateStackSet: [UpdateStackSetCommandInput, UpdateStackSetCommandOutput]
  UpdateTerminationProtection: [UpdateTerminationProtectionCommandInput, UpdateTerminationProtectionCommandOutput]
  ValidateTemplate: [ValidateTemplateCommandInput, ValidateTemplateCommandOutput]
}
