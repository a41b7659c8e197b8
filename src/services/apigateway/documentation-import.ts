import { isPart, list, openApi, type Part, part } from '../../gateway/openapi.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { checkedLocation, placeOf } from './documentation-locations.ts'
import { checkedProperties, putPart } from './documentation-parts.ts'
import { apiArn, badRequest, findApi, newId, refuse } from './find.ts'
import { quotas } from './limits.ts'
import { documentationPart, documentationPlace } from './state.ts'

export const documentationImport = operations<Api>()({
  ImportDocumentationParts: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:PUT', resource: apiArn(ctx, `restapis/${restApiId}/documentation/parts`) },
    ],
    async write(tx, { restApiId, body, mode = 'merge', failOnWarnings }, ctx) {
      refuse({ failOnWarnings }, { failOnWarnings: 'a document is taken as a whole or not at all.' })
      if (mode !== 'merge' && mode !== 'overwrite')
        throw badRequest(`Invalid mode ${mode}: must be merge or overwrite.`)
      await findApi(tx, restApiId)
      if (mode === 'overwrite') clearDocumentation(tx, restApiId)
      return { ids: await importDocumentation(tx, restApiId, openApi(Buffer.from(body).toString('utf8')), ctx) }
    },
  },
})

/** Takes away the parts of an API; its versions stay as they are. */
export function clearDocumentation(tx: Tx, apiId: string): void {
  tx.clear(documentationPart.under(apiId))
  tx.clear(documentationPlace.under(apiId))
}

/**
 * Makes the parts of a document's `x-amazon-apigateway-documentation`; where there is one already, it is replaced.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-quick-start-import-export.html
 */
export async function importDocumentation(tx: Tx, apiId: string, document: Part, ctx: Ctx): Promise<string[]> {
  const given = list(part(document, document, 'x-amazon-apigateway-documentation').documentationParts)
  if (given.length === 0) return []
  let room: number = quotas['documentation parts']
  for await (const _ of tx.keys(documentationPart.under(apiId), { limit: room })) room--
  const ids: string[] = []
  for (const one of given) {
    const { location: where, properties } = isPart(one) ? one : {}
    if (!isPart(where)) throw badRequest('A documentation part must have a location and properties.')
    const location = checkedLocation(where)
    const known = await tx.get(documentationPlace(apiId, placeOf(location)))
    if (known === undefined && room-- <= 0)
      throw awsError('LimitExceededException', `An API can have ${quotas['documentation parts']} documentation parts.`)
    const id = known ?? newId(ctx, 6)
    putPart(tx, apiId, { id, location, properties: checkedProperties(JSON.stringify(properties ?? {})) })
    ids.push(id)
  }
  return ids
}
