import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { readInlinePolicy, readManagedPolicy, readOnePolicy } from './policy-reads.ts'
import { asText, gone, type InlinePolicy, type Kind, pick } from './resource-parts.ts'
import { unlessGone } from './resource-reads.ts'

interface Targets {
  readonly Groups?: readonly string[]
  readonly Roles?: readonly string[]
  readonly Users?: readonly string[]
}

type PolicyProperties = InlinePolicy & Targets

interface ManagedPolicyProperties extends Targets {
  readonly Description?: string
  readonly ManagedPolicyName?: string
  readonly Path?: string
  readonly PolicyDocument: object | string
}

const kinds = [
  ['Users', 'User'],
  ['Groups', 'Group'],
  ['Roles', 'Role'],
] as const satisfies readonly (readonly [keyof Targets, Kind])[]

/** Every user, group and role a policy is for, as the input its operations take. */
function subjects(props: Targets): { kind: Kind; name: string; input: Record<string, string> }[] {
  return kinds.flatMap(([list, kind]) =>
    (props[list] ?? []).map((name) => ({ kind, name, input: { [`${kind}Name`]: name } })),
  )
}

function without(all: Targets, kept: Targets) {
  const keep = new Set(subjects(kept).map(({ kind, name }) => `${kind} ${name}`))
  return subjects(all).filter(({ kind, name }) => !keep.has(`${kind} ${name}`))
}

/** An inline policy put on several users, groups and roles. */
export const policyResource = resource<PolicyProperties>({
  properties: ['Groups', 'PolicyDocument', 'PolicyName', 'Roles', 'Users'],
  async create(props, rx) {
    const id = rx.name({ maxLength: 128 })
    rx.created(id)
    await putOn(props, rx)
    return { id, attributes: { Id: id } }
  },
  async update(id, props, previous, rx) {
    await putOn(props, rx)
    const renamed = props.PolicyName !== previous.PolicyName
    for (const { kind, input } of renamed ? subjects(previous) : without(previous, props)) {
      await gone(rx.invoke(`iam:Delete${kind}Policy`, { ...input, PolicyName: previous.PolicyName }))
    }
    return { id, attributes: { Id: id } }
  },
  async delete(_id, props, rx) {
    for (const { kind, input } of subjects(props)) {
      await gone(rx.invoke(`iam:Delete${kind}Policy`, { ...input, PolicyName: props.PolicyName }))
    }
  },
  read: (_id, props, rx) => readInlinePolicy(props, subjects(props), rx),
})

async function putOn(props: PolicyProperties, rx: ResourceCtx): Promise<void> {
  for (const { kind, input } of subjects(props)) {
    await rx.invoke(`iam:Put${kind}Policy`, {
      ...input,
      PolicyName: props.PolicyName,
      PolicyDocument: asText(props.PolicyDocument),
    })
  }
}

export const managedPolicyResource = resource<ManagedPolicyProperties>({
  properties: ['Description', 'Groups', 'ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles', 'Users'],
  async create(props, rx) {
    const PolicyName = props.ManagedPolicyName ?? rx.name({ maxLength: 128 })
    const { Policy } = await rx.invoke<{ Policy: { Arn: string } }>('iam:CreatePolicy', {
      PolicyName,
      PolicyDocument: asText(props.PolicyDocument),
      ...pick(props, 'Description', 'Path'),
    })
    rx.created(Policy.Arn)
    for (const { kind, input } of subjects(props))
      await rx.invoke(`iam:Attach${kind}Policy`, { ...input, PolicyArn: Policy.Arn })
    return describe(Policy.Arn, rx)
  },
  async update(id, props, previous, rx) {
    if (asText(props.PolicyDocument) !== asText(previous.PolicyDocument)) await newVersion(id, props, rx)
    for (const { kind, input } of without(props, previous))
      await rx.invoke(`iam:Attach${kind}Policy`, { ...input, PolicyArn: id })
    for (const { kind, input } of without(previous, props))
      await gone(rx.invoke(`iam:Detach${kind}Policy`, { ...input, PolicyArn: id }))
    return describe(id, rx)
  },
  async delete(id, props, rx) {
    for (const { kind, input } of subjects(props))
      await gone(rx.invoke(`iam:Detach${kind}Policy`, { ...input, PolicyArn: id }))
    for (const version of await versions(id, rx)) {
      if (!version.IsDefaultVersion)
        await gone(rx.invoke('iam:DeletePolicyVersion', { PolicyArn: id, VersionId: version.VersionId }))
    }
    await gone(rx.invoke('iam:DeletePolicy', { PolicyArn: id }))
  },
  read: (id, _props, rx) => readManagedPolicy(id, rx),
  // AWS's own policies can be read by everybody, and are nobody's.
  adopt: (id, rx) => (id.startsWith(`arn:aws:iam::${rx.account}:`) ? unlessGone(describe(id, rx)) : undefined),
  list: listing('iam:ListPolicies', {
    items: 'Policies',
    id: 'Arn',
    token: ['Marker', 'Marker'],
    input: () => ({ Scope: 'Local' }),
  }),
})

/** The oldest version makes room for the new one. */
async function newVersion(PolicyArn: string, props: ManagedPolicyProperties, rx: ResourceCtx): Promise<void> {
  const existing = await versions(PolicyArn, rx)
  const oldest = existing.filter(({ IsDefaultVersion }) => !IsDefaultVersion).at(-1)
  if (existing.length >= 5 && oldest)
    await rx.invoke('iam:DeletePolicyVersion', { PolicyArn, VersionId: oldest.VersionId })
  await rx.invoke('iam:CreatePolicyVersion', {
    PolicyArn,
    PolicyDocument: asText(props.PolicyDocument),
    SetAsDefault: true,
  })
}

async function versions(
  PolicyArn: string,
  rx: ResourceCtx,
): Promise<{ VersionId: string; IsDefaultVersion: boolean }[]> {
  let found: { VersionId: string; IsDefaultVersion: boolean }[] = []
  await gone(
    rx.invoke<{ Versions: typeof found }>('iam:ListPolicyVersions', { PolicyArn }).then(({ Versions }) => {
      found = Versions
    }),
  )
  return found
}

interface DescribedPolicy {
  readonly Arn: string
  readonly PolicyId: string
  readonly DefaultVersionId: string
  readonly AttachmentCount: number
  readonly PermissionsBoundaryUsageCount: number
  readonly IsAttachable: boolean
  readonly CreateDate: Date
  readonly UpdateDate: Date
}

async function describe(PolicyArn: string, rx: ResourceReader) {
  const { Policy } = await rx.invoke<{ Policy: DescribedPolicy }>('iam:GetPolicy', { PolicyArn })
  return {
    id: PolicyArn,
    attributes: {
      PolicyArn,
      ...pick(
        Policy,
        'PolicyId',
        'DefaultVersionId',
        'AttachmentCount',
        'PermissionsBoundaryUsageCount',
        'IsAttachable',
      ),
      CreateDate: Policy.CreateDate.toISOString(),
      UpdateDate: Policy.UpdateDate.toISOString(),
    },
  }
}

interface OnePolicyProperties {
  readonly PolicyDocument?: object | string
  readonly PolicyName: string
  readonly GroupName?: string
  readonly RoleName?: string
  readonly UserName?: string
}

/** One inline policy of one user, group or role. */
export const inlinePolicyResources = {
  'AWS::IAM::UserPolicy': onePolicy('User'),
  'AWS::IAM::GroupPolicy': onePolicy('Group'),
  'AWS::IAM::RolePolicy': onePolicy('Role'),
}

function onePolicy(kind: Kind) {
  const nameOf = (props: OnePolicyProperties) => ({
    [`${kind}Name`]: props[`${kind}Name`] ?? '',
    PolicyName: props.PolicyName,
  })
  const put = (props: OnePolicyProperties, rx: ResourceCtx) =>
    rx.invoke(`iam:Put${kind}Policy`, { ...nameOf(props), PolicyDocument: asText(props.PolicyDocument ?? {}) })
  return resource<OnePolicyProperties>({
    properties: ['PolicyDocument', 'PolicyName', `${kind}Name`],
    async create(props, rx) {
      await put(props, rx)
      return { id: `${props.PolicyName}|${props[`${kind}Name`]}` }
    },
    async update(id, props, _previous, rx) {
      await put(props, rx)
      return { id }
    },
    async delete(_id, props, rx) {
      await gone(rx.invoke(`iam:Delete${kind}Policy`, nameOf(props)))
    },
    read: (_id, props, rx) => readOnePolicy(kind, nameOf(props), rx),
  })
}
