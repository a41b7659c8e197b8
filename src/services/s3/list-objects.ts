import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { openBucket, type Wanted, wants } from './access.ts'
import { ownerOf } from './acl.ts'
import type { Api } from './api.ts'
import { keyEncoder, type Listed, list, pageSize, successor } from './listing.ts'
import { canonicalUserId } from './names.ts'
import { invalidArgument, notImplemented } from './refuse.ts'
import { type Bucket, object, type StoredObject } from './state.ts'

export const listObjects = operations<Api>()({
  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
  ListObjectsV2: {
    authorize: (input, ctx, tx) => wants(tx, ctx, listing('s3:ListBucket', input)),
    async read(tx, input, ctx) {
      refuseAttributes(input.OptionalObjectAttributes)
      const max = pageSize('max-keys', input.MaxKeys)
      const encode = keyEncoder(input.EncodingType)
      const { Prefix = '', Delimiter = '', StartAfter } = input
      const from =
        input.ContinuationToken === undefined
          ? following(StartAfter, Prefix, Delimiter)
          : [keyOfToken(input.ContinuationToken)]
      const bucket = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const page = await listKeys(tx, bucket, { prefix: Prefix, delimiter: Delimiter, from, max })
      return {
        Name: input.Bucket,
        Prefix: encode(Prefix),
        ...(Delimiter !== '' && { Delimiter: encode(Delimiter) }),
        ...(StartAfter !== undefined && { StartAfter: encode(StartAfter) }),
        ...(input.ContinuationToken !== undefined && { ContinuationToken: input.ContinuationToken }),
        ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
        MaxKeys: max,
        KeyCount: page.items.length + page.prefixes.length,
        IsTruncated: page.next !== undefined,
        ...(page.next && { NextContinuationToken: tokenOfKey(page.next.from[0]) }),
        ...contents(page, encode, bucket, input.FetchOwner === true),
      }
    },
  },

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
  ListObjects: {
    authorize: (input, ctx, tx) => wants(tx, ctx, listing('s3:ListBucket', input)),
    async read(tx, input, ctx) {
      refuseAttributes(input.OptionalObjectAttributes)
      const max = pageSize('max-keys', input.MaxKeys)
      const encode = keyEncoder(input.EncodingType)
      const { Prefix = '', Delimiter = '', Marker = '' } = input
      const bucket = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const page = await listKeys(tx, bucket, {
        prefix: Prefix,
        delimiter: Delimiter,
        from: following(Marker, Prefix, Delimiter),
        max,
      })
      return {
        Name: input.Bucket,
        Prefix: encode(Prefix),
        Marker: encode(Marker),
        ...(Delimiter !== '' && { Delimiter: encode(Delimiter) }),
        ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
        MaxKeys: max,
        IsTruncated: page.next !== undefined,
        // Without a delimiter the client goes on from the last key it got.
        ...(page.next && Delimiter !== '' && { NextMarker: encode(page.next.after) }),
        ...contents(page, encode, bucket, true),
      }
    },
  },
})

export interface ListInput {
  Bucket: string
  Prefix?: string
  Delimiter?: string
  MaxKeys?: number
}

export function listing(action: string, { Bucket, Prefix, Delimiter, MaxKeys }: ListInput): Wanted {
  return { action, bucket: Bucket, context: { 's3:prefix': Prefix, 's3:delimiter': Delimiter, 's3:max-keys': MaxKeys } }
}

function listKeys(
  tx: ReadTx,
  { name, account, region }: Bucket,
  options: Parameters<typeof list>[2],
): Promise<Listed<StoredObject>> {
  return list(tx.in({ account, region }), (bounds) => object.between([name], bounds), options)
}

/** The first key after a marker. A marker that is a common prefix was told already with all that it stands for. */
export function following(marker: string | undefined, prefix: string, delimiter: string): string[] | undefined {
  if (!marker) return undefined
  if (delimiter !== '' && marker.startsWith(prefix)) {
    const at = marker.indexOf(delimiter, prefix.length)
    if (at !== -1 && at + delimiter.length === marker.length) return [successor(marker) ?? `${marker}\0`]
  }
  return [`${marker}\0`]
}

function contents(page: Listed<StoredObject>, encode: (key: string) => string, bucket: Bucket, showsOwner: boolean) {
  const owner = showsOwner ? { ID: canonicalUserId(bucket.account) } : undefined
  return {
    ...(page.items.length > 0 && {
      Contents: page.items.map(({ key, value }) => ({
        ...entry(encode(key), value),
        StorageClass: value.storageClass,
        ...(owner && {
          Owner: value.owner === undefined ? owner : { ID: canonicalUserId(ownerOf(bucket, value)) },
        }),
      })),
    }),
    ...commonPrefixes(page.prefixes, encode),
  }
}

export function entry(key: string, { etag, sizeBytes, modifiedAtMs, checksum }: StoredObject) {
  return {
    Key: key,
    LastModified: new Date(modifiedAtMs),
    ETag: `"${etag}"`,
    Size: sizeBytes,
    ...(checksum && { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type }),
  }
}

export function commonPrefixes(prefixes: readonly string[], encode: (key: string) => string) {
  return prefixes.length > 0 ? { CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })) } : {}
}

/** Nothing here is ever restored from an archive, so there is no restore status to add. */
export function refuseAttributes(attributes: readonly string[] | undefined): void {
  const unknown = attributes?.find((attribute) => attribute !== 'RestoreStatus')
  if (unknown !== undefined) throw notImplemented(`x-amz-optional-object-attributes ${unknown}`)
}

/** Opaque to clients: the first key of the next page. */
function tokenOfKey(key: string): string {
  return `1${Buffer.from(key).toString('base64url')}`
}

function keyOfToken(token: string): string {
  const key = Buffer.from(token.slice(1), 'base64url').toString()
  if (tokenOfKey(key) !== token)
    throw invalidArgument('continuation-token', token.slice(0, 200), 'The continuation token provided is incorrect')
  return key
}
