import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { keyArn, locateById } from './find.ts'
import type { Located } from './state.ts'

/** Keys of several regions, of which there are none: CreateKey refuses MultiRegion. */
export const regions = operations<Api>()({
  ReplicateKey: {
    authorize: ({ KeyId, ReplicaRegion }, ctx, tx) =>
      asking('ReplicateKey', KeyId, ctx, tx, { context: { 'kms:ReplicaRegion': ReplicaRegion } }),
    read: async (tx, { KeyId }) => {
      throw notMultiRegion(await locateById(tx, KeyId))
    },
  },
  UpdatePrimaryRegion: {
    authorize: ({ KeyId, PrimaryRegion }, ctx, tx) =>
      asking('UpdatePrimaryRegion', KeyId, ctx, tx, { context: { 'kms:PrimaryRegion': PrimaryRegion } }),
    read: async (tx, { KeyId }) => {
      throw notMultiRegion(await locateById(tx, KeyId))
    },
  },
})

function notMultiRegion({ key, scope }: Located): Error {
  return awsError('UnsupportedOperationException', `${keyArn(scope, key.id)} is not a multi-Region primary key.`)
}
