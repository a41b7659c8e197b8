import { isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { streamArn } from './names.ts'
import { leastRecordKib } from './throughput.ts'

interface StreamProperties {
  readonly Name?: string
  readonly ShardCount?: number
  readonly StreamModeDetails?: { readonly StreamMode: 'PROVISIONED' | 'ON_DEMAND' }
  readonly RetentionPeriodHours?: number
  readonly MaxRecordSizeInKiB?: number
  readonly WarmThroughputMiBps?: number
  readonly StreamEncryption?: { readonly EncryptionType: string; readonly KeyId: string }
  readonly DesiredShardLevelMetrics?: readonly string[]
  readonly Tags?: TagProperty
}

interface Summary {
  readonly StreamDescriptionSummary: {
    readonly StreamStatus: string
    readonly StreamModeDetails: { readonly StreamMode: string }
    readonly OpenShardCount: number
    readonly RetentionPeriodHours: number
    readonly MaxRecordSizeInKiB: number
    readonly WarmThroughput?: { readonly TargetMiBps: number; readonly CurrentMiBps: number }
    readonly EncryptionType: string
    readonly KeyId?: string
    readonly EnhancedMonitoring: readonly { readonly ShardLevelMetrics: readonly string[] }[]
  }
}

/** Deleting what is gone already is done; reading it finds nothing. */
export function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'ResourceNotFoundException')) throw error
}

export const streamResource = resource<StreamProperties>({
  properties: [
    ...(['Name', 'ShardCount', 'StreamModeDetails', 'RetentionPeriodHours'] as const),
    ...(['MaxRecordSizeInKiB', 'WarmThroughputMiBps', 'StreamEncryption', 'DesiredShardLevelMetrics', 'Tags'] as const),
  ],
  async create(props, rx) {
    const { ShardCount, StreamModeDetails, MaxRecordSizeInKiB, WarmThroughputMiBps } = props
    const StreamName = props.Name ?? rx.name({ maxLength: 128 })
    await rx.invoke('kinesis:CreateStream', {
      ...{ StreamName, ShardCount, StreamModeDetails, MaxRecordSizeInKiB, WarmThroughputMiBps },
      Tags: resourceTags(props.Tags, rx),
    })
    rx.created(StreamName)
    await setUp(StreamName, props, MaxRecordSizeInKiB === undefined ? {} : { MaxRecordSizeInKiB }, rx)
    return state(StreamName, rx)
  },
  async update(id, props, previous, rx) {
    const StreamMode = props.StreamModeDetails?.StreamMode ?? 'PROVISIONED'
    if (StreamMode !== (previous.StreamModeDetails?.StreamMode ?? 'PROVISIONED')) {
      const StreamARN = streamArn(rx, id)
      await rx.invoke('kinesis:UpdateStreamMode', { StreamARN, StreamModeDetails: { StreamMode } })
    }
    const { ShardCount: TargetShardCount } = props
    const WarmThroughputMiBps = props.WarmThroughputMiBps
    if (WarmThroughputMiBps !== undefined && WarmThroughputMiBps !== previous.WarmThroughputMiBps) {
      await rx.invoke('kinesis:UpdateStreamWarmThroughput', { StreamName: id, WarmThroughputMiBps })
    }
    if (TargetShardCount !== undefined && TargetShardCount !== previous.ShardCount && StreamMode === 'PROVISIONED') {
      await rx.invoke('kinesis:UpdateShardCount', { StreamName: id, TargetShardCount, ScalingType: 'UNIFORM_SCALING' })
    }
    await setUp(id, props, previous, rx)
    const TagKeys = removedTags(props.Tags, previous.Tags, rx)
    const ResourceARN = streamArn(rx, id)
    if (TagKeys.length > 0) await rx.invoke('kinesis:UntagResource', { ResourceARN, TagKeys })
    const Tags = resourceTags(props.Tags, rx)
    if (Object.keys(Tags).length > 0) await rx.invoke('kinesis:TagResource', { ResourceARN, Tags })
    return state(id, rx)
  },
  async delete(id, _props, rx) {
    const asked = { StreamName: id, EnforceConsumerDeletion: true }
    await rx.invoke('kinesis:DeleteStream', asked).catch(ignoreMissing)
  },
  async read(id, _props, rx) {
    const found = await rx.invoke<Summary>('kinesis:DescribeStreamSummary', { StreamName: id }).catch(ignoreMissing)
    if (!found || found.StreamDescriptionSummary.StreamStatus === 'DELETING') return undefined
    const now = found.StreamDescriptionSummary
    const ResourceARN = streamArn(rx, id)
    const { Tags } = await rx.invoke<{ Tags: unknown }>('kinesis:ListTagsForResource', { ResourceARN })
    const metrics = now.EnhancedMonitoring[0]?.ShardLevelMetrics ?? []
    return {
      Name: id,
      ShardCount: now.OpenShardCount,
      StreamModeDetails: now.StreamModeDetails,
      RetentionPeriodHours: now.RetentionPeriodHours,
      MaxRecordSizeInKiB: now.MaxRecordSizeInKiB,
      WarmThroughputMiBps: now.WarmThroughput?.TargetMiBps,
      StreamEncryption: now.KeyId === undefined ? undefined : { EncryptionType: now.EncryptionType, KeyId: now.KeyId },
      DesiredShardLevelMetrics: metrics.length > 0 ? metrics : undefined,
      Tags,
    }
  },
  adopt: state,
  list: listing('kinesis:ListStreams', { items: 'StreamNames' }),
})

/** Retention, size of records, encryption and metrics, which a stream gets after it is made. */
async function setUp(StreamName: string, props: StreamProperties, previous: StreamProperties, rx: ResourceCtx) {
  const hours = (from: StreamProperties) => from.RetentionPeriodHours ?? 24
  if (hours(props) !== hours(previous)) {
    const operation = hours(props) > hours(previous) ? 'Increase' : 'Decrease'
    const asked = { StreamName, RetentionPeriodHours: hours(props) }
    await rx.invoke(`kinesis:${operation}StreamRetentionPeriod`, asked)
  }
  const size = (from: StreamProperties) => from.MaxRecordSizeInKiB ?? leastRecordKib
  if (size(props) !== size(previous)) {
    const asked = { StreamARN: streamArn(rx, StreamName), MaxRecordSizeInKiB: size(props) }
    await rx.invoke('kinesis:UpdateMaxRecordSize', asked)
  }
  const [key, before] = [props.StreamEncryption, previous.StreamEncryption]
  if (key && key.KeyId !== before?.KeyId) await rx.invoke('kinesis:StartStreamEncryption', { StreamName, ...key })
  if (!key && before) await rx.invoke('kinesis:StopStreamEncryption', { StreamName, ...before })
  const [wanted = [], had = []] = [props.DesiredShardLevelMetrics, previous.DesiredShardLevelMetrics]
  const gone = had.filter((name) => !wanted.includes(name))
  const enable = { StreamName, ShardLevelMetrics: wanted }
  if (gone.length > 0) await rx.invoke('kinesis:DisableEnhancedMonitoring', { StreamName, ShardLevelMetrics: gone })
  if (wanted.length > 0) await rx.invoke('kinesis:EnableEnhancedMonitoring', enable)
}

function state(name: string, rx: ResourceReader) {
  return { id: name, attributes: { Arn: streamArn(rx, name) } }
}
