import { parseArn } from '../../../kernel/arn.ts'
import type { AccessRequest, ContextValue } from '../../../kernel/authorization.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { countUpTo } from '../../../kernel/count-up-to.ts'
import { awsError, isAwsError } from '../../../kernel/errors.ts'
import type { KeyPart, KeyRange, ReadTx } from '../../../kernel/records.ts'
import { badRequest, found } from '../find.ts'
import { type Portal, type PortalProduct, portal, product, type StatusException } from './state.ts'

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-portal-quotas.html */
export const quotas = {
  portals: 15,
  'portal products of a portal': 200,
  'portal products': 500,
  'product REST endpoint pages of a portal product': 40,
  'product pages of a portal product': 40,
} as const

/** Throws TooManyRequestsException unless one more of them is within the quota. */
export async function withinQuota(
  tx: ReadTx,
  range: KeyRange<unknown, readonly KeyPart[]>,
  kind: keyof typeof quotas,
): Promise<void> {
  if ((await countUpTo(tx, range, quotas[kind])) < quotas[kind]) return
  throw awsError(
    'TooManyRequestsException',
    `Maximum number of ${kind} has been reached: there can be ${quotas[kind]}.`,
  )
}

export function findPortal(tx: ReadTx, id: string): Promise<Portal> {
  return found(tx, portal(id), 'portal', id)
}

export function findProduct(tx: ReadTx, id: string): Promise<PortalProduct> {
  return found(tx, product(id), 'portal product', id)
}

/** Unlike those of APIs, ARNs of portals and their products have an account. */
export const portalArn = (ctx: Ctx, id: string) => ctx.arn('apigateway', `/portals/${id}`)
export const productArn = (ctx: Ctx, id: string, owner = ctx.account) =>
  `arn:aws:apigateway:${ctx.region}:${owner}:/portalproducts/${id}`
export type PageKind = 'productpages' | 'productrestendpointpages'
export const pageArn = (ctx: Ctx, productId: string, kind: PageKind, id: string, owner = ctx.account) =>
  `${productArn(ctx, productId, owner)}/${kind}/${id}`

export interface ProductAddress {
  readonly id: string
  readonly account: string
}

/** Which products of this Region a portal is to have. Throws BadRequestException when it cannot. */
export function addressesOf(arns: readonly string[], region: string): ProductAddress[] {
  const most = quotas['portal products of a portal']
  if (arns.length > most) throw badRequest(`A portal can have at most ${most} portal products.`)
  if (new Set(arns).size < arns.length) throw badRequest('IncludedPortalProductArns names a portal product twice.')
  return arns.map((arn) => addressOfProduct(arn, region))
}

/** Which product of this Region an ARN names. Throws BadRequestException when it names none. */
export function addressOfProduct(arn: string, region: string): ProductAddress {
  const parsed = parseArn(arn)
  const id = /^\/portalproducts\/([a-z0-9]{10,30})$/.exec(parsed?.resource ?? '')?.[1]
  if (parsed?.service !== 'apigateway' || parsed.region !== region || id === undefined)
    throw badRequest(`Invalid portal product ARN ${arn.slice(0, 300)}: it must be one of this Region.`)
  return { id, account: parsed.account }
}

/** What an operation on a portal needs. */
export async function onPortal(name: string, id: string, ctx: Ctx, tx: ReadTx, more: Conditions = {}) {
  const there = await tx.get(portal(id))
  const of: Conditions = there
    ? {
        'apigateway:Resource/PortalDisplayName': there.displayName,
        'apigateway:Resource/PortalPublishStatus': there.publishStatus,
      }
    : {}
  const resource = portalArn(ctx, id)
  return [access(name, resource, there?.tags, null, { ...of, ...more })]
}

/** What an operation on a portal product needs: its sharing policy has a say. */
export async function onProduct(name: string, id: string, ctx: Ctx, tx: ReadTx, owner = ctx.account) {
  return [await productAccess(name, productArn(ctx, id, owner), { id, account: owner }, tx)]
}

/** The same of an operation on a page of it. */
export async function onPage(name: string, at: PageAddress, ctx: Ctx, tx: ReadTx, more: Conditions = {}) {
  const { productId, kind, id, owner = ctx.account } = at
  const resource = pageArn(ctx, productId, kind, id, owner)
  return [await productAccess(name, resource, { id: productId, account: owner }, tx, more)]
}

export interface PageAddress {
  readonly productId: string
  readonly kind: PageKind
  /** `*` of those that there are, or one that is to be made. */
  readonly id: string
  readonly owner?: string | undefined
}

/** What having a product in one's own portal needs, when it is another account's. */
export async function toInclude(arns: readonly string[], ctx: Ctx, tx: ReadTx): Promise<AccessRequest[]> {
  const requests: AccessRequest[] = []
  for (const address of addressesOf(arns, ctx.region)) {
    const { id, account } = address
    if (account === ctx.account) continue
    requests.push(await productAccess('GetPortalProduct', productArn(ctx, id, account), address, tx))
  }
  return requests
}

type Conditions = Readonly<Record<string, ContextValue>>

/** Permission for an operation on a product or something in it. */
export async function productAccess(
  name: string,
  resource: string,
  { id, account }: ProductAddress,
  tx: ReadTx,
  more: Conditions = {},
): Promise<AccessRequest> {
  const there = await tx.in({ account }).get(product(id))
  const of: Conditions = there ? { 'apigateway:Resource/PortalProductDisplayName': there.displayName } : {}
  return access(name, resource, there?.tags, there?.sharingPolicy ?? null, { ...of, ...more })
}

function access(
  name: string,
  resource: string,
  tags: Readonly<Record<string, string>> | undefined,
  resourcePolicy: string | null,
  context: Conditions,
): AccessRequest {
  return { action: `apigateway:${name}`, resource, resourcePolicy, resourceTags: tags, context }
}

/** An error as a status tells it. Throws what is nobody's mistake, to be tried again. */
export function statusException(error: unknown): StatusException {
  if (!isAwsError(error) || error.code === 'TooManyRequestsException' || (error.status ?? 400) >= 500) throw error
  return { code: error.code.slice(0, 256), message: error.message.slice(0, 2_048) }
}

/** How a status exception is answered. */
export function describeException(exception: StatusException | undefined) {
  return exception && { Exception: exception.code, Message: exception.message }
}
