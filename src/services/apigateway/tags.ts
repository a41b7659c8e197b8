import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, found } from './find.ts'
import { restApi, stage } from './state.ts'

/** Tags of REST APIs (`arn:…:/restapis/<id>`) and stages (`…/stages/<name>`). */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ resourceArn, tags = {} }, ctx) => [
      { action: 'apigateway:PUT', resource: tagsArn(ctx, resourceArn), context: requestTags(tags) },
    ],
    async write(tx, { resourceArn, tags = {} }) {
      await change(tx, resourceArn, (before) => ({ ...before, ...tags }))
      return {}
    },
  },
  UntagResource: {
    authorize: ({ resourceArn, tagKeys = [] }, ctx) => [
      { action: 'apigateway:DELETE', resource: tagsArn(ctx, resourceArn), context: { 'aws:TagKeys': tagKeys } },
    ],
    async write(tx, { resourceArn, tagKeys = [] }) {
      await change(tx, resourceArn, (before) =>
        Object.fromEntries(Object.entries(before).filter(([key]) => !tagKeys.includes(key))),
      )
      return {}
    },
  },
  GetTags: {
    authorize: ({ resourceArn }, ctx) => [{ action: 'apigateway:GET', resource: tagsArn(ctx, resourceArn) }],
    async read(tx, { resourceArn, limit, position }) {
      // At most 50 tags: there is never a second page.
      if (limit !== undefined && limit < 1) throw badRequest('limit must be a whole number above 0.')
      if (position !== undefined) throw badRequest('Invalid position parameter specified')
      return { tags: { ...(await tagged(tx, resourceArn)).tags } }
    },
  },
})

/** What policies call the tags of a resource: `/tags/` and its ARN, encoded, as in the path of the request. */
function tagsArn(ctx: Ctx, resourceArn: string): string {
  return apiArn(ctx, `tags/${encodeURIComponent(resourceArn)}`)
}

type Tags = Readonly<Record<string, string>>

/** Throws BadRequestException unless a resource can have these tags. */
export function checkTags(tags: Tags): Tags {
  if (Object.keys(tags).length > 50) throw badRequest('A resource can have at most 50 tags.')
  return tags
}

async function change(tx: Tx, arn: string, next: (before: Tags) => Tags): Promise<void> {
  const { apiId, stageName } = parse(arn)
  const { tags } = await tagged(tx, arn)
  const changed = checkTags(next(tags))
  if (stageName === undefined) tx.set(restApi(apiId), { ...(await findApi(tx, apiId)), tags: changed })
  else tx.set(stage(apiId, stageName), { ...(await findStage(tx, apiId, stageName)), tags: changed })
}

async function tagged(tx: ReadTx, arn: string): Promise<{ readonly tags: Tags }> {
  const { apiId, stageName } = parse(arn)
  return stageName === undefined ? findApi(tx, apiId) : findStage(tx, apiId, stageName)
}

async function findStage(tx: ReadTx, apiId: string, name: string) {
  await findApi(tx, apiId)
  return found(tx, stage(apiId, name), 'Invalid stage identifier specified')
}

function parse(arn: string): { apiId: string; stageName?: string } {
  const match = /^arn:aws:apigateway:[\w-]*::\/restapis\/(\w+)(?:\/stages\/([\w-]+))?$/.exec(arn)
  if (!match) {
    throw awsError('NotFoundException', `Invalid resource ARN ${arn.slice(0, 300)}: name a REST API or a stage of one.`)
  }
  return match[2] === undefined ? { apiId: match[1]! } : { apiId: match[1]!, stageName: match[2] }
}
