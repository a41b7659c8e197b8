import type { Ctx } from '../../../kernel/context.ts'
import { operations } from '../../../kernel/operation.ts'
import type { Tx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { found, newId, page } from '../find.ts'
import { findProduct, onPage, pageArn, withinQuota } from './find.ts'
import { withoutPage } from './products.ts'
import { type ProductPage, product, productPage } from './state.ts'

const kind = 'productpages'

/**
 * Pages in Markdown about a product. Those that its display order does not name are drafts, which no portal shows.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-create-product-page.html
 */
export const productPages = operations<Api>()({
  CreateProductPage: {
    authorize: ({ PortalProductId: productId }, ctx, tx) =>
      onPage('CreateProductPage', { productId, kind, id: '*' }, ctx, tx),
    async write(tx, { PortalProductId, DisplayContent: { Title, Body } }, ctx) {
      await findProduct(tx, PortalProductId)
      await withinQuota(tx, productPage.under(PortalProductId), 'product pages of a portal product')
      const made: ProductPage = { id: newId(ctx, 10), title: Title, body: Body, modifiedAtMs: ctx.nowMs }
      tx.set(productPage(PortalProductId, made.id), made)
      return describe(made, PortalProductId, ctx)
    },
  },

  GetProductPage: {
    authorize: ({ PortalProductId: productId, ProductPageId: id, ResourceOwnerAccountId: owner }, ctx, tx) =>
      onPage('GetProductPage', { productId, kind, id, owner }, ctx, tx),
    async read(tx, { PortalProductId, ProductPageId, ResourceOwnerAccountId }, ctx) {
      const owner = ResourceOwnerAccountId ?? ctx.account
      const key = productPage(PortalProductId, ProductPageId)
      return describe(
        await found(tx.in({ account: owner }), key, 'product page', ProductPageId),
        PortalProductId,
        ctx,
        owner,
      )
    },
  },

  ListProductPages: {
    authorize: ({ PortalProductId: productId, ResourceOwnerAccountId: owner }, ctx, tx) =>
      onPage('ListProductPages', { productId, kind, id: '*', owner }, ctx, tx),
    async read(tx, { PortalProductId, ResourceOwnerAccountId, ...paging }, ctx) {
      const owner = ResourceOwnerAccountId ?? ctx.account
      const theirs = tx.in({ account: owner })
      await findProduct(theirs, PortalProductId)
      const { values, NextToken } = await page(
        theirs,
        (bounds) => productPage.between([PortalProductId], bounds),
        paging,
      )
      const Items = values.map((one) => {
        const { DisplayContent, ...rest } = describe(one, PortalProductId, ctx, owner)
        return { ...rest, PageTitle: DisplayContent.Title }
      })
      return { Items, NextToken }
    },
  },

  UpdateProductPage: {
    authorize: ({ PortalProductId: productId, ProductPageId: id }, ctx, tx) =>
      onPage('UpdateProductPage', { productId, kind, id }, ctx, tx),
    async write(tx, { PortalProductId, ProductPageId, DisplayContent }, ctx) {
      const key = productPage(PortalProductId, ProductPageId)
      const before = await found(tx, key, 'product page', ProductPageId)
      const next: ProductPage = {
        ...before,
        title: DisplayContent?.Title ?? before.title,
        body: DisplayContent?.Body ?? before.body,
        modifiedAtMs: ctx.nowMs,
      }
      tx.set(key, next)
      return describe(next, PortalProductId, ctx)
    },
  },

  DeleteProductPage: {
    authorize: ({ PortalProductId: productId, ProductPageId: id }, ctx, tx) =>
      onPage('DeleteProductPage', { productId, kind, id }, ctx, tx),
    async write(tx, { PortalProductId, ProductPageId }, ctx) {
      const key = productPage(PortalProductId, ProductPageId)
      await found(tx, key, 'product page', ProductPageId)
      tx.delete(key)
      await leaveOrder(tx, PortalProductId, pageArn(ctx, PortalProductId, kind, ProductPageId))
      return {}
    },
  },
})

/** A page that is gone is in no order. */
export async function leaveOrder(tx: Tx, productId: string, arn: string): Promise<void> {
  tx.set(product(productId), withoutPage(await findProduct(tx, productId), arn))
}

function describe(one: ProductPage, productId: string, ctx: Ctx, owner = ctx.account) {
  return {
    DisplayContent: { Title: one.title, Body: one.body },
    LastModified: new Date(one.modifiedAtMs),
    ProductPageArn: pageArn(ctx, productId, kind, one.id, owner),
    ProductPageId: one.id,
  }
}
