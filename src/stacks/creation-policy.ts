import type { CreationPolicy } from '../kernel/resource.ts'
import { invalid, isMap, own, type Value } from './value.ts'

const longestSec = 43_200

/**
 * A resource's CreationPolicy. Of the types that take one, wait conditions are here; on others CloudFormation has none,
 * and we refuse it. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html
 */
export function readCreationPolicy(
  logicalId: string,
  type: string,
  value: Value | undefined,
): CreationPolicy | undefined {
  if (value === undefined) return undefined
  const fail = (what: string) => invalid(`Template format error: [/Resources/${logicalId}/CreationPolicy] ${what}`)
  if (type !== 'AWS::CloudFormation::WaitCondition') {
    throw fail(`CreationPolicy is not supported by Landfall for the type ${type}. Remove it.`)
  }
  const signal = isMap(value) ? own(value, 'ResourceSignal') : undefined
  if (!isMap(value) || !isMap(signal) || Object.keys(value).length > 1) throw fail('must have a ResourceSignal.')
  const count = Number(own(signal, 'Count') ?? 1)
  const timeoutSec = seconds(own(signal, 'Timeout') ?? 'PT5M')
  if (!Number.isInteger(count) || count < 1) throw fail('ResourceSignal.Count must be a positive integer.')
  if (timeoutSec === undefined || timeoutSec > longestSec) {
    throw fail('ResourceSignal.Timeout must be an ISO 8601 duration of at most 12 hours, such as PT15M.')
  }
  return { count, timeoutSec }
}

/** Of `PT1H30M10S`. */
function seconds(text: Value): number | undefined {
  const match = typeof text === 'string' ? /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(text) : null
  if (!match || text === 'PT') return undefined
  const [hours = 0, minutes = 0, rest = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return hours * 3_600 + minutes * 60 + rest
}
