import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { checkedLocation, placeOf } from './documentation-locations.ts'
import { apiArn, badRequest, findApi, found, newId, page } from './find.ts'
import { fitting, withinQuota } from './limits.ts'
import { patched } from './patch.ts'
import { type DocumentationPart, documentationPart, documentationPlace } from './state.ts'

const missing = 'Invalid Documentation part identifier specified'
const path = (apiId: string, id = '') => `restapis/${apiId}/documentation/parts${id && `/${id}`}`

/** What is written about the things of an API. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api.html */
export const documentationParts = operations<Api>()({
  CreateDocumentationPart: {
    authorize: ({ restApiId }, ctx) => [{ action: 'apigateway:POST', resource: apiArn(ctx, path(restApiId)) }],
    async write(tx, { restApiId, location: given, properties }, ctx) {
      await findApi(tx, restApiId)
      const location = checkedLocation({ ...given })
      if (await tx.get(documentationPlace(restApiId, placeOf(location)))) {
        throw awsError(
          'ConflictException',
          `Documentation part already exists for the specified location: type '${location.type}'.`,
        )
      }
      await withinQuota(tx, documentationPart.under(restApiId), 'documentation parts')
      const made = { id: newId(ctx, 6), location, properties: checkedProperties(properties) }
      putPart(tx, restApiId, made)
      return { ...made }
    },
  },

  GetDocumentationPart: {
    authorize: ({ restApiId, documentationPartId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, path(restApiId, documentationPartId)) },
    ],
    async read(tx, { restApiId, documentationPartId }) {
      await findApi(tx, restApiId)
      return { ...(await found(tx, documentationPart(restApiId, documentationPartId), missing)) }
    },
  },

  GetDocumentationParts: {
    authorize: ({ restApiId }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, path(restApiId)) }],
    /** A page holds what of it is asked for: there may be more after one with few. */
    async read(tx, { restApiId, type, nameQuery, path: below, locationStatus, ...paging }) {
      if (locationStatus === 'UNDOCUMENTED')
        throw badRequest('locationStatus UNDOCUMENTED is not supported by Landfall yet: what has parts is answered.')
      await findApi(tx, restApiId)
      const all = await page(tx, (bounds) => documentationPart.between([restApiId], bounds), paging)
      const items = all.values.filter(
        ({ location }) =>
          (type === undefined || location.type === type) &&
          (nameQuery === undefined || location.name?.includes(nameQuery)) &&
          (below === undefined || location.path?.startsWith(below)),
      )
      return { items: items.map((one) => ({ ...one })), position: all.position }
    },
  },

  UpdateDocumentationPart: {
    authorize: ({ restApiId, documentationPartId }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, path(restApiId, documentationPartId)) },
    ],
    async write(tx, { restApiId, documentationPartId, patchOperations }) {
      await findApi(tx, restApiId)
      const before = await found(tx, documentationPart(restApiId, documentationPartId), missing)
      const next = patched(before, patchOperations, { '/properties': 'text' })
      const changed = { ...next, properties: checkedProperties(next.properties ?? '') }
      putPart(tx, restApiId, changed)
      return { ...changed }
    },
  },

  DeleteDocumentationPart: {
    authorize: ({ restApiId, documentationPartId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, path(restApiId, documentationPartId)) },
    ],
    async write(tx, { restApiId, documentationPartId }) {
      await findApi(tx, restApiId)
      const { location } = await found(tx, documentationPart(restApiId, documentationPartId), missing)
      tx.delete(documentationPart(restApiId, documentationPartId))
      tx.delete(documentationPlace(restApiId, placeOf(location)))
      return {}
    },
  },
})

/** Stores a part, and that its place has one. */
export function putPart(tx: Tx, apiId: string, one: DocumentationPart): void {
  tx.set(documentationPart(apiId, one.id), fitting(one, 'The documentation part'))
  tx.set(documentationPlace(apiId, placeOf(one.location)), one.id)
}

/** Throws BadRequestException for what is no JSON object. */
export function checkedProperties(properties: string): string {
  let value: unknown
  try {
    value = JSON.parse(properties)
  } catch (cause) {
    throw badRequest(`Documentation part properties must be a JSON object: ${String(cause).slice(0, 200)}`)
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw badRequest('Documentation part properties must be a JSON object.')
  return properties
}
