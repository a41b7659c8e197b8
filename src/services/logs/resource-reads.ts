import { formatArn } from '../../kernel/arn.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { capitalised } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'

/** Deleting what is gone already is done; reading it finds nothing. */
export function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'ResourceNotFoundException')) throw error
}

/** Of what a Describe operation lists under a prefix, the one of that name. */
export async function findListed<T>(
  rx: ResourceReader,
  operation: string,
  input: object,
  list: string,
  is: (item: T) => boolean,
): Promise<T | undefined> {
  let nextToken: string | undefined
  do {
    const asked = { ...input, ...(nextToken !== undefined && { nextToken }) }
    const page = await rx.invoke<Record<string, unknown>>(operation, asked).catch(ignoreMissing)
    const found = ((page?.[list] ?? []) as T[]).find(is)
    if (found) return found
    nextToken = page?.nextToken as string | undefined
  } while (nextToken !== undefined)
  return undefined
}

/** A log group as its properties would say it. */
export async function readGroup(name: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await findListed<{ logGroupName: string }>(
    rx,
    'logs:DescribeLogGroups',
    { logGroupNamePrefix: name },
    'logGroups',
    ({ logGroupName }) => logGroupName === name,
  )
  if (!found) return undefined
  const resourceArn = formatArn('logs', rx.region, rx.account, `log-group:${name}`)
  const { tags = {} } = await rx.invoke<{ tags?: Record<string, string> }>('logs:ListTagsForResource', { resourceArn })
  const { policyDocument } = await rx.invoke<{ policyDocument?: string }>('logs:GetDataProtectionPolicy', {
    logGroupIdentifier: name,
  })
  const { indexPolicies } = await rx.invoke<{ indexPolicies: { source: string; policyDocument: string }[] }>(
    'logs:DescribeIndexPolicies',
    { logGroupIdentifiers: [name] },
  )
  const own = indexPolicies.filter(({ source }) => source === 'LOG_GROUP')
  return {
    FieldIndexPolicies: own.length > 0 ? own.map((one): unknown => JSON.parse(one.policyDocument)) : undefined,
    DataProtectionPolicy: policyDocument === undefined ? undefined : (JSON.parse(policyDocument) as unknown),
    ...capitalised(found, [
      'LogGroupName',
      'RetentionInDays',
      'KmsKeyId',
      'LogGroupClass',
      'DeletionProtectionEnabled',
    ]),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  }
}

/** A stream as its properties would say it. */
export async function readStream(name: string, LogGroupName: string, rx: ResourceReader) {
  const found = await findListed<{ logStreamName: string }>(
    rx,
    'logs:DescribeLogStreams',
    { logGroupName: LogGroupName, logStreamNamePrefix: name },
    'logStreams',
    ({ logStreamName }) => logStreamName === name,
  )
  return found && { LogGroupName, LogStreamName: name }
}

interface Transformation {
  readonly dimensions?: Readonly<Record<string, string>>
}

/** A metric filter as its properties would say it. */
export async function readMetricFilter(name: string, logGroupName: string, rx: ResourceReader) {
  const found = await findListed<{ filterName: string; metricTransformations: Transformation[] }>(
    rx,
    'logs:DescribeMetricFilters',
    { logGroupName, filterNamePrefix: name },
    'metricFilters',
    ({ filterName }) => filterName === name,
  )
  if (!found) return undefined
  return {
    ...capitalised(found, ['FilterName', 'FilterPattern', 'LogGroupName', 'ApplyOnTransformedLogs']),
    MetricTransformations: found.metricTransformations.map((one) => ({
      ...capitalised(one, ['MetricName', 'MetricNamespace', 'MetricValue', 'DefaultValue', 'Unit']),
      Dimensions: one.dimensions && Object.entries(one.dimensions).map(([Key, Value]) => ({ Key, Value })),
    })),
  }
}

/** A subscription filter as its properties would say it. */
export async function readSubscriptionFilter(name: string, logGroupName: string, rx: ResourceReader) {
  const found = await findListed<{ filterName: string }>(
    rx,
    'logs:DescribeSubscriptionFilters',
    { logGroupName, filterNamePrefix: name },
    'subscriptionFilters',
    ({ filterName }) => filterName === name,
  )
  const names = ['FilterName', 'FilterPattern', 'LogGroupName', 'DestinationArn', 'Distribution', 'RoleArn']
  return found && capitalised(found, [...names, 'ApplyOnTransformedLogs'])
}

/** A policy of the account as its properties would say it. */
export async function readResourcePolicy(name: string, rx: ResourceReader) {
  const found = await findListed<{ policyName: string; policyDocument: string }>(
    rx,
    'logs:DescribeResourcePolicies',
    {},
    'resourcePolicies',
    ({ policyName }) => policyName === name,
  )
  return found && { PolicyName: name, PolicyDocument: found.policyDocument }
}

/** A query definition as its properties would say it. */
export async function readQueryDefinition(id: string, name: string | undefined, rx: ResourceReader) {
  const findIn = (input: object) =>
    findListed<Definition>(
      rx,
      'logs:DescribeQueryDefinitions',
      input,
      'queryDefinitions',
      (one) => one.queryDefinitionId === id,
    )
  // Renamed meanwhile, it is among all.
  const named = name === undefined ? undefined : await findIn({ queryDefinitionNamePrefix: name })
  const found = named ?? (await findIn({}))
  return (
    found && {
      ...capitalised(found, ['Name', 'QueryString', 'QueryLanguage']),
      LogGroupNames: found.logGroupNames?.length ? found.logGroupNames : undefined,
      Parameters: found.parameters?.map((one) => capitalised(one, ['Name', 'DefaultValue', 'Description'])),
    }
  )
}

interface Definition {
  readonly queryDefinitionId: string
  readonly logGroupNames?: readonly string[]
  readonly parameters?: readonly object[]
}
