import type { ResourceReader } from '../../kernel/resource.ts'
import type { BucketProperties } from './bucket-properties.ts'
import type { Kind } from './configuration-properties.ts'

type Answer = Readonly<Record<string, unknown>>
const list = (value: unknown) => (value ?? []) as Answer[]

/** What of a bucket is a list of configurations by id, as its property would say it; undefined when there are none. */
export async function readConfigurations(
  kind: Kind,
  Bucket: string,
  rx: ResourceReader,
): Promise<Answer[] | undefined> {
  const found: Answer[] = []
  let ContinuationToken: unknown
  do {
    const page = await rx.invoke<Answer>(`s3:ListBucket${kind}Configurations`, {
      Bucket,
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
    })
    found.push(...list(page[`${kind}ConfigurationList`]))
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  if (found.length === 0) return undefined
  return found.map(kind === 'Inventory' ? inventory : ({ Filter, ...rest }) => ({ ...rest, ...conditions(Filter) }))
}

function inventory({ IsEnabled, Filter, Schedule, Destination, ...rest }: Answer): Answer {
  const to = (Destination as Answer).S3BucketDestination as Answer
  const { Bucket: BucketArn, AccountId: BucketAccountId, Format, Prefix } = to
  return {
    ...rest,
    ...{ Enabled: IsEnabled, ScheduleFrequency: (Schedule as Answer).Frequency },
    ...{ Prefix: (Filter as Answer | undefined)?.Prefix, Destination: { BucketArn, BucketAccountId, Format, Prefix } },
  }
}

/** Of a filter with one condition, or with several in `And`. */
function conditions(filter: unknown): Answer {
  const { And, Tag, ...one } = (filter ?? {}) as Answer
  const { Tags, ...several } = (And ?? {}) as Answer
  return { ...one, ...several, TagFilters: Tags ?? (Tag === undefined ? [] : [Tag]) }
}

/** The property `LoggingConfiguration`. */
export function logging(answer: Answer | undefined): Answer | undefined {
  const enabled = answer?.LoggingEnabled as Answer | undefined
  if (!enabled) return undefined
  const { TargetBucket, TargetPrefix, TargetObjectKeyFormat } = enabled
  return { DestinationBucketName: TargetBucket, LogFilePrefix: TargetPrefix, TargetObjectKeyFormat }
}

/** The property `ReplicationConfiguration`. */
export function replication(answer: Answer | undefined): Answer | undefined {
  const found = answer?.ReplicationConfiguration as Answer | undefined
  return (
    found && {
      Role: found.Role,
      Rules: list(found.Rules).map(({ ID, Filter, ...rest }) => {
        const { Prefix, Tag, And } = (Filter ?? {}) as Answer
        const both = And as Answer | undefined
        return {
          ...rest,
          Id: ID,
          Filter: { Prefix, TagFilter: Tag, And: both && { Prefix: both.Prefix, TagFilters: both.Tags } },
        }
      }),
    }
  )
}

/** The property `NotificationConfiguration`, which has an entry for each event; undefined when nobody is told of any. */
export function notifications(answer: Answer | undefined, wanted: BucketProperties['NotificationConfiguration']) {
  // The API keeps names of filter rules in small letters, however a template writes them.
  const asked = [
    ...(wanted?.LambdaConfigurations ?? []),
    ...(wanted?.QueueConfigurations ?? []),
    ...(wanted?.TopicConfigurations ?? []),
  ]
  const rules = asked.flatMap(({ Filter }) => Filter?.S3Key.Rules ?? [])
  const written = new Map(rules.map(({ Name }) => [Name.toLowerCase(), Name]))
  const entries = (members: unknown, target: string, arn: string) =>
    list(members).flatMap(({ Events, Filter, [arn]: to }) => {
      const filters = list(((Filter as Answer | undefined)?.Key as Answer | undefined)?.FilterRules)
      const Rules = filters.map(({ Name, Value }) => {
        const name = String(Name).toLowerCase()
        return { Name: written.get(name) ?? name, Value }
      })
      return (Events as string[]).map((Event) => ({
        Event,
        [target]: to,
        ...(Rules.length === 0 ? {} : { Filter: { S3Key: { Rules } } }),
      }))
    })
  const found = {
    LambdaConfigurations: entries(answer?.LambdaFunctionConfigurations, 'Function', 'LambdaFunctionArn'),
    QueueConfigurations: entries(answer?.QueueConfigurations, 'Queue', 'QueueArn'),
    TopicConfigurations: entries(answer?.TopicConfigurations, 'Topic', 'TopicArn'),
    EventBridgeConfiguration: { EventBridgeEnabled: answer?.EventBridgeConfiguration !== undefined },
  }
  const told = [found.LambdaConfigurations, found.QueueConfigurations, found.TopicConfigurations].flat().length > 0
  return told || found.EventBridgeConfiguration.EventBridgeEnabled ? found : undefined
}
