import type { TagSpecification } from '@aws-sdk/client-ec2'
import { type AccessRequest, requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { invalidValue } from './errors.ts'
import { arnOf, type Kind } from './names.ts'
import { tag } from './state.ts'

type Specifications = readonly TagSpecification[] | undefined
export type Tags = Readonly<Record<string, string>>

const mostTags = 50

/** The tags that a request gives to a new resource of this kind. Throws for those of other kinds. */
export function specifiedTags(specifications: Specifications, kind: Kind): Tags {
  const tags: Record<string, string> = {}
  for (const { ResourceType, Tags = [] } of specifications ?? []) {
    if (ResourceType !== kind) {
      throw invalidValue(`'${ResourceType}' is not a valid taggable resource type for this operation.`)
    }
    for (const { Key = '', Value = '' } of Tags) {
      if (Object.hasOwn(tags, Key)) throw invalidValue(`Tag keys must be unique. Duplicate tag key: ${Key}`)
      tags[Key] = Value
    }
  }
  return tags
}

/** What making a resource with tags needs: the action itself, and tagging as part of it. */
export function creating(ctx: Ctx, action: string, kind: Kind, specifications: Specifications): AccessRequest[] {
  // Those of other kinds are refused by the operation.
  const tags = Object.fromEntries(
    (specifications ?? []).flatMap(({ Tags = [] }) => Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
  )
  const context = requestTags(tags)
  const resource = arnOf(ctx, kind, '*')
  const made = { action: `ec2:${action}`, resource, context }
  if (Object.keys(tags).length === 0) return [made]
  return [made, { action: 'ec2:CreateTags', resource, context: { ...context, 'ec2:CreateAction': action } }]
}

/** An action on a resource that there is, or not: what is not there is still named. */
export async function acting(tx: ReadTx, ctx: Ctx, action: string, kind: Kind, id: string): Promise<AccessRequest> {
  return { action: `ec2:${action}`, resource: arnOf(ctx, kind, id), resourceTags: await tagsOf(tx, id) }
}

export async function tagsOf(tx: ReadTx, id: string): Promise<Tags> {
  const tags: Record<string, string> = {}
  for await (const { key, value } of tx.range(tag.under(id))) tags[key[1]] = value
  return tags
}

/** Sets tags over those that there are. Names that begin with `aws:` are CloudFormation's alone. */
export async function setTags(tx: Tx, id: string, tags: Tags, ctx: Ctx): Promise<void> {
  for (const [key, value] of Object.entries(tags)) {
    if (key === '' || key.length > 127) throw invalidValue('Tag keys are 1 to 127 characters long.')
    if (value.length > 255) throw invalidValue('Tag values are at most 255 characters long.')
    if (/^aws:/i.test(key) && ctx.wire) {
      throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use")
    }
  }
  const own = Object.keys({ ...(await tagsOf(tx, id)), ...tags }).filter((key) => !key.startsWith('aws:'))
  if (own.length > mostTags) {
    throw awsError('TagLimitExceeded', `The maximum number of Tags for this resource has been reached.`)
  }
  for (const [key, value] of Object.entries(tags)) tx.set(tag(id, key), value)
}

export const tagList = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
