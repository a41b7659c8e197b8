import { parseArn } from '../../../kernel/arn.ts'
import type { Scope } from '../../../kernel/records.ts'
import type { Delivery } from '../../../telemetry/vended/state.ts'
import { defaultSuffix, type LogTemplate } from './templates.ts'

/** The bucket of a destination's ARN, and the prefix behind it. */
export function placeOf(resourceArn: string): { readonly bucket: string; readonly prefix: string } {
  const [bucket = '', ...prefix] = (parseArn(resourceArn)?.resource ?? '').split('/')
  return { bucket, prefix: prefix.join('/').replace(/\/+$/, '') }
}

/** Where objects of a delivery begin, whenever they are made: what the bucket's policy has to let in. */
export function rootOf(
  { prefix }: { readonly prefix: string },
  log: Pick<LogTemplate, 'folder'>,
  hive: boolean,
  account: string,
) {
  // A prefix stands in the place of the default path.
  if (prefix !== '') return `${prefix}/`
  return `AWSLogs/${hive ? `aws-account-id=${account}` : account}/${log.folder}/`
}

/**
 * The folder for records of a time. Hive-compatible paths have `year=2026` in the place of a variable.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
 */
export function folderOf(
  { suffixPath = defaultSuffix, hive = false }: Pick<Delivery, 'suffixPath' | 'hive'>,
  root: string,
  { account, region }: Scope,
  atMs: number,
): string {
  const [year, month, day, hour] = new Date(atMs).toISOString().split(/[-T:]/)
  const variables: Readonly<Record<string, readonly [name: string, value: string | undefined]>> = {
    '{region}': ['region', region],
    '{account-id}': ['aws-account-id', account],
    '{yyyy}': ['year', year],
    '{MM}': ['month', month],
    '{dd}': ['day', day],
    '{HH}': ['hour', hour],
  }
  const path = suffixPath.replace(/\{[^{}]*\}/g, (one) => {
    const [name, value = ''] = variables[one] ?? []
    return hive ? `${name}=${value}` : value
  })
  return `${root}${path.replace(/^\/+|\/+$/g, '')}/`
}
