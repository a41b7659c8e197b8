/** An Amazon Resource Name, split. `resource` is everything after the fifth colon. */
export interface Arn {
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/**
 * Splits an ARN, or undefined when `text` is not one of the partition that there is: with another one (`arn:aws-cn:…`) it
 * would be another text for the same resource, which policies that name the resource do not match.
 */
export function parseArn(text: string): Arn | undefined {
  if (!text.startsWith(ours)) return undefined
  const region = text.indexOf(':', ours.length) + 1
  const account = region && text.indexOf(':', region) + 1
  const resource = account && text.indexOf(':', account) + 1
  if (resource === 0 || resource === text.length || region === ours.length + 1) return undefined
  return {
    service: text.slice(ours.length, region - 1),
    region: text.slice(region, account - 1),
    account: text.slice(account, resource - 1),
    resource: text.slice(resource),
  }
}

const ours = 'arn:aws:'

/** The text of an ARN. Region and account are left empty for services that have none in theirs (S3, IAM). */
export function formatArn(service: string, region: string, account: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`
}

/**
 * What an ARN of this service, account and region names; undefined for any other. Written otherwise (another partition,
 * another service) it is none of theirs: permission is asked for the text, and two texts must not mean one resource.
 */
export function ownResource(
  text: string,
  service: string,
  { region, account }: { readonly region: string; readonly account: string },
): string | undefined {
  const begins = formatArn(service, region, account, '')
  return text.startsWith(begins) ? text.slice(begins.length) : undefined
}
