import { validatePolicy } from '../../../authz/validate.ts'
import { awsError, isAwsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import type { Api } from '../api.ts'
import { badRequest } from '../find.ts'
import { findProduct, onProduct } from './find.ts'
import { product } from './state.ts'

/**
 * Which other accounts may read a product and have it in their portals. There is no AWS Resource Access Manager here,
 * so that the policy alone says it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-share-products.html
 */
export const sharingPolicies = operations<Api>()({
  PutPortalProductSharingPolicy: {
    authorize: ({ PortalProductId }, ctx, tx) => onProduct('PutPortalProductSharingPolicy', PortalProductId, ctx, tx),
    async write(tx, { PortalProductId, PolicyDocument }) {
      const before = await findProduct(tx, PortalProductId)
      tx.set(product(PortalProductId), { ...before, sharingPolicy: checkedPolicy(PolicyDocument) })
      return {}
    },
  },

  GetPortalProductSharingPolicy: {
    authorize: ({ PortalProductId }, ctx, tx) => onProduct('GetPortalProductSharingPolicy', PortalProductId, ctx, tx),
    async read(tx, { PortalProductId }) {
      const { sharingPolicy } = await findProduct(tx, PortalProductId)
      if (sharingPolicy === undefined)
        throw awsError('NotFoundException', `The portal product ${PortalProductId} has no sharing policy.`)
      return { PolicyDocument: sharingPolicy, PortalProductId }
    },
  },

  DeletePortalProductSharingPolicy: {
    authorize: ({ PortalProductId }, ctx, tx) =>
      onProduct('DeletePortalProductSharingPolicy', PortalProductId, ctx, tx),
    async write(tx, { PortalProductId }) {
      const { sharingPolicy: _, ...next } = await findProduct(tx, PortalProductId)
      tx.set(product(PortalProductId), next)
      return {}
    },
  },
})

function checkedPolicy(text: string): string {
  try {
    validatePolicy(text, 'resource')
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw badRequest(`Invalid policy document. ${error.message}`)
  }
  return text
}
