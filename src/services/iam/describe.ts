import { iamArn } from './find.ts'
import type { Group, InstanceProfile, ManagedPolicy, PolicyVersion, Role, User } from './state.ts'

/** Things as the API describes them. */

/** Policy documents are percent-encoded in answers (RFC 3986). */
export function encodeDocument(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

export function describeTags(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

function boundary(arn: string | undefined) {
  return arn === undefined
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'Policy' as 'PermissionsBoundaryPolicy',
          PermissionsBoundaryArn: arn,
        },
      }
}

function tagsIfAny(tags: Readonly<Record<string, string>>) {
  return Object.keys(tags).length > 0 ? { Tags: describeTags(tags) } : {}
}

/** As lists show a user: without boundary and tags. */
export function briefUser(account: string, user: User) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: iamArn(account, 'user', user),
    CreateDate: new Date(user.createdAtMs),
  }
}

export function describeUser(account: string, user: User) {
  return { ...briefUser(account, user), ...boundary(user.boundaryArn), ...tagsIfAny(user.tags) }
}

export function describeGroup(account: string, group: Group) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: iamArn(account, 'group', group),
    CreateDate: new Date(group.createdAtMs),
  }
}

/** As lists show a role: without boundary, tags and last use. */
export function briefRole(account: string, role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: iamArn(account, 'role', role),
    CreateDate: new Date(role.createdAtMs),
    AssumeRolePolicyDocument: encodeDocument(role.trust),
    ...(role.description !== undefined && { Description: role.description }),
    MaxSessionDuration: role.maxSessionSec,
  }
}

export function describeRole(account: string, role: Role) {
  return { ...briefRole(account, role), ...boundary(role.boundaryArn), ...tagsIfAny(role.tags) }
}

export interface PolicyUse {
  readonly attached: number
  readonly boundaries: number
}

export function briefPolicy(arn: string, policy: ManagedPolicy, use: PolicyUse) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: use.attached,
    PermissionsBoundaryUsageCount: use.boundaries,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAtMs),
    UpdateDate: new Date(policy.updatedAtMs),
  }
}

export function describePolicy(arn: string, policy: ManagedPolicy, use: PolicyUse) {
  return {
    ...briefPolicy(arn, policy, use),
    ...(policy.description !== undefined && { Description: policy.description }),
    ...tagsIfAny(policy.tags),
  }
}

export function describeVersion(policy: ManagedPolicy, version: PolicyVersion) {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersionId,
    CreateDate: new Date(version.createdAtMs),
  }
}

export function describeProfile(account: string, profile: InstanceProfile, role: Role | undefined) {
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: iamArn(account, 'instance-profile', profile),
    CreateDate: new Date(profile.createdAtMs),
    Roles: role ? [briefRole(account, role)] : [],
    ...tagsIfAny(profile.tags),
  }
}
