import type { CustomColors, DisplayOrder } from '@aws-sdk/client-apigatewayv2'
import { keyspace } from '../../../store/keyspace.ts'

export interface Portal {
  readonly id: string
  readonly displayName: string
  readonly description?: string | undefined
  readonly colors: Colors
  /** ARNs, in the order in which they are shown. */
  readonly products: readonly string[]
  readonly logoUploadedAtMs?: number | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly modifiedAtMs: number
  readonly publishStatus:
    | 'PUBLISHED'
    | 'PUBLISH_IN_PROGRESS'
    | 'PUBLISH_FAILED'
    | 'DISABLE_IN_PROGRESS'
    | 'DISABLE_FAILED'
    | 'DISABLED'
  readonly exception?: StatusException | undefined
  /** The edition that is being made to be published. */
  readonly making?: string | undefined
  /** The edition that is on the web. */
  readonly edition?: string | undefined
  readonly publishedAtMs?: number | undefined
  readonly publishedDescription?: string | undefined
  readonly preview?: PortalPreview | undefined
}

export type Colors = { readonly [K in keyof CustomColors]-?: string }

export interface PortalPreview {
  readonly status: 'PREVIEW_READY' | 'PREVIEW_IN_PROGRESS' | 'PREVIEW_FAILED'
  readonly edition: string
  /** What its address has in place of the portal's id: nobody guesses it. */
  readonly address: string
  readonly exception?: StatusException | undefined
}

/** Why something failed: an error's code and its text. */
export interface StatusException {
  readonly code: string
  readonly message: string
}

export interface PortalProduct {
  readonly id: string
  readonly displayName: string
  readonly description?: string | undefined
  readonly displayOrder?: DisplayOrder | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly modifiedAtMs: number
  /** Which other accounts may have it in their portals, JSON text. */
  readonly sharingPolicy?: string | undefined
}

export interface ProductPage {
  readonly id: string
  readonly title: string
  /** Markdown */
  readonly body: string
  readonly modifiedAtMs: number
}

export interface EndpointPage {
  readonly id: string
  readonly restApiId: string
  readonly stage: string
  readonly method: string
  readonly path: string
  readonly tryIt: boolean
  readonly overrides?: Overrides | undefined
  readonly modifiedAtMs: number
  readonly status: 'AVAILABLE' | 'IN_PROGRESS' | 'FAILED'
  readonly exception?: StatusException | undefined
  /** What the API says of the method: an OpenAPI document of it alone, JSON text. Absent until it was read. */
  readonly document?: string | undefined
}

export interface Overrides {
  /** Markdown */
  readonly body?: string | undefined
  readonly endpoint?: string | undefined
  readonly operationName?: string | undefined
}

/** Bytes of an image, and its media type. */
export interface Logo {
  readonly type: string
  readonly bytes: Uint8Array
}

const apigatewayv2 = keyspace('apigatewayv2')

export const portal = apigatewayv2.record<Portal, [id: string]>('portal')
/** As it was last uploaded. */
export const logo = apigatewayv2.record<Logo, [portalId: string]>('portal-logo')
export const product = apigatewayv2.record<PortalProduct, [id: string]>('portal-product')
export const productPage = apigatewayv2.record<ProductPage, [productId: string, id: string]>('product-page')
export const endpointPage = apigatewayv2.record<EndpointPage, [productId: string, id: string]>(
  'product-rest-endpoint-page',
)
