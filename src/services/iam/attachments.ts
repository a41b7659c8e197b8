import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { type EntityAccess, groupEntity, roleEntity, userEntity } from './entity.ts'
import { findPolicy, lookUpPolicy, lower, noSuchEntity } from './find.ts'
import { limitExceeded } from './make.ts'
import { type PageInput, pageOf } from './page.ts'
import { onPolicy } from './permission.ts'
import { attachment, attachmentCount } from './state.ts'

/** Managed policies attached to users, groups and roles. */
export const attachments = operations<Api>()({
  AttachUserPolicy: {
    authorize: ({ UserName, PolicyArn }, ctx, tx) =>
      userEntity.authorize('AttachUserPolicy', UserName, tx, ctx, key(PolicyArn)),
    write: (tx, { UserName, PolicyArn }) => attach(tx, userEntity, UserName, PolicyArn),
  },
  DetachUserPolicy: {
    authorize: ({ UserName, PolicyArn }, ctx, tx) =>
      userEntity.authorize('DetachUserPolicy', UserName, tx, ctx, key(PolicyArn)),
    write: (tx, { UserName, PolicyArn }) => detach(tx, userEntity, UserName, PolicyArn),
  },
  ListAttachedUserPolicies: {
    authorize: ({ UserName }, ctx, tx) => userEntity.authorize('ListAttachedUserPolicies', UserName, tx, ctx),
    read: (tx, input) => list(tx, userEntity, input.UserName, input),
  },

  AttachGroupPolicy: {
    authorize: ({ GroupName, PolicyArn }, ctx, tx) =>
      groupEntity.authorize('AttachGroupPolicy', GroupName, tx, ctx, key(PolicyArn)),
    write: (tx, { GroupName, PolicyArn }) => attach(tx, groupEntity, GroupName, PolicyArn),
  },
  DetachGroupPolicy: {
    authorize: ({ GroupName, PolicyArn }, ctx, tx) =>
      groupEntity.authorize('DetachGroupPolicy', GroupName, tx, ctx, key(PolicyArn)),
    write: (tx, { GroupName, PolicyArn }) => detach(tx, groupEntity, GroupName, PolicyArn),
  },
  ListAttachedGroupPolicies: {
    authorize: ({ GroupName }, ctx, tx) => groupEntity.authorize('ListAttachedGroupPolicies', GroupName, tx, ctx),
    read: (tx, input) => list(tx, groupEntity, input.GroupName, input),
  },

  AttachRolePolicy: {
    authorize: ({ RoleName, PolicyArn }, ctx, tx) =>
      roleEntity.authorize('AttachRolePolicy', RoleName, tx, ctx, key(PolicyArn)),
    write: (tx, { RoleName, PolicyArn }) => attach(tx, roleEntity, RoleName, PolicyArn),
  },
  DetachRolePolicy: {
    authorize: ({ RoleName, PolicyArn }, ctx, tx) =>
      roleEntity.authorize('DetachRolePolicy', RoleName, tx, ctx, key(PolicyArn)),
    write: (tx, { RoleName, PolicyArn }) => detach(tx, roleEntity, RoleName, PolicyArn),
  },
  ListAttachedRolePolicies: {
    authorize: ({ RoleName }, ctx, tx) => roleEntity.authorize('ListAttachedRolePolicies', RoleName, tx, ctx),
    read: (tx, input) => list(tx, roleEntity, input.RoleName, input),
  },

  ListEntitiesForPolicy: {
    authorize: ({ PolicyArn }, _ctx, tx) => onPolicy('ListEntitiesForPolicy', PolicyArn, tx),
    async read(tx, input) {
      await findPolicy(tx, input.PolicyArn)
      const use = input.PolicyUsageFilter === 'PermissionsBoundary' ? 'boundary' : 'policy'
      const wanted = { User: 'user', Group: 'group', Role: 'role' }[input.EntityFilter as 'User' | 'Group' | 'Role']
      const all = []
      for await (const {
        key: [, , kind],
        value,
      } of tx.range(attachment.under(input.PolicyArn, use))) {
        if (wanted && wanted !== kind) continue
        const path = input.PathPrefix === undefined ? '/' : (await entities[kind].find(tx, value.name)).path
        if (path.startsWith(input.PathPrefix ?? '/'))
          all.push({ kind, order: `${kind}/${lower(value.name)}`, ...value })
      }
      const { items, more } = pageOf(all, input, ({ order }) => order)
      const of = (kind: string) => items.filter((item) => item.kind === kind)
      return {
        PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
        PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
        PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
        ...more,
      }
    },
  },
})

const entities = { user: userEntity, group: groupEntity, role: roleEntity }
const maxAttached = 10
const quotaNames = { user: 'PoliciesPerUser', group: 'PoliciesPerGroup', role: 'PoliciesPerRole' } as const

function key(arn: string) {
  return { 'iam:PolicyARN': arn }
}

async function attach(tx: Tx, entity: EntityAccess, name: string, arn: string) {
  const found = await entity.find(tx, name)
  await findPolicy(tx, arn).catch(() => {
    throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
  })
  if (found.attached.includes(arn)) return {}
  if (found.attached.length >= maxAttached)
    throw limitExceeded(`Cannot exceed quota for ${quotaNames[entity.kind]}: ${maxAttached}`)
  await entity.change(tx, name, { attached: [...found.attached, arn] })
  tx.set(attachment(arn, 'policy', entity.kind, lower(found.name)), { name: found.name, id: found.id })
  tx.add(attachmentCount(arn, 'policy'), 1)
  return {}
}

async function detach(tx: Tx, entity: EntityAccess, name: string, arn: string) {
  const found = await entity.find(tx, name)
  if (!found.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`)
  await entity.change(tx, name, { attached: found.attached.filter((other) => other !== arn) })
  tx.delete(attachment(arn, 'policy', entity.kind, lower(found.name)))
  tx.add(attachmentCount(arn, 'policy'), -1)
  return {}
}

async function list(tx: ReadTx, entity: EntityAccess, name: string, input: PageInput & { PathPrefix?: string }) {
  const found = await entity.find(tx, name)
  const policies = await Promise.all(found.attached.map(async (arn) => ({ arn, policy: await lookUpPolicy(tx, arn) })))
  const all = policies
    .flatMap(({ arn, policy }) =>
      policy?.path.startsWith(input.PathPrefix ?? '/') ? [{ PolicyName: policy.name, PolicyArn: arn }] : [],
    )
    .sort((a, b) => (a.PolicyArn < b.PolicyArn ? -1 : 1))
  const { items, more } = pageOf(all, input, ({ PolicyArn }) => PolicyArn)
  return { AttachedPolicies: [...items], ...more }
}
