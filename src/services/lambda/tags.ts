import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import type { Key, ReadTx, Scope, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { codeSigningIdOf } from './code-signing-names.ts'
import { constraint, invalid, notFound } from './errors.ts'
import { findFunction } from './find.ts'
import { nameOfArn } from './names.ts'
import { codeSigningConfig, lambdaFunction, mapping } from './state.ts'

type Tags = Readonly<Record<string, string>>

/** Tags of functions, event source mappings and code signing configurations. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ Resource, Tags }) => [
      { action: 'lambda:TagResource', resource: Resource, context: tagContext(Tags) },
    ],
    async write(tx, { Resource, Tags }, ctx) {
      const tagged = await find(tx, Resource)
      const next = { ...tagged.tags, ...Tags }
      checkTags(next, ctx, Tags)
      tagged.keep(tx, next)
      return {}
    },
  },
  UntagResource: {
    authorize: ({ Resource, TagKeys }) => [
      { action: 'lambda:UntagResource', resource: Resource, context: { 'aws:TagKeys': TagKeys } },
    ],
    async write(tx, { Resource, TagKeys }) {
      const tagged = await find(tx, Resource)
      const next = Object.fromEntries(Object.entries(tagged.tags).filter(([key]) => !TagKeys.includes(key)))
      tagged.keep(tx, next)
      return {}
    },
  },
  ListTags: {
    authorize: ({ Resource }) => [{ action: 'lambda:ListTags', resource: Resource }],
    async read(tx, { Resource }) {
      return { Tags: { ...(await find(tx, Resource)).tags } }
    },
  },
})

async function find(tx: ReadTx, arn: string) {
  const name = nameOfArn(arn)
  if (name) {
    if (name.qualifier !== undefined) {
      throw invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.')
    }
    await findFunction(tx, name)
    return taggedAt(tx, name.scope, lambdaFunction(name.name))
  }
  const at = mappingOfArn(arn)
  if (at) return taggedAt(tx, at.scope, mapping(at.id))
  const config = codeSigningIdOf(arn)
  if (config) return taggedAt(tx, config.scope, codeSigningConfig(config.id))
  throw invalid(
    `${arn} is not the ARN of a function, an event source mapping or a code signing configuration; nothing else has tags here.`,
  )
}

async function taggedAt<V extends { readonly tags: Tags }>(tx: ReadTx, scope: Scope, key: Key<V>) {
  const found = await tx.in(scope).get(key)
  if (!found) throw notFound('The resource you requested does not exist.')
  return {
    tags: found.tags,
    keep: (into: Tx, tags: Tags) => into.in(scope).set(key, { ...found, tags }),
  }
}

/** The event source mapping that an ARN names. */
export function mappingOfArn(arn: string): { id: string; scope: Scope } | undefined {
  const parsed = parseArn(arn)
  const id = /^event-source-mapping:([0-9a-fA-F-]{36})$/.exec(parsed?.resource ?? '')?.[1]
  return parsed && id ? { id, scope: { account: parsed.account, region: parsed.region } } : undefined
}

/** What conditions may ask about the tags of a request. */
export function tagContext(given: Tags | undefined): Record<string, string | string[]> {
  const entries = Object.entries(given ?? {})
  if (entries.length === 0) return {}
  return {
    'aws:TagKeys': entries.map(([key]) => key),
    ...Object.fromEntries(entries.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  }
}

/** Throws for tags that are too many, too long, or (from outside) reserved. `asked`: those that the request brings. */
export function checkTags(all: Tags, ctx: Ctx, asked: Tags = all): void {
  if (Object.keys(all).length > 50) throw invalid('A resource can have at most 50 tags.')
  for (const [key, value] of Object.entries(asked)) {
    if (key.length < 1 || key.length > 128) throw constraint(key, 'tags', 'Map keys must have length from 1 to 128')
    if (value.length > 256) throw constraint(value, 'tags', 'Map values must have length less than or equal to 256')
    // Templates tag what they make; nobody else may say so.
    if (/^aws:/i.test(key) && ctx.wire !== undefined)
      throw invalid('Tag keys may not begin with aws:, which is reserved.')
  }
}
