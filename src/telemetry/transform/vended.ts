import { type Fields, isFields } from './fields.ts'
import { jsonOf, NotTransformed } from './parsers.ts'

/**
 * The formats in which services of AWS write logs, each into fields. Throw NotTransformed for a line of another.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-BuiltIn.html
 */
export const vendedParsers = {
  parseVPC: (line: string) => {
    const values = wordsOf(line, vpcFields.length)
    return Object.fromEntries(vpcFields.map((name, index) => [name, vpcValue(name, values[index]!)]))
  },

  parseRoute53: (line: string) => {
    const values = wordsOf(line, route53Fields.length)
    return Object.fromEntries(route53Fields.map((name, index) => [name, values[index]]))
  },

  parseCloudfront: (line: string) => {
    const values = line.split('\t')
    // Logs of before 2019 lack the last of them.
    if (line.startsWith('#') || values.length < 26) throw new NotTransformed('it is no line of CloudFront')
    return Object.fromEntries(
      cloudFrontFields
        .slice(0, values.length)
        .map((name, index) => [name, cloudFrontTexts.has(name) ? decoded(values[index]!) : numeric(values[index]!)]),
    )
  },

  parseWAF: (line: string) => {
    const fields = jsonOf(line)
    const { httpRequest, labels } = fields
    if (isFields(httpRequest) && Array.isArray(httpRequest.headers))
      httpRequest.headers = Object.fromEntries(
        httpRequest.headers.filter(isNamed).map(({ name, value }) => [name, value]),
      )
    if (Array.isArray(labels)) fields.labels = Object.fromEntries(labels.filter(isNamed).map(labelOf))
    return fields
  },

  parsePostgres: (line: string) => {
    const match = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \w+):([^:]*):([^@:]*)@([^:]*):\[(\d+)\]:(\w+):/.exec(line)
    if (!match) throw new NotTransformed('it is no line of PostgreSQL')
    const [, logTime, srcIp, userName, dbName, processId, logLevel] = match
    return { logTime, srcIp, userName, dbName, processId, logLevel }
  },
} as const satisfies Readonly<Record<string, (line: string) => Fields>>

const vpcFields = [
  ...['version', 'accountId', 'interfaceId', 'srcAddr', 'dstAddr', 'srcPort', 'dstPort', 'protocol', 'packets'],
  ...['bytes', 'start', 'end', 'action', 'logStatus'],
]
const vpcTexts = new Set(['accountId', 'interfaceId', 'srcAddr', 'dstAddr', 'action', 'logStatus'])
const vpcValue = (name: string, text: string) => (vpcTexts.has(name) ? text : numeric(text))

const route53Fields = [
  ...['version', 'queryTimestamp', 'hostZoneId', 'queryName', 'queryType', 'responseCode', 'protocol'],
  ...['edgeLocation', 'resolverIp', 'ednsClientSubnet'],
]

const cloudFrontFields = [
  ...['date', 'time', 'x-edge-location', 'sc-bytes', 'c-ip', 'cs-method', 'cs(Host)', 'cs-uri-stem', 'sc-status'],
  ...['cs(Referer)', 'cs(User-Agent)', 'cs-uri-query', 'cs(Cookie)', 'x-edge-result-type', 'x-edge-request-id'],
  ...['x-host-header', 'cs-protocol', 'cs-bytes', 'time-taken', 'x-forwarded-for', 'ssl-protocol', 'ssl-cipher'],
  ...['x-edge-response-result-type', 'cs-protocol-version', 'fle-status', 'fle-encrypted-fields', 'c-port'],
  ...['time-to-first-byte', 'x-edge-detailed-result-type', 'sc-content-type', 'sc-content-len', 'sc-range-start'],
  'sc-range-end',
]
/** Those that clients say, percent-encoded. */
const cloudFrontTexts = new Set(['cs-uri-stem', 'cs(Referer)', 'cs(User-Agent)', 'cs-uri-query', 'cs(Cookie)'])

function wordsOf(line: string, count: number): string[] {
  const words = line.trim().split(/\s+/)
  if (words.length !== count) throw new NotTransformed(`it has not ${count} fields`)
  return words
}

function numeric(text: string): string | number {
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A sign that only looks like the beginning of an encoded one.
    return text
  }
}

/** `awswaf:managed:aws:bot:verified` under all of its name but the last part. */
function labelOf({ name }: { readonly name: string }): [string, string] {
  const at = name.lastIndexOf(':')
  return at === -1 ? [name, name] : [name.slice(0, at), name.slice(at + 1)]
}

function isNamed(value: unknown): value is Fields & { readonly name: string } {
  return isFields(value) && typeof value.name === 'string'
}
