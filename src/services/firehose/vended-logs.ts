/**
 * Lets the deliverer of vended logs in to a stream with the tag `LogDeliveryEnabled`: in AWS its service-linked role may
 * put records to such streams, and no others.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-Firehose.html
 */
export function vendedLogsPolicy(Resource: string, tags: Readonly<Record<string, string>>): string | undefined {
  if (tags.LogDeliveryEnabled !== 'true') return undefined
  const Principal = { Service: 'delivery.logs.amazonaws.com' }
  const Action = ['firehose:PutRecord', 'firehose:PutRecordBatch']
  return JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Principal, Action, Resource } })
}
