import { validatePolicy } from '../../authz/validate.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { encodeDocument } from './describe.ts'
import { type EntityAccess, groupEntity, roleEntity, userEntity } from './entity.ts'
import { noSuchEntity } from './find.ts'
import { limitExceeded } from './make.ts'
import { type PageInput, pageOf } from './page.ts'

/** Policies that belong to one user, group or role and go with it. */
export const inlinePolicies = operations<Api>()({
  PutUserPolicy: {
    authorize: ({ UserName }, ctx, tx) => userEntity.authorize('PutUserPolicy', UserName, tx, ctx),
    write: (tx, { UserName, PolicyName, PolicyDocument }) => put(tx, userEntity, UserName, PolicyName, PolicyDocument),
  },
  GetUserPolicy: {
    authorize: ({ UserName }, ctx, tx) => userEntity.authorize('GetUserPolicy', UserName, tx, ctx),
    read: async (tx, { UserName, PolicyName }) => ({ UserName, ...(await get(tx, userEntity, UserName, PolicyName)) }),
  },
  ListUserPolicies: {
    authorize: ({ UserName }, ctx, tx) => userEntity.authorize('ListUserPolicies', UserName, tx, ctx),
    read: (tx, input) => list(tx, userEntity, input.UserName, input),
  },
  DeleteUserPolicy: {
    authorize: ({ UserName }, ctx, tx) => userEntity.authorize('DeleteUserPolicy', UserName, tx, ctx),
    write: (tx, { UserName, PolicyName }) => drop(tx, userEntity, UserName, PolicyName),
  },

  PutGroupPolicy: {
    authorize: ({ GroupName }, ctx, tx) => groupEntity.authorize('PutGroupPolicy', GroupName, tx, ctx),
    write: (tx, { GroupName, PolicyName, PolicyDocument }) =>
      put(tx, groupEntity, GroupName, PolicyName, PolicyDocument),
  },
  GetGroupPolicy: {
    authorize: ({ GroupName }, ctx, tx) => groupEntity.authorize('GetGroupPolicy', GroupName, tx, ctx),
    read: async (tx, { GroupName, PolicyName }) => ({
      GroupName,
      ...(await get(tx, groupEntity, GroupName, PolicyName)),
    }),
  },
  ListGroupPolicies: {
    authorize: ({ GroupName }, ctx, tx) => groupEntity.authorize('ListGroupPolicies', GroupName, tx, ctx),
    read: (tx, input) => list(tx, groupEntity, input.GroupName, input),
  },
  DeleteGroupPolicy: {
    authorize: ({ GroupName }, ctx, tx) => groupEntity.authorize('DeleteGroupPolicy', GroupName, tx, ctx),
    write: (tx, { GroupName, PolicyName }) => drop(tx, groupEntity, GroupName, PolicyName),
  },

  PutRolePolicy: {
    authorize: ({ RoleName }, ctx, tx) => roleEntity.authorize('PutRolePolicy', RoleName, tx, ctx),
    write: (tx, { RoleName, PolicyName, PolicyDocument }) => put(tx, roleEntity, RoleName, PolicyName, PolicyDocument),
  },
  GetRolePolicy: {
    authorize: ({ RoleName }, ctx, tx) => roleEntity.authorize('GetRolePolicy', RoleName, tx, ctx),
    read: async (tx, { RoleName, PolicyName }) => ({ RoleName, ...(await get(tx, roleEntity, RoleName, PolicyName)) }),
  },
  ListRolePolicies: {
    authorize: ({ RoleName }, ctx, tx) => roleEntity.authorize('ListRolePolicies', RoleName, tx, ctx),
    read: (tx, input) => list(tx, roleEntity, input.RoleName, input),
  },
  DeleteRolePolicy: {
    authorize: ({ RoleName }, ctx, tx) => roleEntity.authorize('DeleteRolePolicy', RoleName, tx, ctx),
    write: (tx, { RoleName, PolicyName }) => drop(tx, roleEntity, RoleName, PolicyName),
  },
})

async function put(tx: Tx, entity: EntityAccess, name: string, policyName: string, document: string) {
  validatePolicy(document, 'identity')
  const inline = { ...(await entity.find(tx, name)).inline, [policyName]: document }
  const characters = Object.values(inline).reduce((sum, text) => sum + text.replace(/\s/g, '').length, 0)
  if (characters > entity.maxInlineCharacters) {
    throw limitExceeded(
      `Maximum policy size of ${entity.maxInlineCharacters} bytes exceeded for ${entity.kind} ${name}`,
    )
  }
  await entity.change(tx, name, { inline })
  return {}
}

async function get(tx: ReadTx, entity: EntityAccess, name: string, policyName: string) {
  const { inline } = await entity.find(tx, name)
  return { PolicyName: policyName, PolicyDocument: encodeDocument(documentIn(inline, entity, policyName)) }
}

async function list(tx: ReadTx, entity: EntityAccess, name: string, input: PageInput) {
  const names = Object.keys((await entity.find(tx, name)).inline).sort()
  const { items, more } = pageOf(names, input, (item) => item)
  return { PolicyNames: [...items], ...more }
}

async function drop(tx: Tx, entity: EntityAccess, name: string, policyName: string) {
  const { inline } = await entity.find(tx, name)
  documentIn(inline, entity, policyName)
  await entity.change(tx, name, {
    inline: Object.fromEntries(Object.entries(inline).filter(([key]) => key !== policyName)),
  })
  return {}
}

function documentIn(inline: Readonly<Record<string, string>>, entity: EntityAccess, policyName: string): string {
  const document = Object.hasOwn(inline, policyName) ? inline[policyName] : undefined
  if (document === undefined) throw noSuchEntity(`The ${entity.kind} policy with name ${policyName} cannot be found.`)
  return document
}
