import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { apiArn, findApi, found, newId, page } from './find.ts'
import { withinQuota } from './limits.ts'
import { patched } from './patch.ts'
import { type RequestValidator, requestValidator } from './state.ts'

const missing = 'Invalid Request Validator identifier specified'
const path = (apiId: string, id: string) => `restapis/${apiId}/requestvalidators/${id}`

/** What of a request is checked. https://docs.aws.amazon.com/apigateway/latest/api/API_RequestValidator.html */
export const requestValidators = operations<Api>()({
  CreateRequestValidator: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, `restapis/${restApiId}/requestvalidators`) },
    ],
    async write(tx, { restApiId, name, validateRequestBody, validateRequestParameters }, ctx) {
      await findApi(tx, restApiId)
      await withinQuota(tx, requestValidator.under(restApiId), 'request validators')
      const made: RequestValidator = {
        id: newId(ctx, 6),
        name: name ?? '',
        validateRequestBody: validateRequestBody ?? false,
        validateRequestParameters: validateRequestParameters ?? false,
      }
      tx.set(requestValidator(restApiId, made.id), made)
      return { ...made }
    },
  },

  GetRequestValidator: {
    authorize: ({ restApiId, requestValidatorId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, path(restApiId, requestValidatorId)) },
    ],
    async read(tx, { restApiId, requestValidatorId }) {
      await findApi(tx, restApiId)
      return { ...(await found(tx, requestValidator(restApiId, requestValidatorId), missing)) }
    },
  },

  GetRequestValidators: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/requestvalidators`) },
    ],
    async read(tx, input) {
      await findApi(tx, input.restApiId)
      const bounded = await page(tx, (bounds) => requestValidator.between([input.restApiId], bounds), input)
      return { items: bounded.values.map((one) => ({ ...one })), position: bounded.position }
    },
  },

  UpdateRequestValidator: {
    authorize: ({ restApiId, requestValidatorId }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, path(restApiId, requestValidatorId)) },
    ],
    async write(tx, { restApiId, requestValidatorId, patchOperations }) {
      await findApi(tx, restApiId)
      const before = await found(tx, requestValidator(restApiId, requestValidatorId), missing)
      const next = patched(before, patchOperations, {
        '/name': 'text',
        '/validateRequestBody': 'boolean',
        '/validateRequestParameters': 'boolean',
      })
      tx.set(requestValidator(restApiId, requestValidatorId), next)
      return { ...next }
    },
  },

  DeleteRequestValidator: {
    authorize: ({ restApiId, requestValidatorId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, path(restApiId, requestValidatorId)) },
    ],
    async write(tx, { restApiId, requestValidatorId }) {
      await findApi(tx, restApiId)
      await found(tx, requestValidator(restApiId, requestValidatorId), missing)
      tx.delete(requestValidator(restApiId, requestValidatorId))
      return {}
    },
  },
})
