import type { Scope } from '../../../kernel/records.ts'
import { keyspace } from '../../../store/keyspace.ts'
import type { Colors, EndpointPage, Logo, ProductPage } from './state.ts'

/**
 * What a portal shows on the web: an edition, a copy of everything as it was when it was made. Nothing of it changes;
 * another publication makes another edition.
 */
export interface Site {
  readonly scope: Scope
  readonly portalId: string
  readonly edition: string
  /** When it is offline by itself: a preview. */
  readonly expiresAtMs?: number | undefined
}

export interface Front {
  readonly title: string
  readonly description?: string | undefined
  readonly colors: Colors
  readonly hasLogo: boolean
  readonly products: readonly ShownProduct[]
}

export interface ShownProduct {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
}

/** What there is to choose from in a product: what its display order names, and no draft. */
export interface Contents extends ShownProduct {
  readonly overviewId?: string | undefined
  readonly pages: readonly { readonly id: string; readonly title: string }[]
  readonly sections: readonly { readonly name: string; readonly endpoints: readonly ShownEndpoint[] }[]
}

export interface ShownEndpoint {
  readonly id: string
  readonly method: string
  readonly name: string
}

export type ShownPage =
  | { readonly kind: 'page'; readonly page: ProductPage }
  | { readonly kind: 'endpoint'; readonly page: EndpointPage }

const editions = keyspace('apigatewayv2', { scope: 'global' })

/** By what the address has: a portal's id, which is unique on a node, or the secret of a preview. */
export const site = editions.record<Site, [address: string]>('portal-site')
export const front = editions.record<Front, [edition: string]>('portal-front')
export const shownLogo = editions.record<Logo, [edition: string]>('portal-shown-logo')
export const contents = editions.record<Contents, [edition: string, productId: string]>('portal-contents')
export const shownPage = editions.record<ShownPage, [edition: string, productId: string, pageId: string]>(
  'portal-shown-page',
)
