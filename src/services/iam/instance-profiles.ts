import { passingRole } from '../../kernel/authorization.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { describeProfile, describeTags } from './describe.ts'
import { findProfile, findRole, iamArn, lower, noSuchEntity } from './find.ts'
import { alreadyExists, deleteConflict, limitExceeded, makeNamed, unmade } from './make.ts'
import { page, pageOf } from './page.ts'
import { onProfile, onRole, tagKeys } from './permission.ts'
import { type InstanceProfile, instanceProfile, profileOfRole, role } from './state.ts'
import { withoutTags, withTags } from './tag.ts'

/** A role's container for instances: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html */
export const instanceProfiles = operations<Api>()({
  CreateInstanceProfile: {
    authorize: ({ InstanceProfileName, Path, Tags }, ctx) => [
      {
        action: 'iam:CreateInstanceProfile',
        resource: iamArn(ctx.account, 'instance-profile', { name: InstanceProfileName, path: Path ?? '/' }),
        context: tagKeys(Tags),
      },
    ],
    async write(tx, { InstanceProfileName, Path, Tags }, ctx) {
      if (await tx.get(instanceProfile(lower(InstanceProfileName)))) {
        throw alreadyExists(`Instance Profile ${InstanceProfileName} already exists.`)
      }
      const made: InstanceProfile = {
        ...(await makeNamed(tx, 'instance-profile', InstanceProfileName, Path, ctx)),
        tags: withTags({}, Tags),
      }
      tx.set(instanceProfile(lower(InstanceProfileName)), made)
      return { InstanceProfile: describeProfile(ctx.account, made, undefined) }
    },
  },

  GetInstanceProfile: {
    authorize: ({ InstanceProfileName }, _ctx, tx) => onProfile('GetInstanceProfile', InstanceProfileName, tx),
    async read(tx, { InstanceProfileName }, ctx) {
      return { InstanceProfile: await described(tx, ctx.account, await findProfile(tx, InstanceProfileName)) }
    },
  },

  ListInstanceProfiles: {
    authorize: () => [{ action: 'iam:ListInstanceProfiles', resource: '*' }],
    async read(tx, input, ctx) {
      const { items, more } = await page(tx, instanceProfile, [], input, (found) =>
        found.path.startsWith(input.PathPrefix ?? '/') ? described(tx, ctx.account, found) : undefined,
      )
      return { InstanceProfiles: items.map(({ Tags: _, ...brief }) => brief), ...more }
    },
  },

  ListInstanceProfilesForRole: {
    authorize: ({ RoleName }, _ctx, tx) => onRole('ListInstanceProfilesForRole', RoleName, tx),
    async read(tx, input, ctx) {
      await findRole(tx, input.RoleName)
      const { items, more } = await page(tx, profileOfRole, [lower(input.RoleName)], input, async (_, [, name]) => {
        const found = await tx.get(instanceProfile(name))
        return found && described(tx, ctx.account, found)
      })
      return { InstanceProfiles: items.map(({ Tags: _, ...brief }) => brief), ...more }
    },
  },

  DeleteInstanceProfile: {
    authorize: ({ InstanceProfileName }, _ctx, tx) => onProfile('DeleteInstanceProfile', InstanceProfileName, tx),
    async write(tx, { InstanceProfileName }) {
      const found = await findProfile(tx, InstanceProfileName)
      if (found.roleName !== undefined)
        throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
      tx.delete(instanceProfile(lower(InstanceProfileName)))
      unmade(tx, 'instance-profile')
      return {}
    },
  },

  AddRoleToInstanceProfile: {
    async authorize({ InstanceProfileName, RoleName }, ctx, tx) {
      const found = await tx.get(role(lower(RoleName)))
      return [
        ...(await onProfile('AddRoleToInstanceProfile', InstanceProfileName, tx)),
        passingRole(iamArn(ctx.account, 'role', found ?? { name: RoleName, path: '/' }), 'ec2.amazonaws.com'),
      ]
    },
    async write(tx, { InstanceProfileName, RoleName }) {
      const found = await findProfile(tx, InstanceProfileName)
      const { name } = await findRole(tx, RoleName)
      if (found.roleName !== undefined)
        throw limitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1')
      tx.set(instanceProfile(lower(InstanceProfileName)), { ...found, roleName: name })
      tx.set(profileOfRole(lower(name), lower(found.name)), true)
      return {}
    },
  },

  RemoveRoleFromInstanceProfile: {
    authorize: ({ InstanceProfileName }, _ctx, tx) =>
      onProfile('RemoveRoleFromInstanceProfile', InstanceProfileName, tx),
    async write(tx, { InstanceProfileName, RoleName }) {
      const { roleName, ...found } = await findProfile(tx, InstanceProfileName)
      if (roleName === undefined || lower(roleName) !== lower(RoleName))
        throw noSuchEntity(`The role with name ${RoleName} cannot be found.`)
      tx.set(instanceProfile(lower(InstanceProfileName)), found)
      tx.delete(profileOfRole(lower(roleName), lower(found.name)))
      return {}
    },
  },

  TagInstanceProfile: {
    authorize: ({ InstanceProfileName, Tags }, _ctx, tx) =>
      onProfile('TagInstanceProfile', InstanceProfileName, tx, tagKeys(Tags)),
    async write(tx, { InstanceProfileName, Tags }) {
      const found = await findProfile(tx, InstanceProfileName)
      tx.set(instanceProfile(lower(InstanceProfileName)), { ...found, tags: withTags(found.tags, Tags) })
      return {}
    },
  },
  UntagInstanceProfile: {
    authorize: ({ InstanceProfileName, TagKeys }, _ctx, tx) =>
      onProfile('UntagInstanceProfile', InstanceProfileName, tx, { 'aws:TagKeys': TagKeys }),
    async write(tx, { InstanceProfileName, TagKeys }) {
      const found = await findProfile(tx, InstanceProfileName)
      tx.set(instanceProfile(lower(InstanceProfileName)), { ...found, tags: withoutTags(found.tags, TagKeys) })
      return {}
    },
  },
  ListInstanceProfileTags: {
    authorize: ({ InstanceProfileName }, _ctx, tx) => onProfile('ListInstanceProfileTags', InstanceProfileName, tx),
    async read(tx, input) {
      const tags = describeTags((await findProfile(tx, input.InstanceProfileName)).tags).sort((a, b) =>
        a.Key < b.Key ? -1 : 1,
      )
      const { items, more } = pageOf(tags, input, ({ Key }) => Key)
      return { Tags: [...items], ...more }
    },
  },
})

async function described(tx: ReadTx, account: string, profile: InstanceProfile) {
  return describeProfile(
    account,
    profile,
    profile.roleName === undefined ? undefined : await tx.get(role(lower(profile.roleName))),
  )
}
