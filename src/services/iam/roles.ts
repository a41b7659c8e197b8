import { validatePolicy } from '../../authz/validate.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { dropBoundary, useBoundary } from './boundary.ts'
import { briefRole, describeRole, describeTags } from './describe.ts'
import { findRole, iamArn, lower, noSuchEntity } from './find.ts'
import { alreadyExists, deleteConflict, limitExceeded, makeNamed, unmade } from './make.ts'
import { page, pageOf } from './page.ts'
import { boundaryKey, onRole, tagKeys } from './permission.ts'
import { changed, profileOfRole, type Role, role } from './state.ts'
import { withoutTags, withTags } from './tag.ts'

const maxTrustCharacters = 4_096
const usualSessionSec = 3_600

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html */
export const roles = operations<Api>()({
  CreateRole: {
    authorize: ({ RoleName, Path, Tags, PermissionsBoundary }, ctx) => [
      {
        action: 'iam:CreateRole',
        resource: iamArn(ctx.account, 'role', { name: RoleName, path: Path ?? '/' }),
        context: { ...tagKeys(Tags), ...boundaryKey(PermissionsBoundary) },
      },
    ],
    async write(tx, input, ctx) {
      const { RoleName, PermissionsBoundary, Description } = input
      if (input.Path?.startsWith('/aws-service-role/')) {
        throw awsError(
          'InvalidInputException',
          'Roles with the path prefix /aws-service-role/ are created with CreateServiceLinkedRole.',
        )
      }
      if (await tx.get(role(lower(RoleName)))) throw alreadyExists(`Role with name ${RoleName} already exists.`)
      checkTrust(input.AssumeRolePolicyDocument)
      const made: Role = {
        ...(await makeNamed(tx, 'role', RoleName, input.Path, ctx)),
        inline: {},
        attached: [],
        trust: input.AssumeRolePolicyDocument,
        maxSessionSec: input.MaxSessionDuration ?? usualSessionSec,
        tags: withTags({}, input.Tags),
        ...(Description !== undefined && { description: Description }),
        ...(PermissionsBoundary !== undefined && { boundaryArn: PermissionsBoundary }),
      }
      if (PermissionsBoundary !== undefined) await useBoundary(tx, 'role', made, PermissionsBoundary)
      tx.set(role(lower(RoleName)), made)
      return { Role: describeRole(ctx.account, made) }
    },
  },

  GetRole: {
    authorize: ({ RoleName }, _ctx, tx) => onRole('GetRole', RoleName, tx),
    async read(tx, { RoleName }, ctx) {
      return { Role: describeRole(ctx.account, await findRole(tx, RoleName)) }
    },
  },

  ListRoles: {
    authorize: () => [{ action: 'iam:ListRoles', resource: '*' }],
    async read(tx, input, ctx) {
      const { items, more } = await page(tx, role, [], input, (found) =>
        found.path.startsWith(input.PathPrefix ?? '/') ? briefRole(ctx.account, found) : undefined,
      )
      return { Roles: [...items], ...more }
    },
  },

  UpdateRole: {
    authorize: ({ RoleName }, _ctx, tx) => onRole('UpdateRole', RoleName, tx),
    async write(tx, { RoleName, Description, MaxSessionDuration }) {
      await changeRole(tx, RoleName, (found) => ({
        ...found,
        ...(Description !== undefined && { description: Description }),
        ...(MaxSessionDuration !== undefined && { maxSessionSec: MaxSessionDuration }),
      }))
      return {}
    },
  },

  UpdateRoleDescription: {
    authorize: ({ RoleName }, _ctx, tx) => onRole('UpdateRoleDescription', RoleName, tx),
    async write(tx, { RoleName, Description }, ctx) {
      return {
        Role: describeRole(
          ctx.account,
          await changeRole(tx, RoleName, (found) => ({ ...found, description: Description })),
        ),
      }
    },
  },

  UpdateAssumeRolePolicy: {
    authorize: ({ RoleName }, _ctx, tx) => onRole('UpdateAssumeRolePolicy', RoleName, tx),
    async write(tx, { RoleName, PolicyDocument }) {
      checkTrust(PolicyDocument)
      await changeRole(tx, RoleName, (found) => ({ ...found, trust: PolicyDocument }))
      return {}
    },
  },

  DeleteRole: {
    authorize: ({ RoleName }, _ctx, tx) => onRole('DeleteRole', RoleName, tx),
    async write(tx, { RoleName }) {
      const found = await findRole(tx, RoleName)
      refuseServiceLinked(found)
      if (found.attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.')
      if (Object.keys(found.inline).length > 0)
        throw deleteConflict('Cannot delete entity, must delete policies first.')
      for await (const _ of tx.keys(profileOfRole.under(lower(RoleName)), { limit: 1 })) {
        throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
      }
      dropBoundary(tx, 'role', found.name, found.boundaryArn)
      tx.delete(role(lower(RoleName)))
      unmade(tx, 'role')
      return {}
    },
  },

  PutRolePermissionsBoundary: {
    authorize: ({ RoleName, PermissionsBoundary }, _ctx, tx) =>
      onRole('PutRolePermissionsBoundary', RoleName, tx, boundaryKey(PermissionsBoundary)),
    async write(tx, { RoleName, PermissionsBoundary }) {
      const found = await findRole(tx, RoleName)
      dropBoundary(tx, 'role', found.name, found.boundaryArn)
      await useBoundary(tx, 'role', found, PermissionsBoundary)
      await changeRole(tx, RoleName, (one) => ({ ...one, boundaryArn: PermissionsBoundary }))
      return {}
    },
  },

  DeleteRolePermissionsBoundary: {
    authorize: ({ RoleName }, _ctx, tx) => onRole('DeleteRolePermissionsBoundary', RoleName, tx),
    async write(tx, { RoleName }) {
      await changeRole(tx, RoleName, ({ boundaryArn, ...found }) => {
        if (boundaryArn === undefined) throw noSuchEntity(`The role with name ${RoleName} has no permissions boundary.`)
        dropBoundary(tx, 'role', found.name, boundaryArn)
        return found
      })
      return {}
    },
  },

  TagRole: {
    authorize: ({ RoleName, Tags }, _ctx, tx) => onRole('TagRole', RoleName, tx, tagKeys(Tags)),
    async write(tx, { RoleName, Tags }) {
      await changeRole(tx, RoleName, (found) => ({ ...found, tags: withTags(found.tags, Tags) }))
      return {}
    },
  },
  UntagRole: {
    authorize: ({ RoleName, TagKeys }, _ctx, tx) => onRole('UntagRole', RoleName, tx, { 'aws:TagKeys': TagKeys }),
    async write(tx, { RoleName, TagKeys }) {
      await changeRole(tx, RoleName, (found) => ({ ...found, tags: withoutTags(found.tags, TagKeys) }))
      return {}
    },
  },
  ListRoleTags: {
    authorize: ({ RoleName }, _ctx, tx) => onRole('ListRoleTags', RoleName, tx),
    async read(tx, input) {
      const tags = describeTags((await findRole(tx, input.RoleName)).tags).sort((a, b) => (a.Key < b.Key ? -1 : 1))
      const { items, more } = pageOf(tags, input, ({ Key }) => Key)
      return { Tags: [...items], ...more }
    },
  },
})

async function changeRole(tx: Tx, name: string, change: (role: Role) => Role): Promise<Role> {
  const before = await findRole(tx, name)
  refuseServiceLinked(before)
  const after = change(before)
  tx.set(role(lower(name)), after)
  changed(tx)
  return after
}

function refuseServiceLinked(found: Role): void {
  if (found.serviceName === undefined) return
  throw awsError(
    'UnmodifiableEntityException',
    `Cannot perform the operation on the protected role '${found.name}' - this role is only modifiable by AWS`,
    { status: 400 },
  )
}

function checkTrust(text: string): void {
  validatePolicy(text, 'trust')
  if (text.replace(/\s/g, '').length > maxTrustCharacters)
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${maxTrustCharacters}`)
}
