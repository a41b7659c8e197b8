import { type ProblemType, problems } from '../../gateway/problem.ts'
import type { GatewayResponse } from '../../gateway/state.ts'
import { operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, boundsAfter, findApi, found } from './find.ts'
import { invalidMapping } from './invalid-mapping.ts'
import { fitting } from './limits.ts'
import { patched } from './patch.ts'
import { gatewayResponse } from './state.ts'

const path = (apiId: string, type: string) => `restapis/${apiId}/gatewayresponses/${type}`
const usual = { 'application/json': '{"message":$context.error.messageString}' }

/** The gateway's own answers. https://docs.aws.amazon.com/apigateway/latest/api/API_GatewayResponse.html */
export const gatewayResponses = operations<Api>()({
  PutGatewayResponse: {
    authorize: ({ restApiId, responseType }, ctx) => [
      { action: 'apigateway:PUT', resource: apiArn(ctx, path(restApiId, responseType)) },
    ],
    async write(tx, { restApiId, responseType, statusCode, responseParameters, responseTemplates }) {
      await findApi(tx, restApiId)
      const type = checkResponseType(responseType)
      const made = checkedGatewayResponse({
        statusCode,
        responseParameters: responseParameters ?? {},
        responseTemplates: responseTemplates ?? {},
      })
      tx.set(gatewayResponse(restApiId, type), made)
      return describe(type, made)
    },
  },

  GetGatewayResponse: {
    authorize: ({ restApiId, responseType }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, path(restApiId, responseType)) },
    ],
    async read(tx, { restApiId, responseType }) {
      await findApi(tx, restApiId)
      const type = checkResponseType(responseType)
      return describe(type, await tx.get(gatewayResponse(restApiId, type)))
    },
  },

  GetGatewayResponses: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/gatewayresponses`) },
    ],
    async read(tx, { restApiId, limit = 25, position }) {
      await findApi(tx, restApiId)
      const own = await responsesOf(tx, restApiId)
      if (limit < 1) throw badRequest('limit must be a whole number above 0.')
      // All types, in order of their names, changed or not.
      const { after: [after = ''] = [] } = boundsAfter(position)
      const types = (Object.keys(problems) as ProblemType[]).sort().filter((type) => type > after)
      const items = types.slice(0, limit).map((type) => describe(type, own[type]))
      return { items, position: types.length > limit ? toPageToken(types[limit - 1] ?? '') : undefined }
    },
  },

  UpdateGatewayResponse: {
    authorize: ({ restApiId, responseType }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, path(restApiId, responseType)) },
    ],
    async write(tx, { restApiId, responseType, patchOperations }) {
      await findApi(tx, restApiId)
      const type = checkResponseType(responseType)
      const before = (await tx.get(gatewayResponse(restApiId, type))) ?? {
        responseParameters: {},
        responseTemplates: usual,
      }
      const next = checkedGatewayResponse(
        patched<GatewayResponse>(before, patchOperations, {
          '/statusCode': 'text',
          '/responseParameters/*': 'map',
          '/responseTemplates/*': 'map',
        }),
      )
      tx.set(gatewayResponse(restApiId, type), next)
      return describe(type, next)
    },
  },

  DeleteGatewayResponse: {
    authorize: ({ restApiId, responseType }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, path(restApiId, responseType)) },
    ],
    async write(tx, { restApiId, responseType }) {
      await findApi(tx, restApiId)
      await found(tx, gatewayResponse(restApiId, responseType), 'Gateway response type not defined on api')
      tx.delete(gatewayResponse(restApiId, responseType))
      return {}
    },
  },
})

/** Those of an API that are not as usual, by type. */
export async function responsesOf(tx: ReadTx, apiId: string): Promise<Record<string, GatewayResponse>> {
  const all: Record<string, GatewayResponse> = {}
  for await (const { key, value } of tx.range(gatewayResponse.under(apiId))) all[key[1]] = value
  return all
}

/** Throws BadRequestException unless there is such a type. */
export function checkResponseType(type: string): ProblemType {
  if (!Object.hasOwn(problems, type)) throw badRequest(`Invalid Gateway Response type specified: ${type}`)
  return type as ProblemType
}

/** Throws BadRequestException unless the gateway could answer so. */
export function checkedGatewayResponse(one: GatewayResponse): GatewayResponse {
  if (one.statusCode !== undefined && !/^[1-5]\d\d$/.test(one.statusCode))
    throw badRequest(`Invalid status code specified: ${one.statusCode}`)
  for (const [name, value] of Object.entries(one.responseParameters)) {
    if (!/^gatewayresponse\.header\.[\w!#$%&'*+.^`|~-]+$/.test(name)) throw invalidMapping(name)
    if (!/^('[\t\x20-\x7e\x80-\xff]*'|(method\.request\.\w+|context|stageVariables)\.[\w.$-]+)$/.test(value))
      throw invalidMapping(value)
  }
  return fitting(one, 'The gateway response')
}

function describe(type: ProblemType, own: GatewayResponse | undefined) {
  const row = problems[type]
  return {
    responseType: type,
    statusCode: own?.statusCode ?? (type.startsWith('DEFAULT_') ? undefined : String(row.status)),
    responseParameters: { ...own?.responseParameters },
    responseTemplates: { ...(own ? own.responseTemplates : usual) },
    defaultResponse: own === undefined,
  }
}
