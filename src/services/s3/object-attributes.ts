import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { openBucket, wantsObject } from './access.ts'
import type { Api } from './api.ts'
import { checksumMembers } from './checksums.ts'
import { checkCustomerKey, customerKeyOf } from './customer-key.ts'
import { pageSize } from './listing.ts'
import { partMarker } from './parts.ts'
import { invalidArgument } from './refuse.ts'
import { objectParts, type StoredObject } from './state.ts'
import { openObject, versionMember } from './versions.ts'

const attributeNames = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']

export const objectAttributes = operations<Api>()({
  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
  GetObjectAttributes: {
    async authorize({ Bucket: bucket, Key: key, VersionId }, ctx, tx) {
      const version = VersionId === undefined ? '' : 'Version'
      const read = await wantsObject(tx, ctx, { action: `s3:GetObject${version}`, bucket, key, versionId: VersionId })
      const [attributes] = await wantsObject(tx, ctx, {
        action: `s3:GetObject${version}Attributes`,
        bucket,
        key,
        versionId: VersionId,
      })
      return attributes ? [...read, attributes] : read
    },
    async read(tx, input, ctx) {
      const { Bucket, Key, ObjectAttributes } = input
      const wanted = new Set(ObjectAttributes.flatMap((names) => names.split(',').map((name) => name.trim())))
      for (const name of wanted) {
        if (!attributeNames.includes(name))
          throw invalidArgument(
            'x-amz-object-attributes',
            name,
            `Invalid attribute name specified: use ${attributeNames.join(', ')}.`,
          )
      }
      const bucket = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const at = tx.in(bucket)
      const stored = await openObject(at, bucket, Key, input.VersionId)
      checkCustomerKey(stored.sealed?.check, customerKeyOf(ctx, input))
      return {
        ...versionMember(bucket, stored),
        LastModified: new Date(stored.modifiedAtMs),
        ...(wanted.has('ETag') && { ETag: stored.etag }),
        ...(wanted.has('Checksum') && stored.checksum && { Checksum: checksumMembers(stored.checksum) }),
        ...(wanted.has('ObjectParts') &&
          stored.partsCount !== undefined && { ObjectParts: await partsOf(at, input, stored) }),
        ...(wanted.has('StorageClass') && { StorageClass: stored.storageClass }),
        ...(wanted.has('ObjectSize') && { ObjectSize: stored.sizeBytes }),
      }
    },
  },
})

interface PartsInput {
  Bucket: string
  Key: string
  MaxParts?: number
  PartNumberMarker?: string
}

async function partsOf(at: ReadTx, { Bucket, Key, MaxParts, PartNumberMarker }: PartsInput, stored: StoredObject) {
  const max = pageSize('x-amz-max-parts', MaxParts)
  const after = partMarker('x-amz-part-number-marker', PartNumberMarker)
  const all = await at.get(objectParts(Bucket, Key, stored.versionId))
  const rest = (all?.numbers ?? []).flatMap((number, index) => (number > after ? [{ number, index }] : []))
  const shown = rest.slice(0, max)
  const checksum = stored.checksum
  return {
    TotalPartsCount: stored.partsCount,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(shown.at(-1)?.number ?? 0),
    MaxParts: max,
    IsTruncated: rest.length > shown.length,
    // The list itself is told of composite objects only.
    ...(checksum?.type === 'COMPOSITE' && {
      Parts: shown.map(({ number, index }) => ({
        PartNumber: number,
        Size: all?.sizes[index],
        [`Checksum${checksum.algorithm}`]: all?.checksums[index],
      })),
    }),
  }
}
