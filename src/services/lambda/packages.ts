import { createHash, type Hash, hash } from 'node:crypto'
import { checkZip } from '../../functions/unzip.ts'
import { ZipError } from '../../functions/zip-directory.ts'
import type { BlobRef } from '../../kernel/blobs.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { invalid, requestTooLarge, unsupported } from './errors.ts'
import { type Code, codeBody, usage } from './state.ts'

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const codeLimits = { directBytes: 52_428_800, zippedBytes: 262_144_000, totalBytes: 80_530_636_800 } as const

interface CodeInput {
  readonly ZipFile?: Uint8Array
  readonly S3Bucket?: string
  readonly S3Key?: string
  readonly S3ObjectVersion?: string
  readonly S3ObjectStorageMode?: string
  readonly SourceKMSKeyArn?: string
  readonly ImageUri?: string
}

/** A package that was received and checked, and is durable; nothing refers to it yet. */
export interface Received {
  readonly code: Code
  readonly ref: BlobRef
}

/** Takes the package that a request brings or names in a bucket, which is read with the caller's permissions. */
export async function receivePackage(input: CodeInput, ctx: Ctx, operation: string): Promise<Received> {
  if (input.SourceKMSKeyArn) throw unsupported('SourceKMSKeyArn', 'packages are kept as they come. Leave it out.')
  if (input.S3ObjectStorageMode !== undefined && input.S3ObjectStorageMode !== 'COPY') {
    throw unsupported('S3ObjectStorageMode', 'the package is always copied. Leave it out.')
  }
  if (input.ImageUri !== undefined) throw invalid('ImageUri is for functions whose PackageType is Image.')
  const { blobs } = ctx.host
  if (input.ZipFile) {
    if (input.ZipFile.byteLength > codeLimits.directBytes) throw requestTooLarge(codeLimits.directBytes, operation)
    const unzippedBytes = await inspect(input.ZipFile)
    return received(await blobs.put(input.ZipFile), hash('sha256', input.ZipFile, 'base64'), unzippedBytes, ctx)
  }
  const digest = createHash('sha256')
  const ref = await blobs.put(hashed(await fromBucket(input, ctx), digest), { maxBytes: codeLimits.zippedBytes })
  const unzippedBytes = await inspect(ref.inline ?? (await blobs.path(ref)))
  return received(ref, digest.digest('base64'), unzippedBytes, ctx)
}

function received(ref: BlobRef, sha256: string, unzippedBytes: number, ctx: Ctx): Received {
  return { ref, code: { id: ctx.newId(), sha256, sizeBytes: ref.sizeBytes, unzippedBytes } }
}

/** Whatever would keep it from being unpacked is found before it is acknowledged, so that a function is never made of it. */
async function inspect(source: string | Uint8Array): Promise<number> {
  const empty = 'Uploaded file must be a non-empty zip'
  if (source.length === 0) throw invalid(empty)
  const { unzippedBytes, entries } = await checkZip(source).catch((error: unknown) => {
    throw error instanceof ZipError ? invalid(error.message) : error
  })
  // Such a zip has 22 bytes: https://github.com/tobilg/lsh/issues/1
  if (entries === 0) throw invalid(empty)
  return unzippedBytes
}

async function* hashed(body: AsyncIterable<Uint8Array> | Uint8Array, digest: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    digest.update(chunk)
    yield chunk
  }
}

async function fromBucket(input: CodeInput, ctx: Ctx): Promise<AsyncIterable<Uint8Array> | Uint8Array> {
  const { S3Bucket: Bucket, S3Key: Key, S3ObjectVersion: VersionId } = input
  if (!Bucket || !Key) throw invalid('Please provide a source for function code.')
  try {
    const found = await ctx.host.invoke<{ Body: AsyncIterable<Uint8Array> | Uint8Array; ContentLength?: number }>(
      's3:GetObject',
      { Bucket, Key, ...(VersionId ? { VersionId } : {}) },
      {
        as: ctx.principal,
        scope: ctx.scope,
        signal: ctx.signal,
        context: { 'aws:CalledVia': ['lambda.amazonaws.com'] },
      },
    )
    if ((found.ContentLength ?? 0) > codeLimits.zippedBytes) {
      throw invalid(`Unzipped size must be smaller than ${codeLimits.zippedBytes} bytes`)
    }
    return found.Body
  } catch (error) {
    if (isAwsError(error, 'AccessDenied', 'AccessDeniedException')) {
      throw awsError(
        'AccessDeniedException',
        `Your access has been denied by S3, please make sure your request credentials have permission to GetObject for ${Bucket}/${Key}. ${error.message}`,
        { status: 403 },
      )
    }
    if (isAwsError(error, 'NoSuchKey', 'NoSuchBucket', 'NoSuchVersion', 'NoSuchUpload', 'InvalidArgument')) {
      throw invalid(`Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`)
    }
    throw error
  }
}

/** In the transaction that first names a received package. */
export async function keepPackage(tx: Tx, { code, ref }: Received, host: Host): Promise<void> {
  if ((await tx.count(usage('code-bytes'))) + code.sizeBytes > codeLimits.totalBytes) {
    throw awsError('CodeStorageExceededException', 'Code storage limit exceeded.', { members: { Type: 'User' } })
  }
  tx.set(codeBody(code.id), { ref, uses: 1 })
  if (ref.id !== undefined) host.blobs.commit(tx, ref)
  tx.add(usage('code-bytes'), code.sizeBytes)
}

/** In the transaction in which another version comes to have the package. */
export async function sharePackage(tx: Tx, code: Code): Promise<void> {
  const body = await tx.get(codeBody(code.id))
  if (!body) throw new Error(`the package ${code.id} is missing`)
  tx.set(codeBody(code.id), { ...body, uses: body.uses + 1 })
}

/** In the transaction in which a version goes, or comes to have another package. */
export async function dropPackage(tx: Tx, code: Code, host: Host): Promise<void> {
  const body = await tx.get(codeBody(code.id))
  if (!body) return
  if (body.uses > 1) {
    tx.set(codeBody(code.id), { ...body, uses: body.uses - 1 })
    return
  }
  tx.delete(codeBody(code.id))
  if (body.ref.id !== undefined) host.blobs.release(tx, body.ref)
  tx.add(usage('code-bytes'), -code.sizeBytes)
}
