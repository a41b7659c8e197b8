import type { ReadTx } from '../../kernel/records.ts'
import { invalid } from './names.ts'
import { lastPosition, positionBefore } from './reading.ts'
import { justBefore, positionOf } from './sequence.ts'
import type { Shard, Stream } from './state.ts'

export interface StartingPosition {
  readonly type: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER' | 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP'
  readonly sequenceNumber?: string | undefined
  readonly atMs?: number | undefined
}

/**
 * The position after which a reader begins; undefined for the oldest record there is. Throws InvalidArgumentException
 * for what does not go together.
 */
export async function startOf(
  tx: ReadTx,
  of: Stream,
  shard: Shard,
  { type, sequenceNumber, atMs }: StartingPosition,
  nowMs: number,
): Promise<Uint8Array | undefined> {
  const bySequence = type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER'
  if (bySequence !== (sequenceNumber !== undefined)) {
    throw invalid(`The type ${type} ${bySequence ? 'needs a' : 'takes no'} StartingSequenceNumber.`)
  }
  if ((type === 'AT_TIMESTAMP') !== (atMs !== undefined)) {
    throw invalid(`The type ${type} ${type === 'AT_TIMESTAMP' ? 'needs a' : 'takes no'} Timestamp.`)
  }
  if (type === 'TRIM_HORIZON') return undefined
  if (type === 'LATEST') return lastPosition(tx, of, shard)
  if (atMs !== undefined) {
    if (atMs <= nowMs) return positionBefore(tx, of, shard, atMs)
    throw invalid(
      'The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. ' +
        `timestampInMillis: ${atMs}, currentTimestampInMillis: ${nowMs}`,
    )
  }
  const position = positionOf(shard, sequenceNumber ?? '')
  if (!position) throw invalid(`StartingSequenceNumber ${sequenceNumber} is not one of this shard.`)
  return type === 'AT_SEQUENCE_NUMBER' ? justBefore(position) : position
}
