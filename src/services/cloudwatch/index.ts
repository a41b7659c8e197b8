import { defineService } from '../../kernel/service.ts'
import { alarmHistory } from './alarm-history.ts'
import { alarm } from './alarm-state.ts'
import { alarms } from './alarms.ts'
import type { Api } from './api.ts'
import { dashboards } from './dashboards.ts'
import { describing } from './describe-alarms.ts'
import { metricData } from './get-metric-data.ts'
import { jobs } from './jobs.ts'
import { listing } from './list-metrics.ts'
import { statistics } from './metric-statistics.ts'
import model from './model.json' with { type: 'json' }
import { putting } from './put-metric-data.ts'
import { resources } from './resources.ts'
import { tags } from './tags.ts'

/** CloudWatch metrics, over the minutes that telemetry keeps. */
export const service = defineService<Api>()({
  id: 'cloudwatch',
  model,
  operations: {
    ...putting,
    ...statistics,
    ...metricData,
    ...listing,
    ...alarms,
    ...describing,
    ...alarmHistory,
    ...dashboards,
    ...tags,
  },
  planned: [
    'AssociateDatasetKmsKey',
    'CreateResourceMetricsConfiguration',
    'DeleteAlarmMuteRule',
    'DeleteAnomalyDetector',
    'DeleteInsightRules',
    'DeleteMetricStream',
    'DeleteResourceMetricsConfiguration',
    'DescribeAlarmContributors',
    'DescribeAnomalyDetectors',
    'DescribeInsightRules',
    'DisableInsightRules',
    'DisassociateDatasetKmsKey',
    'EnableInsightRules',
    'GetAlarmMuteRule',
    'GetDataset',
    'GetInsightRuleReport',
    'GetMetricStream',
    'GetMetricWidgetImage',
    'GetOTelEnrichment',
    'GetResourceMetricsConfiguration',
    'ListAlarmMuteRules',
    'ListManagedInsightRules',
    'ListMetricStreams',
    'PutAlarmMuteRule',
    'PutAnomalyDetector',
    'PutInsightRule',
    'PutLogAlarm',
    'PutManagedInsightRules',
    'PutMetricStream',
    'StartMetricStreams',
    'StartOTelEnrichment',
    'StopMetricStreams',
    'StopOTelEnrichment',
    'UpdateOTelEnrichment',
    'UpdateResourceMetricsConfiguration',
  ],
  inert: {
    'GetMetricData.LabelOptions': 'Its time zone is for dynamic labels, which come back as they are written.',
    'PutMetricAlarm.Tags (of an alarm that exists)': 'Not looked at, as in the real service: TagResource changes them.',
    'PutDashboard.Tags (of a dashboard that exists)': 'Not looked at: TagResource changes them.',
  },
  resources,
  jobs,
  async resourcePolicy(tx, arn) {
    const name = /:alarm:(.+)$/.exec(arn)?.[1]
    const found = name === undefined ? undefined : await tx.get(alarm(name))
    return found && { tags: found.tags }
  },
})
