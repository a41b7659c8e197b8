import type { AwsError } from '../../kernel/errors.ts'
import { invalid } from './names.ts'

/** Where to read on, and until when that may be asked. It says nothing that its caller does not know. */
export interface Iterator {
  readonly streamArn: string
  readonly streamId: string
  readonly shard: number
  /** Undefined: from the oldest record. */
  readonly after: Uint8Array | undefined
  readonly expiresAtMs: number
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html */
export const validMs = 300_000

export function iteratorText({ streamArn, streamId, shard, after, expiresAtMs }: Iterator): string {
  const parts = [streamArn, streamId, shard, after ? Buffer.from(after).toString('hex') : '', expiresAtMs]
  return Buffer.from(JSON.stringify(parts)).toString('base64')
}

/** Throws InvalidArgumentException for what is no iterator. */
export function readIterator(text: string): Iterator {
  const parts: unknown = parse(text)
  if (!Array.isArray(parts) || parts.length !== 5) throw invalidIterator()
  const [streamArn, streamId, shard, after, expiresAtMs] = parts as unknown[]
  if (typeof streamArn !== 'string' || typeof streamId !== 'string' || typeof after !== 'string')
    throw invalidIterator()
  if (!Number.isSafeInteger(shard) || typeof expiresAtMs !== 'number' || !/^([0-9a-f]{24})?$/.test(after)) {
    throw invalidIterator()
  }
  const position = after === '' ? undefined : Buffer.from(after, 'hex')
  return { streamArn, streamId, shard: Number(shard), after: position, expiresAtMs }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
  } catch {
    return undefined
  }
}

function invalidIterator(): AwsError {
  return invalid('Invalid ShardIterator.')
}
