/** What the addresses of portals begin with: the portal's id follows, or the secret of a preview. */
export const sitePrefix = '/_aws/api-portal/'

/** Without a slash at its end. */
export function sitePath(address: string): string {
  return `${sitePrefix}${address}`
}
