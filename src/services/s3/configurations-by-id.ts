import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx, RecordType, Tx } from '../../kernel/records.ts'
import { openBucket } from './access.ts'
import { malformed } from './bucket-settings.ts'
import { invalidArgument } from './refuse.ts'
import { verifyWholeBody } from './whole-body.ts'

/** Of each kind, of one bucket. */
const mostConfigurations = 1_000
const page = 100

/** What a bucket may have many of, each under an id. */
interface Kept {
  Id: string
}
type Configurations<V extends Kept> = RecordType<V, [bucket: string, id: string]>
interface Named {
  Bucket: string
  Id: string
  ExpectedBucketOwner?: string
}

/** Sets one, once the body is found to be what its checksum says. */
export async function put<V extends Kept>(tx: Tx, record: Configurations<V>, input: Named, value: V, ctx: Ctx) {
  await verifyWholeBody(ctx)
  if (!/^[\w.-]{1,64}$/.test(input.Id)) throw invalidArgument('id', input.Id, 'The ID is 1 to 64 of A-Z a-z 0-9 _ - .')
  if (value.Id !== input.Id) throw malformed('The Id in the body is the one in the query.')
  const found = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
  const at = tx.in(found)
  if (!(await at.get(record(found.name, input.Id)))) {
    let count = 0
    for await (const _ of at.snapshot.keys(record.under(found.name), { limit: mostConfigurations })) count++
    if (count === mostConfigurations)
      throw awsError(
        'TooManyConfigurations',
        'You are attempting to create a new configuration but have already reached the 1,000-configuration limit.',
        { status: 400 },
      )
  }
  at.set(record(found.name, input.Id), value)
  return {}
}

/** Throws NoSuchConfiguration. */
export async function get<V extends Kept>(tx: ReadTx, record: Configurations<V>, input: Named, ctx: Ctx): Promise<V> {
  const { name, account, region } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
  const found = await tx.in({ account, region }).get(record(name, input.Id))
  if (!found) throw noSuchConfiguration()
  return found
}

/** Throws NoSuchConfiguration. */
export async function remove<V extends Kept>(tx: Tx, record: Configurations<V>, input: Named, ctx: Ctx) {
  await get(tx, record, input, ctx)
  const found = await openBucket(tx, input.Bucket, ctx)
  tx.in(found).delete(record(found.name, input.Id))
  return {}
}

/** A page of them, by id. */
export async function list<V extends Kept>(
  tx: ReadTx,
  record: Configurations<V>,
  input: Omit<Named, 'Id'> & { ContinuationToken?: string },
  ctx: Ctx,
) {
  const { name, account, region } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
  const { ContinuationToken } = input
  // The token is the id that the page before ended with.
  const range = record.between([name], ContinuationToken === undefined ? {} : { after: [ContinuationToken] })
  const found: V[] = []
  for await (const { value } of tx.in({ account, region }).range(range, { limit: page + 1 })) found.push(value)
  const IsTruncated = found.length > page
  return {
    found: found.slice(0, page),
    IsTruncated,
    ...(ContinuationToken !== undefined && { ContinuationToken }),
    ...(IsTruncated && { NextContinuationToken: found[page - 1]!.Id }),
  }
}

function noSuchConfiguration(): Error {
  return awsError('NoSuchConfiguration', 'The specified configuration does not exist.', { status: 404 })
}
