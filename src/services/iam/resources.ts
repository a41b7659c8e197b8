import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, type ResourceState, resource } from '../../kernel/resource.ts'
import { unreserved } from '../../kernel/resource-tags.ts'
import {
  accessKeyResource,
  instanceProfileResource,
  membershipResource,
  serviceLinkedRoleResource,
} from './other-resources.ts'
import { inlinePolicyResources, managedPolicyResource, policyResource } from './policy-resources.ts'
import { asText, gone, type InlinePolicy, type Kind, pick } from './resource-parts.ts'
import { readGroup, readRole, readUser, unlessGone } from './resource-reads.ts'

/** CloudFormation's users, groups and roles, with the policies their templates give them. */

interface Common {
  readonly ManagedPolicyArns?: readonly string[]
  readonly Policies?: readonly InlinePolicy[]
}

interface TagProperty {
  readonly Tags?: readonly { Key: string; Value: string }[]
}

interface RoleProperties extends Common, TagProperty {
  readonly AssumeRolePolicyDocument: object | string
  readonly Description?: string
  readonly MaxSessionDuration?: number
  readonly Path?: string
  readonly PermissionsBoundary?: string
  readonly RoleName?: string
}

interface UserProperties extends Common, TagProperty {
  readonly Groups?: readonly string[]
  readonly Path?: string
  readonly PermissionsBoundary?: string
  readonly UserName?: string
}

interface GroupProperties extends Common {
  readonly GroupName?: string
  readonly Path?: string
}

export const resources = {
  'AWS::IAM::Role': resource<RoleProperties>({
    properties: [
      'AssumeRolePolicyDocument',
      'Description',
      'ManagedPolicyArns',
      'MaxSessionDuration',
      'Path',
      'PermissionsBoundary',
      'Policies',
      'RoleName',
      'Tags',
    ],
    async create(props, rx) {
      const RoleName = props.RoleName ?? rx.name({ maxLength: 64 })
      const { Role } = await rx.invoke<{ Role: { Arn: string; RoleId: string } }>('iam:CreateRole', {
        RoleName,
        AssumeRolePolicyDocument: asText(props.AssumeRolePolicyDocument),
        ...pick(props, 'Description', 'MaxSessionDuration', 'Path', 'PermissionsBoundary'),
        ...tagList(props, rx.tags),
      })
      rx.created(RoleName)
      await applyPolicies('Role', RoleName, props, {}, rx)
      return { id: RoleName, attributes: { Arn: Role.Arn, RoleId: Role.RoleId } }
    },
    async update(id, props, previous, rx) {
      const name = { RoleName: id }
      await rx.invoke('iam:UpdateAssumeRolePolicy', { ...name, PolicyDocument: asText(props.AssumeRolePolicyDocument) })
      if (props.Description !== previous.Description || props.MaxSessionDuration !== previous.MaxSessionDuration) {
        await rx.invoke('iam:UpdateRole', {
          ...name,
          Description: props.Description ?? '',
          MaxSessionDuration: props.MaxSessionDuration ?? 3_600,
        })
      }
      await applyBoundary('Role', id, props, previous, rx)
      await applyPolicies('Role', id, props, previous, rx)
      await applyTags('Role', id, props, previous, rx)
      return roleState(id, rx)
    },
    async delete(id, props, rx) {
      await applyPolicies('Role', id, {}, props, rx)
      await gone(rx.invoke('iam:DeleteRole', { RoleName: id }))
    },
    read: (id, _props, rx) => readRole(id, rx),
    adopt: (id, rx) => unlessGone(roleState(id, rx)),
    list: listing('iam:ListRoles', { items: 'Roles', id: 'RoleName', token: ['Marker', 'Marker'] }),
  }),

  'AWS::IAM::User': resource<UserProperties>({
    properties: ['Groups', 'ManagedPolicyArns', 'Path', 'PermissionsBoundary', 'Policies', 'Tags', 'UserName'],
    async create(props, rx) {
      const UserName = props.UserName ?? rx.name({ maxLength: 64 })
      const { User } = await rx.invoke<{ User: { Arn: string } }>('iam:CreateUser', {
        UserName,
        ...pick(props, 'Path', 'PermissionsBoundary'),
        ...tagList(props, rx.tags),
      })
      rx.created(UserName)
      await applyGroups(UserName, props.Groups, [], rx)
      await applyPolicies('User', UserName, props, {}, rx)
      return { id: UserName, attributes: { Arn: User.Arn } }
    },
    async update(id, props, previous, rx) {
      if (props.Path !== previous.Path) await rx.invoke('iam:UpdateUser', { UserName: id, NewPath: props.Path ?? '/' })
      await applyBoundary('User', id, props, previous, rx)
      await applyGroups(id, props.Groups, previous.Groups, rx)
      await applyPolicies('User', id, props, previous, rx)
      await applyTags('User', id, props, previous, rx)
      return userState(id, rx)
    },
    async delete(id, props, rx) {
      await applyGroups(id, [], props.Groups, rx)
      await applyPolicies('User', id, {}, props, rx)
      await gone(rx.invoke('iam:DeleteUser', { UserName: id }))
    },
    read: (id, _props, rx) => readUser(id, rx),
    adopt: (id, rx) => unlessGone(userState(id, rx)),
    list: listing('iam:ListUsers', { items: 'Users', id: 'UserName', token: ['Marker', 'Marker'] }),
  }),

  'AWS::IAM::Group': resource<GroupProperties>({
    properties: ['GroupName', 'ManagedPolicyArns', 'Path', 'Policies'],
    async create(props, rx) {
      const GroupName = props.GroupName ?? rx.name({ maxLength: 128 })
      const { Group } = await rx.invoke<{ Group: { Arn: string } }>('iam:CreateGroup', {
        GroupName,
        ...pick(props, 'Path'),
      })
      rx.created(GroupName)
      await applyPolicies('Group', GroupName, props, {}, rx)
      return { id: GroupName, attributes: { Arn: Group.Arn } }
    },
    async update(id, props, previous, rx): Promise<ResourceState> {
      if (props.Path !== previous.Path)
        await rx.invoke('iam:UpdateGroup', { GroupName: id, NewPath: props.Path ?? '/' })
      await applyPolicies('Group', id, props, previous, rx)
      return groupState(id, rx)
    },
    async delete(id, props, rx) {
      await applyPolicies('Group', id, {}, props, rx)
      await gone(rx.invoke('iam:DeleteGroup', { GroupName: id }))
    },
    read: (id, _props, rx) => readGroup(id, rx),
    adopt: (id, rx) => unlessGone(groupState(id, rx)),
    list: listing('iam:ListGroups', { items: 'Groups', id: 'GroupName', token: ['Marker', 'Marker'] }),
  }),

  'AWS::IAM::Policy': policyResource,
  'AWS::IAM::ManagedPolicy': managedPolicyResource,
  ...inlinePolicyResources,
  'AWS::IAM::AccessKey': accessKeyResource,
  'AWS::IAM::InstanceProfile': instanceProfileResource,
  'AWS::IAM::UserToGroupAddition': membershipResource,
  'AWS::IAM::ServiceLinkedRole': serviceLinkedRoleResource,
}

/** Makes what is attached to an entity what `next` says, where `previous` said otherwise. New first, so nothing is lost between. */
async function applyPolicies(kind: Kind, name: string, next: Common, previous: Common, rx: ResourceCtx): Promise<void> {
  const subject = { [`${kind}Name`]: name }
  const arns = next.ManagedPolicyArns ?? []
  for (const { PolicyName, PolicyDocument } of next.Policies ?? []) {
    await rx.invoke(`iam:Put${kind}Policy`, { ...subject, PolicyName, PolicyDocument: asText(PolicyDocument) })
  }
  for (const PolicyArn of arns) {
    if (!previous.ManagedPolicyArns?.includes(PolicyArn))
      await rx.invoke(`iam:Attach${kind}Policy`, { ...subject, PolicyArn })
  }
  const names = new Set(next.Policies?.map(({ PolicyName }) => PolicyName))
  for (const { PolicyName } of previous.Policies ?? []) {
    if (!names.has(PolicyName)) await gone(rx.invoke(`iam:Delete${kind}Policy`, { ...subject, PolicyName }))
  }
  for (const PolicyArn of previous.ManagedPolicyArns ?? []) {
    if (!arns.includes(PolicyArn)) await gone(rx.invoke(`iam:Detach${kind}Policy`, { ...subject, PolicyArn }))
  }
}

async function applyGroups(
  UserName: string,
  next: readonly string[] = [],
  previous: readonly string[] = [],
  rx: ResourceCtx,
): Promise<void> {
  for (const GroupName of next)
    if (!previous.includes(GroupName)) await rx.invoke('iam:AddUserToGroup', { GroupName, UserName })
  for (const GroupName of previous)
    if (!next.includes(GroupName)) await gone(rx.invoke('iam:RemoveUserFromGroup', { GroupName, UserName }))
}

async function applyBoundary(
  kind: 'User' | 'Role',
  name: string,
  next: { readonly PermissionsBoundary?: string },
  previous: { readonly PermissionsBoundary?: string },
  rx: ResourceCtx,
): Promise<void> {
  if (next.PermissionsBoundary === previous.PermissionsBoundary) return
  const subject = { [`${kind}Name`]: name }
  if (next.PermissionsBoundary === undefined) await gone(rx.invoke(`iam:Delete${kind}PermissionsBoundary`, subject))
  else
    await rx.invoke(`iam:Put${kind}PermissionsBoundary`, { ...subject, PermissionsBoundary: next.PermissionsBoundary })
}

async function applyTags(
  kind: 'User' | 'Role',
  name: string,
  next: TagProperty,
  previous: TagProperty,
  rx: ResourceCtx,
): Promise<void> {
  const subject = { [`${kind}Name`]: name }
  const wanted = tagList(next, rx.tags).Tags ?? []
  const keys = new Set(wanted.map(({ Key }) => Key))
  const TagKeys = (tagList(previous, rx.previousTags).Tags ?? []).map(({ Key }) => Key).filter((key) => !keys.has(key))
  if (TagKeys.length > 0) await rx.invoke(`iam:Untag${kind}`, { ...subject, TagKeys })
  if (wanted.length > 0) await rx.invoke(`iam:Tag${kind}`, { ...subject, Tags: wanted })
}

/** The resource's tags over the stack's. IAM takes no tags under `aws:`. */
function tagList(
  props: TagProperty,
  stackTags: Readonly<Record<string, string>>,
): { Tags?: { Key: string; Value: string }[] } {
  const own = Object.fromEntries((props.Tags ?? []).map(({ Key, Value }) => [Key, Value]))
  const all = Object.entries(unreserved({ ...stackTags, ...own }))
  return all.length > 0 ? { Tags: all.map(([Key, Value]) => ({ Key, Value })) } : {}
}

async function roleState(RoleName: string, rx: ResourceReader): Promise<ResourceState> {
  const { Role } = await rx.invoke<{ Role: { Arn: string; RoleId: string } }>('iam:GetRole', { RoleName })
  return { id: RoleName, attributes: { Arn: Role.Arn, RoleId: Role.RoleId } }
}

async function userState(UserName: string, rx: ResourceReader): Promise<ResourceState> {
  const { User } = await rx.invoke<{ User: { Arn: string } }>('iam:GetUser', { UserName })
  return { id: UserName, attributes: { Arn: User.Arn } }
}

async function groupState(GroupName: string, rx: ResourceReader): Promise<ResourceState> {
  const { Group } = await rx.invoke<{ Group: { Arn: string } }>('iam:GetGroup', { GroupName })
  return { id: GroupName, attributes: { Arn: Group.Arn } }
}
