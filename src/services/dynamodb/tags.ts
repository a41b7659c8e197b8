import type { ContextValue } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { table, tags } from './state.ts'
import { tableNameOf } from './table-lookup.ts'

interface Tag {
  readonly Key: string
  readonly Value: string
}

const maxTags = 50
const tagsPerPage = 10

/** Tags of tables. */
export const tagOperations = operations<Api>()({
  TagResource: {
    authorize: async ({ ResourceArn, Tags }, ctx, tx) => [
      await tableAccess('TagResource', ResourceArn, ctx, tx, tagContext(Tags)),
    ],
    async write(tx, { ResourceArn, Tags }, ctx) {
      const name = await taggedTable(tx, ResourceArn, ctx)
      const next = { ...(await tx.get(tags(name))), ...tagsOf(Tags, ctx) }
      if (Object.keys(next).length > maxTags) throw tooMany()
      tx.set(tags(name), next)
      return {}
    },
  },
  UntagResource: {
    authorize: async ({ ResourceArn, TagKeys }, ctx, tx) => [
      await tableAccess('UntagResource', ResourceArn, ctx, tx, { 'aws:TagKeys': TagKeys }),
    ],
    async write(tx, { ResourceArn, TagKeys }, ctx) {
      const name = await taggedTable(tx, ResourceArn, ctx)
      const left = Object.entries((await tx.get(tags(name))) ?? {}).filter(([key]) => !TagKeys.includes(key))
      if (left.length > 0) tx.set(tags(name), Object.fromEntries(left))
      else tx.delete(tags(name))
      return {}
    },
  },
  ListTagsOfResource: {
    authorize: async ({ ResourceArn }, ctx, tx) => [await tableAccess('ListTagsOfResource', ResourceArn, ctx, tx)],
    async read(tx, { ResourceArn, NextToken }, ctx) {
      const name = await taggedTable(tx, ResourceArn, ctx)
      const all = Object.entries((await tx.get(tags(name))) ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
      // The token is the last key of the page before, so that tags added meanwhile do not shift the pages.
      const left = NextToken === undefined ? all : all.filter(([key]) => key > NextToken)
      const page = left.slice(0, tagsPerPage)
      return {
        Tags: page.map(([Key, Value]) => ({ Key, Value })),
        NextToken: left.length > page.length ? page.at(-1)?.[0] : undefined,
      }
    },
  },
})

async function taggedTable(tx: ReadTx, arn: string, ctx: Ctx): Promise<string> {
  if (!arn.startsWith('arn:')) throw awsError('ValidationException', `Invalid TableArn: ${arn} is not an ARN.`)
  const name = tableNameOf(arn, ctx)
  if (!(await tx.get(table(name)))) {
    throw awsError('ResourceNotFoundException', `Requested resource not found: ResourcArn: ${arn} not found`)
  }
  return name
}

/** Checked tags by key. `aws:` keys are for Landfall's own services (a stack tags what it makes). */
export function tagsOf(list: readonly Tag[], ctx: Ctx): Record<string, string> {
  const given: Record<string, string> = {}
  for (const { Key, Value } of list) {
    if (ctx.wire && /^aws:/i.test(Key)) {
      throw awsError(
        'ValidationException',
        `Tag keys cannot start with aws:, which is reserved for system use. Tag: ${Key}`,
      )
    }
    if (Object.hasOwn(given, Key)) {
      throw awsError('ValidationException', `One or more parameter values were invalid: Duplicate tag key: ${Key}`)
    }
    Object.defineProperty(given, Key, { value: Value, enumerable: true })
  }
  if (Object.keys(given).length > maxTags) throw tooMany()
  return given
}

function tooMany() {
  return awsError('ValidationException', `Too many tags: a table can have at most ${maxTags} tags.`)
}

/** What a policy may ask about the tags of a request. */
export function tagContext(list: readonly Tag[]): Record<string, ContextValue> {
  return {
    'aws:TagKeys': list.map(({ Key }) => Key),
    ...Object.fromEntries(list.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  }
}
