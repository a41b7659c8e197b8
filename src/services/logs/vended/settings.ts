import type { DeliveryDestination } from '../../../telemetry/vended/state.ts'
import { invalid } from './names.ts'
import { delimiters, type LogTemplate, suffixFields } from './templates.ts'

/** What is said of a delivery. */
export interface GivenSettings {
  readonly recordFields?: readonly string[]
  readonly fieldDelimiter?: string
  readonly s3DeliveryConfiguration?: { readonly suffixPath?: string; readonly enableHiveCompatiblePath?: boolean }
}

export interface DeliverySettings {
  readonly fields?: readonly string[] | undefined
  readonly delimiter?: string | undefined
  readonly suffixPath?: string | undefined
  readonly hive?: boolean | undefined
}

/** Holds the settings of a delivery against what its log and its destination take. Throws ValidationException. */
export function readSettings(
  { recordFields: fields, fieldDelimiter: delimiter, s3DeliveryConfiguration: s3 }: GivenSettings,
  log: LogTemplate,
  { type, format }: DeliveryDestination,
): DeliverySettings {
  if (fields) {
    const odd = fields.find((name) => !log.fields.includes(name))
    if (odd !== undefined) throw invalid(`recordFields of ${log.logType} can be ${log.fields.join(', ')}, not ${odd}.`)
    const lacking = log.mandatory.find((name) => !fields.includes(name))
    if (lacking !== undefined) throw invalid(`recordFields must have the mandatory field ${lacking}.`)
    if (new Set(fields).size < fields.length) throw invalid('recordFields has a field twice.')
  }
  if (delimiter !== undefined) {
    if (format === undefined || format === 'json')
      throw invalid('fieldDelimiter is for destinations with the outputFormat plain, w3c or raw.')
    if (!delimiters.includes(delimiter))
      throw invalid(`fieldDelimiter must be one of ${delimiters.map((one) => JSON.stringify(one)).join(', ')}.`)
  }
  if (s3 && type !== 'S3') throw invalid('s3DeliveryConfiguration is for destinations that are buckets.')
  const { suffixPath, enableHiveCompatiblePath: hive } = s3 ?? {}
  if (suffixPath !== undefined && !isPath(suffixPath))
    throw invalid(`Provided suffixPath is invalid. Its variables can be ${suffixFields.join(', ')}.`)
  return { fields, delimiter, suffixPath, hive }
}

/** Of text that keys of objects may well have, and variables. Where there is to be a `=`, Hive-compatible paths put it. */
function isPath(path: string): boolean {
  const text = path.replace(/\{[^{}]*\}/g, (one) => (suffixFields.includes(one) ? 'v' : '='))
  return /^[\w!.*'()/-]+$/.test(text)
}
