import type { ResourceCtx } from '../../kernel/resource.ts'
import { groups } from './acl.ts'
import {
  type ConfigurationProperty,
  configurations,
  type InventoryProperty,
  inventories,
} from './configuration-properties.ts'
import { type LifecycleProperty, lifecycleInput } from './lifecycle-property.ts'
import { canonicalUserId } from './names.ts'
import { type ReplicationProperty, replicationInput } from './replication-property.ts'

interface NotificationProperty {
  Event: string
  Filter?: { S3Key: { Rules: { Name: string; Value: string }[] } }
}

interface KeyFormat {
  SimplePrefix?: object
  PartitionedPrefix?: object
}

export interface BucketProperties {
  BucketName?: string
  AbacStatus?: string
  AccelerateConfiguration?: { AccelerationStatus: string }
  AccessControl?: string
  AnalyticsConfigurations?: ConfigurationProperty[]
  BucketEncryption?: {
    ServerSideEncryptionConfiguration: {
      BucketKeyEnabled?: boolean
      BlockedEncryptionTypes?: unknown
      ServerSideEncryptionByDefault?: { SSEAlgorithm: string; KMSMasterKeyID?: string }
    }[]
  }
  CorsConfiguration?: {
    CorsRules: {
      Id?: string
      AllowedHeaders?: string[]
      AllowedMethods: string[]
      AllowedOrigins: string[]
      ExposedHeaders?: string[]
      MaxAge?: number
    }[]
  }
  IntelligentTieringConfigurations?: ConfigurationProperty[]
  InventoryConfigurations?: InventoryProperty[]
  LifecycleConfiguration?: LifecycleProperty
  LoggingConfiguration?: { DestinationBucketName?: string; LogFilePrefix?: string; TargetObjectKeyFormat?: KeyFormat }
  MetricsConfigurations?: ConfigurationProperty[]
  NotificationConfiguration?: {
    EventBridgeConfiguration?: { EventBridgeEnabled: boolean }
    LambdaConfigurations?: (NotificationProperty & { Function: string })[]
    QueueConfigurations?: (NotificationProperty & { Queue: string })[]
    TopicConfigurations?: (NotificationProperty & { Topic: string })[]
  }
  ObjectLockEnabled?: boolean
  ObjectLockConfiguration?: { ObjectLockEnabled?: string; Rule?: object }
  OwnershipControls?: { Rules: { ObjectOwnership?: string }[] }
  PublicAccessBlockConfiguration?: Record<string, boolean>
  ReplicationConfiguration?: ReplicationProperty
  Tags?: { Key: string; Value: string }[]
  VersioningConfiguration?: { Status: string }
  WebsiteConfiguration?: {
    IndexDocument?: string
    ErrorDocument?: string
    RedirectAllRequestsTo?: { HostName: string; Protocol?: string }
    RoutingRules?: { RedirectRule: object; RoutingRuleCondition?: object }[]
  }
}

interface Setting<V> {
  put(value: V, bucket: string, rx: ResourceCtx, before?: V | undefined): Promise<unknown>
  /** What it goes back to when it leaves the template. */
  reset(bucket: string, rx: ResourceCtx, before?: V | undefined): Promise<unknown>
}

/** Properties that are set by an operation of their own, in the order that they depend on each other. */
export const settings: { readonly [P in keyof BucketProperties]?: Setting<NonNullable<BucketProperties[P]>> } = {
  AbacStatus: {
    put: (Status, Bucket, rx) => rx.invoke('s3:PutBucketAbac', { Bucket, AbacStatus: { Status } }),
    reset: (Bucket, rx) => rx.invoke('s3:PutBucketAbac', { Bucket, AbacStatus: { Status: 'Disabled' } }),
  },
  BucketEncryption: {
    put: ({ ServerSideEncryptionConfiguration: rules }, Bucket, rx) =>
      rx.invoke('s3:PutBucketEncryption', {
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: rules.map(({ ServerSideEncryptionByDefault, ...rest }) => ({
            ...rest,
            ...(ServerSideEncryptionByDefault && { ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault }),
          })),
        },
      }),
    reset: (Bucket, rx) => rx.invoke('s3:DeleteBucketEncryption', { Bucket }),
  },
  CorsConfiguration: {
    put: ({ CorsRules }, Bucket, rx) =>
      rx.invoke('s3:PutBucketCors', {
        Bucket,
        CORSConfiguration: {
          CORSRules: CorsRules.map(({ Id, ExposedHeaders, MaxAge, ...rest }) => ({
            ...rest,
            ...(Id !== undefined && { ID: Id }),
            ...(ExposedHeaders && { ExposeHeaders: ExposedHeaders }),
            ...(MaxAge !== undefined && { MaxAgeSeconds: MaxAge }),
          })),
        },
      }),
    reset: (Bucket, rx) => rx.invoke('s3:DeleteBucketCors', { Bucket }),
  },
  OwnershipControls: {
    put: (OwnershipControls, Bucket, rx) => rx.invoke('s3:PutBucketOwnershipControls', { Bucket, OwnershipControls }),
    reset: (Bucket, rx) =>
      rx.invoke('s3:PutBucketOwnershipControls', {
        Bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      }),
  },
  PublicAccessBlockConfiguration: {
    put: (PublicAccessBlockConfiguration, Bucket, rx) =>
      rx.invoke('s3:PutPublicAccessBlock', { Bucket, PublicAccessBlockConfiguration }),
    reset: (Bucket, rx) =>
      rx.invoke('s3:PutPublicAccessBlock', {
        Bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
      }),
  },
  AccessControl: {
    put: (name, Bucket, rx) => rx.invoke('s3:PutBucketAcl', { Bucket, ...cannedAcl(name, rx) }),
    reset: (Bucket, rx) => rx.invoke('s3:PutBucketAcl', { Bucket, ACL: 'private' }),
  },
  VersioningConfiguration: {
    put: (VersioningConfiguration, Bucket, rx) =>
      rx.invoke('s3:PutBucketVersioning', { Bucket, VersioningConfiguration }),
    reset: (Bucket, rx) =>
      rx.invoke('s3:PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Suspended' } }),
  },
  ObjectLockConfiguration: {
    put: (ObjectLockConfiguration, Bucket, rx) =>
      rx.invoke('s3:PutObjectLockConfiguration', { Bucket, ObjectLockConfiguration }),
    reset: (Bucket, rx) =>
      rx.invoke('s3:PutObjectLockConfiguration', {
        Bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
      }),
  },
  LifecycleConfiguration: {
    put: (property, Bucket, rx) =>
      rx.invoke('s3:PutBucketLifecycleConfiguration', { Bucket, ...lifecycleInput(property) }),
    reset: (Bucket, rx) => rx.invoke('s3:DeleteBucketLifecycle', { Bucket }),
  },
  AccelerateConfiguration: {
    put: ({ AccelerationStatus: Status }, Bucket, rx) =>
      rx.invoke('s3:PutBucketAccelerateConfiguration', { Bucket, AccelerateConfiguration: { Status } }),
    reset: (Bucket, rx) =>
      rx.invoke('s3:PutBucketAccelerateConfiguration', {
        Bucket,
        AccelerateConfiguration: { Status: 'Suspended' },
      }),
  },
  AnalyticsConfigurations: configurations('Analytics'),
  IntelligentTieringConfigurations: configurations('IntelligentTiering'),
  InventoryConfigurations: inventories,
  LoggingConfiguration: {
    // Without a destination a bucket logs to itself.
    put: ({ DestinationBucketName, LogFilePrefix = '', TargetObjectKeyFormat }, Bucket, rx) =>
      rx.invoke('s3:PutBucketLogging', {
        Bucket,
        BucketLoggingStatus: {
          LoggingEnabled: {
            ...{ TargetBucket: DestinationBucketName ?? Bucket, TargetPrefix: LogFilePrefix },
            ...(TargetObjectKeyFormat && {
              // The other has nothing inside it.
              TargetObjectKeyFormat: TargetObjectKeyFormat.SimplePrefix ? { SimplePrefix: {} } : TargetObjectKeyFormat,
            }),
          },
        },
      }),
    reset: (Bucket, rx) => rx.invoke('s3:PutBucketLogging', { Bucket, BucketLoggingStatus: {} }),
  },
  MetricsConfigurations: configurations('Metrics'),
  WebsiteConfiguration: {
    put: ({ IndexDocument, ErrorDocument, RedirectAllRequestsTo, RoutingRules }, Bucket, rx) =>
      rx.invoke('s3:PutBucketWebsite', {
        Bucket,
        WebsiteConfiguration: {
          ...(IndexDocument !== undefined && { IndexDocument: { Suffix: IndexDocument } }),
          ...(ErrorDocument !== undefined && { ErrorDocument: { Key: ErrorDocument } }),
          ...(RedirectAllRequestsTo && { RedirectAllRequestsTo }),
          ...(RoutingRules && {
            RoutingRules: RoutingRules.map(({ RedirectRule, RoutingRuleCondition }) => ({
              Redirect: RedirectRule,
              ...(RoutingRuleCondition && { Condition: RoutingRuleCondition }),
            })),
          }),
        },
      }),
    reset: (Bucket, rx) => rx.invoke('s3:DeleteBucketWebsite', { Bucket }),
  },
  ReplicationConfiguration: {
    put: (property, Bucket, rx) =>
      rx.invoke('s3:PutBucketReplication', { Bucket, ReplicationConfiguration: replicationInput(property) }),
    reset: (Bucket, rx) => rx.invoke('s3:DeleteBucketReplication', { Bucket }),
  },
  NotificationConfiguration: {
    put: ({ LambdaConfigurations, QueueConfigurations, TopicConfigurations, EventBridgeConfiguration }, Bucket, rx) =>
      rx.invoke('s3:PutBucketNotificationConfiguration', {
        Bucket,
        NotificationConfiguration: {
          ...(LambdaConfigurations && {
            LambdaFunctionConfigurations: LambdaConfigurations.map(({ Function: LambdaFunctionArn, ...rest }) => ({
              LambdaFunctionArn,
              ...notification(rest),
            })),
          }),
          ...(QueueConfigurations && {
            QueueConfigurations: QueueConfigurations.map(({ Queue: QueueArn, ...rest }) => ({
              QueueArn,
              ...notification(rest),
            })),
          }),
          ...(TopicConfigurations && {
            TopicConfigurations: TopicConfigurations.map(({ Topic: TopicArn, ...rest }) => ({
              TopicArn,
              ...notification(rest),
            })),
          }),
          ...(EventBridgeConfiguration?.EventBridgeEnabled && { EventBridgeConfiguration: {} }),
        },
      }),
    reset: (Bucket, rx) =>
      rx.invoke('s3:PutBucketNotificationConfiguration', { Bucket, NotificationConfiguration: {} }),
  },
}

export const settingNames = Object.keys(settings) as (keyof BucketProperties)[]

/** `PublicRead` of templates is `public-read` of the API, whose model does not have the one for log delivery. */
function cannedAcl(name: string, { account }: ResourceCtx): object {
  if (name !== 'LogDeliveryWrite') return { ACL: name.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase() }
  const group = `uri="${groups.logDelivery}"`
  return { GrantFullControl: `id="${canonicalUserId(account)}"`, GrantWrite: group, GrantReadACP: group }
}

function notification({ Event, Filter }: NotificationProperty) {
  const rules = Filter?.S3Key.Rules.map(({ Name, Value }) => ({ Name: String(Name).toLowerCase(), Value }))
  return { Events: [Event], ...(rules && { Filter: { Key: { FilterRules: rules } } }) }
}
