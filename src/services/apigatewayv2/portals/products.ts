import type { DisplayOrder } from '@aws-sdk/client-apigatewayv2'
import { requestTags } from '../../../kernel/authorization.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { operations } from '../../../kernel/operation.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { badRequest, newId, page, refuse } from '../find.ts'
import { checkedTags } from '../tags.ts'
import { findProduct, onProduct, type PageKind, pageArn, productAccess, productArn, withinQuota } from './find.ts'
import { endpointPage, type PortalProduct, product, productPage } from './state.ts'

/**
 * What portals offer: pages about REST APIs, in an order.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-portal-product.html
 */
export const products = operations<Api>()({
  CreatePortalProduct: {
    authorize: async ({ DisplayName, Tags }, ctx, tx) => [
      await productAccess('CreatePortalProduct', productArn(ctx, '*'), { id: '*', account: ctx.account }, tx, {
        ...requestTags(Tags),
        'apigateway:Request/PortalProductDisplayName': DisplayName,
      }),
    ],
    async write(tx, { DisplayName, Description, Tags = {} }, ctx) {
      await withinQuota(tx, product.under(), 'portal products')
      const made: PortalProduct = {
        id: newId(ctx, 10),
        displayName: DisplayName,
        description: Description,
        tags: checkedTags(Tags),
        modifiedAtMs: ctx.nowMs,
      }
      tx.set(product(made.id), made)
      return describe(made, ctx)
    },
  },

  GetPortalProduct: {
    authorize: ({ PortalProductId, ResourceOwnerAccountId }, ctx, tx) =>
      onProduct('GetPortalProduct', PortalProductId, ctx, tx, ResourceOwnerAccountId),
    async read(tx, { PortalProductId, ResourceOwnerAccountId }, ctx) {
      const owner = ResourceOwnerAccountId ?? ctx.account
      return describe(await findProduct(tx.in({ account: owner }), PortalProductId), ctx, owner)
    },
  },

  ListPortalProducts: {
    authorize: (_, ctx, tx) => onProduct('ListPortalProducts', '*', ctx, tx),
    async read(tx, { ResourceOwner, ...paging }, ctx) {
      // Which products of others there are for it only AWS Resource Access Manager could say.
      if (ResourceOwner !== 'SELF')
        refuse({ ResourceOwner }, { ResourceOwner: 'only SELF is, since AWS Resource Access Manager is not here.' })
      const { values, NextToken } = await page(tx, (bounds) => product.between([], bounds), paging)
      return { Items: values.map((one) => summary(one, ctx)), NextToken }
    },
  },

  UpdatePortalProduct: {
    authorize: async ({ PortalProductId: id, DisplayName }, ctx, tx) => [
      await productAccess('UpdatePortalProduct', productArn(ctx, id), { id, account: ctx.account }, tx, {
        ...(DisplayName !== undefined && { 'apigateway:Request/PortalProductDisplayName': DisplayName }),
      }),
    ],
    async write(tx, { PortalProductId, DisplayName, Description, DisplayOrder }, ctx) {
      const before = await findProduct(tx, PortalProductId)
      if (DisplayOrder) await checkOrder(tx, PortalProductId, DisplayOrder, ctx)
      const next: PortalProduct = {
        ...before,
        displayName: DisplayName ?? before.displayName,
        description: Description ?? before.description,
        displayOrder: DisplayOrder ?? before.displayOrder,
        modifiedAtMs: ctx.nowMs,
      }
      tx.set(product(next.id), next)
      return describe(next, ctx)
    },
  },

  DeletePortalProduct: {
    authorize: ({ PortalProductId }, ctx, tx) => onProduct('DeletePortalProduct', PortalProductId, ctx, tx),
    async write(tx, { PortalProductId }) {
      await findProduct(tx, PortalProductId)
      tx.delete(product(PortalProductId))
      tx.clear(productPage.under(PortalProductId))
      tx.clear(endpointPage.under(PortalProductId))
      return {}
    },
  },
})

/** What an order names must be there, once. */
async function checkOrder(tx: ReadTx, productId: string, order: DisplayOrder, ctx: Ctx): Promise<void> {
  const { OverviewPageArn: overview, ProductPageArns = [], Contents = [] } = order
  const pages = [...(overview === undefined ? [] : [overview]), ...ProductPageArns]
  const named = (arns: readonly string[], kind: PageKind) => arns.map((arn) => ({ arn, kind }))
  const endpoints = Contents.flatMap(({ ProductRestEndpointPageArns: arns = [] }) => arns)
  const all = [...named(pages, 'productpages'), ...named(endpoints, 'productrestendpointpages')]
  // Before any is looked up: no product has more.
  if (all.length > 80)
    throw badRequest('A display order cannot have more pages than a portal product can: 40 of each kind.')
  const seen = new Set<string>()
  for (const { arn, kind } of all) {
    const id = arn.slice(arn.lastIndexOf('/') + 1)
    const key = kind === 'productpages' ? productPage(productId, id) : endpointPage(productId, id)
    if (arn !== pageArn(ctx, productId, kind, id) || !(await tx.get<unknown>(key)))
      throw badRequest(
        `The display order names ${arn.slice(0, 300)}, which is none of the ${kind} of the portal product.`,
      )
    if (seen.has(arn)) throw badRequest(`The display order names ${arn} twice.`)
    seen.add(arn)
  }
  if (Contents.length > 40 || Contents.some(({ SectionName = '' }) => SectionName === '' || SectionName.length > 255))
    throw badRequest('A display order can have at most 40 sections, each with a name of 1 to 255 characters.')
}

/** A product without a page that is gone in its order. */
export function withoutPage(of: PortalProduct, arn: string): PortalProduct {
  const { displayOrder: order } = of
  if (!order) return of
  const kept = (arns: readonly string[] | undefined) => arns?.filter((one) => one !== arn)
  return {
    ...of,
    displayOrder: {
      OverviewPageArn: order.OverviewPageArn === arn ? undefined : order.OverviewPageArn,
      ProductPageArns: kept(order.ProductPageArns),
      Contents: order.Contents?.map((section) => ({
        ...section,
        ProductRestEndpointPageArns: kept(section.ProductRestEndpointPageArns),
      })),
    },
  }
}

function summary(one: PortalProduct, ctx: Ctx, owner = ctx.account) {
  return {
    Description: one.description ?? '',
    DisplayName: one.displayName,
    LastModified: new Date(one.modifiedAtMs),
    PortalProductArn: productArn(ctx, one.id, owner),
    PortalProductId: one.id,
    Tags: { ...one.tags },
  }
}

function describe(one: PortalProduct, ctx: Ctx, owner = ctx.account) {
  return { ...summary(one, ctx, owner), Description: one.description, DisplayOrder: one.displayOrder }
}
