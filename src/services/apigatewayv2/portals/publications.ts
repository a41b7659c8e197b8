import type { Ctx } from '../../../kernel/context.ts'
import { lowerAlphanumeric } from '../../../kernel/ids.ts'
import { operations } from '../../../kernel/operation.ts'
import type { Tx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { newId } from '../find.ts'
import type { Making } from './edition-job.ts'
import { site } from './edition-state.ts'
import { forgetEdition } from './editions.ts'
import { findPortal, onPortal } from './find.ts'
import { refuseBusy } from './portals.ts'
import { type Portal, portal } from './state.ts'

/**
 * What is on the web: a portal as it was when it was published, or previewed. What was changed since comes with the
 * next publication. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-publish-portal.html
 */
export const publications = operations<Api>()({
  PublishPortal: {
    authorize: ({ PortalId }, ctx, tx) => onPortal('PublishPortal', PortalId, ctx, tx),
    async write(tx, { PortalId, Description }, ctx) {
      const before = await findPortal(tx, PortalId)
      refuseBusy(before)
      const edition = newId(ctx, 20)
      const next: Portal = { ...before, publishStatus: 'PUBLISH_IN_PROGRESS', exception: undefined, making: edition }
      tx.set(portal(PortalId), next)
      make(tx, { portalId: PortalId, edition, principal: ctx.principal, description: Description }, ctx)
      return {}
    },
  },

  PreviewPortal: {
    authorize: ({ PortalId }, ctx, tx) => onPortal('PreviewPortal', PortalId, ctx, tx),
    async write(tx, { PortalId }, ctx) {
      const before = await findPortal(tx, PortalId)
      refuseBusy(before)
      const edition = newId(ctx, 20)
      // One at a time: the address of an earlier one is no more.
      if (before.preview) {
        tx.delete(site(before.preview.address))
        forgetEdition(tx, before.preview.edition, ctx.host)
      }
      const address = `preview-${ctx.ids.token(32, lowerAlphanumeric)}`
      tx.set(portal(PortalId), { ...before, preview: { status: 'PREVIEW_IN_PROGRESS', edition, address } })
      make(tx, { portalId: PortalId, edition, principal: ctx.principal, preview: address }, ctx)
      return {}
    },
  },

  DisablePortal: {
    authorize: ({ PortalId }, ctx, tx) => onPortal('DisablePortal', PortalId, ctx, tx),
    async write(tx, { PortalId }, ctx) {
      const before = await findPortal(tx, PortalId)
      refuseBusy(before)
      if (before.edition === undefined) {
        tx.set(portal(PortalId), { ...before, publishStatus: 'DISABLED', exception: undefined })
        return {}
      }
      // Offline at once; the job takes away what was shown.
      tx.delete(site(PortalId))
      tx.set(portal(PortalId), { ...before, publishStatus: 'DISABLE_IN_PROGRESS', exception: undefined })
      const data = { edition: before.edition, portalId: PortalId }
      ctx.host.deliveries.schedule(tx, { kind: 'apigatewayv2:forget-edition', scope: ctx.scope, data })
      return {}
    },
  },
})

function make(tx: Tx, data: Making, ctx: Ctx): void {
  ctx.host.deliveries.schedule(tx, { kind: 'apigatewayv2:make-edition', scope: ctx.scope, data })
}
