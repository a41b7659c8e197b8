import { createHash } from 'node:crypto'
import type { BlobRef } from '../../kernel/blobs.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import {
  algorithmNames,
  type ChecksumAlgorithm,
  checksumAlgorithm,
  checksumHeader,
  createDigest,
  isChecksumValue,
} from './checksums.ts'
import type { Seal } from './customer-key.ts'
import { otherChecksums, refuse } from './refuse.ts'
import { invalidChecksum, parseMd5, verifyMd5, wrongChecksum } from './whole-body.ts'

/** The most that one PutObject or UploadPart may carry: 5 GB. */
export const maxUploadBytes = 5 * 1024 ** 3

/** A body that is durable, but not yet committed: unless a transaction names it, it is swept. */
export interface Received {
  readonly ref: BlobRef
  /** Of the bytes as they came. */
  readonly md5: Buffer
  /** The MD5 in hex; of the encrypted bytes where they are encrypted with a customer's key, to tell nothing of them. */
  readonly etag: string
  readonly algorithm: ChecksumAlgorithm
  /** Base64. */
  readonly checksum: string
  /** What the client said and was right about. */
  readonly claimed?: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
}

type Incoming = AsyncIterable<Uint8Array> | Uint8Array | string | undefined

export interface BodyInput extends Partial<Record<keyof typeof otherChecksums, unknown>> {
  Body?: unknown
  ContentMD5?: string
  ChecksumAlgorithm?: string
  ChecksumCRC32?: string
  ChecksumCRC32C?: string
  ChecksumCRC64NVME?: string
  ChecksumSHA1?: string
  ChecksumSHA256?: string
  ChecksumSHA512?: string
  ChecksumMD5?: string
}

export interface ReceiveOptions {
  /** The algorithm whose value is wanted, whatever the client verifies with. Default: the client's, else CRC64NVME. */
  readonly keep?: ChecksumAlgorithm
  /** Refuse a checksum of any other algorithm than `keep`. */
  readonly only?: boolean
  /** Encrypts what is stored. */
  readonly seal?: Seal | undefined
}

/**
 * Streams a body to the blobs while hashing it, and checks all that the client said of it: Content-MD5, a checksum in
 * a header or trailer, the decoded length.
 */
export async function receive(
  ctx: Ctx,
  input: BodyInput,
  { keep, only, seal }: ReceiveOptions = {},
): Promise<Received> {
  const claim = claimedChecksum(ctx, input)
  if (only && claim && keep && claim.algorithm !== keep) {
    throw awsError(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${keep.toLowerCase()}, actual checksum Type: ${claim.algorithm.toLowerCase()}`,
      { status: 400 },
    )
  }
  if (input.ContentMD5 !== undefined) parseMd5(input.ContentMD5)
  const expectedBytes = announcedBytes(ctx)
  if (expectedBytes !== undefined && expectedBytes > maxUploadBytes) throw tooLarge(expectedBytes)

  const algorithm = keep ?? claim?.algorithm ?? 'CRC64NVME'
  const md5 = createHash('md5')
  const kept = createDigest(algorithm)
  const claimed = claim && claim.algorithm !== algorithm ? createDigest(claim.algorithm) : undefined
  const sealed = sealing(seal)
  let sizeBytes = 0
  const see = (chunk: Uint8Array) => {
    sizeBytes += chunk.length
    if (sizeBytes > maxUploadBytes) throw tooLarge(sizeBytes)
    md5.update(chunk)
    kept.update(chunk)
    claimed?.update(chunk)
  }
  const body = input.Body as Incoming
  let ref: BlobRef
  if (body instanceof Uint8Array && !seal) {
    see(body)
    ref = await ctx.host.blobs.put(body)
  } else ref = await store(ctx, sealed.through(through(body, see)))

  if (expectedBytes !== undefined && expectedBytes !== sizeBytes) {
    throw awsError(
      'IncompleteBody',
      `You did not provide the number of bytes specified by the Content-Length HTTP header: ${sizeBytes} of ${expectedBytes} came.`,
      {
        status: 400,
      },
    )
  }
  const digest = md5.digest()
  if (input.ContentMD5 !== undefined) verifyMd5(input.ContentMD5, digest)
  const checksum = kept.digest().toString('base64')
  const etag = sealed.etag(digest)
  if (!claim) return { ref, md5: digest, etag, algorithm, checksum }
  const value = claim.value ?? (await trailer(ctx, claim.algorithm))
  if ((claimed?.digest().toString('base64') ?? checksum) !== value) throw wrongChecksum(claim.algorithm)
  return { ref, md5: digest, etag, algorithm, checksum, claimed: { algorithm: claim.algorithm, value } }
}

/** Streams bytes of our own (a copy) to the blobs, hashing them. */
export async function restream(
  ctx: Ctx,
  body: AsyncIterable<Uint8Array>,
  algorithm: ChecksumAlgorithm,
  seal?: Seal,
): Promise<Received> {
  const sealed = sealing(seal)
  const md5 = createHash('md5')
  const kept = createDigest(algorithm)
  const ref = await store(
    ctx,
    sealed.through(
      through(body, (chunk) => {
        md5.update(chunk)
        kept.update(chunk)
      }),
    ),
  )
  const digest = md5.digest()
  return { ref, md5: digest, etag: sealed.etag(digest), algorithm, checksum: kept.digest().toString('base64') }
}

/** Encrypts a body on its way when there is something to do it with, and makes its ETag. */
function sealing(seal: Seal | undefined) {
  if (!seal)
    return { etag: (plain: Buffer) => plain.toString('hex'), through: (body: AsyncIterable<Uint8Array>) => body }
  const { update } = seal
  const md5 = createHash('md5')
  return {
    etag: () => md5.digest('hex'),
    async *through(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of body) {
        const out = update(chunk)
        md5.update(out)
        yield out
      }
    },
  }
}

async function store(ctx: Ctx, body: AsyncIterable<Uint8Array>): Promise<BlobRef> {
  try {
    return await ctx.host.blobs.put(body, { signal: ctx.signal })
  } catch (error) {
    if (isAwsError(error) || !ctx.signal.aborted) throw error
    // Nobody is left to read it, but it is no fault of ours either.
    throw awsError('RequestTimeout', 'The connection closed before the whole body was received.', {
      status: 400,
      cause: error,
    })
  }
}

async function* through(body: Incoming, see: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  if (body === undefined) return
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const chunk = typeof body === 'string' ? Buffer.from(body) : body
    see(chunk)
    yield chunk
    return
  }
  for await (const chunk of body) {
    see(chunk)
    yield chunk
  }
}

interface Claim {
  readonly algorithm: ChecksumAlgorithm
  /** Absent when it comes in the trailer. */
  readonly value?: string
}

function claimedChecksum(ctx: Ctx, input: BodyInput): Claim | undefined {
  refuse(input, otherChecksums)
  const claims: Claim[] = []
  for (const algorithm of algorithmNames) {
    const value = input[`Checksum${algorithm}`]
    if (value === undefined) continue
    if (!isChecksumValue(algorithm, value)) throw invalidChecksum(checksumHeader(algorithm))
    claims.push({ algorithm, value })
  }
  const announced = ctx.wire?.headers['x-amz-trailer']
  const trailers = typeof announced === 'string' ? announced.toLowerCase().split(/[, ]+/) : []
  for (const name of trailers) {
    if (name.startsWith('x-amz-checksum-'))
      claims.push({ algorithm: checksumAlgorithm(name.slice('x-amz-checksum-'.length).toUpperCase()) })
  }
  if (claims.length > 1) {
    throw awsError(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
      { status: 400 },
    )
  }
  const [claim] = claims
  if (input.ChecksumAlgorithm !== undefined) {
    const algorithm = checksumAlgorithm(input.ChecksumAlgorithm)
    if (!claim && ctx.wire) {
      throw awsError(
        'InvalidRequest',
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
        { status: 400 },
      )
    }
    if (!claim) return undefined
    if (claim.algorithm !== algorithm) {
      throw awsError(
        'InvalidRequest',
        'Value for x-amz-sdk-checksum-algorithm header is invalid: it names another algorithm than the checksum.',
        { status: 400 },
      )
    }
  }
  return claim
}

async function trailer(ctx: Ctx, algorithm: ChecksumAlgorithm): Promise<string> {
  const name = checksumHeader(algorithm)
  const value = (await ctx.wire?.trailers)?.[name]
  if (value === undefined)
    throw awsError('MalformedTrailerError', `The trailer ${name} that x-amz-trailer announced did not come.`, {
      status: 400,
    })
  if (!isChecksumValue(algorithm, value)) throw invalidChecksum(name)
  return value
}

/** What the client said the body's length is. S3 takes no body of unknown length. */
function announcedBytes({ wire }: Ctx): number | undefined {
  if (!wire) return undefined
  const text = wire.headers['x-amz-decoded-content-length'] ?? wire.headers['content-length']
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) {
    throw awsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', { status: 411 })
  }
  return Number(text)
}

export function tooLarge(sizeBytes: number): Error {
  return awsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size', {
    status: 400,
    members: { ProposedSize: sizeBytes, MaxSizeAllowed: maxUploadBytes },
  })
}
