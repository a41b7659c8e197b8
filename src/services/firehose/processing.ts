import { parseQuery, type Query } from './jq.ts'
import { invalid } from './names.ts'
import type { ProcessingSettings, Processor } from './state.ts'

/** What is done to records on their way, in this order. */
export interface Processing {
  readonly split?: 'json' | Uint8Array | undefined
  readonly lambda?: LambdaProcessor | undefined
  readonly query?: Query | undefined
  /** Put after every record. */
  readonly delimiter?: Uint8Array | undefined
}

export interface LambdaProcessor {
  readonly arn: string
  readonly retries: number
  /** Data handed to the function in one event. */
  readonly mostBytes: number
  /** Default: the destination's. */
  readonly roleArn?: string | undefined
}

const mebibyte = 1_048_576
const known: Readonly<Record<string, readonly string[]>> = {
  RecordDeAggregation: ['SubRecordType', 'Delimiter'],
  Lambda: ['LambdaArn', 'NumberOfRetries', 'RoleArn', 'BufferSizeInMBs', 'BufferIntervalInSeconds'],
  MetadataExtraction: ['MetadataExtractionQuery', 'JsonParsingEngine'],
  AppendDelimiterToRecord: ['Delimiter'],
}

/**
 * The processors of a destination. Throws InvalidArgumentException for those that are not here, and parameters that are
 * wrong. https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html
 */
export function processingOf(settings: ProcessingSettings | undefined): Processing {
  if (!settings?.Enabled) return {}
  const processors = new Map<string, ReadonlyMap<string, string>>()
  for (const processor of settings.Processors ?? []) {
    const { Type } = processor
    if (!known[Type]) throw invalid(`Processors of type ${Type} are not supported by Landfall.`)
    if (processors.has(Type)) throw invalid(`There can be one processor of type ${Type}.`)
    processors.set(Type, parametersOf(processor))
  }
  const [split, lambda] = [processors.get('RecordDeAggregation'), processors.get('Lambda')]
  const [extraction, append] = [processors.get('MetadataExtraction'), processors.get('AppendDelimiterToRecord')]
  return {
    split: split && splitOf(split),
    lambda: lambda && lambdaOf(lambda),
    query: extraction && queryOf(extraction),
    delimiter: append && Buffer.from((append.get('Delimiter') ?? '\\n').replaceAll('\\n', '\n')),
  }
}

function parametersOf({ Type, Parameters = [] }: Processor): Map<string, string> {
  const found = new Map<string, string>()
  for (const { ParameterName, ParameterValue } of Parameters) {
    if (!known[Type]?.includes(ParameterName)) {
      throw invalid(`${ParameterName} is not a parameter of processors of type ${Type}.`)
    }
    if (found.has(ParameterName)) throw invalid(`${ParameterName} of the processor of type ${Type} is given twice.`)
    found.set(ParameterName, ParameterValue)
  }
  return found
}

function splitOf(given: ReadonlyMap<string, string>): 'json' | Uint8Array {
  const kind = given.get('SubRecordType')
  if (kind === 'JSON') return 'json'
  if (kind !== 'DELIMITED') throw invalid('SubRecordType is JSON or DELIMITED.')
  const delimiter = Buffer.from(given.get('Delimiter') ?? '', 'base64')
  if (delimiter.length === 0) throw invalid('Delimiter is required for DELIMITED, in base64.')
  return delimiter
}

function lambdaOf(given: ReadonlyMap<string, string>): LambdaProcessor {
  const arn = given.get('LambdaArn') ?? ''
  if (!/^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w:$-]+$/.test(arn)) {
    throw invalid(`LambdaArn ${arn} is not the ARN of a function.`)
  }
  numberOf(given, 'BufferIntervalInSeconds', 60, [0, 900])
  return {
    arn,
    retries: numberOf(given, 'NumberOfRetries', 3, [0, 300]),
    mostBytes: numberOf(given, 'BufferSizeInMBs', 1, [0.2, 3]) * mebibyte,
    roleArn: given.get('RoleArn'),
  }
}

function queryOf(given: ReadonlyMap<string, string>): Query {
  const engine = given.get('JsonParsingEngine') ?? 'JQ-1.6'
  if (engine !== 'JQ-1.6') throw invalid(`JsonParsingEngine ${engine} is not JQ-1.6.`)
  return parseQuery(given.get('MetadataExtractionQuery') ?? '')
}

function numberOf(
  given: ReadonlyMap<string, string>,
  name: string,
  otherwise: number,
  [least, most]: [number, number],
) {
  const text = given.get(name)
  const value = text === undefined ? otherwise : Number(text)
  if (!(value >= least && value <= most)) throw invalid(`${name} ${text} is not a number from ${least} to ${most}.`)
  return value
}
