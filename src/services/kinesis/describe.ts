import { hashRange } from './lineage.ts'
import { type Located, shardId, streamArn } from './names.ts'
import { beforeFirst, behindLast, sequenceNumber } from './sequence.ts'
import type { Shard, Stream } from './state.ts'
import { leastRecordKib } from './throughput.ts'

/** A stream as its summary says it. */
export function describeSummary({ scope, stream }: Located) {
  return {
    ...common({ scope, stream }),
    OpenShardCount: stream.open.length,
    ConsumerCount: stream.consumers,
    WarmThroughput: warmOf(stream),
    MaxRecordSizeInKiB: stream.maxRecordKib ?? leastRecordKib,
    ChannelCount: stream.channel === undefined ? 0 : 1,
    RecordDistributionStrategy: strategyOf(stream),
  }
}

function strategyOf({ mode, spreads }: Stream): 'AUTO' | 'USER_PARTITION_KEY' | undefined {
  if (mode === 'ON_DEMAND') return spreads ? 'AUTO' : 'USER_PARTITION_KEY'
  return undefined
}

/** Undefined for a stream that never was warmed. */
export function warmOf({ warmMiBps, open }: Stream) {
  return warmMiBps === undefined ? undefined : { TargetMiBps: warmMiBps, CurrentMiBps: open.length }
}

/** What summary and description both say. */
export function common({ scope, stream }: Located) {
  return {
    StreamName: stream.name,
    StreamARN: streamArn(scope, stream.name),
    StreamStatus: stream.status,
    StreamModeDetails: { StreamMode: stream.mode },
    RetentionPeriodHours: stream.retentionHours,
    StreamCreationTimestamp: new Date(stream.createdAtMs),
    EnhancedMonitoring: [{ ShardLevelMetrics: [...stream.shardMetrics] as 'ALL'[] }],
    EncryptionType: encryptionOf(stream),
    KeyId: stream.keyId,
  }
}

export function encryptionOf({ keyId }: Stream): 'KMS' | 'NONE' {
  return keyId === undefined ? 'NONE' : 'KMS'
}

export function describeShard(shard: Shard) {
  return {
    ShardId: shardId(shard.number),
    ParentShardId: shard.parent === undefined ? undefined : shardId(shard.parent),
    AdjacentParentShardId: shard.adjacentParent === undefined ? undefined : shardId(shard.adjacentParent),
    HashKeyRange: hashRange(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber(shard, beforeFirst),
      EndingSequenceNumber: shard.closedAtMs === undefined ? undefined : sequenceNumber(shard, behindLast),
    },
  }
}

/** A shard as readers of one of its parents are told of it. */
export function describeChild(shard: Shard) {
  const parents = [shard.parent, shard.adjacentParent].filter((number) => number !== undefined)
  return { ShardId: shardId(shard.number), ParentShards: parents.map(shardId), HashKeyRange: hashRange(shard) }
}
