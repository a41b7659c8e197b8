import type { Ctx } from '../../../kernel/context.ts'
import type { Job } from '../../../kernel/delivery.ts'
import type { Host } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'
import { contents, front, shownLogo, shownPage, site } from './edition-state.ts'
import { type Portal, portal } from './state.ts'

interface Forgetting {
  readonly edition: string
  /** Is disabled when it is done. */
  readonly portalId?: string
}

/** Has an edition that nobody sees any more taken away. */
export function forgetEdition(tx: Tx, edition: string, host: Host): void {
  host.deliveries.schedule(tx, { kind: 'apigatewayv2:forget-edition', scope: tx.scope, data: { edition } })
}

/** Takes a portal and its preview from the web. */
export function offline(tx: Tx, { id, edition, preview }: Portal, { host }: Ctx): void {
  tx.delete(site(id))
  if (edition !== undefined) forgetEdition(tx, edition, host)
  if (!preview) return
  tx.delete(site(preview.address))
  forgetEdition(tx, preview.edition, host)
}

/** Takes away what an edition showed, a product at a time. */
export const forgetEditionJob: Job<Forgetting> = {
  retry: { attempts: 20, minMs: 500, maxMs: 60_000 },
  async run({ edition, portalId }, { host, scope }) {
    const products = await host.records.read(scope, async (tx) => {
      const ids: string[] = []
      for await (const [, id] of tx.keys(contents.under(edition))) ids.push(id)
      return ids
    })
    for (const id of products) await host.records.write(scope, (tx) => tx.clear(shownPage.under(edition, id)))
    await host.records.write(scope, async (tx) => {
      tx.clear(contents.under(edition))
      tx.delete(front(edition))
      tx.delete(shownLogo(edition))
      const one = portalId === undefined ? undefined : await tx.get(portal(portalId))
      if (one?.edition === edition && one.publishStatus === 'DISABLE_IN_PROGRESS')
        tx.set(portal(one.id), { ...one, publishStatus: 'DISABLED', edition: undefined })
    })
  },
  async exhausted(tx, { portalId, edition }, error) {
    const one = portalId === undefined ? undefined : await tx.get(portal(portalId))
    if (one?.edition !== edition) return
    const exception = { code: 'InternalFailure', message: error.message.slice(0, 2_048) }
    tx.set(portal(one.id), { ...one, publishStatus: 'DISABLE_FAILED', exception })
  },
}

/** A preview's time is over. */
export const expirePreview: Job<{ readonly portalId: string; readonly address: string }> = {
  retry: { attempts: 20, minMs: 500, maxMs: 60_000 },
  async run({ portalId, address }, { host, scope }) {
    await host.records.write(scope, async (tx) => {
      tx.delete(site(address))
      const one = await tx.get(portal(portalId))
      if (one?.preview?.address !== address) return
      forgetEdition(tx, one.preview.edition, host)
      tx.set(portal(portalId), { ...one, preview: undefined })
    })
  },
}
