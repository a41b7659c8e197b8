import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateQueueCommand, GetQueueUrlCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KeyPair, startNode, type TestNode } from '../harness.ts'

const account = '000000000000'
let node: TestNode
let iam: IAMClient
let sts: STSClient
beforeAll(async () => {
  node = await startNode()
  iam = node.client(IAMClient)
  sts = node.client(STSClient)
})
afterAll(() => node?.close())

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const allow = (Action: string | string[], more: object = {}) =>
  policy({ Effect: 'Allow', Action, Resource: '*', ...more })
const trusts = (Principal: unknown, more: object = {}) =>
  policy({ Effect: 'Allow', Principal, Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], ...more })

async function user(UserName: string, PolicyDocument?: string): Promise<KeyPair> {
  await iam.send(new CreateUserCommand({ UserName }))
  if (PolicyDocument) await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

async function role(RoleName: string, trust: string, PolicyDocument?: string, more = {}): Promise<string> {
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, ...more }))
  if (PolicyDocument) await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }))
  return Role?.Arn ?? ''
}

async function assume(as: KeyPair | undefined, input: Partial<AssumeRoleCommandInput>) {
  const client = as ? node.client(STSClient, { credentials: as }) : sts
  const { Credentials, ...rest } = await client.send(
    new AssumeRoleCommand({ RoleSessionName: 'one', ...input } as AssumeRoleCommandInput),
  )
  const credentials: KeyPair = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
  return { credentials, expiration: Credentials?.Expiration, ...rest }
}

const whoami = (credentials: KeyPair) => node.client(STSClient, { credentials }).send(new GetCallerIdentityCommand({}))
const listQueues = (credentials: KeyPair) => node.client(SQSClient, { credentials }).send(new ListQueuesCommand({}))

test('everyone may ask who they are', async () => {
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: account,
    Arn: `arn:aws:iam::${account}:root`,
    UserId: account,
  })
  const keys = await user('nobody')
  expect(await whoami(keys)).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:user/nobody` })
})

test('an access key names its account', async () => {
  const keys = await user('keyed')
  expect((await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: keys.accessKeyId }))).Account).toBe(account)
})

describe('assuming a role', () => {
  test('gives credentials that are the role’s, with what it is allowed and no more', async () => {
    const RoleArn = await role('reader', trusts({ AWS: account }), allow('sqs:ListQueues'), { Path: '/app/' })
    const { credentials, AssumedRoleUser, expiration } = await assume(undefined, { RoleArn, DurationSeconds: 900 })
    expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${account}:assumed-role/reader/one`)
    expect(expiration?.getTime()).toBeGreaterThan(node.clock.nowMs())
    expect(expiration?.getTime()).toBeLessThanOrEqual(node.clock.nowMs() + 900_000)
    expect(await whoami(credentials)).toMatchObject({
      Arn: AssumedRoleUser?.Arn,
      UserId: AssumedRoleUser?.AssumedRoleId,
    })
    await listQueues(credentials)
    const create = node.client(SQSClient, { credentials }).send(new CreateQueueCommand({ QueueName: 'q' }))
    await expect(create).rejects.toMatchObject({
      message: `User: arn:aws:sts::${account}:assumed-role/reader/one is not authorized to perform: sqs:CreateQueue on resource: arn:aws:sqs:us-east-1:${account}:q because no identity-based policy allows the sqs:CreateQueue action`,
    })
  })

  test('a trust policy that names the account leaves it to the caller’s own policies; one that names the caller does not', async () => {
    const byAccount = await role('by-account', trusts({ AWS: `arn:aws:iam::${account}:root` }))
    const ann = await user('ann')
    await expect(assume(ann, { RoleArn: byAccount })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: arn:aws:iam::${account}:user/ann is not authorized to perform: sts:AssumeRole on resource: ${byAccount} because no identity-based policy allows the sts:AssumeRole action`,
    })
    const bob = await user('bob', allow('sts:AssumeRole', { Resource: byAccount }))
    await assume(bob, { RoleArn: byAccount })
    const byName = await role('by-name', trusts({ AWS: `arn:aws:iam::${account}:user/ann` }))
    await assume(ann, { RoleArn: byName })
    await expect(assume(bob, { RoleArn: byName })).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  test('a role that does not exist, or trusts only a service, is denied alike', async () => {
    const forLambda = await role('for-lambda', trusts({ Service: 'lambda.amazonaws.com' }))
    for (const RoleArn of [forLambda, `arn:aws:iam::${account}:role/no-such-role`]) {
      await expect(assume(undefined, { RoleArn })).rejects.toMatchObject({
        name: 'AccessDenied',
        $metadata: { httpStatusCode: 403 },
      })
    }
    await expect(assume(undefined, { RoleArn: 'arn:aws:sqs:us-east-1:000000000000:not-a-role' })).rejects.toMatchObject(
      { $metadata: { httpStatusCode: 403 } },
    )
  })

  test('an external id must be the agreed one', async () => {
    const RoleArn = await role(
      'external',
      trusts({ AWS: account }, { Condition: { StringEquals: { 'sts:ExternalId': 'secret' } } }),
    )
    await expect(assume(undefined, { RoleArn })).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(assume(undefined, { RoleArn, ExternalId: 'guess' })).rejects.toMatchObject({ name: 'AccessDenied' })
    await assume(undefined, { RoleArn, ExternalId: 'secret' })
  })

  test('session policies narrow the session', async () => {
    const RoleArn = await role('narrowed', trusts({ AWS: account }), allow(['sqs:*', 'iam:*']))
    const { credentials, PackedPolicySize } = await assume(undefined, { RoleArn, Policy: allow('sqs:*') })
    expect(PackedPolicySize).toBeGreaterThan(0)
    await listQueues(credentials)
    await expect(node.client(IAMClient, { credentials }).send(new ListUsersCommand({}))).rejects.toMatchObject({
      message: expect.stringContaining('because no session policy allows the iam:ListUsers action'),
    })
    const managed = await assume(undefined, {
      RoleArn,
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' }],
    })
    await node.client(IAMClient, { credentials: managed.credentials }).send(new ListUsersCommand({}))
    await expect(listQueues(managed.credentials)).rejects.toMatchObject({
      message: expect.stringContaining('no session policy allows'),
    })
    await expect(
      assume(undefined, { RoleArn, PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/NoSuchPolicy' }] }),
    ).rejects.toMatchObject({ name: 'ValidationError' })
    await expect(assume(undefined, { RoleArn, Policy: '{' })).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    })
  })

  test('session tags are principal tags, and transitive ones go on to the next role', async () => {
    const own = allow('sqs:ListQueues', { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } } })
    const next = await role('second', trusts({ AWS: account }), own)
    const RoleArn = await role(
      'first',
      trusts({ AWS: account }),
      policy(
        {
          Effect: 'Allow',
          Action: 'sqs:ListQueues',
          Resource: '*',
          Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
        },
        { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: '*' },
      ),
    )
    const red = await assume(undefined, { RoleArn, Tags: [{ Key: 'team', Value: 'red' }] })
    await expect(listQueues(red.credentials)).rejects.toThrow('no identity-based policy')
    const blue = await assume(undefined, {
      RoleArn,
      Tags: [{ Key: 'team', Value: 'blue' }],
      TransitiveTagKeys: ['team'],
    })
    await listQueues(blue.credentials)
    const chained = await assume(blue.credentials, { RoleArn: next })
    await listQueues(chained.credentials)
    await expect(
      assume(blue.credentials, { RoleArn: next, Tags: [{ Key: 'Team', Value: 'red' }] }),
    ).rejects.toMatchObject({ name: 'ValidationError' })
  })

  test('a source identity stays with the session for good', async () => {
    const next = await role('identified-2', trusts({ AWS: account }))
    const RoleArn = await role(
      'identified-1',
      trusts({ AWS: account }),
      allow(['sts:AssumeRole', 'sts:SetSourceIdentity']),
    )
    const first = await assume(undefined, { RoleArn, SourceIdentity: 'alice' })
    expect(first.SourceIdentity).toBe('alice')
    expect((await assume(first.credentials, { RoleArn: next })).SourceIdentity).toBe('alice')
    await expect(assume(first.credentials, { RoleArn: next, SourceIdentity: 'mallory' })).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })

  test('duration is limited by the role, and to an hour from one role to another', async () => {
    const RoleArn = await role('short', trusts({ AWS: account }), allow('sts:AssumeRole'), { MaxSessionDuration: 3600 })
    await expect(assume(undefined, { RoleArn, DurationSeconds: 3601 })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    })
    const long = await role('long', trusts({ AWS: account }), undefined, { MaxSessionDuration: 43_200 })
    const { credentials } = await assume(undefined, { RoleArn })
    await expect(assume(credentials, { RoleArn: long, DurationSeconds: 3601 })).rejects.toMatchObject({
      message: expect.stringContaining('role chaining'),
    })
  })

  test('what is not supported is refused by name', async () => {
    const RoleArn = await role('mfa', trusts({ AWS: account }))
    await expect(
      assume(undefined, { RoleArn, SerialNumber: 'arn:aws:iam::000000000000:mfa/x', TokenCode: '123456' }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('SerialNumber'),
    })
  })

  test('a changed role changes its sessions at once; a deleted and remade one does not revive them', async () => {
    const RoleArn = await role('changing', trusts({ AWS: account }), allow('sqs:ListQueues'))
    const { credentials } = await assume(undefined, { RoleArn })
    await listQueues(credentials)
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'changing', PolicyName: 'p' }))
    await expect(listQueues(credentials)).rejects.toThrow('no identity-based policy')
    await iam.send(new DeleteRoleCommand({ RoleName: 'changing' }))
    await role('changing', trusts({ AWS: account }), allow('sqs:ListQueues'))
    await expect(listQueues(credentials)).rejects.toThrow('no identity-based policy')
  })

  test('across accounts both sides must allow', async () => {
    const { ensureAdministrator } = await import('../../src/services/iam/bootstrap.ts')
    const { host } = node.node
    const other = await ensureAdministrator(host.records, host.ids, '111122223333', host.clock.nowMs())
    const otherIam = node.client(IAMClient, { credentials: other })
    const make = (RoleName: string, AssumeRolePolicyDocument: string) =>
      otherIam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
    const { Role: open } = await make('open', trusts({ AWS: account }))
    const { Role: closed } = await make('closed', trusts({ AWS: '111122223333' }))
    const allowed = await user('traveller', allow('sts:AssumeRole'))
    const plain = await user('homebody')
    const { credentials } = await assume(allowed, { RoleArn: open?.Arn ?? '' })
    expect((await whoami(credentials)).Account).toBe('111122223333')
    await expect(assume(plain, { RoleArn: open?.Arn ?? '' })).rejects.toThrow('no identity-based policy')
    await expect(assume(allowed, { RoleArn: closed?.Arn ?? '' })).rejects.toThrow('no resource-based policy')
  })
})

describe('temporary credentials', () => {
  test('outlive a restart, and end at their time', async () => {
    const RoleArn = await role('lasting', trusts({ AWS: account }), allow('sqs:ListQueues'))
    const { credentials } = await assume(undefined, { RoleArn, DurationSeconds: 900 })
    await node.restart()
    iam = node.client(IAMClient)
    sts = node.client(STSClient)
    await listQueues(credentials)
    node.clock.advance(901_000)
    await expect(listQueues(credentials)).rejects.toMatchObject({ name: 'ExpiredTokenException' })
    await expect(whoami(credentials)).rejects.toMatchObject({
      name: 'ExpiredToken',
      $metadata: { httpStatusCode: 403 },
    })
  })

  test('need their token, whole and their own', async () => {
    const RoleArn = await role('token', trusts({ AWS: account }))
    const { credentials } = await assume(undefined, { RoleArn })
    const { credentials: another } = await assume(undefined, { RoleArn })
    const bare = { accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey }
    await expect(whoami(bare)).rejects.toMatchObject({ name: 'InvalidClientTokenId' })
    await expect(whoami({ ...bare, sessionToken: another.sessionToken ?? '' })).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    })
    const changed = Buffer.from(credentials.sessionToken ?? '', 'base64')
    changed[40]! ^= 1
    await expect(whoami({ ...bare, sessionToken: changed.toString('base64') })).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    })
    await expect(whoami({ ...credentials, secretAccessKey: 'wrong' })).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    })
  })

  test('of GetSessionToken are the user’s own, and make no further ones', async () => {
    const keys = await user('tokens', allow('iam:GetUser'))
    const { Credentials } = await node
      .client(STSClient, { credentials: keys })
      .send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    }
    expect((await whoami(credentials)).Arn).toBe(`arn:aws:iam::${account}:user/tokens`)
    await node.client(IAMClient, { credentials }).send(new GetUserCommand({}))
    await expect(node.client(STSClient, { credentials }).send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })
})

describe('services', () => {
  const lambda = { service: 'lambda.amazonaws.com', sessionName: 'fn', durationSec: 900 }
  test('get credentials of roles that trust them', async () => {
    const arn = await role('execution', trusts({ Service: 'lambda.amazonaws.com' }), allow('sqs:GetQueueUrl'))
    await iam.send(
      new AttachRolePolicyCommand({
        RoleName: 'execution',
        PolicyArn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
      }),
    )
    await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'theirs' }))
    const credentials = await node.node.host.assumeRole(arn, lambda)
    expect(credentials.principal.arn).toBe(`arn:aws:sts::${account}:assumed-role/execution/fn`)
    const sqs = node.client(SQSClient, { credentials })
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'theirs' }))).QueueUrl).toContain('theirs')
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toThrow('no identity-based policy')
  })
  test('are denied a role that trusts another, or none', async () => {
    const arn = await role('for-states', trusts({ Service: 'states.amazonaws.com' }))
    await expect(node.node.host.assumeRole(arn, lambda)).rejects.toMatchObject({ code: 'AccessDenied' })
    await expect(node.node.host.assumeRole(`${arn}-none`, lambda)).rejects.toMatchObject({ code: 'AccessDenied' })
  })
  test('are held to the source that the trust policy names', async () => {
    const source = `arn:aws:lambda:us-east-1:${account}:function:mine`
    const arn = await role(
      'held',
      trusts({ Service: 'lambda.amazonaws.com' }, { Condition: { ArnEquals: { 'aws:SourceArn': source } } }),
    )
    await node.node.host.assumeRole(arn, { ...lambda, sourceArn: source })
    await expect(node.node.host.assumeRole(arn, { ...lambda, sourceArn: `${source}-not` })).rejects.toMatchObject({
      code: 'AccessDenied',
    })
  })
})
