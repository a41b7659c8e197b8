import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { apiArn, findApi, found } from './find.ts'
import { api, stage } from './state.ts'

/** Tags of APIs (`arn:…:/apis/<id>`) and stages (`…/stages/<name>`). */
export const tags = operations<ApiGatewayV2>()({
  TagResource: {
    authorize: ({ ResourceArn, Tags = {} }, ctx) => [
      { action: 'apigateway:POST', resource: tagsArn(ctx, ResourceArn), context: requestTags(Tags) },
    ],
    async write(tx, { ResourceArn, Tags = {} }) {
      await change(tx, ResourceArn, (before) => ({ ...before, ...Tags }))
      return {}
    },
  },
  UntagResource: {
    authorize: ({ ResourceArn, TagKeys }, ctx) => [
      { action: 'apigateway:DELETE', resource: tagsArn(ctx, ResourceArn), context: { 'aws:TagKeys': TagKeys } },
    ],
    async write(tx, { ResourceArn, TagKeys }) {
      await change(tx, ResourceArn, (before) =>
        Object.fromEntries(Object.entries(before).filter(([key]) => !TagKeys.includes(key))),
      )
      return {}
    },
  },
  GetTags: {
    authorize: ({ ResourceArn }, ctx) => [{ action: 'apigateway:GET', resource: tagsArn(ctx, ResourceArn) }],
    async read(tx, { ResourceArn }) {
      const { apiId, stageName } = parse(ResourceArn)
      const { tags } =
        stageName === undefined
          ? await findApi(tx, apiId)
          : await found(tx, stage(apiId, stageName), 'stage', stageName)
      return { Tags: { ...tags } }
    },
  },
})

/** What policies call the tags of a resource: `/tags/` and its ARN, encoded, as in the path of the request. */
function tagsArn(ctx: Ctx, resourceArn: string): string {
  return apiArn(ctx, `tags/${encodeURIComponent(resourceArn)}`)
}

type Tags = Readonly<Record<string, string>>

async function change(tx: Tx, arn: string, next: (before: Tags) => Tags): Promise<void> {
  const { apiId, stageName } = parse(arn)
  if (stageName === undefined) {
    const one = await findApi(tx, apiId)
    tx.set(api(apiId), { ...one, tags: checked(next(one.tags)) })
  } else {
    const one = await found(tx, stage(apiId, stageName), 'stage', stageName)
    tx.set(stage(apiId, stageName), { ...one, tags: checked(next(one.tags)) })
  }
}

function checked(tags: Tags): Tags {
  if (Object.keys(tags).length > 50) throw awsError('BadRequestException', 'A resource can have at most 50 tags.')
  return tags
}

function parse(arn: string): { apiId: string; stageName?: string } {
  const match = /^arn:aws:apigateway:[\w-]*::\/apis\/(\w+)(?:\/stages\/([\w$-]+))?$/.exec(arn)
  if (!match) throw awsError('NotFoundException', `Invalid resource ARN ${arn.slice(0, 300)}: name an API or a stage.`)
  return match[2] === undefined ? { apiId: match[1]! } : { apiId: match[1]!, stageName: match[2] }
}
