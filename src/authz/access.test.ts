import { beforeEach, describe, expect, test } from 'vitest'
import type { PolicySource, PrincipalPolicies } from '../kernel/policy-source.ts'
import type { Principal } from '../kernel/principal.ts'
import type { ReadTx } from '../kernel/records.ts'
import { createAccess } from './access.ts'

const account = '111122223333'
const user: Principal = { kind: 'user', account, arn: `arn:aws:iam::${account}:user/ann`, userId: 'AIDA1', name: 'ann' }
const role: Principal = {
  kind: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/r/s`,
  userId: 'AROA1:s',
  name: 'r',
  session: {
    name: 's',
    issuedAtMs: 0,
    expiresAtMs: 1,
    policies: [],
    policyArns: ['arn:aws:iam::aws:policy/Gone'],
    tags: {},
  },
}
const request = { action: 'sqs:SendMessage', resource: `arn:aws:sqs:us-east-1:${account}:q` }
const allow = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'sqs:*', Resource: '*' } })
// A transaction of no store: what is decided here reads its scope alone.
const tx = { scope: { account, region: 'us-east-1' }, in: () => tx } as unknown as ReadTx & { snapshot: ReadTx }
Object.assign(tx, { snapshot: tx })

let generation: number
let policies: PrincipalPolicies | undefined
let reads: number
const policySource: PolicySource = {
  generation: async () => generation,
  policies: async () => {
    reads++
    return policies
  },
  accessKey: async () => undefined,
}
beforeEach(() => {
  generation = 1
  reads = 0
  policies = { identity: [allow], session: [], tags: {} }
})
const access = (resourcePolicy?: string) =>
  createAccess({
    policySource,
    clock: { nowMs: () => 0 },
    ...(resourcePolicy && { resourcePolicy: async () => ({ policy: resourcePolicy }) }),
  })

describe('policies are kept while nothing changes', () => {
  test('one reading serves many requests', async () => {
    const { isAllowed } = access()
    for (let i = 0; i < 5; i++) expect(await isAllowed(user, request, {}, tx)).toBe(true)
    expect(reads).toBe(1)
  })
  test('and are read again once something did', async () => {
    const { isAllowed } = access()
    expect(await isAllowed(user, request, {}, tx)).toBe(true)
    policies = { identity: [], session: [], tags: {} }
    expect(await isAllowed(user, request, {}, tx)).toBe(true)
    generation++
    expect(await isAllowed(user, request, {}, tx)).toBe(false)
  })
  test('a user made anew under a name is another', async () => {
    const { isAllowed } = access()
    expect(await isAllowed(user, request, {}, tx)).toBe(true)
    policies = undefined
    expect(await isAllowed({ ...user, userId: 'AIDA2' }, request, {}, tx)).toBe(false)
    expect(reads).toBe(2)
  })
})

test('a session whose narrowing policies are gone may do nothing', async () => {
  expect(await access().isAllowed(role, request, {}, tx)).toBe(false)
  policies = { identity: [allow], session: [allow], tags: {} }
  expect(await access().isAllowed(role, request, {}, tx)).toBe(true)
})

test('a resource’s policy is looked up where the request does not bring it', async () => {
  const deny = JSON.stringify({ Statement: { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' } })
  await expect(access(deny).authorize(user, [request], {}, tx)).rejects.toThrow(
    'with an explicit deny in a resource-based policy',
  )
})

test('a policy that can not be read denies', async () => {
  expect(await access('{').isAllowed(user, request, {}, tx)).toBe(false)
})

test('all of several requests must be allowed, and the error is the family’s', async () => {
  const other = { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' }
  const { authorize } = access()
  await authorize(user, [request, request], {}, tx)
  await expect(authorize(user, [request, other], {}, tx, { style: 'json' })).rejects.toMatchObject({
    code: 'AccessDeniedException',
    status: 400,
    message: `User: ${user.arn} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action`,
  })
  await expect(authorize(user, [other], {}, tx, { style: 's3' })).rejects.toMatchObject({
    code: 'AccessDenied',
    status: 403,
  })
})
