import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { briefUser, describeGroup } from './describe.ts'
import { findGroup, findUser, iamArn, lower } from './find.ts'
import { alreadyExists, deleteConflict, limitExceeded, makeNamed, unmade } from './make.ts'
import { page, pageOf } from './page.ts'
import { onGroup, onUser } from './permission.ts'
import { attachment, changed, type Group, group, member, user } from './state.ts'

const maxGroupsOfUser = 10

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html */
export const groups = operations<Api>()({
  CreateGroup: {
    authorize: ({ GroupName, Path }, ctx) => [
      { action: 'iam:CreateGroup', resource: iamArn(ctx.account, 'group', { name: GroupName, path: Path ?? '/' }) },
    ],
    async write(tx, { GroupName, Path }, ctx) {
      if (await tx.get(group(lower(GroupName)))) throw alreadyExists(`Group with name ${GroupName} already exists.`)
      const made: Group = { ...(await makeNamed(tx, 'group', GroupName, Path, ctx)), inline: {}, attached: [] }
      tx.set(group(lower(GroupName)), made)
      return { Group: describeGroup(ctx.account, made) }
    },
  },

  GetGroup: {
    authorize: ({ GroupName }, _ctx, tx) => onGroup('GetGroup', GroupName, tx),
    async read(tx, input, ctx) {
      const found = await findGroup(tx, input.GroupName)
      const { items, more } = await page(tx, member, [lower(input.GroupName)], input, async (_, [, name]) => {
        const one = await tx.get(user(name))
        return one && briefUser(ctx.account, one)
      })
      return { Group: describeGroup(ctx.account, found), Users: [...items], ...more }
    },
  },

  ListGroups: {
    authorize: () => [{ action: 'iam:ListGroups', resource: '*' }],
    async read(tx, input, ctx) {
      const { items, more } = await page(tx, group, [], input, (found) =>
        found.path.startsWith(input.PathPrefix ?? '/') ? describeGroup(ctx.account, found) : undefined,
      )
      return { Groups: [...items], ...more }
    },
  },

  ListGroupsForUser: {
    authorize: ({ UserName }, ctx, tx) => onUser('ListGroupsForUser', UserName, tx, ctx),
    async read(tx, input, ctx) {
      const { groups: names } = await findUser(tx, input.UserName)
      const found = await tx.getMany(names.map((name) => group(lower(name))))
      const all = found.flatMap((one) => (one ? [one] : [])).sort((a, b) => (lower(a.name) < lower(b.name) ? -1 : 1))
      const { items, more } = pageOf(all, input, ({ name }) => lower(name))
      return { Groups: items.map((one) => describeGroup(ctx.account, one)), ...more }
    },
  },

  UpdateGroup: {
    async authorize({ GroupName, NewGroupName, NewPath }, ctx, tx) {
      const now = await onGroup('UpdateGroup', GroupName, tx)
      if (NewGroupName === undefined && NewPath === undefined) return now
      const before = await tx.get(group(lower(GroupName)))
      const resource = iamArn(ctx.account, 'group', {
        name: NewGroupName ?? GroupName,
        path: NewPath ?? before?.path ?? '/',
      })
      return [...now, { action: 'iam:UpdateGroup', resource }]
    },
    async write(tx, { GroupName, NewGroupName, NewPath }) {
      const before = await findGroup(tx, GroupName)
      const after: Group = { ...before, name: NewGroupName ?? before.name, path: NewPath ?? before.path }
      const [from, to] = [lower(before.name), lower(after.name)]
      if (from !== to) {
        if (await tx.get(group(to))) throw alreadyExists(`Group with name ${after.name} already exists.`)
        for (const name of await membersOf(tx, from)) {
          const one = await tx.get(user(name))
          if (one)
            tx.set(user(name), { ...one, groups: one.groups.map((its) => (lower(its) === from ? after.name : its)) })
          tx.delete(member(from, name))
          tx.set(member(to, name), true)
        }
        for (const arn of before.attached) {
          tx.delete(attachment(arn, 'policy', 'group', from))
          tx.set(attachment(arn, 'policy', 'group', to), { name: after.name, id: after.id })
        }
        tx.delete(group(from))
      }
      tx.set(group(to), after)
      changed(tx)
      return {}
    },
  },

  DeleteGroup: {
    authorize: ({ GroupName }, _ctx, tx) => onGroup('DeleteGroup', GroupName, tx),
    async write(tx, { GroupName }) {
      const found = await findGroup(tx, GroupName)
      if ((await membersOf(tx, lower(GroupName), 1)).length > 0)
        throw deleteConflict('Cannot delete entity, must remove users from group first.')
      if (found.attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.')
      if (Object.keys(found.inline).length > 0)
        throw deleteConflict('Cannot delete entity, must delete policies first.')
      tx.delete(group(lower(GroupName)))
      unmade(tx, 'group')
      return {}
    },
  },

  AddUserToGroup: {
    authorize: ({ GroupName }, _ctx, tx) => onGroup('AddUserToGroup', GroupName, tx),
    async write(tx, { GroupName, UserName }) {
      const found = await findGroup(tx, GroupName)
      const one = await findUser(tx, UserName)
      if (one.groups.some((name) => lower(name) === lower(GroupName))) return {}
      if (one.groups.length >= maxGroupsOfUser)
        throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${maxGroupsOfUser}`)
      tx.set(user(lower(UserName)), { ...one, groups: [...one.groups, found.name] })
      tx.set(member(lower(GroupName), lower(UserName)), true)
      changed(tx)
      return {}
    },
  },

  RemoveUserFromGroup: {
    authorize: ({ GroupName }, _ctx, tx) => onGroup('RemoveUserFromGroup', GroupName, tx),
    async write(tx, { GroupName, UserName }) {
      await findGroup(tx, GroupName)
      const one = await findUser(tx, UserName)
      tx.set(user(lower(UserName)), { ...one, groups: one.groups.filter((name) => lower(name) !== lower(GroupName)) })
      tx.delete(member(lower(GroupName), lower(UserName)))
      changed(tx)
      return {}
    },
  },
})

type Reads = Parameters<typeof findGroup>[0]

async function membersOf(tx: Reads, lowerGroup: string, limit?: number): Promise<string[]> {
  const names: string[] = []
  for await (const [, name] of tx.keys(member.under(lowerGroup), limit === undefined ? {} : { limit })) names.push(name)
  return names
}
