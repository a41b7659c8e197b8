import type { Processor } from '@aws-sdk/client-cloudwatch-logs'
import { awsError } from '../../kernel/errors.ts'
import { isTimeZone } from '../../kernel/time-zone.ts'
import { stepOf } from '../../telemetry/transform/transform.ts'

const vended = ['parseVPC', 'parseRoute53', 'parseCloudfront', 'parseWAF', 'parsePostgres'] as const
const parsers: readonly string[] = ['parseJSON', 'csv', 'parseKeyValue', 'grok', ...vended]
const mostParsers = 5
const once = ['grok', 'addKeys', 'copyValue'] as const

/**
 * Holds a transformer against its rules. Throws InvalidParameterException saying which it breaks.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-Create.html
 */
export function checkTransformer(config: readonly Processor[]): void {
  const names = config.map(nameOf)
  if (!parsers.includes(names[0] ?? '')) throw invalid('the first processor must be a parser')
  if (names.filter((name) => parsers.includes(name)).length > mostParsers)
    throw invalid(`there can be at most ${mostParsers} parsers`)
  for (const name of once)
    if (names.filter((one) => one === name).length > 1) throw invalid(`there can be only one ${name} processor`)
  for (const [index, name] of names.entries())
    if (index > 0 && vended.some((one) => one === name)) throw invalid(`${name} must be the first processor`)
  const first = config[0]?.parseJSON ?? config[0]?.csv ?? config[0]?.parseKeyValue ?? config[0]?.grok
  if (first?.source !== undefined && first.source !== '@message')
    throw invalid(`the source of the first processor must be @message, not ${first.source}`)
  for (const processor of config) checkProcessor(processor)
}

function nameOf(processor: Processor): string {
  const [name, ...more] = Object.keys(processor)
  if (name === undefined || more.length > 0) throw invalid('each of its items must be one processor')
  if (name === 'parseToOCSF')
    throw awsError('InvalidParameterException', 'The processor parseToOCSF is not supported by Landfall.')
  return name
}

function checkProcessor(processor: Processor): void {
  for (const name of vended) {
    const source = processor[name]?.source
    if (source !== undefined && source !== '@message') throw invalid(`the source of ${name} must be @message`)
  }
  const { dateTimeConverter: date } = processor
  for (const zone of [date?.sourceTimezone, date?.targetTimezone])
    if (zone !== undefined && !isTimeZone(zone)) throw invalid(`${zone} is not a time zone`)
  if (date?.locale !== undefined && !/^en\b|^ROOT$/i.test(date.locale))
    throw awsError('InvalidParameterException', `The locale ${date.locale} is not supported by Landfall. Use en.`)
  try {
    stepOf(processor)
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error))
  }
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', `Invalid transformerConfig: ${problem}.`)
}
