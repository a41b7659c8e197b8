import { type Part, text } from '../../../gateway/openapi.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { partOf } from './documented.ts'
import { describeException, pageArn } from './find.ts'
import type { EndpointPage } from './state.ts'

/** What the API says of the page's method; empty until it was read. */
export function operationOf({ document, path }: EndpointPage): { readonly operation: Part; readonly document: Part } {
  const whole = document === undefined ? {} : (JSON.parse(document) as Part)
  return { document: whole, operation: partOf(Object.values(partOf(partOf(whole.paths)[path]))[0]) }
}

/** Where the stage of a page is called, unless the page says another place. */
export function endpointOf({ overrides, restApiId, stage }: EndpointPage, baseUrl: string): string {
  return overrides?.endpoint ?? `${baseUrl}${stagePath(restApiId, stage)}`
}

/** A stage's own address on this node. */
export function stagePath(restApiId: string, stage: string): string {
  return `/_aws/execute-api/${encodeURIComponent(restApiId)}/${encodeURIComponent(stage)}`
}

/** A page of a list. */
export function summaryOf(one: EndpointPage, productId: string, ctx: Ctx, owner = ctx.account) {
  const { operation } = operationOf(one)
  return {
    ...common(one, productId, ctx, owner),
    Endpoint: endpointOf(one, ctx.baseUrl),
    OperationName: nameOf(one, operation),
  }
}

export function describeEndpointPage(one: EndpointPage, productId: string, ctx: Ctx, owner = ctx.account) {
  const { operation } = operationOf(one)
  return {
    ...common(one, productId, ctx, owner),
    DisplayContent: {
      Body: one.overrides?.body ?? text(operation.description),
      Endpoint: endpointOf(one, ctx.baseUrl),
      OperationName: nameOf(one, operation),
    },
  }
}

function nameOf({ overrides }: EndpointPage, operation: Part): string | undefined {
  return overrides?.operationName ?? text(operation.operationId)
}

function common(one: EndpointPage, productId: string, ctx: Ctx, owner: string) {
  const { restApiId: RestApiId, stage: Stage, method: Method, path: Path } = one
  return {
    LastModified: new Date(one.modifiedAtMs),
    ProductRestEndpointPageArn: pageArn(ctx, productId, 'productrestendpointpages', one.id, owner),
    ProductRestEndpointPageId: one.id,
    RestEndpointIdentifier: { IdentifierParts: { RestApiId, Stage, Method, Path } },
    Status: one.status,
    StatusException: describeException(one.exception),
    TryItState: one.tryIt ? ('ENABLED' as const) : ('DISABLED' as const),
  }
}
