import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { dropBoundary, useBoundary } from './boundary.ts'
import { briefUser, describeTags, describeUser } from './describe.ts'
import { callerName, findUser, iamArn, lower, noSuchEntity } from './find.ts'
import { alreadyExists, deleteConflict, makeNamed, unmade } from './make.ts'
import { page, pageOf } from './page.ts'
import { boundaryKey, onUser, tagKeys } from './permission.ts'
import { accessKey, administrator, attachment, changed, member, type User, user } from './state.ts'
import { withoutTags, withTags } from './tag.ts'

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html. Passwords and sign-in are not IAM users' here. */
export const users = operations<Api>()({
  CreateUser: {
    authorize: ({ UserName, Path, Tags, PermissionsBoundary }, ctx) => [
      {
        action: 'iam:CreateUser',
        resource: iamArn(ctx.account, 'user', { name: UserName, path: Path ?? '/' }),
        context: { ...tagKeys(Tags), ...boundaryKey(PermissionsBoundary) },
      },
    ],
    async write(tx, { UserName, Path, Tags, PermissionsBoundary }, ctx) {
      if (await tx.get(user(lower(UserName)))) throw alreadyExists(`User with name ${UserName} already exists.`)
      const made: User = {
        ...(await makeNamed(tx, 'user', UserName, Path, ctx)),
        inline: {},
        attached: [],
        tags: withTags({}, Tags),
        groups: [],
        keys: [],
        ...(PermissionsBoundary !== undefined && { boundaryArn: PermissionsBoundary }),
      }
      if (PermissionsBoundary !== undefined) await useBoundary(tx, 'user', made, PermissionsBoundary)
      tx.set(user(lower(UserName)), made)
      return { User: describeUser(ctx.account, made) }
    },
  },

  GetUser: {
    authorize: ({ UserName }, ctx, tx) => onUser('GetUser', UserName, tx, ctx),
    async read(tx, { UserName }, ctx) {
      if (UserName === undefined && ctx.principal.kind === 'root') {
        // Root is an account rather than a user: it has neither name nor path, and is as old as its key, if it has one.
        const named = await tx.get(administrator())
        const key = named && (await tx.get(accessKey(named.accessKeyId)))
        const CreateDate = key && new Date(key.createdAtMs)
        return {
          User: { Path: undefined, UserName: undefined, UserId: ctx.account, Arn: ctx.principal.arn, CreateDate },
        }
      }
      return { User: describeUser(ctx.account, await findUser(tx, callerName(UserName, ctx))) }
    },
  },

  ListUsers: {
    authorize: () => [{ action: 'iam:ListUsers', resource: '*' }],
    async read(tx, input, ctx) {
      const { items, more } = await page(tx, user, [], input, (found) =>
        found.path.startsWith(input.PathPrefix ?? '/') ? briefUser(ctx.account, found) : undefined,
      )
      return { Users: [...items], ...more }
    },
  },

  UpdateUser: {
    async authorize({ UserName, NewPath, NewUserName }, ctx, tx) {
      const now = await onUser('UpdateUser', UserName, tx, ctx)
      const moved = await onUser('UpdateUser', NewUserName ?? UserName, tx, ctx)
      if (NewPath === undefined && NewUserName === undefined) return now
      const resource = iamArn(ctx.account, 'user', {
        name: NewUserName ?? UserName,
        path: NewPath ?? pathOf(moved[0]!.resource),
      })
      return [...now, { action: 'iam:UpdateUser', resource }]
    },
    async write(tx, { UserName, NewPath, NewUserName }) {
      const before = await findUser(tx, UserName)
      const after: User = { ...before, name: NewUserName ?? before.name, path: NewPath ?? before.path }
      if (lower(after.name) !== lower(before.name) && (await tx.get(user(lower(after.name))))) {
        throw alreadyExists(`User with name ${after.name} already exists.`)
      }
      await rename(tx, before, after)
      changed(tx)
      return {}
    },
  },

  DeleteUser: {
    authorize: ({ UserName }, ctx, tx) => onUser('DeleteUser', UserName, tx, ctx),
    async write(tx, { UserName }) {
      const found = await findUser(tx, UserName)
      if (found.keys.length > 0) throw deleteConflict('Cannot delete entity, must delete access keys first.')
      if (found.attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.')
      if (Object.keys(found.inline).length > 0)
        throw deleteConflict('Cannot delete entity, must delete policies first.')
      if (found.groups.length > 0) throw deleteConflict('Cannot delete entity, must remove users from group first.')
      dropBoundary(tx, 'user', found.name, found.boundaryArn)
      tx.delete(user(lower(UserName)))
      unmade(tx, 'user')
      return {}
    },
  },

  PutUserPermissionsBoundary: {
    authorize: ({ UserName, PermissionsBoundary }, ctx, tx) =>
      onUser('PutUserPermissionsBoundary', UserName, tx, ctx, boundaryKey(PermissionsBoundary)),
    async write(tx, { UserName, PermissionsBoundary }) {
      const found = await findUser(tx, UserName)
      dropBoundary(tx, 'user', found.name, found.boundaryArn)
      await useBoundary(tx, 'user', found, PermissionsBoundary)
      tx.set(user(lower(UserName)), { ...found, boundaryArn: PermissionsBoundary })
      changed(tx)
      return {}
    },
  },

  DeleteUserPermissionsBoundary: {
    authorize: ({ UserName }, ctx, tx) => onUser('DeleteUserPermissionsBoundary', UserName, tx, ctx),
    async write(tx, { UserName }) {
      const { boundaryArn, ...found } = await findUser(tx, UserName)
      if (boundaryArn === undefined) throw noSuchEntity(`The user with name ${UserName} has no permissions boundary.`)
      dropBoundary(tx, 'user', found.name, boundaryArn)
      tx.set(user(lower(UserName)), found)
      changed(tx)
      return {}
    },
  },

  TagUser: {
    authorize: ({ UserName, Tags }, ctx, tx) => onUser('TagUser', UserName, tx, ctx, tagKeys(Tags)),
    async write(tx, { UserName, Tags }) {
      const found = await findUser(tx, UserName)
      tx.set(user(lower(UserName)), { ...found, tags: withTags(found.tags, Tags) })
      changed(tx)
      return {}
    },
  },
  UntagUser: {
    authorize: ({ UserName, TagKeys }, ctx, tx) => onUser('UntagUser', UserName, tx, ctx, { 'aws:TagKeys': TagKeys }),
    async write(tx, { UserName, TagKeys }) {
      const found = await findUser(tx, UserName)
      tx.set(user(lower(UserName)), { ...found, tags: withoutTags(found.tags, TagKeys) })
      changed(tx)
      return {}
    },
  },
  ListUserTags: {
    authorize: ({ UserName }, ctx, tx) => onUser('ListUserTags', UserName, tx, ctx),
    async read(tx, input) {
      const tags = describeTags((await findUser(tx, input.UserName)).tags).sort((a, b) => (a.Key < b.Key ? -1 : 1))
      const { items, more } = pageOf(tags, input, ({ Key }) => Key)
      return { Tags: [...items], ...more }
    },
  },
})

/** Moves everything that is kept under the user's name. */
async function rename(tx: Tx, before: User, after: User): Promise<void> {
  const [from, to] = [lower(before.name), lower(after.name)]
  tx.delete(user(from))
  tx.set(user(to), after)
  for (const groupName of before.groups) {
    tx.delete(member(lower(groupName), from))
    tx.set(member(lower(groupName), to), true)
  }
  const uses = [
    ...before.attached.map((arn) => [arn, 'policy'] as const),
    ...(before.boundaryArn ? [[before.boundaryArn, 'boundary'] as const] : []),
  ]
  for (const [arn, use] of uses) {
    tx.delete(attachment(arn, use, 'user', from))
    tx.set(attachment(arn, use, 'user', to), { name: after.name, id: after.id })
  }
  for (const id of before.keys) {
    const key = await tx.get(accessKey(id))
    if (key) tx.set(accessKey(id), { ...key, userName: after.name })
  }
}

/** `/team/` of `arn:aws:iam::…:user/team/ann`. */
function pathOf(arn: string): string {
  const resource = arn.slice(arn.indexOf('/'))
  return resource.slice(0, resource.lastIndexOf('/') + 1)
}
