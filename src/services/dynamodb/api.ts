// Written by `npm run models`; do not edit.
import type {
  BatchExecuteStatementCommandInput,
  BatchExecuteStatementCommandOutput,
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  BatchWriteItemCommandInput,
  BatchWriteItemCommandOutput,
  CancelBulkOperationCommandInput,
  CancelBulkOperationCommandOutput,
  CreateBackupCommandInput,
  CreateBackupCommandOutput,
  CreateGlobalTableCommandInput,
  CreateGlobalTableCommandOutput,
  CreateTableCommandInput,
  CreateTableCommandOutput,
  DeleteBackupCommandInput,
  DeleteBackupCommandOutput,
  DeleteItemCommandInput,
  DeleteItemCommandOutput,
  DeleteResourcePolicyCommandInput,
  DeleteResourcePolicyCommandOutput,
  DeleteTableCommandInput,
  DeleteTableCommandOutput,
  DescribeBackupCommandInput,
  DescribeBackupCommandOutput,
  DescribeBulkOperationCommandInput,
  DescribeBulkOperationCommandOutput,
  DescribeContinuousBackupsCommandInput,
  DescribeContinuousBackupsCommandOutput,
  DescribeContributorInsightsCommandInput,
  DescribeContributorInsightsCommandOutput,
  DescribeEndpointsCommandInput,
  DescribeEndpointsCommandOutput,
  DescribeExportCommandInput,
  DescribeExportCommandOutput,
  DescribeGlobalTableCommandInput,
  DescribeGlobalTableCommandOutput,
  DescribeGlobalTableSettingsCommandInput,
  DescribeGlobalTableSettingsCommandOutput,
  DescribeImportCommandInput,
  DescribeImportCommandOutput,
  DescribeKinesisStreamingDestinationCommandInput,
  DescribeKinesisStreamingDestinationCommandOutput,
  DescribeLimitsCommandInput,
  DescribeLimitsCommandOutput,
  DescribeTableCommandInput,
  DescribeTableCommandOutput,
  DescribeTableReplicaAutoScalingCommandInput,
  DescribeTableReplicaAutoScalingCommandOutput,
  DescribeTimeToLiveCommandInput,
  DescribeTimeToLiveCommandOutput,
  DisableKinesisStreamingDestinationCommandInput,
  DisableKinesisStreamingDestinationCommandOutput,
  EnableKinesisStreamingDestinationCommandInput,
  EnableKinesisStreamingDestinationCommandOutput,
  ExecuteStatementCommandInput,
  ExecuteStatementCommandOutput,
  ExecuteTransactionCommandInput,
  ExecuteTransactionCommandOutput,
  ExportTableToPointInTimeCommandInput,
  ExportTableToPointInTimeCommandOutput,
  GetItemCommandInput,
  GetItemCommandOutput,
  GetResourcePolicyCommandInput,
  GetResourcePolicyCommandOutput,
  ImportTableCommandInput,
  ImportTableCommandOutput,
  ListBackupsCommandInput,
  ListBackupsCommandOutput,
  ListBulkOperationsCommandInput,
  ListBulkOperationsCommandOutput,
  ListContributorInsightsCommandInput,
  ListContributorInsightsCommandOutput,
  ListExportsCommandInput,
  ListExportsCommandOutput,
  ListGlobalTablesCommandInput,
  ListGlobalTablesCommandOutput,
  ListImportsCommandInput,
  ListImportsCommandOutput,
  ListTablesCommandInput,
  ListTablesCommandOutput,
  ListTagsOfResourceCommandInput,
  ListTagsOfResourceCommandOutput,
  PutItemCommandInput,
  PutItemCommandOutput,
  PutResourcePolicyCommandInput,
  PutResourcePolicyCommandOutput,
  QueryCommandInput,
  QueryCommandOutput,
  RestoreTableFromBackupCommandInput,
  RestoreTableFromBackupCommandOutput,
  RestoreTableToPointInTimeCommandInput,
  RestoreTableToPointInTimeCommandOutput,
  ScanCommandInput,
  ScanCommandOutput,
  SearchVectorsCommandInput,
  SearchVectorsCommandOutput,
  StartBulkPutItemsCommandInput,
  StartBulkPutItemsCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  TransactGetItemsCommandInput,
  TransactGetItemsCommandOutput,
  TransactWriteItemsCommandInput,
  TransactWriteItemsCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateContinuousBackupsCommandInput,
  UpdateContinuousBackupsCommandOutput,
  UpdateContributorInsightsCommandInput,
  UpdateContributorInsightsCommandOutput,
  UpdateGlobalTableCommandInput,
  UpdateGlobalTableCommandOutput,
  UpdateGlobalTableSettingsCommandInput,
  UpdateGlobalTableSettingsCommandOutput,
  UpdateItemCommandInput,
  UpdateItemCommandOutput,
  UpdateKinesisStreamingDestinationCommandInput,
  UpdateKinesisStreamingDestinationCommandOutput,
  UpdateTableCommandInput,
  UpdateTableCommandOutput,
  UpdateTableReplicaAutoScalingCommandInput,
  UpdateTableReplicaAutoScalingCommandOutput,
  UpdateTimeToLiveCommandInput,
  UpdateTimeToLiveCommandOutput,
} from '@aws-sdk/client-dynamodb'

/** Every operation of DynamoDB, as the SDK types it. */
export type Api = {
  BatchExecuteStatement: [BatchExecuteStatementCommandInput, BatchExecuteStatementCommandOutput]
  BatchGetItem: [BatchGetItemCommandInput, BatchGetItemCommandOutput]
  BatchWriteItem: [BatchWriteItemCommandInput, BatchWriteItemCommandOutput]
  CancelBulkOperation: [CancelBulkOperationCommandInput, CancelBulkOperationCommandOutput]
  CreateBackup: [CreateBackupCommandInput, CreateBackupCommandOutput]
  CreateGlobalTable: [CreateGlobalTableCommandInput, CreateGlobalTableCommandOutput]
  CreateTable: [CreateTableCommandInput, CreateTableCommandOutput]
  DeleteBackup: [DeleteBackupCommandInput, DeleteBackupCommandOutput]
  DeleteItem: [DeleteItemCommandInput, DeleteItemCommandOutput]
  DeleteResourcePolicy: [DeleteResourcePolicyCommandInput, DeleteResourcePolicyCommandOutput]
  DeleteTable: [DeleteTableCommandInput, DeleteTableCommandOutput]
  DescribeBackup: [DescribeBackupCommandInput, DescribeBackupCommandOutput]
  DescribeBulkOperation: [DescribeBulkOperationCommandInput, DescribeBulkOperationCommandOutput]
  DescribeContinuousBackups: [DescribeContinuousBackupsCommandInput, DescribeContinuousBackupsCommandOutput]
  DescribeContributorInsights: [DescribeContributorInsightsCommandInput, DescribeContributorInsightsCommandOutput]
  DescribeEndpoints: [DescribeEndpointsCommandInput, DescribeEndpointsCommandOutput]
  DescribeExport: [DescribeExportCommandInput, DescribeExportCommandOutput]
  DescribeGlobalTable: [DescribeGlobalTableCommandInput, DescribeGlobalTableCommandOutput]
  DescribeGlobalTableSettings: [DescribeGlobalTableSettingsCommandInput, DescribeGlobalTableSettingsCommandOutput]
  DescribeImport: [DescribeImportCommandInput, DescribeImportCommandOutput]
  DescribeKinesisStreamingDestination: [DescribeKinesisStreamingDestinationCommandInput, DescribeKinesisStreamingDestinationCommandOutput]
  DescribeLimits: [DescribeLimitsCommandInput, DescribeLimitsCommandOutput]
  DescribeTable: [DescribeTableCommandInput, DescribeTableCommandOutput]
  DescribeTableReplicaAutoScaling: [DescribeTableReplicaAutoScalingCommandInput, DescribeTableReplicaAutoScalingCommandOutput]
  DescribeTimeToLive: [DescribeTimeToLiveCommandInput, DescribeTimeToLiveCommandOutput]
  DisableKinesisStreamingDestination: [DisableKinesisStreamingDestinationCommandInput, DisableKinesisStreamingDestinationCommandOutput]
  EnableKinesisStreamingDestination: [EnableKinesisStreamingDestinationCommandInput, EnableKinesisStreamingDestinationCommandOutput]
  ExecuteStatement: [ExecuteStatementCommandInput, ExecuteStatementCommandOutput]
  ExecuteTransaction: [ExecuteTransactionCommandInput, ExecuteTransactionCommandOutput]
  ExportTableToPointInTime: [ExportTableToPointInTimeCommandInput, ExportTableToPointInTimeCommandOutput]
  GetItem: [GetItemCommandInput, GetItemCommandOutput]
  GetResourcePolicy: [GetResourcePolicyCommandInput, GetResourcePolicyCommandOutput]
  ImportTable: [ImportTableCommandInput, ImportTableCommandOutput]
  ListBackups: [ListBackupsCommandInput, ListBackupsCommandOutput]
  ListBulkOperations: [ListBulkOperationsCommandInput, ListBulkOperationsCommandOutput]
  ListContributorInsights: [ListContributorInsightsCommandInput, ListContributorInsightsCommandOutput]
  ListExports: [ListExportsCommandInput, ListExportsCommandOutput]
  ListGlobalTables: [ListGlobalTablesCommandInput, ListGlobalTablesCommandOutput]
  ListImports: [ListImportsCommandInput, ListImportsCommandOutput]
  ListTables: [ListTablesCommandInput, ListTablesCommandOutput]
  ListTagsOfResource: [ListTagsOfResourceCommandInput, ListTagsOfResourceCommandOutput]
  PutItem: [PutItemCommandInput, PutItemCommandOutput]
  PutResourcePolicy: [PutResourcePolicyCommandInput, PutResourcePolicyCommandOutput]
  Query: [QueryCommandInput, QueryCommandOutput]
  RestoreTableFromBackup: [RestoreTableFromBackupCommandInput, RestoreTableFromBackupCommandOutput]
  RestoreTableToPointInTime: [RestoreTableToPointInTimeCommandInput, RestoreTableToPointInTimeCommandOutput]
  Scan: [ScanCommandInput, ScanCommandOutput]
  SearchVectors: [SearchVectorsCommandInput, SearchVectorsCommandOutput]
  StartBulkPutItems: [StartBulkPutItemsCommandInput, StartBulkPutItemsCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  TransactGetItems: [TransactGetItemsCommandInput, TransactGetItemsCommandOutput]
  TransactWriteItems: [TransactWriteItemsCommandInput, TransactWriteItemsCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdateContinuousBackups: [UpdateContinuousBackupsCommandInput, UpdateContinuousBackupsCommandOutput]
  UpdateContributorInsights: [UpdateContributorInsightsCommandInput, UpdateContributorInsightsCommandOutput]
  UpdateGlobalTable: [UpdateGlobalTableCommandInput, UpdateGlobalTableCommandOutput]
  UpdateGlobalTableSettings: [UpdateGlobalTableSettingsCommandInput, UpdateGlobalTableSettingsCommandOutput]
  UpdateItem: [UpdateItemCommandInput, UpdateItemCommandOutput]
  UpdateKinesisStreamingDestination: [UpdateKinesisStreamingDestinationCommandInput, UpdateKinesisStreamingDestinationCommandOutput]
  UpdateTable: [UpdateTableCommandInput, UpdateTableCommandOutput]
  UpdateTableReplicaAutoScaling: [UpdateTableReplicaAutoScalingCommandInput, UpdateTableReplicaAutoScalingCommandOutput]
  UpdateTimeToLive: [UpdateTimeToLiveCommandInput, UpdateTimeToLiveCommandOutput]
}
