import type { EndpointDisplayContent, IdentifierParts, RestEndpointIdentifier } from '@aws-sdk/client-apigatewayv2'
import type { Ctx } from '../../../kernel/context.ts'
import { operations } from '../../../kernel/operation.ts'
import type { Tx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { badRequest, found, newId, page } from '../find.ts'
import { describeEndpointPage, summaryOf } from './endpoint-descriptions.ts'
import { findProduct, onPage, pageArn, withinQuota } from './find.ts'
import { leaveOrder } from './product-pages.ts'
import { type EndpointPage, endpointPage, type Overrides } from './state.ts'

const kind = 'productrestendpointpages'

/**
 * Pages about methods of deployed REST APIs. What an API says of a method is read after its page was made or changed,
 * and with every publication of a portal that has it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-create-product-rest-endpoint.html
 */
export const endpointPages = operations<Api>()({
  CreateProductRestEndpointPage: {
    authorize: ({ PortalProductId: productId, RestEndpointIdentifier, DisplayContent }, ctx, tx) => {
      const { RestApiId = '', Stage = '', Method = '' } = RestEndpointIdentifier.IdentifierParts ?? {}
      return onPage('CreateProductRestEndpointPage', { productId, kind, id: '*' }, ctx, tx, {
        'apigateway:Request/RestApiId': RestApiId,
        'apigateway:Request/Stage': Stage,
        'apigateway:Request/Method': Method,
        ...prefixCondition(DisplayContent),
      })
    },
    async write(tx, { PortalProductId, RestEndpointIdentifier, DisplayContent, TryItState }, ctx) {
      await findProduct(tx, PortalProductId)
      const { RestApiId, Stage, Method, Path } = identified(RestEndpointIdentifier)
      const range = endpointPage.under(PortalProductId)
      await withinQuota(tx, range, 'product REST endpoint pages of a portal product')
      const made: EndpointPage = {
        id: newId(ctx, 10),
        restApiId: RestApiId,
        stage: Stage,
        method: Method,
        path: Path,
        tryIt: TryItState === 'ENABLED',
        overrides: overridesOf(DisplayContent),
        modifiedAtMs: ctx.nowMs,
        status: 'IN_PROGRESS',
      }
      toBeRead(tx, PortalProductId, made, ctx)
      return describeEndpointPage(made, PortalProductId, ctx)
    },
  },

  GetProductRestEndpointPage: {
    authorize: (
      { PortalProductId: productId, ProductRestEndpointPageId: id, ResourceOwnerAccountId: owner },
      ctx,
      tx,
    ) => onPage('GetProductRestEndpointPage', { productId, kind, id, owner }, ctx, tx),
    async read(tx, input, ctx) {
      const { PortalProductId, ProductRestEndpointPageId: id, IncludeRawDisplayContent = 'false' } = input
      if (!['true', 'false'].includes(IncludeRawDisplayContent))
        throw badRequest('IncludeRawDisplayContent must be true or false.')
      const owner = input.ResourceOwnerAccountId ?? ctx.account
      const key = endpointPage(PortalProductId, id)
      const one = await found(tx.in({ account: owner }), key, 'product REST endpoint page', id)
      return {
        ...describeEndpointPage(one, PortalProductId, ctx, owner),
        ...(IncludeRawDisplayContent === 'true' && { RawDisplayContent: one.document }),
      }
    },
  },

  ListProductRestEndpointPages: {
    authorize: ({ PortalProductId: productId, ResourceOwnerAccountId: owner }, ctx, tx) =>
      onPage('ListProductRestEndpointPages', { productId, kind, id: '*', owner }, ctx, tx),
    async read(tx, { PortalProductId, ResourceOwnerAccountId, ...paging }, ctx) {
      const owner = ResourceOwnerAccountId ?? ctx.account
      const theirs = tx.in({ account: owner })
      await findProduct(theirs, PortalProductId)
      const between = (bounds: Parameters<typeof endpointPage.between>[1]) =>
        endpointPage.between([PortalProductId], bounds)
      const { values, NextToken } = await page(theirs, between, paging)
      return { Items: values.map((one) => summaryOf(one, PortalProductId, ctx, owner)), NextToken }
    },
  },

  UpdateProductRestEndpointPage: {
    authorize: ({ PortalProductId: productId, ProductRestEndpointPageId: id, DisplayContent }, ctx, tx) =>
      onPage('UpdateProductRestEndpointPage', { productId, kind, id }, ctx, tx, prefixCondition(DisplayContent)),
    async write(tx, { PortalProductId, ProductRestEndpointPageId: id, DisplayContent, TryItState }, ctx) {
      const before = await found(tx, endpointPage(PortalProductId, id), 'product REST endpoint page', id)
      const next: EndpointPage = {
        ...before,
        tryIt: TryItState === undefined ? before.tryIt : TryItState === 'ENABLED',
        overrides: DisplayContent ? overridesOf(DisplayContent) : before.overrides,
        modifiedAtMs: ctx.nowMs,
        status: 'IN_PROGRESS',
        exception: undefined,
      }
      toBeRead(tx, PortalProductId, next, ctx)
      return describeEndpointPage(next, PortalProductId, ctx)
    },
  },

  DeleteProductRestEndpointPage: {
    authorize: async ({ PortalProductId: productId, ProductRestEndpointPageId: id }, ctx, tx) =>
      onPage('DeleteProductRestEndpointPage', { productId, kind, id }, ctx, tx),
    async write(tx, { PortalProductId, ProductRestEndpointPageId: id }, ctx) {
      await found(tx, endpointPage(PortalProductId, id), 'product REST endpoint page', id)
      tx.delete(endpointPage(PortalProductId, id))
      await leaveOrder(tx, PortalProductId, pageArn(ctx, PortalProductId, kind, id))
      return {}
    },
  },
})

/** Keeps a page; the job reads what its API says, in the name of who made or changed it. */
function toBeRead(tx: Tx, productId: string, one: EndpointPage, ctx: Ctx): void {
  tx.set(endpointPage(productId, one.id), one)
  ctx.host.deliveries.schedule(tx, {
    kind: 'apigatewayv2:read-endpoint',
    scope: ctx.scope,
    key: `${productId}/${one.id}`,
    data: { productId, id: one.id, principal: ctx.principal },
  })
}

type Given<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> }

function identified({ IdentifierParts: parts }: RestEndpointIdentifier): Given<IdentifierParts> {
  if (!parts) throw badRequest('RestEndpointIdentifier must have IdentifierParts.')
  const { RestApiId = '', Stage = '', Method = '', Path = '' } = parts
  if (!/^(GET|PUT|POST|DELETE|OPTIONS|HEAD|PATCH|ANY)$/.test(Method))
    throw badRequest('Method must be GET, PUT, POST, DELETE, OPTIONS, HEAD, PATCH or ANY.')
  if (!Path.startsWith('/')) throw badRequest('Path must begin with a slash.')
  return { RestApiId, Stage, Method, Path }
}

function overridesOf(content: EndpointDisplayContent | undefined): Overrides | undefined {
  if (content?.None && content.Overrides) throw badRequest('DisplayContent must have either None or Overrides.')
  const { Body, Endpoint, OperationName } = content?.Overrides ?? {}
  if (Endpoint !== undefined && !/^https?:\/\/[^\s"'<>\\]+$/.test(Endpoint))
    throw badRequest('Endpoint must be a URL that begins with https:// or http://.')
  return content?.Overrides && { body: Body, endpoint: Endpoint, operationName: OperationName }
}

function prefixCondition(content: EndpointDisplayContent | undefined) {
  const prefix = content?.Overrides?.Endpoint
  return prefix === undefined ? {} : { 'apigateway:Request/ProductRestEndpointPageEndpointPrefix': prefix }
}
