import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Key, ReadTx, Tx } from '../../kernel/records.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, found } from './find.ts'
import { portal, product } from './portals/state.ts'
import { api, stage } from './state.ts'

/** Tags of APIs (`arn:…:/apis/<id>`), stages (`…/stages/<name>`), portals (`/portals/<id>`) and portal products. */
export const tags = operations<ApiGatewayV2>()({
  TagResource: {
    authorize: ({ ResourceArn, Tags = {} }, ctx) => [
      { action: 'apigateway:POST', resource: tagsArn(ctx, ResourceArn), context: requestTags(Tags) },
    ],
    async write(tx, { ResourceArn, Tags = {} }, ctx) {
      await change(tx, ResourceArn, ctx, (before) => ({ ...before, ...Tags }))
      return {}
    },
  },
  UntagResource: {
    authorize: ({ ResourceArn, TagKeys }, ctx) => [
      { action: 'apigateway:DELETE', resource: tagsArn(ctx, ResourceArn), context: { 'aws:TagKeys': TagKeys } },
    ],
    async write(tx, { ResourceArn, TagKeys }, ctx) {
      await change(tx, ResourceArn, ctx, (before) =>
        Object.fromEntries(Object.entries(before).filter(([key]) => !TagKeys.includes(key))),
      )
      return {}
    },
  },
  GetTags: {
    authorize: ({ ResourceArn }, ctx) => [{ action: 'apigateway:GET', resource: tagsArn(ctx, ResourceArn) }],
    async read(tx, { ResourceArn }, ctx) {
      const { value } = await tagged(tx, ResourceArn, ctx)
      return { Tags: { ...value.tags } }
    },
  },
})

/** What policies call the tags of a resource: `/tags/` and its ARN, encoded, as in the path of the request. */
function tagsArn(ctx: Ctx, resourceArn: string): string {
  return apiArn(ctx, `tags/${encodeURIComponent(resourceArn)}`)
}

type Tags = Readonly<Record<string, string>>

async function change(tx: Tx, arn: string, ctx: Ctx, next: (before: Tags) => Tags): Promise<void> {
  const { key, value } = await tagged(tx, arn, ctx)
  tx.set(key, { ...value, tags: checkedTags(next(value.tags)) })
}

/** Throws BadRequestException for more than a resource can have. */
export function checkedTags(tags: Tags): Tags {
  if (Object.keys(tags).length > 50) throw awsError('BadRequestException', 'A resource can have at most 50 tags.')
  return tags
}

interface Tagged {
  readonly tags: Tags
}

/** What an ARN names that has tags. Throws NotFoundException. */
async function tagged(tx: ReadTx, arn: string, ctx: Ctx): Promise<{ key: Key<Tagged>; value: Tagged }> {
  const { key, what, id } = addressed(arn, ctx)
  return { key, value: await found(tx, key, what, id) }
}

function addressed(arn: string, { region, account }: Ctx): { key: Key<Tagged>; what: string; id: string } {
  const [, apiId, stageName] = /^arn:aws:apigateway:[\w-]*::\/apis\/(\w+)(?:\/stages\/([\w$-]+))?$/.exec(arn) ?? []
  if (apiId !== undefined && stageName !== undefined)
    return { key: stage(apiId, stageName), what: 'stage', id: stageName }
  if (apiId !== undefined) return { key: api(apiId), what: 'API', id: apiId }
  const own = `arn:aws:apigateway:${region}:${account}:/`
  const [, kind, id] =
    /^(portals|portalproducts)\/([a-z0-9]+)$/.exec(arn.startsWith(own) ? arn.slice(own.length) : '') ?? []
  if (id === undefined)
    throw awsError(
      'NotFoundException',
      `Invalid resource ARN ${arn.slice(0, 300)}: name an API, a stage, a portal or a portal product.`,
    )
  return kind === 'portals' ? { key: portal(id), what: 'portal', id } : { key: product(id), what: 'portal product', id }
}
