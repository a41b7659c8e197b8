import { members, oddOne } from '../../kernel/live-properties.ts'
import type { ResourceReader } from '../../kernel/resource.ts'
import type { InlinePolicy, Kind } from './resource-parts.ts'
import { documentText, listAll, unlessGone } from './resource-reads.ts'

interface Subject {
  readonly kind: Kind
  readonly name: string
  readonly input: Readonly<Record<string, string>>
}

/** An inline policy on several users, groups and roles: those that have it, and one that differs if there is such. */
export async function readInlinePolicy(props: InlinePolicy, subjects: readonly Subject[], rx: ResourceReader) {
  const { PolicyName } = props
  const having: Record<`${Kind}s`, string[]> = { Users: [], Groups: [], Roles: [] }
  const texts: string[] = []
  for (const { kind, name, input } of subjects) {
    const asked = rx.invoke<{ PolicyDocument: string }>(`iam:Get${kind}Policy`, { ...input, PolicyName })
    const text = documentText((await unlessGone(asked))?.PolicyDocument)
    if (text === undefined) continue
    having[`${kind}s`].push(name)
    texts.push(text)
  }
  return texts.length === 0 ? undefined : { PolicyName, ...having, PolicyDocument: oddOne(texts, props.PolicyDocument) }
}

interface Described {
  readonly PolicyName: string
  readonly DefaultVersionId: string
}

/** A managed policy as its properties would say it: its default version, and whom it is attached to. */
export async function readManagedPolicy(PolicyArn: string, rx: ResourceReader) {
  const found = await unlessGone(rx.invoke<{ Policy: Described }>('iam:GetPolicy', { PolicyArn }))
  if (!found) return undefined
  const { PolicyName, DefaultVersionId: VersionId } = found.Policy
  const { PolicyVersion } = await rx.invoke<{ PolicyVersion: { Document: string } }>('iam:GetPolicyVersion', {
    PolicyArn,
    VersionId,
  })
  const attached = async (kind: Kind) => {
    const asked = { PolicyArn, EntityFilter: kind }
    const found = await listAll<Record<string, string>>(rx, 'iam:ListEntitiesForPolicy', asked, `Policy${kind}s`)
    return found.map((entity) => entity[`${kind}Name`])
  }
  return {
    ...members(found.Policy, ['Description', 'Path']),
    ManagedPolicyName: PolicyName,
    PolicyDocument: documentText(PolicyVersion.Document),
    Users: await attached('User'),
    Groups: await attached('Group'),
    Roles: await attached('Role'),
  }
}

/** One inline policy of one user, group or role. */
export async function readOnePolicy(kind: Kind, input: Readonly<Record<string, string>>, rx: ResourceReader) {
  const found = await unlessGone(rx.invoke<{ PolicyDocument: string }>(`iam:Get${kind}Policy`, input))
  return found && { ...input, PolicyDocument: documentText(found.PolicyDocument) }
}
