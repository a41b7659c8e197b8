import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { checkNoChannel } from './channels/channels.ts'
import { countUsage } from './limits.ts'
import { type Asked, invalid, type Located, locateActive, streamArn } from './names.ts'
import { horizonOf } from './reading.ts'
import { type Stream, stream } from './state.ts'
import { asking } from './streams.ts'
import { scheduleTrim } from './trim-job.ts'
import { warm } from './warm-throughput.ts'

const [leastHours, mostHours] = [24, 8_760]
const allMetrics = [
  'IncomingBytes',
  'IncomingRecords',
  'OutgoingBytes',
  'OutgoingRecords',
  'WriteProvisionedThroughputExceeded',
  'ReadProvisionedThroughputExceeded',
  'IteratorAgeMilliseconds',
]

/** Retention, mode, encryption and metrics of streams. */
export const settings = operations<Api>()({
  IncreaseStreamRetentionPeriod: {
    authorize: (input, ctx) => asking('IncreaseStreamRetentionPeriod', input, ctx),
    async write(tx, input, ctx) {
      const hours = checkHours(input.RetentionPeriodHours)
      const at = await change(tx, input, (before) => {
        if (hours >= before.retentionHours) return { retentionHours: hours, goneMs: horizonOf(before, ctx.nowMs) }
        throw invalid(
          `Requested retention period (${hours} hours) for stream ${before.name} can not be shorter than existing ` +
            `retention period (${before.retentionHours} hours). Use DecreaseRetentionPeriod API.`,
        )
      })
      scheduleTrim(tx, ctx.host, at.scope, at.stream, ctx.nowMs)
      return {}
    },
  },

  DecreaseStreamRetentionPeriod: {
    authorize: (input, ctx) => asking('DecreaseStreamRetentionPeriod', input, ctx),
    async write(tx, input, ctx) {
      const hours = checkHours(input.RetentionPeriodHours)
      const at = await change(tx, input, (before) => {
        if (hours <= before.retentionHours) return { retentionHours: hours }
        throw invalid(
          `Requested retention period (${hours} hours) for stream ${before.name} can not be longer than existing ` +
            `retention period (${before.retentionHours} hours). Use IncreaseRetentionPeriod API.`,
        )
      })
      scheduleTrim(tx, ctx.host, at.scope, at.stream, ctx.nowMs)
      return {}
    },
  },

  UpdateStreamMode: {
    authorize: () => [{ action: 'kinesis:UpdateStreamMode', resource: '*' }],
    async write(tx, input, ctx) {
      const { StreamModeDetails, WarmThroughputMiBps: warmMiBps } = input
      const mode = StreamModeDetails.StreamMode
      const before = await locateActive(tx, input)
      if (mode !== 'ON_DEMAND') await checkNoChannel(tx, before)
      // What only streams on demand have ends with that.
      const onDemand = mode === 'ON_DEMAND' ? {} : { spreads: undefined, warmMiBps: undefined }
      const after = { ...before.stream, mode, ...onDemand }
      await countUsage(tx.in(before.scope), before.stream, after)
      tx.in(before.scope).set(stream(after.name), after)
      if (warmMiBps !== undefined) await warm(tx, { ...before, stream: after }, warmMiBps, ctx.nowMs)
      return {}
    },
  },

  StartStreamEncryption: {
    authorize: (input, ctx) => asking('StartStreamEncryption', input, ctx),
    async write(tx, input) {
      if (input.EncryptionType !== 'KMS') throw invalid('EncryptionType must be KMS.')
      await change(tx, input, () => ({ keyId: input.KeyId }))
      return {}
    },
  },

  StopStreamEncryption: {
    authorize: (input, ctx) => asking('StopStreamEncryption', input, ctx),
    async write(tx, input) {
      if (input.EncryptionType !== 'KMS') throw invalid('EncryptionType must be KMS.')
      await change(tx, input, ({ keyId }) => {
        if (keyId === undefined || keyId === input.KeyId) return { keyId: undefined }
        throw invalid(`The stream is encrypted with ${keyId}, not with ${input.KeyId}.`)
      })
      return {}
    },
  },

  EnableEnhancedMonitoring: {
    authorize: () => [{ action: 'kinesis:EnableEnhancedMonitoring', resource: '*' }],
    write: (tx, input) =>
      monitor(tx, input, (now, asked) => allMetrics.filter((name) => now.includes(name) || asked.includes(name))),
  },

  DisableEnhancedMonitoring: {
    authorize: () => [{ action: 'kinesis:DisableEnhancedMonitoring', resource: '*' }],
    write: (tx, input) => monitor(tx, input, (now, asked) => now.filter((name) => !asked.includes(name))),
  },
})

function checkHours(hours: number): number {
  const asked = `Requested retention period (${hours} hours)`
  if (hours < leastHours) {
    throw invalid(`Minimum allowed retention period is ${leastHours} hours. ${asked} is too short.`)
  }
  if (hours > mostHours) throw invalid(`Maximum allowed retention period is ${mostHours} hours. ${asked} is too long.`)
  return hours
}

/** Writes what `changes` makes of the stream that is asked for. */
export async function change(tx: Tx, asked: Asked, changes: (before: Stream) => Partial<Stream>): Promise<Located> {
  const { scope, stream: before } = await locateActive(tx, asked)
  const after = { ...before, ...changes(before) }
  tx.in(scope).set(stream(after.name), after)
  return { scope, stream: after }
}

async function monitor(
  tx: Tx,
  input: Asked & { readonly ShardLevelMetrics: readonly string[] },
  next: (now: readonly string[], asked: readonly string[]) => string[],
) {
  const asked = input.ShardLevelMetrics.includes('ALL') ? allMetrics : input.ShardLevelMetrics
  let before: readonly string[] = []
  const at = await change(tx, input, ({ shardMetrics }) => {
    before = shardMetrics
    return { shardMetrics: next(shardMetrics, asked) }
  })
  return {
    StreamName: at.stream.name,
    StreamARN: streamArn(at.scope, at.stream.name),
    CurrentShardLevelMetrics: [...before] as 'ALL'[],
    DesiredShardLevelMetrics: [...at.stream.shardMetrics] as 'ALL'[],
  }
}
