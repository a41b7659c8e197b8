import { listing } from '../../kernel/listing.ts'
import { type ResourceReader, resource } from '../../kernel/resource.ts'
import { gone, pick } from './resource-parts.ts'
import {
  readAccessKey,
  readInstanceProfile,
  readMembership,
  readServiceLinkedRole,
  unlessGone,
} from './resource-reads.ts'

interface AccessKeyProperties {
  readonly Serial?: number
  readonly Status?: string
  readonly UserName: string
}

export const accessKeyResource = resource<AccessKeyProperties>({
  properties: ['Serial', 'Status', 'UserName'],
  async create({ UserName, Status }, rx) {
    const { AccessKey } = await rx.invoke<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(
      'iam:CreateAccessKey',
      { UserName },
    )
    const { AccessKeyId, SecretAccessKey } = AccessKey
    rx.created(AccessKeyId)
    if (Status === 'Inactive') await rx.invoke('iam:UpdateAccessKey', { UserName, AccessKeyId, Status })
    return { id: AccessKeyId, attributes: { Id: AccessKeyId, SecretAccessKey } }
  },
  async update(id, { UserName, Status = 'Active' }, _previous, rx) {
    await rx.invoke('iam:UpdateAccessKey', { UserName, AccessKeyId: id, Status })
    return { id }
  },
  async delete(id, { UserName }, rx) {
    await gone(rx.invoke('iam:DeleteAccessKey', { UserName, AccessKeyId: id }))
  },
  read: (id, { UserName }, rx) => readAccessKey(id, UserName, rx),
})

interface InstanceProfileProperties {
  readonly InstanceProfileName?: string
  readonly Path?: string
  readonly Roles: readonly string[]
}

export const instanceProfileResource = resource<InstanceProfileProperties>({
  properties: ['InstanceProfileName', 'Path', 'Roles'],
  async create(props, rx) {
    const InstanceProfileName = props.InstanceProfileName ?? rx.name({ maxLength: 128 })
    const { InstanceProfile } = await rx.invoke<{ InstanceProfile: { Arn: string } }>('iam:CreateInstanceProfile', {
      InstanceProfileName,
      ...pick(props, 'Path'),
    })
    rx.created(InstanceProfileName)
    for (const RoleName of props.Roles)
      await rx.invoke('iam:AddRoleToInstanceProfile', { InstanceProfileName, RoleName })
    return { id: InstanceProfileName, attributes: { Arn: InstanceProfile.Arn } }
  },
  async update(id, props, previous, rx) {
    const name = { InstanceProfileName: id }
    // A profile holds one role: the old goes before the new comes.
    for (const RoleName of previous.Roles) {
      if (!props.Roles.includes(RoleName))
        await gone(rx.invoke('iam:RemoveRoleFromInstanceProfile', { ...name, RoleName }))
    }
    for (const RoleName of props.Roles) {
      if (!previous.Roles.includes(RoleName)) await rx.invoke('iam:AddRoleToInstanceProfile', { ...name, RoleName })
    }
    return profileState(id, rx)
  },
  async delete(id, props, rx) {
    const name = { InstanceProfileName: id }
    // Also of a role that was put into it behind the stack's back.
    const now = await readInstanceProfile(id, rx)
    for (const RoleName of new Set([...props.Roles, ...(now?.Roles ?? [])]))
      await gone(rx.invoke('iam:RemoveRoleFromInstanceProfile', { ...name, RoleName }))
    await gone(rx.invoke('iam:DeleteInstanceProfile', name))
  },
  read: (id, _props, rx) => readInstanceProfile(id, rx),
  adopt: (id, rx) => unlessGone(profileState(id, rx)),
  list: listing('iam:ListInstanceProfiles', {
    items: 'InstanceProfiles',
    id: 'InstanceProfileName',
    token: ['Marker', 'Marker'],
  }),
})

async function profileState(id: string, rx: ResourceReader) {
  const { InstanceProfile } = await rx.invoke<{ InstanceProfile: { Arn: string } }>('iam:GetInstanceProfile', {
    InstanceProfileName: id,
  })
  return { id, attributes: { Arn: InstanceProfile.Arn } }
}

interface MembershipProperties {
  readonly GroupName: string
  readonly Users: readonly string[]
}

export const membershipResource = resource<MembershipProperties>({
  properties: ['GroupName', 'Users'],
  async create({ GroupName, Users }, rx) {
    const id = rx.name({ maxLength: 128 })
    rx.created(id)
    for (const UserName of Users) await rx.invoke('iam:AddUserToGroup', { GroupName, UserName })
    return { id, attributes: { Id: id } }
  },
  async update(id, { GroupName, Users }, previous, rx) {
    const moved = GroupName !== previous.GroupName
    for (const UserName of Users) {
      if (moved || !previous.Users.includes(UserName)) await rx.invoke('iam:AddUserToGroup', { GroupName, UserName })
    }
    for (const UserName of previous.Users) {
      if (!moved && Users.includes(UserName)) continue
      await gone(rx.invoke('iam:RemoveUserFromGroup', { GroupName: previous.GroupName, UserName }))
    }
    return { id, attributes: { Id: id } }
  },
  async delete(_id, { GroupName, Users }, rx) {
    for (const UserName of Users) await gone(rx.invoke('iam:RemoveUserFromGroup', { GroupName, UserName }))
  },
  read: (_id, { GroupName, Users }, rx) => readMembership(GroupName, Users, rx),
})

interface ServiceLinkedRoleProperties {
  readonly AWSServiceName: string
  readonly CustomSuffix?: string
  readonly Description?: string
}

export const serviceLinkedRoleResource = resource<ServiceLinkedRoleProperties>({
  properties: ['AWSServiceName', 'CustomSuffix', 'Description'],
  async create(props, rx) {
    const { Role } = await rx.invoke<{ Role: { RoleName: string } }>(
      'iam:CreateServiceLinkedRole',
      pick(props, 'AWSServiceName', 'CustomSuffix', 'Description'),
    )
    return { id: Role.RoleName, attributes: { RoleName: Role.RoleName } }
  },
  async delete(id, _props, rx) {
    await gone(rx.invoke('iam:DeleteServiceLinkedRole', { RoleName: id }))
  },
  read: (id, _props, rx) => readServiceLinkedRole(id, rx),
  // Its registered type has no handler that lists: scans find none.
  adopt: (id) => ({ id, attributes: { RoleName: id } }),
})
