/** What of CloudWatch a node does not offer. */
export const excluded = [
  {
    operations: ['ListManagedInsightRules', 'PutManagedInsightRules'],
    because:
      'Managed rules are templates of AWS over what its own services collect, such as the traffic of VPC endpoints; a node has none of either.',
  },
  {
    operations: ['GetOTelEnrichment', 'StartOTelEnrichment', 'StopOTelEnrichment', 'UpdateOTelEnrichment'],
    because:
      'Enrichment labels the metrics of AWS infrastructure for PromQL, once Observability Admin has enabled resource tags on telemetry; a node has no such service. Put the labels on metrics as dimensions, or query them with Metrics Insights.',
  },
  {
    operations: [
      'CreateResourceMetricsConfiguration',
      'DeleteResourceMetricsConfiguration',
      'GetResourceMetricsConfiguration',
      'UpdateResourceMetricsConfiguration',
    ],
    because:
      'It has AWS collect more detailed metrics of a resource; a node collects all that it can tell of one from the start, by the minute.',
  },
] as const
