import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ByteRange } from './byte-range.ts'
import { invalidArgument } from './refuse.ts'

/**
 * Encryption with a key that the client holds (SSE-C): bodies are AES-256-CTR under the key of the request, which is
 * never stored. What is stored can tell whether a key is the right one, and gives none away.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
 */
export interface CustomerKeyInput {
  SSECustomerAlgorithm?: string
  SSECustomerKey?: string
  SSECustomerKeyMD5?: string
}

export interface CustomerKey {
  readonly key: Buffer
  /** Base64. */
  readonly md5: string
}

/** A salted HMAC of the key; both base64. */
export interface KeyCheck {
  readonly salt: string
  readonly mac: string
}

/** Stretches of a body in order, each encrypted from a counter of its own (base64). */
export interface SealedSpan {
  readonly iv: string
  readonly sizeBytes: number
}

const keyBytes = 32
const blockBytes = 16

/** The key a request gives, if it gives one. Throws unless its parts fit together, and nobody could read it on the way. */
export function customerKeyOf(ctx: Ctx, input: CustomerKeyInput): CustomerKey | undefined {
  const { SSECustomerAlgorithm: algorithm, SSECustomerKey: text, SSECustomerKeyMD5: md5 } = input
  if (algorithm === undefined && text === undefined && md5 === undefined) return undefined
  if (ctx.requestContext['aws:SecureTransport'] !== true) {
    throw awsError(
      'InvalidRequest',
      'Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.',
      { status: 400 },
    )
  }
  const name = 'x-amz-server-side-encryption-customer'
  if (algorithm !== 'AES256') {
    throw awsError(
      'InvalidEncryptionAlgorithmError',
      'The encryption request you specified is not valid. The valid value is AES256.',
      {
        status: 400,
        members: { ArgumentName: `${name}-algorithm`, ArgumentValue: algorithm ?? 'null' },
      },
    )
  }
  const key = Buffer.from(text ?? '', 'base64')
  if (key.length !== keyBytes)
    throw invalidArgument(`${name}-key`, '', 'The secret key was invalid for the specified algorithm.')
  const actual = createHash('md5').update(key).digest('base64')
  if (md5 !== actual) {
    throw invalidArgument(
      `${name}-key-MD5`,
      md5 ?? '',
      'The calculated MD5 hash of the key did not match the hash that was provided.',
    )
  }
  return { key, md5: actual }
}

/** What to store of a key. */
export function checkOf({ ids }: Pick<Ctx, 'ids'>, { key }: CustomerKey): KeyCheck {
  const salt = randomBlock(ids)
  return { salt: salt.toString('base64'), mac: macOf(key, salt).toString('base64') }
}

function randomBlock(ids: Ctx['ids']): Buffer {
  return Buffer.from(ids.token(blockBytes * 2, '0123456789abcdef'), 'hex')
}

function macOf(key: Buffer, salt: Buffer): Buffer {
  return createHmac('sha256', salt).update(key).digest()
}

/** Throws unless the request's key is the one that an object, or nothing, was stored with. */
export function checkCustomerKey(stored: KeyCheck | undefined, given: CustomerKey | undefined): void {
  if (!stored && !given) return
  if (!stored) {
    throw awsError('InvalidRequest', 'The encryption parameters are not applicable to this object.', { status: 400 })
  }
  if (!given) {
    throw awsError(
      'InvalidRequest',
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
      { status: 400 },
    )
  }
  const mac = macOf(given.key, Buffer.from(stored.salt, 'base64'))
  if (!timingSafeEqual(mac, Buffer.from(stored.mac, 'base64')))
    throw awsError('AccessDenied', 'Access Denied: the customer key is not the one the object was stored with.', {
      status: 403,
    })
}

/** Encrypts one stretch of bytes as they pass. */
export interface Seal {
  readonly iv: string
  update(chunk: Uint8Array): Buffer
}

export function sealWith({ ids }: Pick<Ctx, 'ids'>, { key }: CustomerKey): Seal {
  const iv = randomBlock(ids)
  const cipher = createCipheriv('aes-256-ctr', key, iv)
  return { iv: iv.toString('base64'), update: (chunk) => cipher.update(chunk) }
}

/** Decrypts bytes [range) of a body, which `source` yields, across its stretches. */
export async function* unseal(
  { key }: CustomerKey,
  spans: readonly SealedSpan[],
  range: ByteRange,
  source: AsyncIterable<Uint8Array> | Uint8Array,
): AsyncGenerator<Uint8Array> {
  const chunks = source instanceof Uint8Array ? [source] : source
  let index = 0
  let skipped = range.start
  while (index < spans.length - 1 && skipped >= spans[index]!.sizeBytes) skipped -= spans[index++]!.sizeBytes
  let left = (spans[index]?.sizeBytes ?? 0) - skipped
  let decipher = decipherAt(key, spans[index], skipped)
  for await (const chunk of chunks) {
    let at = 0
    while (at < chunk.length) {
      while (left === 0 && index < spans.length - 1) {
        index++
        left = spans[index]!.sizeBytes
        decipher = decipherAt(key, spans[index], 0)
      }
      const size = Math.min(left, chunk.length - at)
      if (size === 0) throw new Error('a sealed body is longer than its spans')
      yield decipher.update(chunk.subarray(at, at + size))
      at += size
      left -= size
    }
  }
}

/** The key stream from `offset` on: the counter counts blocks. */
function decipherAt(key: Buffer, span: SealedSpan | undefined, offset: number) {
  const start = BigInt(
    `0x${Buffer.from(span?.iv ?? '', 'base64')
      .toString('hex')
      .padStart(2, '0')}`,
  )
  const counter = BigInt.asUintN(128, start + BigInt(Math.floor(offset / blockBytes)))
  const iv = Buffer.from(counter.toString(16).padStart(blockBytes * 2, '0'), 'hex')
  const decipher = createDecipheriv('aes-256-ctr', key, iv)
  decipher.update(Buffer.alloc(offset % blockBytes))
  return decipher
}

/** The members that answers tell of a customer's key with. */
export function customerKeyMembers({ md5 }: CustomerKey): { SSECustomerAlgorithm: string; SSECustomerKeyMD5: string } {
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: md5 }
}
