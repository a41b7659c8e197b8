import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, type ResourceState, resource } from '../../kernel/resource.ts'
import { type BucketProperties, settingNames, settings } from './bucket-properties.ts'
import { ignoreMissing, readBucket, readPolicy } from './resource-reads.ts'
import { websitePrefix } from './website-endpoint.ts'

interface PolicyProperties {
  Bucket: string
  PolicyDocument: object | string
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html */
const listBuckets = listing('s3:ListBuckets', {
  items: 'Buckets',
  id: 'Name',
  token: ['ContinuationToken', 'ContinuationToken'],
  input: ({ region }) => ({ BucketRegion: region, MaxBuckets: 1_000 }),
})

export const resources = {
  'AWS::S3::Bucket': resource<BucketProperties>({
    properties: [
      'BucketName',
      'AbacStatus',
      'AccelerateConfiguration',
      'AccessControl',
      'AnalyticsConfigurations',
      'BucketEncryption',
      'CorsConfiguration',
      'IntelligentTieringConfigurations',
      'InventoryConfigurations',
      'LifecycleConfiguration',
      'LoggingConfiguration',
      'MetricsConfigurations',
      'NotificationConfiguration',
      'ObjectLockConfiguration',
      'ObjectLockEnabled',
      'OwnershipControls',
      'PublicAccessBlockConfiguration',
      'ReplicationConfiguration',
      'Tags',
      'VersioningConfiguration',
      'WebsiteConfiguration',
    ],
    async create(props, rx) {
      const name = props.BucketName ?? rx.name({ maxLength: 63, lowercase: true })
      const tags = tagsOf(props, rx)
      const settingsOfBucket = {
        ...(rx.region !== 'us-east-1' && { LocationConstraint: rx.region }),
        ...(tags.length > 0 && { Tags: tags }),
      }
      await rx.invoke('s3:CreateBucket', {
        Bucket: name,
        ...(props.ObjectLockEnabled && { ObjectLockEnabledForBucket: true }),
        ...(Object.keys(settingsOfBucket).length > 0 && { CreateBucketConfiguration: settingsOfBucket }),
      })
      rx.created(name)
      for (const property of settingNames) await apply(property, props, name, rx)
      return stateOf(name, rx)
    },
    async update(id, props, previous, rx) {
      for (const property of settingNames) {
        if (JSON.stringify(props[property]) === JSON.stringify(previous[property])) continue
        await apply(property, props, id, rx, previous)
      }
      const tags = tagsOf(props, rx)
      if (tags.length > 0) await rx.invoke('s3:PutBucketTagging', { Bucket: id, Tagging: { TagSet: tags } })
      else if (previous.Tags?.length || Object.keys(rx.previousTags).length > 0)
        await rx.invoke('s3:DeleteBucketTagging', { Bucket: id })
      return stateOf(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('s3:DeleteBucket', { Bucket: id }).catch(ignoreMissing)
    },
    read: (id, props, rx) => readBucket(id, props, rx),
    adopt: stateOf,
    list: listBuckets,
  }),

  'AWS::S3::BucketPolicy': resource<PolicyProperties>({
    properties: ['Bucket', 'PolicyDocument'],
    async create(props, rx) {
      await putPolicy(props, rx)
      return { id: props.Bucket }
    },
    async update(id, props, _previous, rx) {
      await putPolicy(props, rx)
      return { id }
    },
    async delete(id, _props, rx) {
      await rx.invoke('s3:DeleteBucketPolicy', { Bucket: id }).catch(ignoreMissing)
    },
    read: (id, _props, rx) => readPolicy(id, rx),
    adopt: (id) => ({ id }),
    async *list(rx) {
      for await (const bucket of listBuckets(rx)) if (await readPolicy(bucket, rx)) yield bucket
    },
  }),
}

async function apply<P extends keyof BucketProperties>(
  property: P,
  props: BucketProperties,
  bucket: string,
  rx: ResourceCtx,
  previous: BucketProperties = {},
): Promise<void> {
  const value = props[property]
  const before = previous[property] ?? undefined
  if (value !== undefined) await settings[property]?.put(value, bucket, rx, before)
  else if (before !== undefined) await settings[property]?.reset(bucket, rx, before)
}

function stateOf(name: string, { region, baseUrl }: ResourceReader): ResourceState {
  return {
    id: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.amazonaws.com`,
      DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
      WebsiteURL: `${baseUrl}${websitePrefix}${name}`,
    },
  }
}

function tagsOf({ Tags = [] }: BucketProperties, rx: ResourceCtx): { Key: string; Value: string }[] {
  const all = new Map(Object.entries(rx.tags))
  for (const { Key, Value } of Tags) all.set(Key, Value)
  return [...all].map(([Key, Value]) => ({ Key, Value }))
}

async function putPolicy({ Bucket, PolicyDocument }: PolicyProperties, rx: ResourceCtx): Promise<void> {
  const Policy = typeof PolicyDocument === 'string' ? PolicyDocument : JSON.stringify(PolicyDocument)
  await rx.invoke('s3:PutBucketPolicy', { Bucket, Policy })
}
