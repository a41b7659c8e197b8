import { operations } from '../../kernel/operation.ts'
import type { Bounds, ReadTx } from '../../kernel/records.ts'
import { openBucket, wants } from './access.ts'
import { ownerOf } from './acl.ts'
import type { Api } from './api.ts'
import { commonPrefixes, entry, following, listing, refuseAttributes } from './list-objects.ts'
import { compareUtf8, keyEncoder, listRows, pageSize, type Row } from './listing.ts'
import { canonicalUserId } from './names.ts'
import { invalidArgument } from './refuse.ts'
import { type Bucket, nullVersion, object, type Version, version } from './state.ts'
import { checkVersionId, isDeleteMarker } from './versions.ts'

export const listVersions = operations<Api>()({
  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
  ListObjectVersions: {
    authorize: (input, ctx, tx) => wants(tx, ctx, listing('s3:ListBucketVersions', input)),
    async read(tx, input, ctx) {
      refuseAttributes(input.OptionalObjectAttributes)
      const max = pageSize('max-keys', input.MaxKeys)
      const encode = keyEncoder(input.EncodingType)
      const { Prefix = '', Delimiter = '', KeyMarker = '', VersionIdMarker } = input
      const bucket = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const at = tx.in(bucket)
      const from =
        VersionIdMarker === undefined || VersionIdMarker === ''
          ? following(KeyMarker, Prefix, Delimiter)
          : await afterVersion(at, bucket.name, KeyMarker, VersionIdMarker)
      const page = await listRows((bounds, limit) => allVersions(at, bucket.name, bounds, limit), {
        prefix: Prefix,
        delimiter: Delimiter,
        from,
        max,
      })
      const listed = page.items.map(({ key, value: { value, isLatest } }) => ({
        key: encode(key),
        value,
        rest: { VersionId: value.versionId, IsLatest: isLatest, Owner: ownerIn(bucket, value) },
      }))
      const versions = listed.flatMap(({ key, value, rest }) =>
        isDeleteMarker(value)
          ? []
          : [{ ...entry(key, value), StorageClass: value.storageClass as 'STANDARD', ...rest }],
      )
      const markers = listed.flatMap(({ key, value, rest }) =>
        isDeleteMarker(value) ? [{ Key: key, LastModified: new Date(value.modifiedAtMs), ...rest }] : [],
      )
      return {
        Name: input.Bucket,
        Prefix: encode(Prefix),
        KeyMarker: encode(KeyMarker),
        VersionIdMarker: VersionIdMarker ?? '',
        ...(Delimiter !== '' && { Delimiter: encode(Delimiter) }),
        ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
        MaxKeys: max,
        IsTruncated: page.next !== undefined,
        ...(page.next && {
          NextKeyMarker: encode(page.next.after),
          ...(!page.next.isPrefix && { NextVersionIdMarker: page.items.at(-1)!.value.value.versionId }),
        }),
        ...(versions.length > 0 && { Versions: versions }),
        ...(markers.length > 0 && { DeleteMarkers: markers }),
        ...commonPrefixes(page.prefixes, encode),
      }
    },
  },
})

function ownerIn(bucket: Bucket, value: Version) {
  return { ID: canonicalUserId(isDeleteMarker(value) ? bucket.account : ownerOf(bucket, value)) }
}

/** Where a listing goes on after a version of a key. */
async function afterVersion(at: ReadTx, name: string, key: string, versionId: string): Promise<string[]> {
  if (key === '') {
    throw invalidArgument(
      'version-id-marker',
      versionId,
      'A version-id marker cannot be specified without a key marker.',
    )
  }
  checkVersionId(versionId)
  // A null version that is the latest, or was deleted meanwhile, has only the others after it.
  const order = versionId === 'null' ? await at.get(nullVersion(name, key)) : versionId
  return [key, `${order ?? ''}\0`]
}

interface Listed {
  readonly value: Version
  readonly isLatest: boolean
}

/** All versions in order: of each key the one in `object` first, under an order before all others. */
export async function* allVersions(
  at: ReadTx,
  name: string,
  bounds: Bounds,
  limit: number,
): AsyncGenerator<Row<Listed>> {
  const [key = '', order] = (bounds.from ?? []) as string[]
  const latestFrom = order === undefined || order === '' ? { from: [key] } : { after: [key] }
  const { to } = bounds
  const latest = at
    .range(object.between([name], { ...latestFrom, ...(to && { to }) }), { limit })
    [Symbol.asyncIterator]()
  const others = at.range(version.between([name], bounds), { limit })[Symbol.asyncIterator]()
  // The rest of a key whose newest versions were listed before holds no latest one.
  let seen = order === undefined || order === '' ? undefined : key
  try {
    let [one, other] = [await latest.next(), await others.next()]
    for (let count = 0; count < limit; count++) {
      if (!one.done && (other.done || !isBefore(other.value.key[1], one.value.key[1]))) {
        seen = one.value.key[1]
        yield { key: [name, seen, ''], value: { value: one.value.value, isLatest: true } }
        one = await latest.next()
      } else if (!other.done) {
        const isLatest = other.value.key[1] !== seen
        seen = other.value.key[1]
        yield { key: other.value.key, value: { value: other.value.value, isLatest } }
        other = await others.next()
      } else return
    }
  } finally {
    await latest.return?.()
    await others.return?.()
  }
}

function isBefore(a: string, b: string): boolean {
  return a !== b && compareUtf8(a, b) < 0
}
