import { isAwsError } from '../../kernel/errors.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'
import type { Kind } from './resource-parts.ts'

/** Waits for an answer about what may be gone: then there is none. */
export async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isAwsError(error, 'NoSuchEntityException', 'NoSuchEntity')) return undefined
    throw error
  }
}

/** All of a list that comes in pages. */
export async function listAll<T>(
  rx: ResourceReader,
  operation: string,
  input: object,
  member: string,
): Promise<readonly T[]> {
  const found: T[] = []
  let Marker: string | undefined
  do {
    const page: Record<string, unknown> = await rx.invoke(operation, {
      ...input,
      ...(Marker !== undefined && { Marker }),
    })
    found.push(...((page[member] ?? []) as T[]))
    Marker = page.IsTruncated ? String(page.Marker) : undefined
  } while (Marker !== undefined)
  return found
}

/** Documents are answered as RFC 3986 has them. */
export const documentText = (encoded: string | undefined) =>
  encoded === undefined ? undefined : decodeURIComponent(encoded)

/** The policies of a user, group or role, as its properties would say them. */
async function policiesOf(kind: Kind, name: string, rx: ResourceReader) {
  const subject = { [`${kind}Name`]: name }
  const attached = await listAll<{ PolicyArn: string }>(
    rx,
    `iam:ListAttached${kind}Policies`,
    subject,
    'AttachedPolicies',
  )
  const Policies: object[] = []
  for (const PolicyName of await listAll<string>(rx, `iam:List${kind}Policies`, subject, 'PolicyNames')) {
    const asked = rx.invoke<{ PolicyDocument: string }>(`iam:Get${kind}Policy`, { ...subject, PolicyName })
    const found = await unlessGone(asked)
    if (found) Policies.push({ PolicyName, PolicyDocument: documentText(found.PolicyDocument) })
  }
  return { ManagedPolicyArns: attached.map(({ PolicyArn }) => PolicyArn), Policies }
}

interface Entity {
  readonly AssumeRolePolicyDocument?: string
  readonly PermissionsBoundary?: { readonly PermissionsBoundaryArn: string }
}

/** A role as its properties would say it. */
export async function readRole(RoleName: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await unlessGone(rx.invoke<{ Role: Entity }>('iam:GetRole', { RoleName }))
  if (!found) return undefined
  return {
    ...members(found.Role, ['Description', 'MaxSessionDuration', 'Path', 'RoleName']),
    AssumeRolePolicyDocument: documentText(found.Role.AssumeRolePolicyDocument),
    PermissionsBoundary: found.Role.PermissionsBoundary?.PermissionsBoundaryArn,
    Tags: await listAll(rx, 'iam:ListRoleTags', { RoleName }, 'Tags'),
    ...(await policiesOf('Role', RoleName, rx)),
  }
}

/** A user as its properties would say it. */
export async function readUser(UserName: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await unlessGone(rx.invoke<{ User: Entity }>('iam:GetUser', { UserName }))
  if (!found) return undefined
  const groups = await listAll<{ GroupName: string }>(rx, 'iam:ListGroupsForUser', { UserName }, 'Groups')
  return {
    ...members(found.User, ['Path', 'UserName']),
    PermissionsBoundary: found.User.PermissionsBoundary?.PermissionsBoundaryArn,
    Groups: groups.map(({ GroupName }) => GroupName),
    Tags: await listAll(rx, 'iam:ListUserTags', { UserName }, 'Tags'),
    ...(await policiesOf('User', UserName, rx)),
  }
}

/** A group as its properties would say it. */
export async function readGroup(GroupName: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await unlessGone(rx.invoke<{ Group: object }>('iam:GetGroup', { GroupName }))
  if (!found) return undefined
  return { ...members(found.Group, ['GroupName', 'Path']), ...(await policiesOf('Group', GroupName, rx)) }
}

/** An access key as its properties would say it. */
export async function readAccessKey(id: string, UserName: string, rx: ResourceReader) {
  const asked = listAll<{ AccessKeyId: string; Status: string }>(
    rx,
    'iam:ListAccessKeys',
    { UserName },
    'AccessKeyMetadata',
  )
  const found = (await unlessGone(asked))?.find(({ AccessKeyId }) => AccessKeyId === id)
  return found && { UserName, Status: found.Status }
}

/** An instance profile as its properties would say it. */
export async function readInstanceProfile(InstanceProfileName: string, rx: ResourceReader) {
  const found = await unlessGone(
    rx.invoke<{ InstanceProfile: { Roles: { RoleName: string }[] } }>('iam:GetInstanceProfile', {
      InstanceProfileName,
    }),
  )
  if (!found) return undefined
  const Roles = found.InstanceProfile.Roles.map(({ RoleName }) => RoleName)
  return { ...members(found.InstanceProfile, ['InstanceProfileName', 'Path']), Roles }
}

/** Those of the users whom a template adds to a group who are in it: others are not its matter. */
export async function readMembership(GroupName: string, users: readonly string[], rx: ResourceReader) {
  const asked = listAll<{ UserName: string }>(rx, 'iam:GetGroup', { GroupName }, 'Users')
  const names = (await unlessGone(asked))?.map(({ UserName }) => UserName)
  const Users = users.filter((name) => names?.includes(name))
  return Users.length === 0 ? undefined : { GroupName, Users }
}

/** A service's own role as its properties would say it: which service's is in its path, the suffix in its name. */
export async function readServiceLinkedRole(RoleName: string, rx: ResourceReader) {
  const found = await unlessGone(
    rx.invoke<{ Role: { Path: string; Description?: string } }>('iam:GetRole', { RoleName }),
  )
  if (!found) return undefined
  return {
    AWSServiceName: found.Role.Path.split('/')[2],
    CustomSuffix: RoleName.split('_')[1],
    Description: found.Role.Description,
  }
}
