import type { Job, JobCtx } from '../../../kernel/delivery.ts'
import { awsError } from '../../../kernel/errors.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { Tx } from '../../../kernel/records.ts'
import { contents, front, type ShownProduct, shownLogo, site } from './edition-state.ts'
import { forgetEdition } from './editions.ts'
import { stageReader } from './endpoint-document.ts'
import { addressOfProduct, type ProductAddress, productAccess, statusException } from './find.ts'
import { showProduct } from './shown-product.ts'
import { logo, type Portal, portal, product, type StatusException } from './state.ts'

export interface Making {
  readonly portalId: string
  readonly edition: string
  /** Who publishes: in their name APIs and products of other accounts are read. */
  readonly principal: Principal
  readonly description?: string | undefined
  /** Of a preview: its address. */
  readonly preview?: string | undefined
}

/** How long the address of a preview is good for: the documentation says no more than that it is short-lived. */
const previewMs = 60 * 60_000

/**
 * Makes an edition of a portal: copies what it shows, a product at a time, then puts it on the web in one transaction
 * with the portal's status. A crash before that leaves what was on the web; done again it writes the same records.
 */
export const makeEdition: Job<Making> = {
  retry: { attempts: 8, minMs: 500, maxMs: 30_000 },
  concurrency: 2,
  async run(making, ctx) {
    const { host, scope } = ctx
    const one = await host.records.read(scope, (tx) => tx.get(portal(making.portalId)))
    // What this made before a crash, nobody waits for any more.
    if (!one || !awaits(one, making)) return host.records.write(scope, (tx) => forgetEdition(tx, making.edition, host))
    try {
      await copy(one, making, ctx)
    } catch (error) {
      const exception = statusException(error)
      await host.records.write(scope, (tx) => failed(tx, making, exception, ctx))
      return
    }
    await host.records.write(scope, (tx) => done(tx, making, ctx))
  },
  exhausted(tx, making, error, ctx) {
    return failed(tx, making, { code: 'InternalFailure', message: error.message.slice(0, 2_048) }, ctx)
  },
}

/** Whether this is still what the portal waits for. */
function awaits(
  { making, preview }: Portal,
  { edition, preview: address }: Pick<Making, 'edition' | 'preview'>,
): boolean {
  if (address === undefined) return making === edition
  return preview?.edition === edition && preview.status === 'PREVIEW_IN_PROGRESS'
}

async function copy(one: Portal, { edition, principal }: Making, ctx: JobCtx): Promise<void> {
  const { host, scope, signal } = ctx
  const read = stageReader({ host, scope, principal, signal })
  const products: ShownProduct[] = []
  for (const arn of one.products) {
    const address = addressOfProduct(arn, scope.region)
    await mayShow(arn, address, principal, ctx)
    const { pages, contents: made } = await showProduct(
      address,
      address.account === scope.account ? read : undefined,
      ctx,
    )
    await host.records.write(scope, (tx) => {
      tx.set(contents(edition, address.id), made)
      for (const [key, page] of pages(edition)) tx.set(key, page)
    })
    products.push({ id: made.id, name: made.name, description: made.description })
  }
  await host.records.write(scope, async (tx) => {
    const image = await tx.get(logo(one.id))
    if (image) tx.set(shownLogo(edition), image)
    const { displayName: title, description, colors } = one
    tx.set(front(edition), { title, description, colors, hasLogo: image !== undefined, products })
  })
}

/** A product of another account must still be shared. Throws AccessDeniedException. */
async function mayShow(
  arn: string,
  address: ProductAddress,
  principal: Principal,
  { host, scope }: JobCtx,
): Promise<void> {
  const allowed = await host.records.read(scope, async (tx) => {
    if (!(await tx.in({ account: address.account }).get(product(address.id))))
      throw awsError('NotFoundException', `There is no portal product ${arn} any more.`)
    if (address.account === scope.account) return true
    return host.isAllowed(principal, await productAccess('GetPortalProduct', arn, address, tx), {}, tx)
  })
  if (!allowed) throw awsError('AccessDeniedException', `The portal product ${arn} is not shared with you any more.`)
}

async function done(tx: Tx, making: Making, { host, scope }: JobCtx): Promise<void> {
  const { portalId, edition, preview: address, description } = making
  const one = await tx.get(portal(portalId))
  if (!one || !awaits(one, making)) {
    forgetEdition(tx, edition, host)
    return
  }
  const nowMs = host.clock.nowMs()
  if (address !== undefined) {
    const expiresAtMs = nowMs + previewMs
    tx.set(site(address), { scope, portalId, edition, expiresAtMs })
    tx.set(portal(portalId), { ...one, preview: { status: 'PREVIEW_READY', edition, address } })
    const data = { portalId, address }
    host.deliveries.schedule(tx, { kind: 'apigatewayv2:expire-preview', scope, data, dueAtMs: expiresAtMs })
    return
  }
  if (one.edition !== undefined) forgetEdition(tx, one.edition, host)
  tx.set(site(portalId), { scope, portalId, edition })
  tx.set(portal(portalId), {
    ...one,
    publishStatus: 'PUBLISHED',
    making: undefined,
    edition,
    publishedAtMs: nowMs,
    publishedDescription: description,
  })
}

/** Tells why; what was on the web stays there. */
async function failed(tx: Tx, making: Making, exception: StatusException, { host }: JobCtx): Promise<void> {
  const { portalId, edition, preview: address } = making
  forgetEdition(tx, edition, host)
  const one = await tx.get(portal(portalId))
  if (!one || !awaits(one, making)) return
  if (address !== undefined)
    tx.set(portal(portalId), { ...one, preview: { status: 'PREVIEW_FAILED', edition, address, exception } })
  else tx.set(portal(portalId), { ...one, publishStatus: 'PUBLISH_FAILED', making: undefined, exception })
}
