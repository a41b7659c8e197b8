import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, boundsAfter, findApi, found } from './find.ts'
import { stage } from './state.ts'

/**
 * Clients made for an API: there is no generator here, so there are no types of them, and none is found. Documents that
 * generators take come from GetExport. https://docs.aws.amazon.com/apigateway/latest/api/API_SdkType.html
 */
export const sdks = operations<Api>()({
  GetSdkTypes: {
    authorize: (_, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, 'sdktypes') }],
    async read(_tx, { position, limit = 25 }) {
      boundsAfter(position)
      if (limit < 1) throw badRequest('limit must be a whole number above 0.')
      return { items: [] }
    },
  },

  GetSdkType: {
    authorize: ({ id }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, `sdktypes/${id}`) }],
    async read(_tx, { id }) {
      throw awsError('NotFoundException', `There is no SDK type ${id.slice(0, 100)} here.`)
    },
  },

  GetSdk: {
    authorize: ({ restApiId, stageName, sdkType }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/stages/${stageName}/sdks/${sdkType}`) },
    ],
    async read(tx, { restApiId, stageName, sdkType }) {
      await findApi(tx, restApiId)
      await found(tx, stage(restApiId, stageName), 'Invalid stage identifier specified')
      throw badRequest(
        `There is no SDK type ${sdkType.slice(0, 100)} here: GetExport answers a document for generators.`,
      )
    },
  },
})
