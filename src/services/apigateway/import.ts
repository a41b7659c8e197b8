import { openApi, type Part, part, rolesOf, text } from '../../gateway/openapi.ts'
import { passedRole } from '../../gateway/pass-role.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { clearDocumentation, importDocumentation } from './documentation-import.ts'
import { apiArn, badRequest, findApi, newId, refuse } from './find.ts'
import { buildApi } from './import-build.ts'
import { builtIn } from './models.ts'
import { describeApi, importedSettings } from './rest-apis.ts'
import {
  authorizer,
  gatewayResponse,
  method,
  model,
  pathResource,
  type RestApi,
  requestValidator,
  restApi,
} from './state.ts'

const refused = {
  failOnWarnings: 'a document is taken as a whole or not at all.',
  parameters: 'the document says it itself.',
}

/** REST APIs from OpenAPI documents. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html */
export const imports = operations<Api>()({
  ImportRestApi: {
    authorize: ({ body }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, 'restapis') },
      ...rolesOf(textOf(body)).flatMap(passedRole),
    ],
    async write(tx, { body, ...input }, ctx) {
      refuse(input, refused)
      const document = read(body)
      const rootResourceId = newId(ctx, 10)
      const made: RestApi = {
        id: newId(ctx, 10),
        name: titleOf(document),
        createdAtMs: ctx.nowMs,
        binaryMediaTypes: [],
        endpointType: 'EDGE',
        disableExecuteApiEndpoint: false,
        rootResourceId,
        tags: {},
      }
      tx.set(pathResource(made.id, rootResourceId), { id: rootResourceId, path: '/' })
      for (const one of builtIn(ctx)) tx.set(model(made.id, one.name), one)
      const next = importedSettings(made, document, ctx)
      tx.set(restApi(made.id), next)
      await buildApi(tx, next, document, ctx)
      await importDocumentation(tx, next.id, document, ctx)
      return describeApi(next)
    },
  },

  PutRestApi: {
    authorize: ({ restApiId, body }, ctx) => [
      { action: 'apigateway:PUT', resource: apiArn(ctx, `restapis/${restApiId}`) },
      ...rolesOf(textOf(body)).flatMap(passedRole),
    ],
    async write(tx, { restApiId, body, mode = 'merge', ...input }, ctx) {
      refuse(input, refused)
      const before = await findApi(tx, restApiId)
      const document = read(body)
      if (mode !== 'merge' && mode !== 'overwrite')
        throw badRequest(`Invalid mode ${mode}: must be merge or overwrite.`)
      if (mode === 'overwrite') {
        clearApi(tx, before)
        for (const one of builtIn(ctx)) tx.set(model(restApiId, one.name), one)
      }
      const next = importedSettings({ ...before, name: titleOf(document) }, document, ctx)
      tx.set(restApi(restApiId), next)
      await buildApi(tx, next, document, ctx)
      await importDocumentation(tx, next.id, document, ctx)
      return describeApi(next)
    },
  },
})

/** Takes everything away that a document says anew. Stages and deployments stay as they are. */
function clearApi(tx: Tx, { id, rootResourceId }: RestApi): void {
  for (const record of [pathResource, model, authorizer, requestValidator, gatewayResponse]) tx.clear(record.under(id))
  tx.clear(method.under(id))
  clearDocumentation(tx, id)
  tx.set(pathResource(id, rootResourceId), { id: rootResourceId, path: '/' })
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body).toString('utf8')
}

function read(body: Uint8Array): Part {
  return openApi(textOf(body))
}

function titleOf(document: Part): string {
  const title = text(part(document, document, 'info').title)
  if (!title) throw badRequest('The document must have a title in its info.')
  return title
}
