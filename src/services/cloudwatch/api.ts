// Written by `npm run models`; do not edit.
import type {
  AssociateDatasetKmsKeyCommandInput,
  AssociateDatasetKmsKeyCommandOutput,
  CreateResourceMetricsConfigurationCommandInput,
  CreateResourceMetricsConfigurationCommandOutput,
  DeleteAlarmMuteRuleCommandInput,
  DeleteAlarmMuteRuleCommandOutput,
  DeleteAlarmsCommandInput,
  DeleteAlarmsCommandOutput,
  DeleteAnomalyDetectorCommandInput,
  DeleteAnomalyDetectorCommandOutput,
  DeleteDashboardsCommandInput,
  DeleteDashboardsCommandOutput,
  DeleteInsightRulesCommandInput,
  DeleteInsightRulesCommandOutput,
  DeleteMetricStreamCommandInput,
  DeleteMetricStreamCommandOutput,
  DeleteResourceMetricsConfigurationCommandInput,
  DeleteResourceMetricsConfigurationCommandOutput,
  DescribeAlarmContributorsCommandInput,
  DescribeAlarmContributorsCommandOutput,
  DescribeAlarmHistoryCommandInput,
  DescribeAlarmHistoryCommandOutput,
  DescribeAlarmsCommandInput,
  DescribeAlarmsCommandOutput,
  DescribeAlarmsForMetricCommandInput,
  DescribeAlarmsForMetricCommandOutput,
  DescribeAnomalyDetectorsCommandInput,
  DescribeAnomalyDetectorsCommandOutput,
  DescribeInsightRulesCommandInput,
  DescribeInsightRulesCommandOutput,
  DisableAlarmActionsCommandInput,
  DisableAlarmActionsCommandOutput,
  DisableInsightRulesCommandInput,
  DisableInsightRulesCommandOutput,
  DisassociateDatasetKmsKeyCommandInput,
  DisassociateDatasetKmsKeyCommandOutput,
  EnableAlarmActionsCommandInput,
  EnableAlarmActionsCommandOutput,
  EnableInsightRulesCommandInput,
  EnableInsightRulesCommandOutput,
  GetAlarmMuteRuleCommandInput,
  GetAlarmMuteRuleCommandOutput,
  GetDashboardCommandInput,
  GetDashboardCommandOutput,
  GetDatasetCommandInput,
  GetDatasetCommandOutput,
  GetInsightRuleReportCommandInput,
  GetInsightRuleReportCommandOutput,
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  GetMetricStatisticsCommandInput,
  GetMetricStatisticsCommandOutput,
  GetMetricStreamCommandInput,
  GetMetricStreamCommandOutput,
  GetMetricWidgetImageCommandInput,
  GetMetricWidgetImageCommandOutput,
  GetOTelEnrichmentCommandInput,
  GetOTelEnrichmentCommandOutput,
  GetResourceMetricsConfigurationCommandInput,
  GetResourceMetricsConfigurationCommandOutput,
  ListAlarmMuteRulesCommandInput,
  ListAlarmMuteRulesCommandOutput,
  ListDashboardsCommandInput,
  ListDashboardsCommandOutput,
  ListManagedInsightRulesCommandInput,
  ListManagedInsightRulesCommandOutput,
  ListMetricStreamsCommandInput,
  ListMetricStreamsCommandOutput,
  ListMetricsCommandInput,
  ListMetricsCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  PutAlarmMuteRuleCommandInput,
  PutAlarmMuteRuleCommandOutput,
  PutAnomalyDetectorCommandInput,
  PutAnomalyDetectorCommandOutput,
  PutCompositeAlarmCommandInput,
  PutCompositeAlarmCommandOutput,
  PutDashboardCommandInput,
  PutDashboardCommandOutput,
  PutInsightRuleCommandInput,
  PutInsightRuleCommandOutput,
  PutLogAlarmCommandInput,
  PutLogAlarmCommandOutput,
  PutManagedInsightRulesCommandInput,
  PutManagedInsightRulesCommandOutput,
  PutMetricAlarmCommandInput,
  PutMetricAlarmCommandOutput,
  PutMetricDataCommandInput,
  PutMetricDataCommandOutput,
  PutMetricStreamCommandInput,
  PutMetricStreamCommandOutput,
  SetAlarmStateCommandInput,
  SetAlarmStateCommandOutput,
  StartMetricStreamsCommandInput,
  StartMetricStreamsCommandOutput,
  StartOTelEnrichmentCommandInput,
  StartOTelEnrichmentCommandOutput,
  StopMetricStreamsCommandInput,
  StopMetricStreamsCommandOutput,
  StopOTelEnrichmentCommandInput,
  StopOTelEnrichmentCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateOTelEnrichmentCommandInput,
  UpdateOTelEnrichmentCommandOutput,
  UpdateResourceMetricsConfigurationCommandInput,
  UpdateResourceMetricsConfigurationCommandOutput,
} from '@aws-sdk/client-cloudwatch'

/** Every operation of CloudWatch, as the SDK types it. */
export type Api = {
  AssociateDatasetKmsKey: [AssociateDatasetKmsKeyCommandInput, AssociateDatasetKmsKeyCommandOutput]
  CreateResourceMetricsConfiguration: [CreateResourceMetricsConfigurationCommandInput, CreateResourceMetricsConfigurationCommandOutput]
  DeleteAlarmMuteRule: [DeleteAlarmMuteRuleCommandInput, DeleteAlarmMuteRuleCommandOutput]
  DeleteAlarms: [DeleteAlarmsCommandInput, DeleteAlarmsCommandOutput]
  DeleteAnomalyDetector: [DeleteAnomalyDetectorCommandInput, DeleteAnomalyDetectorCommandOutput]
  DeleteDashboards: [DeleteDashboardsCommandInput, DeleteDashboardsCommandOutput]
  DeleteInsightRules: [DeleteInsightRulesCommandInput, DeleteInsightRulesCommandOutput]
  DeleteMetricStream: [DeleteMetricStreamCommandInput, DeleteMetricStreamCommandOutput]
  DeleteResourceMetricsConfiguration: [DeleteResourceMetricsConfigurationCommandInput, DeleteResourceMetricsConfigurationCommandOutput]
  DescribeAlarmContributors: [DescribeAlarmContributorsCommandInput, DescribeAlarmContributorsCommandOutput]
  DescribeAlarmHistory: [DescribeAlarmHistoryCommandInput, DescribeAlarmHistoryCommandOutput]
  DescribeAlarms: [DescribeAlarmsCommandInput, DescribeAlarmsCommandOutput]
  DescribeAlarmsForMetric: [DescribeAlarmsForMetricCommandInput, DescribeAlarmsForMetricCommandOutput]
  DescribeAnomalyDetectors: [DescribeAnomalyDetectorsCommandInput, DescribeAnomalyDetectorsCommandOutput]
  DescribeInsightRules: [DescribeInsightRulesCommandInput, DescribeInsightRulesCommandOutput]
  DisableAlarmActions: [DisableAlarmActionsCommandInput, DisableAlarmActionsCommandOutput]
  DisableInsightRules: [DisableInsightRulesCommandInput, DisableInsightRulesCommandOutput]
  DisassociateDatasetKmsKey: [DisassociateDatasetKmsKeyCommandInput, DisassociateDatasetKmsKeyCommandOutput]
  EnableAlarmActions: [EnableAlarmActionsCommandInput, EnableAlarmActionsCommandOutput]
  EnableInsightRules: [EnableInsightRulesCommandInput, EnableInsightRulesCommandOutput]
  GetAlarmMuteRule: [GetAlarmMuteRuleCommandInput, GetAlarmMuteRuleCommandOutput]
  GetDashboard: [GetDashboardCommandInput, GetDashboardCommandOutput]
  GetDataset: [GetDatasetCommandInput, GetDatasetCommandOutput]
  GetInsightRuleReport: [GetInsightRuleReportCommandInput, GetInsightRuleReportCommandOutput]
  GetMetricData: [GetMetricDataCommandInput, GetMetricDataCommandOutput]
  GetMetricStatistics: [GetMetricStatisticsCommandInput, GetMetricStatisticsCommandOutput]
  GetMetricStream: [GetMetricStreamCommandInput, GetMetricStreamCommandOutput]
  GetMetricWidgetImage: [GetMetricWidgetImageCommandInput, GetMetricWidgetImageCommandOutput]
  GetOTelEnrichment: [GetOTelEnrichmentCommandInput, GetOTelEnrichmentCommandOutput]
  GetResourceMetricsConfiguration: [GetResourceMetricsConfigurationCommandInput, GetResourceMetricsConfigurationCommandOutput]
  ListAlarmMuteRules: [ListAlarmMuteRulesCommandInput, ListAlarmMuteRulesCommandOutput]
  ListDashboards: [ListDashboardsCommandInput, ListDashboardsCommandOutput]
  ListManagedInsightRules: [ListManagedInsightRulesCommandInput, ListManagedInsightRulesCommandOutput]
  ListMetricStreams: [ListMetricStreamsCommandInput, ListMetricStreamsCommandOutput]
  ListMetrics: [ListMetricsCommandInput, ListMetricsCommandOutput]
  ListTagsForResource: [ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput]
  PutAlarmMuteRule: [PutAlarmMuteRuleCommandInput, PutAlarmMuteRuleCommandOutput]
  PutAnomalyDetector: [PutAnomalyDetectorCommandInput, PutAnomalyDetectorCommandOutput]
  PutCompositeAlarm: [PutCompositeAlarmCommandInput, PutCompositeAlarmCommandOutput]
  PutDashboard: [PutDashboardCommandInput, PutDashboardCommandOutput]
  PutInsightRule: [PutInsightRuleCommandInput, PutInsightRuleCommandOutput]
  PutLogAlarm: [PutLogAlarmCommandInput, PutLogAlarmCommandOutput]
  PutManagedInsightRules: [PutManagedInsightRulesCommandInput, PutManagedInsightRulesCommandOutput]
  PutMetricAlarm: [PutMetricAlarmCommandInput, PutMetricAlarmCommandOutput]
  PutMetricData: [PutMetricDataCommandInput, PutMetricDataCommandOutput]
  PutMetricStream: [PutMetricStreamCommandInput, PutMetricStreamCommandOutput]
  SetAlarmState: [SetAlarmStateCommandInput, SetAlarmStateCommandOutput]
  StartMetricStreams: [StartMetricStreamsCommandInput, StartMetricStreamsCommandOutput]
  StartOTelEnrichment: [StartOTelEnrichmentCommandInput, StartOTelEnrichmentCommandOutput]
  StopMetricStreams: [StopMetricStreamsCommandInput, StopMetricStreamsCommandOutput]
  StopOTelEnrichment: [StopOTelEnrichmentCommandInput, StopOTelEnrichmentCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdateOTelEnrichment: [UpdateOTelEnrichmentCommandInput, UpdateOTelEnrichmentCommandOutput]
  UpdateResourceMetricsConfiguration: [UpdateResourceMetricsConfigurationCommandInput, UpdateResourceMetricsConfigurationCommandOutput]
}
