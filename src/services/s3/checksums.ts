import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { awsError } from '../../kernel/errors.ts'
import { type Crc64, crc32c, crc64nvme, crcCombine } from './crc.ts'

/**
 * The checksums that S3 computes and verifies, by the names of the API. The xxHash family is refused by name
 * (see `refuse.ts`).
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export const algorithms = {
  CRC32: { bytes: 4, fullObject: true, composite: true },
  CRC32C: { bytes: 4, fullObject: true, composite: true },
  CRC64NVME: { bytes: 8, fullObject: true, composite: false },
  SHA1: { bytes: 20, fullObject: false, composite: true },
  SHA256: { bytes: 32, fullObject: false, composite: true },
  SHA512: { bytes: 64, fullObject: false, composite: true },
  MD5: { bytes: 16, fullObject: false, composite: true },
} as const

export type ChecksumAlgorithm = keyof typeof algorithms
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'
export const algorithmNames = Object.keys(algorithms) as ChecksumAlgorithm[]

/** Of an object or part. `value` is base64; a composite one ends in `-<number of parts>`. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  readonly type: ChecksumType
  readonly value: string
}

/** A checksum being computed. */
export interface Digest {
  update(chunk: Uint8Array): void
  digest(): Buffer
}

/** Starts computing a checksum. */
export function createDigest(algorithm: ChecksumAlgorithm): Digest {
  return digests[algorithm]()
}

const digests: Record<ChecksumAlgorithm, () => Digest> = {
  CRC32: () => running32(crc32),
  CRC32C: () => running32(crc32c),
  CRC64NVME: running64,
  SHA1: () => createHash('sha1'),
  SHA256: () => createHash('sha256'),
  SHA512: () => createHash('sha512'),
  MD5: () => createHash('md5'),
}

function running32(next: (chunk: Uint8Array, previous: number) => number): Digest {
  let crc = 0
  return {
    update(chunk) {
      crc = next(chunk, crc)
    },
    digest() {
      const out = Buffer.alloc(4)
      out.writeUInt32BE(crc)
      return out
    },
  }
}

function running64(): Digest {
  const state: Crc64 = { low: 0, high: 0 }
  return {
    update: (chunk) => crc64nvme(chunk, state),
    digest() {
      const out = Buffer.alloc(8)
      out.writeInt32BE(state.high, 0)
      out.writeInt32BE(state.low, 4)
      return out
    },
  }
}

/** `x-amz-checksum-crc32`. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}

/** True when `value` is base64 of as many bytes as the algorithm gives. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64')
  return bytes.length === algorithms[algorithm].bytes && bytes.toString('base64') === value
}

/** The algorithm called `name` in the API; refuses those that are not here. */
export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  const found = algorithmNames.find((algorithm) => algorithm === name)
  if (!found) {
    throw awsError(
      'InvalidRequest',
      `The checksum algorithm ${name} is not implemented here. Use one of ${algorithmNames.join(', ')}.`,
      {
        status: 400,
      },
    )
  }
  return found
}

/** The type a multipart upload has when it names an algorithm only. Throws when `type` does not go with it. */
export function checksumType(algorithm: ChecksumAlgorithm, type: string | undefined): ChecksumType {
  const can = algorithms[algorithm]
  const chosen = type ?? (can.composite ? 'COMPOSITE' : 'FULL_OBJECT')
  if (chosen === 'COMPOSITE' ? can.composite : chosen === 'FULL_OBJECT' && can.fullObject) return chosen as ChecksumType
  throw awsError(
    'InvalidRequest',
    `The ${chosen} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    {
      status: 400,
    },
  )
}

/** The checksum of a multipart object from those of its parts, in order. */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { value: string; sizeBytes: number }[],
): Checksum {
  if (type === 'COMPOSITE') {
    const digest = createDigest(algorithm)
    for (const part of parts) digest.update(Buffer.from(part.value, 'base64'))
    return { algorithm, type, value: `${digest.digest().toString('base64')}-${parts.length}` }
  }
  if (algorithm !== 'CRC32' && algorithm !== 'CRC32C' && algorithm !== 'CRC64NVME') {
    throw new Error(`${algorithm} has no full-object checksum of parts`)
  }
  const { bytes } = algorithms[algorithm]
  const whole = crcCombine(
    algorithm,
    parts.map(({ value, sizeBytes }) => ({
      crc: BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`),
      sizeBytes,
    })),
  )
  return { algorithm, type, value: Buffer.from(whole.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64') }
}

/** The members that tell of a checksum in most answers: `ChecksumCRC32`, `ChecksumType`. */
export function checksumMembers(checksum: Checksum | undefined): ChecksumMembers {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {}
}

export type ChecksumMembers = { [A in ChecksumAlgorithm as `Checksum${A}`]?: string } & { ChecksumType?: ChecksumType }
