import { validatePolicy } from '../../authz/validate.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { awsManagedPolicies, isAwsManaged } from './aws-managed.ts'
import {
  briefPolicy,
  describePolicy,
  describeTags,
  describeVersion,
  encodeDocument,
  type PolicyUse,
} from './describe.ts'
import { findPolicy, iamArn, lower, noSuchEntity } from './find.ts'
import { alreadyExists, deleteConflict, limitExceeded, makeNamed, unmade } from './make.ts'
import { page, pageOf } from './page.ts'
import { onPolicy, tagKeys } from './permission.ts'
import { attachmentCount, changed, type ManagedPolicy, managedPolicy } from './state.ts'
import { withoutTags, withTags } from './tag.ts'

const maxCharacters = 6_144
const maxVersions = 5

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html */
export const managedPolicies = operations<Api>()({
  CreatePolicy: {
    authorize: ({ PolicyName, Path, Tags }, ctx) => [
      {
        action: 'iam:CreatePolicy',
        resource: iamArn(ctx.account, 'policy', { name: PolicyName, path: Path ?? '/' }),
        context: tagKeys(Tags),
      },
    ],
    async write(tx, { PolicyName, Path, PolicyDocument, Description, Tags }, ctx) {
      if (await tx.get(managedPolicy(lower(PolicyName)))) {
        throw alreadyExists(`A policy called ${PolicyName} already exists. Duplicate names are not allowed.`)
      }
      checkDocument(PolicyDocument)
      const made: ManagedPolicy = {
        ...(await makeNamed(tx, 'policy', PolicyName, Path, ctx)),
        updatedAtMs: ctx.nowMs,
        tags: withTags({}, Tags),
        versions: [{ id: 'v1', document: PolicyDocument, createdAtMs: ctx.nowMs }],
        defaultVersionId: 'v1',
        nextVersion: 2,
        ...(Description !== undefined && { description: Description }),
      }
      tx.set(managedPolicy(lower(PolicyName)), made)
      const { Description: _, ...described } = describePolicy(iamArn(ctx.account, 'policy', made), made, unused)
      return { Policy: described }
    },
  },

  GetPolicy: {
    authorize: ({ PolicyArn }, _ctx, tx) => onPolicy('GetPolicy', PolicyArn, tx),
    async read(tx, { PolicyArn }) {
      return { Policy: describePolicy(PolicyArn, await findPolicy(tx, PolicyArn), await useOf(tx, PolicyArn)) }
    },
  },

  ListPolicies: {
    authorize: () => [{ action: 'iam:ListPolicies', resource: '*' }],
    async read(tx, input, ctx) {
      const { Scope = 'All', PathPrefix = '/', OnlyAttached = false, PolicyUsageFilter } = input
      const kept = async (arn: string, policy: ManagedPolicy) => {
        if (!policy.path.startsWith(PathPrefix)) return undefined
        const use = await useOf(tx, arn)
        if (OnlyAttached && use.attached + use.boundaries === 0) return undefined
        if (PolicyUsageFilter === 'PermissionsPolicy' && use.attached === 0) return undefined
        if (PolicyUsageFilter === 'PermissionsBoundary' && use.boundaries === 0) return undefined
        return briefPolicy(arn, policy, use)
      }
      if (Scope === 'Local') {
        const { items, more } = await page(tx, managedPolicy, [], input, (policy) =>
          kept(iamArn(ctx.account, 'policy', policy), policy),
        )
        return { Policies: [...items], ...more }
      }
      const described = await Promise.all(awsManagedPolicies().map(([arn, policy]) => kept(arn, policy)))
      if (Scope === 'All') {
        for await (const { value } of tx.range(managedPolicy.under()))
          described.push(await kept(iamArn(ctx.account, 'policy', value), value))
      }
      const all = described.flatMap((policy) => (policy ? [policy] : [])).sort((a, b) => (a.Arn < b.Arn ? -1 : 1))
      const { items, more } = pageOf(all, input, ({ Arn }) => Arn)
      return { Policies: [...items], ...more }
    },
  },

  DeletePolicy: {
    authorize: ({ PolicyArn }, _ctx, tx) => onPolicy('DeletePolicy', PolicyArn, tx),
    async write(tx, { PolicyArn }) {
      const found = await findOwn(tx, PolicyArn)
      const use = await useOf(tx, PolicyArn)
      if (use.attached + use.boundaries > 0) throw deleteConflict('Cannot delete a policy attached to entities.')
      if (found.versions.length > 1) {
        throw deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        )
      }
      tx.delete(managedPolicy(lower(found.name)))
      unmade(tx, 'policy')
      return {}
    },
  },

  CreatePolicyVersion: {
    authorize: ({ PolicyArn }, _ctx, tx) => onPolicy('CreatePolicyVersion', PolicyArn, tx),
    async write(tx, { PolicyArn, PolicyDocument, SetAsDefault }, ctx) {
      const found = await findOwn(tx, PolicyArn)
      checkDocument(PolicyDocument)
      if (found.versions.length >= maxVersions) {
        throw limitExceeded(
          `A managed policy can have up to ${maxVersions} versions. Before you create a new version, you must delete an existing version.`,
        )
      }
      const version = { id: `v${found.nextVersion}`, document: PolicyDocument, createdAtMs: ctx.nowMs }
      const after: ManagedPolicy = {
        ...found,
        versions: [...found.versions, version],
        nextVersion: found.nextVersion + 1,
        updatedAtMs: ctx.nowMs,
        defaultVersionId: SetAsDefault ? version.id : found.defaultVersionId,
      }
      save(tx, after)
      return { PolicyVersion: describeVersion(after, version) }
    },
  },

  GetPolicyVersion: {
    authorize: ({ PolicyArn }, _ctx, tx) => onPolicy('GetPolicyVersion', PolicyArn, tx),
    async read(tx, { PolicyArn, VersionId }) {
      const found = await findPolicy(tx, PolicyArn)
      const version = versionOf(found, PolicyArn, VersionId)
      return { PolicyVersion: { Document: encodeDocument(version.document), ...describeVersion(found, version) } }
    },
  },

  ListPolicyVersions: {
    authorize: ({ PolicyArn }, _ctx, tx) => onPolicy('ListPolicyVersions', PolicyArn, tx),
    async read(tx, input) {
      const found = await findPolicy(tx, input.PolicyArn)
      // Newest first, as the real service lists them; the marker orders by how old a version is.
      const newest = [...found.versions].reverse()
      const { items, more } = pageOf(newest, input, (version) => String(newest.indexOf(version)))
      return { Versions: items.map((version) => describeVersion(found, version)), ...more }
    },
  },

  DeletePolicyVersion: {
    authorize: ({ PolicyArn }, _ctx, tx) => onPolicy('DeletePolicyVersion', PolicyArn, tx),
    async write(tx, { PolicyArn, VersionId }) {
      const found = await findOwn(tx, PolicyArn)
      versionOf(found, PolicyArn, VersionId)
      if (VersionId === found.defaultVersionId) throw deleteConflict('Cannot delete the default version of a policy.')
      save(tx, { ...found, versions: found.versions.filter(({ id }) => id !== VersionId) })
      return {}
    },
  },

  SetDefaultPolicyVersion: {
    authorize: ({ PolicyArn }, _ctx, tx) => onPolicy('SetDefaultPolicyVersion', PolicyArn, tx),
    async write(tx, { PolicyArn, VersionId }, ctx) {
      const found = await findOwn(tx, PolicyArn)
      versionOf(found, PolicyArn, VersionId)
      save(tx, { ...found, defaultVersionId: VersionId, updatedAtMs: ctx.nowMs })
      return {}
    },
  },

  TagPolicy: {
    authorize: ({ PolicyArn, Tags }, _ctx, tx) => onPolicy('TagPolicy', PolicyArn, tx, tagKeys(Tags)),
    async write(tx, { PolicyArn, Tags }) {
      const found = await findOwn(tx, PolicyArn)
      save(tx, { ...found, tags: withTags(found.tags, Tags) })
      return {}
    },
  },
  UntagPolicy: {
    authorize: ({ PolicyArn, TagKeys }, _ctx, tx) => onPolicy('UntagPolicy', PolicyArn, tx, { 'aws:TagKeys': TagKeys }),
    async write(tx, { PolicyArn, TagKeys }) {
      const found = await findOwn(tx, PolicyArn)
      save(tx, { ...found, tags: withoutTags(found.tags, TagKeys) })
      return {}
    },
  },
  ListPolicyTags: {
    authorize: ({ PolicyArn }, _ctx, tx) => onPolicy('ListPolicyTags', PolicyArn, tx),
    async read(tx, input) {
      const tags = describeTags((await findPolicy(tx, input.PolicyArn)).tags).sort((a, b) => (a.Key < b.Key ? -1 : 1))
      const { items, more } = pageOf(tags, input, ({ Key }) => Key)
      return { Tags: [...items], ...more }
    },
  },
})

const unused: PolicyUse = { attached: 0, boundaries: 0 }

async function useOf(tx: ReadTx, arn: string): Promise<PolicyUse> {
  return {
    attached: await tx.count(attachmentCount(arn, 'policy')),
    boundaries: await tx.count(attachmentCount(arn, 'boundary')),
  }
}

/** A policy of the account's own: AWS's can't be changed. */
async function findOwn(tx: ReadTx, arn: string): Promise<ManagedPolicy> {
  if (isAwsManaged(arn))
    throw awsError('AccessDenied', `Policy ${arn} is managed by AWS and cannot be changed.`, { status: 403 })
  return findPolicy(tx, arn)
}

function save(tx: Tx, policy: ManagedPolicy): void {
  tx.set(managedPolicy(lower(policy.name)), policy)
  changed(tx)
}

function versionOf(policy: ManagedPolicy, arn: string, versionId: string) {
  const found = policy.versions.find(({ id }) => id === versionId)
  if (!found) throw noSuchEntity(`Policy ${arn} version ${versionId} does not exist or is not attachable.`)
  return found
}

function checkDocument(text: string): void {
  validatePolicy(text, 'identity')
  if (text.replace(/\s/g, '').length > maxCharacters)
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${maxCharacters}`)
}
