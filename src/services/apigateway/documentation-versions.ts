import type { Part } from '../../gateway/openapi.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, found, page } from './find.ts'
import { patched } from './patch.ts'
import { type DocumentationVersion, documentationPart, documentationVersion, publishedPart, stage } from './state.ts'

export const missingVersion = 'Invalid Documentation version specified'
const path = (apiId: string, version = '') => `restapis/${apiId}/documentation/versions${version && `/${version}`}`
/** Of all parts together, as text: what a document of an API may have. */
const mostBytes = 6_000_000
const mostNameCharacters = 255

/** What is written about an API at a moment: stages show one. https://docs.aws.amazon.com/apigateway/latest/api/API_DocumentationVersion.html */
export const documentationVersions = operations<Api>()({
  CreateDocumentationVersion: {
    authorize: ({ restApiId }, ctx) => [{ action: 'apigateway:POST', resource: apiArn(ctx, path(restApiId)) }],
    async write(tx, { restApiId, documentationVersion: version, stageName, description }, ctx) {
      await findApi(tx, restApiId)
      if (version === '' || version.length > mostNameCharacters)
        throw badRequest(`The documentation version must have 1 to ${mostNameCharacters} characters.`)
      if (await tx.get(documentationVersion(restApiId, version)))
        throw awsError('ConflictException', 'Documentation version already exists')
      if (stageName !== undefined) {
        const shown = await found(tx, stage(restApiId, stageName), 'Invalid stage identifier specified')
        tx.set(stage(restApiId, stageName), { ...shown, documentationVersion: version, updatedAtMs: ctx.nowMs })
      }
      let bytes = 0
      for await (const { value } of tx.range(documentationPart.under(restApiId))) {
        bytes += value.properties.length
        if (bytes > mostBytes)
          throw awsError('LimitExceededException', `A documentation version can have ${mostBytes} characters.`)
        tx.set(publishedPart(restApiId, version, value.id), value)
      }
      const made: DocumentationVersion = { version, createdAtMs: ctx.nowMs, description }
      tx.set(documentationVersion(restApiId, version), made)
      return describe(made)
    },
  },

  GetDocumentationVersion: {
    authorize: ({ restApiId, documentationVersion: version }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, path(restApiId, version)) },
    ],
    async read(tx, { restApiId, documentationVersion: version }) {
      await findApi(tx, restApiId)
      return describe(await found(tx, documentationVersion(restApiId, version), missingVersion))
    },
  },

  GetDocumentationVersions: {
    authorize: ({ restApiId }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, path(restApiId)) }],
    async read(tx, { restApiId, ...paging }) {
      await findApi(tx, restApiId)
      const all = await page(tx, (bounds) => documentationVersion.between([restApiId], bounds), paging)
      return { items: all.values.map(describe), position: all.position }
    },
  },

  UpdateDocumentationVersion: {
    authorize: ({ restApiId, documentationVersion: version }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, path(restApiId, version)) },
    ],
    async write(tx, { restApiId, documentationVersion: version, patchOperations }) {
      await findApi(tx, restApiId)
      const before = await found(tx, documentationVersion(restApiId, version), missingVersion)
      const next = patched(before, patchOperations, { '/description': 'text' })
      tx.set(documentationVersion(restApiId, version), next)
      return describe(next)
    },
  },

  DeleteDocumentationVersion: {
    authorize: ({ restApiId, documentationVersion: version }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, path(restApiId, version)) },
    ],
    async write(tx, { restApiId, documentationVersion: version }) {
      await findApi(tx, restApiId)
      await found(tx, documentationVersion(restApiId, version), missingVersion)
      tx.delete(documentationVersion(restApiId, version))
      tx.clear(publishedPart.under(restApiId, version))
      return {}
    },
  },
})

/** A version as documents have it; undefined when there is none of that name (any more). */
export async function documentationOf(tx: ReadTx, apiId: string, version = ''): Promise<Part | undefined> {
  const known = await tx.get(documentationVersion(apiId, version))
  if (!known) return undefined
  const documentationParts: Part[] = []
  for await (const { value } of tx.range(publishedPart.under(apiId, version)))
    documentationParts.push({ location: value.location, properties: JSON.parse(value.properties) })
  return { version, createdDate: new Date(known.createdAtMs).toISOString(), documentationParts }
}

function describe({ version, createdAtMs, description }: DocumentationVersion) {
  return { version, createdDate: new Date(createdAtMs), description }
}
