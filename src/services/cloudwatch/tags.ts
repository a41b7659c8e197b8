import { ownResource } from '../../kernel/arn.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, RecordType, Tx } from '../../kernel/records.ts'
import { alarm } from './alarm-state.ts'
import type { Api } from './api.ts'
import { dashboard } from './dashboard-state.ts'
import { insightRule } from './insight-rule-state.ts'
import { metricStream } from './metric-stream-state.ts'
import { muteRule } from './mute-state.ts'

/** Tags of what CloudWatch has: at most 50 each. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ ResourceARN, Tags }) => [
      { action: 'cloudwatch:TagResource', resource: ResourceARN, context: requestTags(readTags(Tags)) },
    ],
    async write(tx, { ResourceARN, Tags }) {
      await change(tx, ResourceARN, (before) => ({ ...before, ...readTags(Tags) }))
      return {}
    },
  },
  UntagResource: {
    authorize: ({ ResourceARN, TagKeys }) => [
      { action: 'cloudwatch:UntagResource', resource: ResourceARN, context: { 'aws:TagKeys': TagKeys } },
    ],
    async write(tx, { ResourceARN, TagKeys }) {
      await change(tx, ResourceARN, (before) =>
        Object.fromEntries(Object.entries(before).filter(([key]) => !TagKeys.includes(key))),
      )
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ ResourceARN }) => [{ action: 'cloudwatch:ListTagsForResource', resource: ResourceARN }],
    async read(tx, { ResourceARN }) {
      const { tags } = await find(tx, ResourceARN)
      return { Tags: writeTags(tags) }
    },
  },
})

export function readTags(given: readonly { Key?: string; Value?: string }[] = []): Record<string, string> {
  return Object.fromEntries(given.map(({ Key = '', Value = '' }) => [Key, Value]))
}

export function writeTags(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

export function checkTags(given: Readonly<Record<string, string>>): void {
  if (Object.keys(given).length > 50) throw awsError('InvalidParameterValue', 'A resource can have at most 50 tags.')
}

interface Taggable {
  readonly begins: string
  /** Dashboards are of no region. */
  readonly isGlobal?: boolean
  tagsOf(tx: ReadTx, name: string): Promise<Tags | undefined>
  setTags(tx: Tx, name: string, tags: Tags): Promise<void>
}
type Tags = Readonly<Record<string, string>>

function taggable<T extends { readonly tags: Tags }>(begins: string, record: RecordType<T, [string]>): Taggable {
  return {
    begins,
    tagsOf: async (tx, name) => (await tx.get(record(name)))?.tags,
    async setTags(tx, name, tags) {
      const found = await tx.get(record(name))
      if (found) tx.set(record(name), { ...found, tags })
    },
  }
}

const kinds: readonly Taggable[] = [
  taggable('alarm:', alarm),
  taggable('metric-stream/', metricStream),
  taggable('alarm-mute-rule:', muteRule),
  taggable('insight-rule/', insightRule),
  { ...taggable('dashboard/', dashboard), isGlobal: true },
]

async function change(tx: Tx, arn: string, to: (before: Tags) => Record<string, string>): Promise<void> {
  const { kind, name, tags } = await find(tx, arn)
  const next = to(tags)
  checkTags(next)
  await kind.setTags(tx, name, next)
}

async function find(tx: ReadTx, arn: string): Promise<{ kind: Taggable; name: string; tags: Tags }> {
  const found = kindOf(tx, arn)
  if (!found) throw awsError('InvalidParameterValue', `${arn} is not the ARN of a resource that has tags.`)
  const tags = await found.kind.tagsOf(tx, found.name)
  if (!tags) throw awsError('ResourceNotFoundException', `${arn} does not exist.`, { status: 404 })
  return { ...found, tags }
}

function kindOf({ scope }: ReadTx, arn: string): { kind: Taggable; name: string } | undefined {
  for (const kind of kinds) {
    const resource = ownResource(arn, 'cloudwatch', kind.isGlobal ? { ...scope, region: '' } : scope)
    if (resource?.startsWith(kind.begins)) return { kind, name: resource.slice(kind.begins.length) }
  }
  return undefined
}

/** The tags of what an ARN names, for conditions of policies; undefined where there is nothing. */
export async function tagsUnder(tx: ReadTx, arn: string): Promise<Tags | undefined> {
  const found = kindOf(tx, arn)
  return found?.kind.tagsOf(tx, found.name)
}
