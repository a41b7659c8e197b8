/** What of CloudWatch Logs a node does not offer. */
export const excluded = [
  {
    operations: [
      'AssociateSourceToS3TableIntegration',
      'DisassociateSourceFromS3TableIntegration',
      'ListSourcesForS3TableIntegration',
    ],
    because:
      'They hand logs to S3 Tables, which is a service of its own. Export a group with CreateExportTask, or subscribe a Firehose to it.',
  },
  {
    operations: ['DeleteIntegration', 'GetIntegration', 'ListIntegrations', 'PutIntegration'],
    because: 'The integrations there are, are with OpenSearch Service, which a node does not have.',
  },
  {
    operations: ['CancelImportTask', 'CreateImportTask', 'DescribeImportTaskBatches', 'DescribeImportTasks'],
    because: 'They import event data stores of CloudTrail Lake, which a node does not have.',
  },
  {
    operations: ['DeleteSyslogConfiguration', 'ListSyslogConfigurations', 'PutSyslogConfiguration'],
    because:
      'They open a network listener for syslog behind a VPC endpoint, and a node has neither. Send lines with PutLogEvents.',
  },
  {
    operations: ['PutBearerTokenAuthentication'],
    because:
      'It lets bearer tokens in at the HTTP endpoints of AWS for log collectors, which a node does not have. Sign PutLogEvents.',
  },
  {
    operations: ['GetStorageTierPolicy', 'PutStorageTierPolicy'],
    because: 'Storage tiers are prices of AWS’s own storage; a node keeps everything in its data folder.',
  },
  {
    operations: ['GetLogFields', 'ListAggregateLogGroupSummaries'],
    because:
      'They are about the data sources that AWS’s pipelines recognise in logs. GetLogGroupFields tells the fields of a group.',
  },
  {
    operations: ['GetLogObject'],
    because:
      'It reads the large objects that AWS’s pipelines take out of events; here an event is whole. Read it with GetLogRecord.',
  },
] as const
