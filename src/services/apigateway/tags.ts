import { clientCertificate } from '../../gateway/client-certificate.ts'
import { apiKey, usagePlan } from '../../gateway/usage-state.ts'
import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Key, ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, found } from './find.ts'
import { restApi, stage } from './state.ts'
import { checkTags } from './tag-limits.ts'

/** Tags of REST APIs (`arn:…:/restapis/<id>`), stages (`…/stages/<name>`), API keys, client certificates and usage plans. */
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
      return { tags: { ...(await tagged(tx, resourceArn)).value.tags } }
    },
  },
})

/** What policies call the tags of a resource: `/tags/` and its ARN, encoded, as in the path of the request. */
function tagsArn(ctx: Ctx, resourceArn: string): string {
  return apiArn(ctx, `tags/${encodeURIComponent(resourceArn)}`)
}

type Tags = Readonly<Record<string, string>>

async function change(tx: Tx, arn: string, next: (before: Tags) => Tags): Promise<void> {
  const { key, value } = await tagged(tx, arn)
  tx.set(key, { ...value, tags: checkTags(next(value.tags)) })
}

interface Tagged {
  readonly tags: Tags
}
interface Found {
  readonly key: Key<Tagged>
  readonly value: Tagged
}

async function tagged(tx: ReadTx, arn: string): Promise<Found> {
  const path = /^arn:aws:apigateway:[\w-]*::\/(.+)$/.exec(arn)?.[1] ?? ''
  const [kind = '', id = '', below, name = '', ...more] = path.split('/')
  if (more.length > 0) throw unknown(arn)
  if (kind === 'restapis' && below === 'stages') {
    await findApi(tx, id)
    return located(tx, stage(id, name), 'Invalid stage identifier specified')
  }
  if (below !== undefined) throw unknown(arn)
  if (kind === 'restapis') return located(tx, restApi(id), `Invalid API identifier specified ${tx.scope.account}:${id}`)
  if (kind === 'apikeys') return located(tx, apiKey(id), 'Invalid API Key identifier specified')
  if (kind === 'clientcertificates')
    return located(tx, clientCertificate(id), 'Invalid Client Certificate Identifier specified')
  if (kind === 'usageplans') return located(tx, usagePlan(id), 'Invalid Usage Plan identifier specified')
  throw unknown(arn)
}

async function located(tx: ReadTx, key: Key<Tagged>, missing: string): Promise<Found> {
  return { key, value: await found(tx, key, missing) }
}

function unknown(arn: string): Error {
  return awsError(
    'NotFoundException',
    `Invalid resource ARN ${arn.slice(0, 300)}: name a REST API, a stage of one, an API key, a client certificate or a usage plan.`,
  )
}
