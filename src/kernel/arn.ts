/** An Amazon Resource Name, split. `resource` is everything after the fifth colon. */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** Splits an ARN, or undefined when `text` is not one. */
export function parseArn(text: string): Arn | undefined {
  if (!text.startsWith('arn:')) return undefined
  const parts = text.split(':')
  if (parts.length < 6) return undefined
  const [, partition, service, region, account] = parts as [string, string, string, string, string]
  const resource = parts.slice(5).join(':')
  if (!partition || !service || !resource) return undefined
  return { partition, service, region, account, resource }
}

/** The text of an ARN. Region and account are left empty for services that have none in theirs (S3, IAM). */
export function formatArn(service: string, region: string, account: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`
}
