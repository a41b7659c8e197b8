// Written by `npm run models`; do not edit.
import type {
  AssociateKmsKeyCommandInput,
  AssociateKmsKeyCommandOutput,
  AssociateSourceToS3TableIntegrationCommandInput,
  AssociateSourceToS3TableIntegrationCommandOutput,
  CancelExportTaskCommandInput,
  CancelExportTaskCommandOutput,
  CancelImportTaskCommandInput,
  CancelImportTaskCommandOutput,
  CreateDeliveryCommandInput,
  CreateDeliveryCommandOutput,
  CreateExportTaskCommandInput,
  CreateExportTaskCommandOutput,
  CreateImportTaskCommandInput,
  CreateImportTaskCommandOutput,
  CreateLogAnomalyDetectorCommandInput,
  CreateLogAnomalyDetectorCommandOutput,
  CreateLogGroupCommandInput,
  CreateLogGroupCommandOutput,
  CreateLogStreamCommandInput,
  CreateLogStreamCommandOutput,
  CreateLookupTableCommandInput,
  CreateLookupTableCommandOutput,
  CreateScheduledQueryCommandInput,
  CreateScheduledQueryCommandOutput,
  DeleteAccountPolicyCommandInput,
  DeleteAccountPolicyCommandOutput,
  DeleteDataProtectionPolicyCommandInput,
  DeleteDataProtectionPolicyCommandOutput,
  DeleteDeliveryCommandInput,
  DeleteDeliveryCommandOutput,
  DeleteDeliveryDestinationCommandInput,
  DeleteDeliveryDestinationCommandOutput,
  DeleteDeliveryDestinationPolicyCommandInput,
  DeleteDeliveryDestinationPolicyCommandOutput,
  DeleteDeliverySourceCommandInput,
  DeleteDeliverySourceCommandOutput,
  DeleteDestinationCommandInput,
  DeleteDestinationCommandOutput,
  DeleteIndexPolicyCommandInput,
  DeleteIndexPolicyCommandOutput,
  DeleteIntegrationCommandInput,
  DeleteIntegrationCommandOutput,
  DeleteLogAnomalyDetectorCommandInput,
  DeleteLogAnomalyDetectorCommandOutput,
  DeleteLogGroupCommandInput,
  DeleteLogGroupCommandOutput,
  DeleteLogStreamCommandInput,
  DeleteLogStreamCommandOutput,
  DeleteLookupTableCommandInput,
  DeleteLookupTableCommandOutput,
  DeleteMetricFilterCommandInput,
  DeleteMetricFilterCommandOutput,
  DeleteQueryDefinitionCommandInput,
  DeleteQueryDefinitionCommandOutput,
  DeleteResourcePolicyCommandInput,
  DeleteResourcePolicyCommandOutput,
  DeleteRetentionPolicyCommandInput,
  DeleteRetentionPolicyCommandOutput,
  DeleteScheduledQueryCommandInput,
  DeleteScheduledQueryCommandOutput,
  DeleteSubscriptionFilterCommandInput,
  DeleteSubscriptionFilterCommandOutput,
  DeleteSyslogConfigurationCommandInput,
  DeleteSyslogConfigurationCommandOutput,
  DeleteTransformerCommandInput,
  DeleteTransformerCommandOutput,
  DescribeAccountPoliciesCommandInput,
  DescribeAccountPoliciesCommandOutput,
  DescribeConfigurationTemplatesCommandInput,
  DescribeConfigurationTemplatesCommandOutput,
  DescribeDeliveriesCommandInput,
  DescribeDeliveriesCommandOutput,
  DescribeDeliveryDestinationsCommandInput,
  DescribeDeliveryDestinationsCommandOutput,
  DescribeDeliverySourcesCommandInput,
  DescribeDeliverySourcesCommandOutput,
  DescribeDestinationsCommandInput,
  DescribeDestinationsCommandOutput,
  DescribeExportTasksCommandInput,
  DescribeExportTasksCommandOutput,
  DescribeFieldIndexesCommandInput,
  DescribeFieldIndexesCommandOutput,
  DescribeImportTaskBatchesCommandInput,
  DescribeImportTaskBatchesCommandOutput,
  DescribeImportTasksCommandInput,
  DescribeImportTasksCommandOutput,
  DescribeIndexPoliciesCommandInput,
  DescribeIndexPoliciesCommandOutput,
  DescribeLogGroupsCommandInput,
  DescribeLogGroupsCommandOutput,
  DescribeLogStreamsCommandInput,
  DescribeLogStreamsCommandOutput,
  DescribeLookupTablesCommandInput,
  DescribeLookupTablesCommandOutput,
  DescribeMetricFiltersCommandInput,
  DescribeMetricFiltersCommandOutput,
  DescribeQueriesCommandInput,
  DescribeQueriesCommandOutput,
  DescribeQueryDefinitionsCommandInput,
  DescribeQueryDefinitionsCommandOutput,
  DescribeResourcePoliciesCommandInput,
  DescribeResourcePoliciesCommandOutput,
  DescribeSubscriptionFiltersCommandInput,
  DescribeSubscriptionFiltersCommandOutput,
  DisassociateKmsKeyCommandInput,
  DisassociateKmsKeyCommandOutput,
  DisassociateSourceFromS3TableIntegrationCommandInput,
  DisassociateSourceFromS3TableIntegrationCommandOutput,
  FilterLogEventsCommandInput,
  FilterLogEventsCommandOutput,
  GetDataProtectionPolicyCommandInput,
  GetDataProtectionPolicyCommandOutput,
  GetDeliveryCommandInput,
  GetDeliveryCommandOutput,
  GetDeliveryDestinationCommandInput,
  GetDeliveryDestinationCommandOutput,
  GetDeliveryDestinationPolicyCommandInput,
  GetDeliveryDestinationPolicyCommandOutput,
  GetDeliverySourceCommandInput,
  GetDeliverySourceCommandOutput,
  GetIntegrationCommandInput,
  GetIntegrationCommandOutput,
  GetLogAnomalyDetectorCommandInput,
  GetLogAnomalyDetectorCommandOutput,
  GetLogEventsCommandInput,
  GetLogEventsCommandOutput,
  GetLogFieldsCommandInput,
  GetLogFieldsCommandOutput,
  GetLogGroupFieldsCommandInput,
  GetLogGroupFieldsCommandOutput,
  GetLogObjectCommandInput,
  GetLogObjectCommandOutput,
  GetLogRecordCommandInput,
  GetLogRecordCommandOutput,
  GetLookupTableCommandInput,
  GetLookupTableCommandOutput,
  GetQueryResultsCommandInput,
  GetQueryResultsCommandOutput,
  GetScheduledQueryCommandInput,
  GetScheduledQueryCommandOutput,
  GetScheduledQueryHistoryCommandInput,
  GetScheduledQueryHistoryCommandOutput,
  GetStorageTierPolicyCommandInput,
  GetStorageTierPolicyCommandOutput,
  GetTransformerCommandInput,
  GetTransformerCommandOutput,
  ListAggregateLogGroupSummariesCommandInput,
  ListAggregateLogGroupSummariesCommandOutput,
  ListAnomaliesCommandInput,
  ListAnomaliesCommandOutput,
  ListIntegrationsCommandInput,
  ListIntegrationsCommandOutput,
  ListLogAnomalyDetectorsCommandInput,
  ListLogAnomalyDetectorsCommandOutput,
  ListLogGroupsCommandInput,
  ListLogGroupsCommandOutput,
  ListLogGroupsForQueryCommandInput,
  ListLogGroupsForQueryCommandOutput,
  ListScheduledQueriesCommandInput,
  ListScheduledQueriesCommandOutput,
  ListSourcesForS3TableIntegrationCommandInput,
  ListSourcesForS3TableIntegrationCommandOutput,
  ListSyslogConfigurationsCommandInput,
  ListSyslogConfigurationsCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  ListTagsLogGroupCommandInput,
  ListTagsLogGroupCommandOutput,
  PutAccountPolicyCommandInput,
  PutAccountPolicyCommandOutput,
  PutBearerTokenAuthenticationCommandInput,
  PutBearerTokenAuthenticationCommandOutput,
  PutDataProtectionPolicyCommandInput,
  PutDataProtectionPolicyCommandOutput,
  PutDeliveryDestinationCommandInput,
  PutDeliveryDestinationCommandOutput,
  PutDeliveryDestinationPolicyCommandInput,
  PutDeliveryDestinationPolicyCommandOutput,
  PutDeliverySourceCommandInput,
  PutDeliverySourceCommandOutput,
  PutDestinationCommandInput,
  PutDestinationCommandOutput,
  PutDestinationPolicyCommandInput,
  PutDestinationPolicyCommandOutput,
  PutIndexPolicyCommandInput,
  PutIndexPolicyCommandOutput,
  PutIntegrationCommandInput,
  PutIntegrationCommandOutput,
  PutLogEventsCommandInput,
  PutLogEventsCommandOutput,
  PutLogGroupDeletionProtectionCommandInput,
  PutLogGroupDeletionProtectionCommandOutput,
  PutMetricFilterCommandInput,
  PutMetricFilterCommandOutput,
  PutQueryDefinitionCommandInput,
  PutQueryDefinitionCommandOutput,
  PutResourcePolicyCommandInput,
  PutResourcePolicyCommandOutput,
  PutRetentionPolicyCommandInput,
  PutRetentionPolicyCommandOutput,
  PutStorageTierPolicyCommandInput,
  PutStorageTierPolicyCommandOutput,
  PutSubscriptionFilterCommandInput,
  PutSubscriptionFilterCommandOutput,
  PutSyslogConfigurationCommandInput,
  PutSyslogConfigurationCommandOutput,
  PutTransformerCommandInput,
  PutTransformerCommandOutput,
  StartLiveTailCommandInput,
  StartLiveTailCommandOutput,
  StartQueryCommandInput,
  StartQueryCommandOutput,
  StopQueryCommandInput,
  StopQueryCommandOutput,
  TagLogGroupCommandInput,
  TagLogGroupCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  TestMetricFilterCommandInput,
  TestMetricFilterCommandOutput,
  TestTransformerCommandInput,
  TestTransformerCommandOutput,
  UntagLogGroupCommandInput,
  UntagLogGroupCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateAnomalyCommandInput,
  UpdateAnomalyCommandOutput,
  UpdateDeliveryConfigurationCommandInput,
  UpdateDeliveryConfigurationCommandOutput,
  UpdateLogAnomalyDetectorCommandInput,
  UpdateLogAnomalyDetectorCommandOutput,
  UpdateLookupTableCommandInput,
  UpdateLookupTableCommandOutput,
  UpdateScheduledQueryCommandInput,
  UpdateScheduledQueryCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs'

/** Every operation of CloudWatch Logs, as the SDK types it. */
export type Api = {
  AssociateKmsKey: [AssociateKmsKeyCommandInput, AssociateKmsKeyCommandOutput]
  AssociateSourceToS3TableIntegration: [AssociateSourceToS3TableIntegrationCommandInput, AssociateSourceToS3TableIntegrationCommandOutput]
  CancelExportTask: [CancelExportTaskCommandInput, CancelExportTaskCommandOutput]
  CancelImportTask: [CancelImportTaskCommandInput, CancelImportTaskCommandOutput]
  CreateDelivery: [CreateDeliveryCommandInput, CreateDeliveryCommandOutput]
  CreateExportTask: [CreateExportTaskCommandInput, CreateExportTaskCommandOutput]
  CreateImportTask: [CreateImportTaskCommandInput, CreateImportTaskCommandOutput]
  CreateLogAnomalyDetector: [CreateLogAnomalyDetectorCommandInput, CreateLogAnomalyDetectorCommandOutput]
  CreateLogGroup: [CreateLogGroupCommandInput, CreateLogGroupCommandOutput]
  CreateLogStream: [CreateLogStreamCommandInput, CreateLogStreamCommandOutput]
  CreateLookupTable: [CreateLookupTableCommandInput, CreateLookupTableCommandOutput]
  CreateScheduledQuery: [CreateScheduledQueryCommandInput, CreateScheduledQueryCommandOutput]
  DeleteAccountPolicy: [DeleteAccountPolicyCommandInput, DeleteAccountPolicyCommandOutput]
  DeleteDataProtectionPolicy: [DeleteDataProtectionPolicyCommandInput, DeleteDataProtectionPolicyCommandOutput]
  DeleteDelivery: [DeleteDeliveryCommandInput, DeleteDeliveryCommandOutput]
  DeleteDeliveryDestination: [DeleteDeliveryDestinationCommandInput, DeleteDeliveryDestinationCommandOutput]
  DeleteDeliveryDestinationPolicy: [DeleteDeliveryDestinationPolicyCommandInput, DeleteDeliveryDestinationPolicyCommandOutput]
  DeleteDeliverySource: [DeleteDeliverySourceCommandInput, DeleteDeliverySourceCommandOutput]
  DeleteDestination: [DeleteDestinationCommandInput, DeleteDestinationCommandOutput]
  DeleteIndexPolicy: [DeleteIndexPolicyCommandInput, DeleteIndexPolicyCommandOutput]
  DeleteIntegration: [DeleteIntegrationCommandInput, DeleteIntegrationCommandOutput]
  DeleteLogAnomalyDetector: [DeleteLogAnomalyDetectorCommandInput, DeleteLogAnomalyDetectorCommandOutput]
  DeleteLogGroup: [DeleteLogGroupCommandInput, DeleteLogGroupCommandOutput]
  DeleteLogStream: [DeleteLogStreamCommandInput, DeleteLogStreamCommandOutput]
  DeleteLookupTable: [DeleteLookupTableCommandInput, DeleteLookupTableCommandOutput]
  DeleteMetricFilter: [DeleteMetricFilterCommandInput, DeleteMetricFilterCommandOutput]
  DeleteQueryDefinition: [DeleteQueryDefinitionCommandInput, DeleteQueryDefinitionCommandOutput]
  DeleteResourcePolicy: [DeleteResourcePolicyCommandInput, DeleteResourcePolicyCommandOutput]
  DeleteRetentionPolicy: [DeleteRetentionPolicyCommandInput, DeleteRetentionPolicyCommandOutput]
  DeleteScheduledQuery: [DeleteScheduledQueryCommandInput, DeleteScheduledQueryCommandOutput]
  DeleteSubscriptionFilter: [DeleteSubscriptionFilterCommandInput, DeleteSubscriptionFilterCommandOutput]
  DeleteSyslogConfiguration: [DeleteSyslogConfigurationCommandInput, DeleteSyslogConfigurationCommandOutput]
  DeleteTransformer: [DeleteTransformerCommandInput, DeleteTransformerCommandOutput]
  DescribeAccountPolicies: [DescribeAccountPoliciesCommandInput, DescribeAccountPoliciesCommandOutput]
  DescribeConfigurationTemplates: [DescribeConfigurationTemplatesCommandInput, DescribeConfigurationTemplatesCommandOutput]
  DescribeDeliveries: [DescribeDeliveriesCommandInput, DescribeDeliveriesCommandOutput]
  DescribeDeliveryDestinations: [DescribeDeliveryDestinationsCommandInput, DescribeDeliveryDestinationsCommandOutput]
  DescribeDeliverySources: [DescribeDeliverySourcesCommandInput, DescribeDeliverySourcesCommandOutput]
  DescribeDestinations: [DescribeDestinationsCommandInput, DescribeDestinationsCommandOutput]
  DescribeExportTasks: [DescribeExportTasksCommandInput, DescribeExportTasksCommandOutput]
  DescribeFieldIndexes: [DescribeFieldIndexesCommandInput, DescribeFieldIndexesCommandOutput]
  DescribeImportTaskBatches: [DescribeImportTaskBatchesCommandInput, DescribeImportTaskBatchesCommandOutput]
  DescribeImportTasks: [DescribeImportTasksCommandInput, DescribeImportTasksCommandOutput]
  DescribeIndexPolicies: [DescribeIndexPoliciesCommandInput, DescribeIndexPoliciesCommandOutput]
  DescribeLogGroups: [DescribeLogGroupsCommandInput, DescribeLogGroupsCommandOutput]
  DescribeLogStreams: [DescribeLogStreamsCommandInput, DescribeLogStreamsCommandOutput]
  DescribeLookupTables: [DescribeLookupTablesCommandInput, DescribeLookupTablesCommandOutput]
  DescribeMetricFilters: [DescribeMetricFiltersCommandInput, DescribeMetricFiltersCommandOutput]
  DescribeQueries: [DescribeQueriesCommandInput, DescribeQueriesCommandOutput]
  DescribeQueryDefinitions: [DescribeQueryDefinitionsCommandInput, DescribeQueryDefinitionsCommandOutput]
  DescribeResourcePolicies: [DescribeResourcePoliciesCommandInput, DescribeResourcePoliciesCommandOutput]
  DescribeSubscriptionFilters: [DescribeSubscriptionFiltersCommandInput, DescribeSubscriptionFiltersCommandOutput]
  DisassociateKmsKey: [DisassociateKmsKeyCommandInput, DisassociateKmsKeyCommandOutput]
  DisassociateSourceFromS3TableIntegration: [DisassociateSourceFromS3TableIntegrationCommandInput, DisassociateSourceFromS3TableIntegrationCommandOutput]
  FilterLogEvents: [FilterLogEventsCommandInput, FilterLogEventsCommandOutput]
  GetDataProtectionPolicy: [GetDataProtectionPolicyCommandInput, GetDataProtectionPolicyCommandOutput]
  GetDelivery: [GetDeliveryCommandInput, GetDeliveryCommandOutput]
  GetDeliveryDestination: [GetDeliveryDestinationCommandInput, GetDeliveryDestinationCommandOutput]
  GetDeliveryDestinationPolicy: [GetDeliveryDestinationPolicyCommandInput, GetDeliveryDestinationPolicyCommandOutput]
  GetDeliverySource: [GetDeliverySourceCommandInput, GetDeliverySourceCommandOutput]
  GetIntegration: [GetIntegrationCommandInput, GetIntegrationCommandOutput]
  GetLogAnomalyDetector: [GetLogAnomalyDetectorCommandInput, GetLogAnomalyDetectorCommandOutput]
  GetLogEvents: [GetLogEventsCommandInput, GetLogEventsCommandOutput]
  GetLogFields: [GetLogFieldsCommandInput, GetLogFieldsCommandOutput]
  GetLogGroupFields: [GetLogGroupFieldsCommandInput, GetLogGroupFieldsCommandOutput]
  GetLogObject: [GetLogObjectCommandInput, GetLogObjectCommandOutput]
  GetLogRecord: [GetLogRecordCommandInput, GetLogRecordCommandOutput]
  GetLookupTable: [GetLookupTableCommandInput, GetLookupTableCommandOutput]
  GetQueryResults: [GetQueryResultsCommandInput, GetQueryResultsCommandOutput]
  GetScheduledQuery: [GetScheduledQueryCommandInput, GetScheduledQueryCommandOutput]
  GetScheduledQueryHistory: [GetScheduledQueryHistoryCommandInput, GetScheduledQueryHistoryCommandOutput]
  GetStorageTierPolicy: [GetStorageTierPolicyCommandInput, GetStorageTierPolicyCommandOutput]
  GetTransformer: [GetTransformerCommandInput, GetTransformerCommandOutput]
  ListAggregateLogGroupSummaries: [ListAggregateLogGroupSummariesCommandInput, ListAggregateLogGroupSummariesCommandOutput]
  ListAnomalies: [ListAnomaliesCommandInput, ListAnomaliesCommandOutput]
  ListIntegrations: [ListIntegrationsCommandInput, ListIntegrationsCommandOutput]
  ListLogAnomalyDetectors: [ListLogAnomalyDetectorsCommandInput, ListLogAnomalyDetectorsCommandOutput]
  ListLogGroups: [ListLogGroupsCommandInput, ListLogGroupsCommandOutput]
  ListLogGroupsForQuery: [ListLogGroupsForQueryCommandInput, ListLogGroupsForQueryCommandOutput]
  ListScheduledQueries: [ListScheduledQueriesCommandInput, ListScheduledQueriesCommandOutput]
  ListSourcesForS3TableIntegration: [ListSourcesForS3TableIntegrationCommandInput, ListSourcesForS3TableIntegrationCommandOutput]
  ListSyslogConfigurations: [ListSyslogConfigurationsCommandInput, ListSyslogConfigurationsCommandOutput]
  ListTagsForResource: [ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput]
  ListTagsLogGroup: [ListTagsLogGroupCommandInput, ListTagsLogGroupCommandOutput]
  PutAccountPolicy: [PutAccountPolicyCommandInput, PutAccountPolicyCommandOutput]
  PutBearerTokenAuthentication: [PutBearerTokenAuthenticationCommandInput, PutBearerTokenAuthenticationCommandOutput]
  PutDataProtectionPolicy: [PutDataProtectionPolicyCommandInput, PutDataProtectionPolicyCommandOutput]
  PutDeliveryDestination: [PutDeliveryDestinationCommandInput, PutDeliveryDestinationCommandOutput]
  PutDeliveryDestinationPolicy: [PutDeliveryDestinationPolicyCommandInput, PutDeliveryDestinationPolicyCommandOutput]
  PutDeliverySource: [PutDeliverySourceCommandInput, PutDeliverySourceCommandOutput]
  PutDestination: [PutDestinationCommandInput, PutDestinationCommandOutput]
  PutDestinationPolicy: [PutDestinationPolicyCommandInput, PutDestinationPolicyCommandOutput]
  PutIndexPolicy: [PutIndexPolicyCommandInput, PutIndexPolicyCommandOutput]
  PutIntegration: [PutIntegrationCommandInput, PutIntegrationCommandOutput]
  PutLogEvents: [PutLogEventsCommandInput, PutLogEventsCommandOutput]
  PutLogGroupDeletionProtection: [PutLogGroupDeletionProtectionCommandInput, PutLogGroupDeletionProtectionCommandOutput]
  PutMetricFilter: [PutMetricFilterCommandInput, PutMetricFilterCommandOutput]
  PutQueryDefinition: [PutQueryDefinitionCommandInput, PutQueryDefinitionCommandOutput]
  PutResourcePolicy: [PutResourcePolicyCommandInput, PutResourcePolicyCommandOutput]
  PutRetentionPolicy: [PutRetentionPolicyCommandInput, PutRetentionPolicyCommandOutput]
  PutStorageTierPolicy: [PutStorageTierPolicyCommandInput, PutStorageTierPolicyCommandOutput]
  PutSubscriptionFilter: [PutSubscriptionFilterCommandInput, PutSubscriptionFilterCommandOutput]
  PutSyslogConfiguration: [PutSyslogConfigurationCommandInput, PutSyslogConfigurationCommandOutput]
  PutTransformer: [PutTransformerCommandInput, PutTransformerCommandOutput]
  StartLiveTail: [StartLiveTailCommandInput, StartLiveTailCommandOutput]
  StartQuery: [StartQueryCommandInput, StartQueryCommandOutput]
  StopQuery: [StopQueryCommandInput, StopQueryCommandOutput]
  TagLogGroup: [TagLogGroupCommandInput, TagLogGroupCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  TestMetricFilter: [TestMetricFilterCommandInput, TestMetricFilterCommandOutput]
  TestTransformer: [TestTransformerCommandInput, TestTransformerCommandOutput]
  UntagLogGroup: [UntagLogGroupCommandInput, UntagLogGroupCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdateAnomaly: [UpdateAnomalyCommandInput, UpdateAnomalyCommandOutput]
  UpdateDeliveryConfiguration: [UpdateDeliveryConfigurationCommandInput, UpdateDeliveryConfigurationCommandOutput]
  UpdateLogAnomalyDetector: [UpdateLogAnomalyDetectorCommandInput, UpdateLogAnomalyDetectorCommandOutput]
  UpdateLookupTable: [UpdateLookupTableCommandInput, UpdateLookupTableCommandOutput]
  UpdateScheduledQuery: [UpdateScheduledQueryCommandInput, UpdateScheduledQueryCommandOutput]
}
