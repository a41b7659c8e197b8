import { describe, expect, test } from 'vitest'
import type { AccessRequest, RequestContext } from '../kernel/authorization.ts'
import { anonymous, type Principal, servicePrincipal } from '../kernel/principal.ts'
import { contextLookup } from './context.ts'
import { denialMessage } from './denied.ts'
import { evaluate } from './evaluate.ts'

const home = '111122223333'
const other = '444455556666'
const queue = `arn:aws:sqs:us-east-1:${home}:orders`
const user: Principal = {
  kind: 'user',
  account: home,
  arn: `arn:aws:iam::${home}:user/ann`,
  userId: 'AIDAEXAMPLE',
  name: 'ann',
}
const root: Principal = { kind: 'root', account: home, arn: `arn:aws:iam::${home}:root`, userId: home }
const role: Principal = {
  kind: 'role',
  account: home,
  arn: `arn:aws:sts::${home}:assumed-role/worker/one`,
  userId: 'AROAEXAMPLE:one',
  name: 'worker',
  session: { name: 'one', issuedAtMs: 0, expiresAtMs: 1, policies: [], policyArns: [], tags: { team: 'blue' } },
}
const stranger: Principal = { ...user, account: other, arn: `arn:aws:iam::${other}:user/eve`, name: 'eve' }

type Statement = Record<string, unknown>
const policy = (...statements: Statement[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const allow = (Action: unknown = 'sqs:*', Resource: unknown = '*', rest: Statement = {}) =>
  policy({ Effect: 'Allow', Action, Resource, ...rest })
const deny = (Action: unknown = '*', Resource: unknown = '*', rest: Statement = {}) =>
  policy({ Effect: 'Deny', Action, Resource, ...rest })
const grant = (Principal: unknown, rest: Statement = {}) =>
  policy({ Effect: 'Allow', Principal, Action: 'sqs:*', Resource: queue, ...rest })

interface Given {
  identity?: string[]
  boundary?: string
  session?: string[]
  resource?: string
  request?: Partial<AccessRequest>
  context?: RequestContext
}
function decide(principal: Principal, given: Given = {}) {
  const request: AccessRequest = {
    action: 'sqs:SendMessage',
    resource: queue,
    resourcePolicy: given.resource,
    ...given.request,
  }
  const decision = evaluate({
    principal,
    request,
    resourceAccount: home,
    context: contextLookup({
      principal,
      request,
      context: given.context ?? {},
      region: 'us-east-1',
      resourceAccount: home,
      nowMs: Date.UTC(2026, 5, 1),
    }),
    identityPolicies: given.identity ?? [],
    boundary: given.boundary,
    ...(given.session && { sessionPolicies: given.session }),
  })
  return decision.decision === 'allow' ? 'allow' : `${decision.reason?.kind} ${decision.reason?.policy}`
}
const noIdentity = 'implicit identity-based policy'
const noResource = 'implicit resource-based policy'

describe('inside the account', () => {
  test('nothing is allowed by default', () => expect(decide(user)).toBe(noIdentity))
  test('an identity policy allows', () => expect(decide(user, { identity: [allow()] })).toBe('allow'))
  test('a deny anywhere wins over every allow', () => {
    expect(decide(user, { identity: [allow(), deny('sqs:Send*')] })).toBe('explicit identity-based policy')
    expect(
      decide(user, {
        identity: [allow()],
        resource: policy({ Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*' }),
      }),
    ).toBe('explicit resource-based policy')
    expect(decide(user, { identity: [allow()], boundary: deny() })).toBe('explicit permissions boundary')
    expect(decide(role, { identity: [allow()], session: [allow(), deny()] })).toBe('explicit session policy')
  })
  test('root needs no policy, and a resource policy can still deny it', () => {
    expect(decide(root)).toBe('allow')
    expect(
      decide(root, { resource: policy({ Effect: 'Deny', Principal: { AWS: home }, Action: '*', Resource: '*' }) }),
    ).toBe('explicit resource-based policy')
  })
  test('a resource policy that names the user is enough, whatever its boundary', () => {
    expect(decide(user, { resource: grant({ AWS: user.arn }) })).toBe('allow')
    expect(decide(user, { resource: grant({ AWS: user.arn }), boundary: allow('s3:*') })).toBe('allow')
  })
  test('a resource policy that names the account leaves it to the identity', () => {
    expect(decide(user, { resource: grant({ AWS: `arn:aws:iam::${home}:root` }) })).toBe(noIdentity)
    expect(decide(user, { resource: grant({ AWS: home }), identity: [allow()] })).toBe('allow')
  })
  test('a resource policy that names the role is bounded by boundary and session, one that names the session is not', () => {
    const byRole = grant({ AWS: `arn:aws:iam::${home}:role/path/worker` })
    expect(decide(role, { resource: byRole })).toBe('allow')
    expect(decide(role, { resource: byRole, boundary: allow('s3:*') })).toBe('implicit permissions boundary')
    expect(decide(role, { resource: byRole, session: [allow('s3:*')] })).toBe('implicit session policy')
    expect(
      decide(role, { resource: grant({ AWS: role.arn }), boundary: allow('s3:*'), session: [allow('s3:*')] }),
    ).toBe('allow')
    expect(decide(role, { resource: grant({ AWS: `arn:aws:iam::${home}:role/workers` }) })).toBe(noIdentity)
  })
  test('a boundary and a session policy narrow, and never give', () => {
    expect(decide(user, { boundary: allow() })).toBe(noIdentity)
    expect(decide(user, { identity: [allow()], boundary: allow('s3:*') })).toBe('implicit permissions boundary')
    expect(decide(role, { identity: [allow()], session: [allow('sqs:SendMessage')] })).toBe('allow')
    expect(decide(role, { identity: [allow()], session: [allow('sqs:ReceiveMessage')] })).toBe(
      'implicit session policy',
    )
    expect(decide(role, { identity: [allow()], session: [] })).toBe('implicit session policy')
    expect(decide(role, { session: [allow()] })).toBe(noIdentity)
  })
  test('where the resource policy is required, an identity policy is not enough', () => {
    const request = { policyRequired: true }
    expect(decide(user, { identity: [allow()], request })).toBe(noResource)
    expect(decide(root, { request })).toBe(noResource)
    expect(decide(user, { identity: [allow()], resource: grant({ AWS: home }), request })).toBe('allow')
    expect(decide(user, { resource: grant({ AWS: home }), request })).toBe(noIdentity)
    expect(decide(user, { resource: grant({ AWS: user.arn }), request })).toBe('allow')
  })
})

describe('across accounts and from outside', () => {
  test('both sides must allow', () => {
    expect(decide(stranger, { identity: [allow()] })).toBe(noResource)
    expect(decide(stranger, { resource: grant({ AWS: other }) })).toBe(noIdentity)
    expect(decide(stranger, { resource: grant({ AWS: stranger.arn }) })).toBe(noIdentity)
    expect(decide(stranger, { resource: grant({ AWS: other }), identity: [allow()] })).toBe('allow')
    expect(decide(stranger, { resource: grant({ AWS: home }), identity: [allow()] })).toBe(noResource)
  })
  test('a service is let in by the resource policy that names it', () => {
    const service = servicePrincipal('sns.amazonaws.com')
    expect(decide(service)).toBe(noResource)
    expect(decide(service, { resource: grant({ Service: 'sns.amazonaws.com' }) })).toBe('allow')
    expect(decide(service, { resource: grant({ Service: 'events.amazonaws.com' }) })).toBe(noResource)
    const confused = {
      resource: grant(
        { Service: 'sns.amazonaws.com' },
        { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:*:good' } } },
      ),
    }
    expect(decide(service, { ...confused, context: { 'aws:SourceArn': 'arn:aws:sns:us-east-1:1:good' } })).toBe('allow')
    expect(decide(service, { ...confused, context: { 'aws:SourceArn': 'arn:aws:sns:us-east-1:1:bad' } })).toBe(
      noResource,
    )
  })
  test('an unsigned request is let in only where everyone is', () => {
    expect(decide(anonymous)).toBe(noResource)
    expect(decide(anonymous, { resource: grant('*') })).toBe('allow')
    expect(decide(anonymous, { resource: grant({ AWS: '*' }) })).toBe('allow')
    expect(decide(anonymous, { resource: grant({ AWS: home }) })).toBe(noResource)
  })
  test('everyone but', () => {
    const all = policy({ Effect: 'Deny', NotPrincipal: { AWS: [user.arn, home] }, Action: '*', Resource: '*' })
    expect(decide(user, { identity: [allow()], resource: all })).toBe('allow')
    expect(decide(stranger, { identity: [allow()], resource: all })).toBe('explicit resource-based policy')
  })
})

describe('actions and resources', () => {
  test.each([
    ['sqs:sendmessage', true],
    ['SQS:Send*', true],
    ['sqs:Se?dMessage', true],
    ['sqs:*Batch', false],
    ['s3:*', false],
    ['*', true],
  ])('Action %s', (action, matches) =>
    expect(decide(user, { identity: [allow(action)] })).toBe(matches ? 'allow' : noIdentity),
  )

  test.each([
    [queue, true],
    [`arn:aws:sqs:*:*:orders`, true],
    ['arn:aws:sqs', true],
    ['arn:aws:sqs:*', true],
    ['arn:aws:s*:us-east-1:*:ord*', true],
    [`arn:aws:sqs:us-east-1:${home}:orders*x`, false],
    [`arn:aws:sqs:*:orders`, false],
    [`arn:aws:sqs:us-east-1:${home}:Orders`, false],
    ['arn:aws:sqs:*:*:${aws:username}', false],
  ])('Resource %s', (resource, matches) =>
    expect(decide(user, { identity: [allow('sqs:*', resource)] })).toBe(matches ? 'allow' : noIdentity),
  )

  test('NotAction and NotResource are everything else', () => {
    expect(decide(user, { identity: [policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })] })).toBe('allow')
    expect(
      decide(user, { identity: [policy({ Effect: 'Allow', NotAction: ['iam:*', 'sqs:Send*'], Resource: '*' })] }),
    ).toBe(noIdentity)
    expect(decide(user, { identity: [policy({ Effect: 'Allow', Action: '*', NotResource: queue })] })).toBe(noIdentity)
    expect(decide(user, { identity: [policy({ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::*' })] })).toBe(
      'allow',
    )
  })

  test('variables stand for the values of the request, and never for wildcards', () => {
    const request = (name: string) => ({ resource: `arn:aws:s3:::home/${name}/x`, action: 's3:GetObject' })
    const own = [allow('s3:*', 'arn:aws:s3:::home/${aws:username}/*')]
    expect(decide(user, { identity: own, request: request('ann') })).toBe('allow')
    expect(decide(user, { identity: own, request: request('bob') })).toBe(noIdentity)
    expect(decide({ ...user, name: '*' }, { identity: own, request: request('bob') })).toBe(noIdentity)
    expect(decide(role, { identity: own, request: request('undefined') })).toBe(noIdentity)
    const fallback = [allow('s3:*', "arn:aws:s3:::home/${aws:PrincipalTag/home, 'all'}/*")]
    expect(decide(user, { identity: fallback, request: request('all') })).toBe('allow')
    const star = [allow('s3:*', 'arn:aws:s3:::home/${*}/x')]
    expect(decide(user, { identity: star, request: request('*') })).toBe('allow')
    expect(decide(user, { identity: star, request: request('a') })).toBe(noIdentity)
  })
  test('policies of 2008 have no variables', () => {
    const old = JSON.stringify({
      Version: '2008-10-17',
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::${aws:username}' },
    })
    expect(decide(user, { identity: [old], request: { action: 's3:ListBucket', resource: 'arn:aws:s3:::ann' } })).toBe(
      noIdentity,
    )
  })
  test('a hostile pattern takes no long time', () => {
    const resource = `arn:aws:sqs:::${'*a'.repeat(500)}b`
    expect(
      decide(user, {
        identity: [allow('sqs:*', resource)],
        request: { resource: `arn:aws:sqs:::${'a'.repeat(1500)}` },
      }),
    ).toBe(noIdentity)
  })
})

describe('conditions', () => {
  const when = (Condition: unknown, context: RequestContext = {}, principal = user) =>
    decide(principal, { identity: [allow('sqs:*', '*', { Condition })], context }) === 'allow'

  test.each([
    ['StringEquals', 'blue', 'blue', true],
    ['StringEquals', 'blue', 'Blue', false],
    ['StringEqualsIgnoreCase', 'blue', 'BLUE', true],
    ['StringNotEquals', 'blue', 'red', true],
    ['StringNotEqualsIgnoreCase', 'blue', 'BLUE', false],
    ['StringLike', 'bl*', 'blue', true],
    ['StringNotLike', 'bl*', 'blue', false],
    ['NumericEquals', '10', '10.0', true],
    ['NumericNotEquals', '10', '11', true],
    ['NumericLessThan', '10', '9', true],
    ['NumericLessThan', '10', '10', false],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericGreaterThan', '10', '9', false],
    ['NumericGreaterThanEquals', '10', '10', true],
    ['NumericEquals', '10', 'ten', false],
    ['DateEquals', '2026-01-01T00:00:00Z', '1767225600', true],
    ['DateNotEquals', '2026-01-01', '2026-01-02T00:00:00Z', true],
    ['DateLessThan', '2026-01-01T00:00:00Z', '2025-12-31T23:59:59Z', true],
    ['DateLessThanEquals', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', false],
    ['DateGreaterThan', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00+02:00', false],
    ['DateGreaterThanEquals', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', true],
    ['Bool', 'true', 'TRUE', true],
    ['Bool', 'true', 'false', false],
    ['BinaryEquals', 'aGk=', 'aGk=', true],
    ['IpAddress', '10.0.0.0/8', '10.1.2.3', true],
    ['IpAddress', '10.0.0.0/8', '11.1.2.3', false],
    ['IpAddress', '10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['IpAddress', '2001:db8::/32', '2001:db8::1', true],
    ['IpAddress', '2001:db8::1', '2001:db8::2', false],
    ['IpAddress', 'not an address', '10.1.2.3', false],
    ['NotIpAddress', '10.0.0.0/8', '11.1.2.3', true],
    ['ArnEquals', 'arn:aws:sns:*:1:t*', 'arn:aws:sns:us-east-1:1:topic', true],
    ['ArnLike', 'arn:aws:sns:*:topic', 'arn:aws:sns:us-east-1:1:topic', false],
    ['ArnNotEquals', 'arn:aws:sns:*:1:t*', 'arn:aws:sns:us-east-1:2:topic', true],
    ['ArnNotLike', 'arn:aws:sns:*:1:t*', 'arn:aws:sns:us-east-1:1:topic', false],
  ])('%s %s of %s', (operator, wanted, value, holds) => {
    expect(when({ [operator]: { 'app:key': wanted } }, { 'app:key': value })).toBe(holds)
  })

  test('an absent key fails, but for negated operators, IfExists and Null', () => {
    expect(when({ StringEquals: { 'app:key': 'a' } })).toBe(false)
    expect(when({ StringNotEquals: { 'app:key': 'a' } })).toBe(true)
    expect(when({ StringEqualsIfExists: { 'app:key': 'a' } })).toBe(true)
    expect(when({ StringEqualsIfExists: { 'app:key': 'a' } }, { 'app:key': 'b' })).toBe(false)
    expect(when({ Null: { 'app:key': 'true' } })).toBe(true)
    expect(when({ Null: { 'app:key': 'false' } })).toBe(false)
    expect(when({ Null: { 'app:key': false } }, { 'app:key': '' })).toBe(true)
  })
  test('all keys and operators must hold; of the values of one, any', () => {
    const both = { StringEquals: { 'app:a': ['1', '2'], 'app:b': '3' } }
    expect(when(both, { 'app:a': '2', 'app:b': '3' })).toBe(true)
    expect(when(both, { 'app:a': '2', 'app:b': '4' })).toBe(false)
    expect(when({ StringNotEquals: { 'app:a': ['1', '2'] } }, { 'app:a': '2' })).toBe(false)
  })
  test('ForAllValues and ForAnyValue', () => {
    const all = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }
    expect(when(all, { 'aws:TagKeys': ['a', 'b'] })).toBe(true)
    expect(when(all, { 'aws:TagKeys': ['a', 'c'] })).toBe(false)
    expect(when(all)).toBe(true)
    const any = { 'ForAnyValue:StringLike': { 'aws:TagKeys': ['a*'] } }
    expect(when(any, { 'aws:TagKeys': ['x', 'ab'] })).toBe(true)
    expect(when(any, { 'aws:TagKeys': ['x'] })).toBe(false)
    expect(when(any)).toBe(false)
    expect(when({ 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'a' } }, { 'aws:TagKeys': ['a', 'b'] })).toBe(true)
    expect(when({ 'ForAllValues:StringNotEquals': { 'aws:TagKeys': 'a' } }, { 'aws:TagKeys': ['a', 'b'] })).toBe(false)
  })
  test('keys of the principal come from who it is, not from what the request says', () => {
    const forged = { 'aws:username': 'boss', 'aws:PrincipalTag/team': 'red', 'aws:PrincipalArn': 'arn:aws:iam::1:root' }
    expect(when({ StringEquals: { 'aws:UserName': 'ann' } }, forged)).toBe(true)
    expect(when({ StringEquals: { 'aws:PrincipalTag/team': 'red' } }, forged)).toBe(false)
    expect(when({ StringEquals: { 'aws:PrincipalTag/Team': 'blue' } }, forged, role)).toBe(true)
    expect(when({ ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${home}:role/worker` } }, forged, role)).toBe(true)
    expect(
      when({ StringEquals: { 'aws:PrincipalType': 'AssumedRole', 'aws:userid': 'AROAEXAMPLE:one' } }, {}, role),
    ).toBe(true)
  })
  test('the time is the node’s', () => {
    expect(
      when({
        DateGreaterThan: { 'aws:CurrentTime': '2026-05-31T00:00:00Z' },
        NumericLessThan: { 'aws:EpochTime': '1780358400' },
      }),
    ).toBe(true)
    expect(when({ DateLessThan: { 'aws:CurrentTime': '2026-05-31T00:00:00Z' } })).toBe(false)
  })
})

test('the message names principal, action, resource and reason', () => {
  const request = { action: 'sqs:SendMessage', resource: queue }
  const start = `User: ${user.arn} is not authorized to perform: sqs:SendMessage on resource: ${queue}`
  const message = (kind: 'explicit' | 'implicit', policyType: 'identity-based policy' | 'permissions boundary') =>
    denialMessage(user, request, { decision: 'deny', reason: { kind, policy: policyType } })
  expect(message('implicit', 'identity-based policy')).toBe(
    `${start} because no identity-based policy allows the sqs:SendMessage action`,
  )
  expect(message('explicit', 'identity-based policy')).toBe(
    `${start} with an explicit deny in an identity-based policy`,
  )
  expect(message('explicit', 'permissions boundary')).toBe(`${start} with an explicit deny in a permissions boundary`)
})
