import { defineService } from '../../kernel/service.ts'
import { contributors } from './alarm-contributors.ts'
import { alarmHistory } from './alarm-history.ts'
import { alarms } from './alarms.ts'
import { anomalyDetectors } from './anomaly-detectors.ts'
import type { Api } from './api.ts'
import { dashboards } from './dashboards.ts'
import { datasets } from './datasets.ts'
import { describing } from './describe-alarms.ts'
import { excluded } from './excluded.ts'
import { metricData } from './get-metric-data.ts'
import { insightRuleReports } from './insight-rule-reports.ts'
import { insightRules } from './insight-rules.ts'
import { jobs } from './jobs.ts'
import { listing } from './list-metrics.ts'
import { logAlarms } from './log-alarms.ts'
import { statistics } from './metric-statistics.ts'
import { metricStreams } from './metric-streams.ts'
import model from './model.json' with { type: 'json' }
import { muteRules } from './mute-rules.ts'
import { putting } from './put-metric-data.ts'
import { resources } from './resources.ts'
import { tags, tagsUnder } from './tags.ts'
import { widgetImages } from './widget-image.ts'

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
    ...logAlarms,
    ...describing,
    ...contributors,
    ...alarmHistory,
    ...dashboards,
    ...metricStreams,
    ...muteRules,
    ...insightRules,
    ...insightRuleReports,
    ...anomalyDetectors,
    ...widgetImages,
    ...datasets,
    ...tags,
  },
  planned: [],
  excluded,
  inert: {
    'AssociateDatasetKmsKey.KmsKeyArn':
      'The key is tried out, as the service and as the caller, stored and told. Metrics are kept in the store like everything else, not under it, and who reads them needs no kms:Decrypt.',
    'PutAnomalyDetector.MetricCharacteristics':
      'Stored and returned: the model takes spikes that come each day at the same hour for usual, and no others.',
    'GetMetricData.LabelOptions': 'Its time zone is for dynamic labels, which come back as they are written.',
    'PutAlarmMuteRule.Tags (of a rule that exists)': 'Not looked at: TagResource changes them.',
    'PutMetricStream.Tags (of a stream that exists)':
      'Not looked at, as in the real service: TagResource changes them.',
    'PutMetricAlarm.Tags (of an alarm that exists)': 'Not looked at, as in the real service: TagResource changes them.',
    'GetMetricWidgetImage.MetricWidget (liveData, showUnits)':
      'All data is drawn as it comes, and axes have the names that they are given: their units are not told.',
    'PutLogAlarm.ScheduledQueryConfiguration.Tags':
      'Stored and returned: the alarm runs its query itself, and there is no scheduled query in Logs to have them. DescribeAlarms tells no QueryARN.',
    'PutLogAlarm.Tags (of an alarm that exists)': 'Not looked at, as of other alarms: TagResource changes them.',
    'PutInsightRule.Tags (of a rule that exists)': 'Not looked at, as in the real service: TagResource changes them.',
    'PutDashboard.Tags (of a dashboard that exists)': 'Not looked at: TagResource changes them.',
  },
  resources,
  jobs,
  async resourcePolicy(tx, arn) {
    const tags = await tagsUnder(tx, arn)
    return tags && { tags }
  },
})
