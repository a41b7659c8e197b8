import { isAwsError } from '../../kernel/errors.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'
import { samePolicyText } from '../../stacks/drift-text.ts'
import type { BucketProperties } from './bucket-properties.ts'
import { logging, notifications, readConfigurations, replication } from './configuration-reads.ts'
import { lifecycleInput } from './lifecycle-property.ts'

/** Deleting what is gone already is done; reading it finds nothing. */
export function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'NoSuchBucket', 'NoSuchBucketPolicy')) throw error
}

/** What buckets answer that have none of something. */
const unset = [
  ...['NoSuchBucketPolicy', 'NoSuchCORSConfiguration', 'NoSuchLifecycleConfiguration', 'NoSuchTagSet'],
  ...['NoSuchWebsiteConfiguration', 'NoSuchPublicAccessBlockConfiguration', 'ObjectLockConfigurationNotFoundError'],
  ...['ReplicationConfigurationNotFoundError'],
  ...['OwnershipControlsNotFoundError', 'ServerSideEncryptionConfigurationNotFoundError'],
]

type Answer = Readonly<Record<string, unknown>>

/** A bucket as its properties would say it. Not read: AccessControl (grants have no name). */
export async function readBucket(
  Bucket: string,
  props: BucketProperties,
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const versioning = await rx.invoke<Answer>('s3:GetBucketVersioning', { Bucket }).catch(ignoreMissing)
  if (!versioning) return undefined
  const get = (operation: string): Promise<Answer | undefined> =>
    rx.invoke<Answer>(`s3:Get${operation}`, { Bucket }).catch((error: unknown): undefined => {
      if (!isAwsError(error, ...unset)) throw error
    })
  const lock = (await get('ObjectLockConfiguration'))?.ObjectLockConfiguration as Answer | undefined
  const accelerate = await get('BucketAccelerateConfiguration')
  return {
    BucketName: Bucket,
    AbacStatus: ((await get('BucketAbac'))?.AbacStatus as Answer | undefined)?.Status,
    VersioningConfiguration: members(versioning, ['Status']),
    AnalyticsConfigurations: await readConfigurations('Analytics', Bucket, rx),
    IntelligentTieringConfigurations: await readConfigurations('IntelligentTiering', Bucket, rx),
    InventoryConfigurations: await readConfigurations('Inventory', Bucket, rx),
    MetricsConfigurations: await readConfigurations('Metrics', Bucket, rx),
    LoggingConfiguration: logging(await get('BucketLogging')),
    NotificationConfiguration: notifications(
      await get('BucketNotificationConfiguration'),
      props.NotificationConfiguration,
    ),
    ReplicationConfiguration: replication(await get('BucketReplication')),
    AccelerateConfiguration: { AccelerationStatus: accelerate?.Status },
    BucketEncryption: encryption(await get('BucketEncryption')),
    CorsConfiguration: cors(await get('BucketCors')),
    LifecycleConfiguration: lifecycle(await get('BucketLifecycleConfiguration'), props),
    ObjectLockEnabled: lock?.ObjectLockEnabled === 'Enabled',
    ObjectLockConfiguration: lock,
    OwnershipControls: (await get('BucketOwnershipControls'))?.OwnershipControls,
    PublicAccessBlockConfiguration: (await get('PublicAccessBlock'))?.PublicAccessBlockConfiguration,
    Tags: (await get('BucketTagging'))?.TagSet,
    WebsiteConfiguration: website(await get('BucketWebsite')),
  }
}

/** The policy of a bucket as its properties would say it. */
export async function readPolicy(Bucket: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await rx.invoke<{ Policy: string }>('s3:GetBucketPolicy', { Bucket }).catch(ignoreMissing)
  return found && { Bucket, PolicyDocument: found.Policy }
}

const list = (value: unknown) => (value ?? []) as Answer[]

function encryption(answer: Answer | undefined) {
  const rules = (answer?.ServerSideEncryptionConfiguration as Answer | undefined)?.Rules
  return rules === undefined
    ? undefined
    : {
        ServerSideEncryptionConfiguration: list(rules).map(({ ApplyServerSideEncryptionByDefault, ...rest }) => ({
          ...rest,
          ServerSideEncryptionByDefault: ApplyServerSideEncryptionByDefault,
        })),
      }
}

function cors(answer: Answer | undefined) {
  return (
    answer && {
      CorsRules: list(answer.CORSRules).map(({ ID, ExposeHeaders, MaxAgeSeconds, ...rest }) => ({
        ...rest,
        Id: ID,
        ExposedHeaders: ExposeHeaders,
        MaxAge: MaxAgeSeconds,
      })),
    }
  )
}

/** Templates have several ways to say a rule: the template's own, as long as that is what the bucket has. */
function lifecycle(answer: Answer | undefined, { LifecycleConfiguration: wanted }: BucketProperties) {
  if (!answer) return undefined
  const asked = wanted && lifecycleInput(wanted).LifecycleConfiguration.Rules
  const plain = (rules: unknown): unknown => JSON.parse(JSON.stringify(rules ?? null))
  if (asked && samePolicyText(plain(asked), plain(answer.Rules))) return wanted
  return {
    Rules: list(answer.Rules).map(({ ID, Status, Filter, Expiration, AbortIncompleteMultipartUpload }) => ({
      Id: ID,
      Status,
      Prefix: (Filter as Answer | undefined)?.Prefix,
      ExpirationInDays: (Expiration as Answer | undefined)?.Days,
      AbortIncompleteMultipartUpload,
    })),
  }
}

function website(answer: Answer | undefined) {
  return (
    answer && {
      IndexDocument: (answer.IndexDocument as Answer | undefined)?.Suffix,
      ErrorDocument: (answer.ErrorDocument as Answer | undefined)?.Key,
      RedirectAllRequestsTo: answer.RedirectAllRequestsTo,
      RoutingRules: list(answer.RoutingRules).map(({ Redirect, Condition }) => ({
        RedirectRule: Redirect,
        RoutingRuleCondition: Condition,
      })),
    }
  )
}
