import { resource } from '../../kernel/resource.ts'
import { inApiNames } from './resource-method.ts'
import { ignoreMissing, readOne } from './resource-reads.ts'

interface PartProperties {
  RestApiId: string
  Location: Readonly<Record<string, string>>
  Properties: string
}
interface VersionProperties {
  RestApiId: string
  DocumentationVersion: string
  Description?: string
}

/** What is written about an API. */
export const documentationResources = {
  'AWS::ApiGateway::DocumentationPart': resource<PartProperties>({
    properties: ['RestApiId', 'Location', 'Properties'],
    async create({ RestApiId, Location, Properties }, rx) {
      const location = inApiNames(Location)
      const asked = { restApiId: RestApiId, location, properties: Properties }
      const { id } = await rx.invoke<{ id: string }>('apigateway:CreateDocumentationPart', asked)
      return { id, attributes: { DocumentationPartId: id } }
    },
    async update(id, { RestApiId, Properties: value }, _previous, rx) {
      await rx.invoke('apigateway:UpdateDocumentationPart', {
        restApiId: RestApiId,
        documentationPartId: id,
        patchOperations: [{ op: 'replace', path: '/properties', value }],
      })
      return { id, attributes: { DocumentationPartId: id } }
    },
    async delete(id, { RestApiId }, rx) {
      const input = { restApiId: RestApiId, documentationPartId: id }
      await rx.invoke('apigateway:DeleteDocumentationPart', input).catch(ignoreMissing)
    },
    async read(id, { RestApiId, Location: given }, rx) {
      const input = { restApiId: RestApiId, documentationPartId: id }
      const found = await readOne('GetDocumentationPart', input, ['Properties'], rx)
      // What is left out of a location is filled in by the service: no difference from the template.
      return found && { RestApiId, Location: given, ...found }
    },
  }),

  'AWS::ApiGateway::DocumentationVersion': resource<VersionProperties>({
    properties: ['RestApiId', 'DocumentationVersion', 'Description'],
    async create(props, rx) {
      await rx.invoke('apigateway:CreateDocumentationVersion', inApiNames(props))
      return { id: props.DocumentationVersion }
    },
    async update(id, { RestApiId, Description: value = '' }, _previous, rx) {
      await rx.invoke('apigateway:UpdateDocumentationVersion', {
        restApiId: RestApiId,
        documentationVersion: id,
        patchOperations: [{ op: 'replace', path: '/description', value }],
      })
      return { id }
    },
    async delete(id, { RestApiId }, rx) {
      const input = { restApiId: RestApiId, documentationVersion: id }
      await rx.invoke('apigateway:DeleteDocumentationVersion', input).catch(ignoreMissing)
    },
    async read(id, { RestApiId }, rx) {
      const input = { restApiId: RestApiId, documentationVersion: id }
      const found = await readOne('GetDocumentationVersion', input, ['Description'], rx)
      return found && { RestApiId, DocumentationVersion: id, ...found }
    },
  }),
}
