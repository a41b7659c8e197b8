import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteServiceLinkedRoleCommand,
  DeleteUserCommand,
  GetAccountSummaryCommand,
  GetGroupCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  ListUsersCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  SimulatePrincipalPolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let iam: IAMClient
beforeAll(async () => {
  node = await startNode()
  iam = node.client(IAMClient)
})
afterAll(() => node?.close())

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
const allow = (Action: string | string[], Resource: string | string[] = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] })
const role = (RoleName: string, more = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, ...more }))

describe('roles', () => {
  test('a role is found as it was made', async () => {
    const { Role } = await role('worker', {
      Path: '/team/',
      Description: 'works',
      MaxSessionDuration: 7200,
      Tags: [{ Key: 'a', Value: '1' }],
    })
    expect(Role).toMatchObject({
      RoleName: 'worker',
      Path: '/team/',
      Arn: 'arn:aws:iam::000000000000:role/team/worker',
      MaxSessionDuration: 7200,
    })
    expect(Role?.RoleId).toMatch(/^AROA[A-Z0-9]{17}$/)
    expect(Role?.CreateDate).toBeInstanceOf(Date)
    const found = (await iam.send(new GetRoleCommand({ RoleName: 'worker' }))).Role
    expect(found).toEqual(Role)
    expect(decodeURIComponent(found?.AssumeRolePolicyDocument ?? '')).toBe(trust)
    expect(found?.Tags).toEqual([{ Key: 'a', Value: '1' }])
  })

  test('a name is taken once, whatever its case', async () => {
    await role('Taken')
    await expect(role('taken')).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: 'Role with name taken already exists.',
      $metadata: { httpStatusCode: 409 },
    })
  })

  test('what is not there is NoSuchEntity', async () => {
    await expect(iam.send(new GetRoleCommand({ RoleName: 'nobody' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The role with name nobody cannot be found.',
      $metadata: { httpStatusCode: 404 },
    })
  })

  test('a malformed trust policy is refused and says why', async () => {
    const attempt = (AssumeRolePolicyDocument: string) => role('malformed', { AssumeRolePolicyDocument })
    await expect(attempt('{')).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message: 'Syntax errors in policy.',
    })
    await expect(attempt(allow('sts:AssumeRole'))).rejects.toMatchObject({
      message: 'Missing required field Principal',
    })
    const withResource = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole', Resource: '*' },
    }
    await expect(attempt(JSON.stringify(withResource))).rejects.toMatchObject({
      message: 'Has prohibited field Resource',
    })
    const other = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: 'me' }, Action: 'sts:AssumeRole' },
    }
    await expect(attempt(JSON.stringify(other))).rejects.toMatchObject({
      message: 'Invalid principal in policy: "AWS":"me"',
    })
    await iam.send(new CreateRoleCommand({ RoleName: 'retrusted', AssumeRolePolicyDocument: trust }))
    await expect(
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'retrusted', PolicyDocument: '[]' })),
    ).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    })
  })

  test('inline policies, attachments and instance profiles must go before their role', async () => {
    const RoleName = 'busy'
    await role(RoleName)
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'in', PolicyDocument: allow('s3:GetObject') }))
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(['in'])
    const inline = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'in' }))
    expect(decodeURIComponent(inline.PolicyDocument ?? '')).toBe(allow('s3:GetObject'))
    await expect(iam.send(new DeleteRoleCommand({ RoleName }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must delete policies first.',
    })
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
    expect((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([
      { PolicyName: 'AWSLambdaBasicExecutionRole', PolicyArn },
    ])
    await expect(iam.send(new DeleteRoleCommand({ RoleName }))).rejects.toMatchObject({
      message: 'Cannot delete entity, must detach all policies first.',
    })
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'profile' }))
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'profile', RoleName }))
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: 'profile' }))
    expect(InstanceProfile?.Roles?.map((one) => one.RoleName)).toEqual([RoleName])
  })

  test('tags are set, replaced without regard to case, listed and removed', async () => {
    const RoleName = 'tagged'
    await role(RoleName)
    await iam.send(
      new TagRoleCommand({
        RoleName,
        Tags: [
          { Key: 'Team', Value: 'a' },
          { Key: 'x', Value: '' },
        ],
      }),
    )
    await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'team', Value: 'b' }] }))
    expect((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags).toEqual([
      { Key: 'team', Value: 'b' },
      { Key: 'x', Value: '' },
    ])
    await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['x'] }))
    expect((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags).toEqual([{ Key: 'team', Value: 'b' }])
    await expect(iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'aws:x', Value: '' }] }))).rejects.toMatchObject(
      { name: 'InvalidInputException' },
    )
  })

  test('a service-linked role is made by name and only its service changes it', async () => {
    const { Role } = await iam.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ops.apigateway.amazonaws.com' }),
    )
    expect(Role?.Arn).toBe(
      'arn:aws:iam::000000000000:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway',
    )
    const RoleName = Role?.RoleName
    await expect(iam.send(new DeleteRoleCommand({ RoleName }))).rejects.toMatchObject({
      name: 'UnmodifiableEntityException',
    })
    const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }))
    expect((await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }))).Status).toBe('SUCCEEDED')
    await expect(iam.send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({ name: 'NoSuchEntityException' })
  })
})

describe('lists', () => {
  test('pages are full, in order, exact at the end, and narrowed by path', async () => {
    const names = Array.from({ length: 7 }, (_, i) => `listed${i}`)
    for (const UserName of names)
      await iam.send(new CreateUserCommand({ UserName, Path: UserName === 'listed3' ? '/other/' : '/listed/' }))
    const pages: string[][] = []
    let Marker: string | undefined
    do {
      const page = await iam.send(new ListUsersCommand({ PathPrefix: '/listed/', MaxItems: 3, Marker }))
      pages.push((page.Users ?? []).map((user) => user.UserName ?? ''))
      expect(page.IsTruncated).toBe(page.Marker !== undefined)
      Marker = page.Marker
    } while (Marker !== undefined)
    expect(pages).toEqual([
      ['listed0', 'listed1', 'listed2'],
      ['listed4', 'listed5', 'listed6'],
    ])
    await expect(iam.send(new ListUsersCommand({ Marker: 'nonsense' }))).rejects.toMatchObject({
      name: 'ValidationError',
    })
  })

  test('roles come without tags, as the real service lists them', async () => {
    await role('brief', { Tags: [{ Key: 'a', Value: '1' }], Path: '/brief/' })
    const { Roles } = await iam.send(new ListRolesCommand({ PathPrefix: '/brief/' }))
    expect(Roles?.[0]).toMatchObject({ RoleName: 'brief' })
    expect(Roles?.[0]?.Tags).toBeUndefined()
  })
})

describe('users and groups', () => {
  test('root asking for itself is told its account', async () => {
    const { User } = await iam.send(new GetUserCommand({}))
    expect(User).toEqual({ UserId: '000000000000', Arn: 'arn:aws:iam::000000000000:root' })
  })

  test('a renamed user keeps its groups, policies and keys', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'before' }))
    await iam.send(new CreateGroupCommand({ GroupName: 'renamers' }))
    await iam.send(new AddUserToGroupCommand({ GroupName: 'renamers', UserName: 'before' }))
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess'
    await iam.send(new AttachUserPolicyCommand({ UserName: 'before', PolicyArn }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'before' }))
    await iam.send(new UpdateUserCommand({ UserName: 'before', NewUserName: 'after', NewPath: '/new/' }))
    expect((await iam.send(new GetUserCommand({ UserName: 'after' }))).User?.Arn).toBe(
      'arn:aws:iam::000000000000:user/new/after',
    )
    await expect(iam.send(new GetUserCommand({ UserName: 'before' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    })
    expect(
      (await iam.send(new GetGroupCommand({ GroupName: 'renamers' }))).Users?.map(({ UserName }) => UserName),
    ).toEqual(['after'])
    expect(
      (await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }))).PolicyUsers?.map(({ UserName }) => UserName),
    ).toEqual(['after'])
    expect((await iam.send(new ListAccessKeysCommand({ UserName: 'after' }))).AccessKeyMetadata?.[0]).toMatchObject({
      AccessKeyId: AccessKey?.AccessKeyId,
      UserName: 'after',
      Status: 'Active',
    })
    await expect(iam.send(new DeleteUserCommand({ UserName: 'after' }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    })
    await expect(iam.send(new DeleteGroupCommand({ GroupName: 'renamers' }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    })
  })

  test('a user has two access keys at most, and a third is refused by quota', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'keys' }))
    const ids = []
    for (let i = 0; i < 2; i++)
      ids.push((await iam.send(new CreateAccessKeyCommand({ UserName: 'keys' }))).AccessKey?.AccessKeyId)
    expect(ids[0]).toMatch(/^AKIA[A-Z2-7]{16}$/)
    await expect(iam.send(new CreateAccessKeyCommand({ UserName: 'keys' }))).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    })
  })
})

describe('managed policies', () => {
  test('versions are numbered, at most five, and the default one stays', async () => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'versions', PolicyDocument: allow('s3:*') }),
    )
    const PolicyArn = Policy?.Arn
    for (let i = 0; i < 4; i++)
      await iam.send(
        new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow(`sqs:Get${i}`), SetAsDefault: i === 3 }),
      )
    await expect(
      iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('s3:*') })),
    ).rejects.toMatchObject({ name: 'LimitExceededException' })
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v5' }))
    expect(PolicyVersion?.IsDefaultVersion).toBe(true)
    expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toBe(allow('sqs:Get3'))
    await expect(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v5' }))).rejects.toMatchObject({
      message: 'Cannot delete the default version of a policy.',
    })
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    })
    for (const VersionId of ['v1', 'v2', 'v3', 'v4'])
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }))
    await iam.send(new DeletePolicyCommand({ PolicyArn }))
    await expect(iam.send(new GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject({ name: 'NoSuchEntityException' })
  })

  test('attachments and boundaries are counted', async () => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'counted', Path: '/c/', PolicyDocument: allow('s3:*') }),
    )
    const PolicyArn = Policy?.Arn
    await role('counted')
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'counted', PolicyArn }))
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'counted', PermissionsBoundary: PolicyArn }))
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
      AttachmentCount: 1,
      PermissionsBoundaryUsageCount: 1,
    })
    const { Policies } = await iam.send(
      new ListPoliciesCommand({ Scope: 'Local', PathPrefix: '/c/', OnlyAttached: true }),
    )
    expect(Policies?.map(({ PolicyName }) => PolicyName)).toEqual(['counted'])
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      message: 'Cannot delete a policy attached to entities.',
    })
  })

  test('AWS’s own are there and can’t be changed', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
      PolicyName: 'AdministratorAccess',
      Path: '/',
    })
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({ name: 'AccessDenied' })
    const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: 'AWS', MaxItems: 1000 }))
    expect(Policies.map(({ Arn }) => Arn)).toContain(
      'arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole',
    )
  })

  test.each([
    ['{"Statement":[]}', 'Syntax errors in policy.'],
    [allow('everything'), 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'],
    [allow('s3*:Get'), 'Vendor s3* is not valid'],
    [allow('s3:Get', 'my-bucket'), 'Resource my-bucket must be in ARN format or "*".'],
    [
      JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*' } }),
      'Policy statement must contain resources.',
    ],
    [
      JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Resource: '*' } }),
      'Policy statement must contain actions.',
    ],
    [
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: '*', Resource: '*', Principal: '*' },
      }),
      'Policy document should not specify a principal.',
    ],
    [
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition: { Sounds: { 'a:b': 'c' } } },
      }),
      'Invalid Condition type : Sounds',
    ],
    [
      JSON.stringify({
        Version: '2012-10-17',
        Statement: ['a', 'a'].map((Sid) => ({ Sid, Effect: 'Allow', Action: '*', Resource: '*' })),
      }),
      'Statement IDs (SID) in a single policy must be unique.',
    ],
  ])('%s is malformed: %s', async (PolicyDocument, message) => {
    await expect(iam.send(new CreatePolicyCommand({ PolicyName: 'bad', PolicyDocument }))).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message,
      $metadata: { httpStatusCode: 400 },
    })
  })

  test('a policy that is too long is refused', async () => {
    const long = allow(Array.from({ length: 400 }, (_, i) => `sqs:Something${i}`))
    await expect(iam.send(new CreatePolicyCommand({ PolicyName: 'long', PolicyDocument: long }))).rejects.toMatchObject(
      {
        name: 'LimitExceededException',
        message: 'Cannot exceed quota for PolicySize: 6144',
      },
    )
  })
})

describe('many at once', () => {
  test('of many who make one name one does, and all attachments to one role are kept', async () => {
    const RoleName = 'contended'
    const made = await Promise.allSettled(Array.from({ length: 20 }, () => role(RoleName)))
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const names = [
      'AmazonS3FullAccess',
      'AmazonSQSFullAccess',
      'AmazonSNSFullAccess',
      'IAMReadOnlyAccess',
      'AWSXrayFullAccess',
    ]
    await Promise.all(
      names.flatMap((name) => {
        const attach = new AttachRolePolicyCommand({ RoleName, PolicyArn: `arn:aws:iam::aws:policy/${name}` })
        return [iam.send(attach), iam.send(attach)]
      }),
    )
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))
    expect(AttachedPolicies?.map(({ PolicyName }) => PolicyName).sort()).toEqual([...names].sort())
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: 'arn:aws:iam::aws:policy/AWSXrayFullAccess' }))
    expect(Policy?.AttachmentCount).toBe(1)
  })
})

describe('who may do what', () => {
  async function userWith(UserName: string, ...documents: string[]) {
    await iam.send(new CreateUserCommand({ UserName }))
    for (const [i, PolicyDocument] of documents.entries()) {
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: `${UserName}-${i}`, PolicyDocument }))
      await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: Policy?.Arn }))
    }
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
    const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    return { credentials, iam: node.client(IAMClient, { credentials }) }
  }

  test('a user may do what its policies allow, at once when they change', async () => {
    const ann = await userWith('ann')
    const get = () => ann.iam.send(new GetUserCommand({}))
    await expect(get()).rejects.toMatchObject({
      name: 'AccessDenied',
      message:
        'User: arn:aws:iam::000000000000:user/ann is not authorized to perform: iam:GetUser on resource: arn:aws:iam::000000000000:user/ann because no identity-based policy allows the iam:GetUser action',
      $metadata: { httpStatusCode: 403 },
    })
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: 'self',
        PolicyDocument: allow('iam:GetUser', 'arn:aws:iam::*:user/${aws:username}'),
      }),
    )
    await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: Policy?.Arn }))
    expect((await get()).User?.UserName).toBe('ann')
    await expect(ann.iam.send(new GetUserCommand({ UserName: 'keys' }))).rejects.toMatchObject({ name: 'AccessDenied' })
    await iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn: Policy?.Arn,
        PolicyDocument: allow('iam:ListUsers'),
        SetAsDefault: true,
      }),
    )
    await expect(get()).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  test('an inactive key is no key', async () => {
    const bob = await userWith('bob', allow('iam:*'))
    await bob.iam.send(new GetUserCommand({}))
    await iam.send(
      new UpdateAccessKeyCommand({ UserName: 'bob', AccessKeyId: bob.credentials.accessKeyId, Status: 'Inactive' }),
    )
    await expect(bob.iam.send(new GetUserCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: { httpStatusCode: 403 },
    })
  })

  test('a boundary narrows', async () => {
    const cid = await userWith('cid', allow('iam:*'))
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'bound', PolicyDocument: allow('iam:List*') }),
    )
    const { PutUserPermissionsBoundaryCommand } = await import('@aws-sdk/client-iam')
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'cid', PermissionsBoundary: Policy?.Arn }))
    await cid.iam.send(new ListUsersCommand({ MaxItems: 1 }))
    await expect(cid.iam.send(new GetUserCommand({}))).rejects.toMatchObject({
      message: expect.stringContaining('because no permissions boundary allows the iam:GetUser action'),
    })
  })

  test('simulation says what the evaluator would', async () => {
    await userWith('sim', allow('sqs:SendMessage', 'arn:aws:sqs:*:*:mine'))
    const { EvaluationResults } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: 'arn:aws:iam::000000000000:user/sim',
        ActionNames: ['sqs:SendMessage', 'sqs:DeleteQueue'],
        ResourceArns: ['arn:aws:sqs:us-east-1:000000000000:mine'],
      }),
    )
    expect(EvaluationResults?.map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision])).toEqual([
      ['sqs:SendMessage', 'allowed'],
      ['sqs:DeleteQueue', 'implicitDeny'],
    ])
  })

  test('a wrong secret and an unknown key are told apart', async () => {
    const wrong = node.client(IAMClient, { credentials: { accessKeyId: 'test', secretAccessKey: 'wrong' } })
    await expect(wrong.send(new GetAccountSummaryCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    })
    const unknown = node.client(IAMClient, {
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
    })
    await expect(unknown.send(new GetAccountSummaryCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' })
  })

  test('keys, users and policies outlive a restart', async () => {
    const dan = await userWith('dan', allow('iam:GetUser'))
    await node.restart()
    iam = node.client(IAMClient)
    const again = node.client(IAMClient, { credentials: dan.credentials })
    expect((await again.send(new GetUserCommand({}))).User?.UserName).toBe('dan')
    await expect(again.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' })
    const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}))
    expect(SummaryMap?.Users).toBe((await iam.send(new ListUsersCommand({ MaxItems: 1000 }))).Users?.length)
  })
})
