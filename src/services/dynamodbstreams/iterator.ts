import { awsError } from '../../kernel/errors.ts'

/** Where to read on, and until when that may be asked. It says nothing that its caller does not know. */
export interface Iterator {
  readonly streamArn: string
  /** Undefined: from the oldest record. */
  readonly after: Uint8Array | undefined
  readonly expiresAtMs: number
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html */
const validMs = 900_000

export function iteratorText(streamArn: string, after: Uint8Array | undefined, nowMs: number): string {
  const rest = [nowMs + validMs, after ? Buffer.from(after).toString('hex') : '']
  return `${streamArn}|1|${Buffer.from(JSON.stringify(rest)).toString('base64')}`
}

/** Throws ValidationException for what is no iterator. */
export function readIterator(text: string): Iterator {
  const [streamArn = '', version, encoded = ''] = text.split('|')
  const rest = version === '1' ? parse(encoded) : undefined
  if (!Array.isArray(rest)) throw invalidIterator()
  const [expiresAtMs, hex] = rest as unknown[]
  if (typeof expiresAtMs !== 'number' || typeof hex !== 'string' || !/^([0-9a-f]{24})?$/.test(hex)) {
    throw invalidIterator()
  }
  return { streamArn, expiresAtMs, after: hex === '' ? undefined : Buffer.from(hex, 'hex') }
}

function parse(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'))
  } catch {
    return undefined
  }
}

function invalidIterator() {
  return awsError('ValidationException', 'Invalid ShardIterator')
}
