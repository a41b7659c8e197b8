/** How a bucket answers as a website. */
export interface Website {
  readonly indexSuffix?: string | undefined
  readonly errorKey?: string | undefined
  readonly redirectAll?: { readonly hostName: string; readonly protocol?: string | undefined } | undefined
  readonly rules?: readonly RoutingRule[] | undefined
}

export interface RoutingRule {
  readonly keyPrefix?: string | undefined
  readonly errorCode?: string | undefined
  readonly redirect: {
    readonly hostName?: string | undefined
    readonly httpCode?: string | undefined
    readonly protocol?: string | undefined
    readonly replacePrefix?: string | undefined
    readonly replaceKey?: string | undefined
  }
}
