import { wallTimeOf } from '../../kernel/time-zone.ts'
import { invalid } from './names.ts'

/** A part of a prefix: text, or an expression that is evaluated for each object. */
export type PrefixPart = string | { readonly namespace: string; readonly value: string }

/** What an object's name is made from. */
export interface Naming {
  /** When its oldest record arrived. */
  readonly atMs: number
  readonly zone: string
  readonly random: (length: number) => string
  readonly errorType?: string | undefined
  readonly query?: Readonly<Record<string, string>> | undefined
  readonly lambda?: Readonly<Record<string, string>> | undefined
}

const byDay: PrefixPart = { namespace: 'timestamp', value: 'yyyy/MM/dd/HH/' }
const errorType: PrefixPart = { namespace: 'firehose', value: 'error-output-type' }
const namespaces = ['timestamp', 'firehose', 'partitionKeyFromQuery', 'partitionKeyFromLambda']
/** A quoted text, or a letter with those of the same kind after it, or anything else. */
const pattern = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']/g
const fields = ['yyyy', 'yy', 'MM', 'M', 'dd', 'd', 'DDD', 'HH', 'H', 'mm', 'm', 'ss', 's']

/**
 * The parts of a prefix. Throws InvalidArgumentException for what is no expression.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 */
export function parsePrefix(prefix: string): PrefixPart[] {
  const parts: PrefixPart[] = []
  let rest = prefix
  for (;;) {
    const from = rest.indexOf('!{')
    if (from < 0) return rest === '' ? parts : [...parts, rest]
    if (from > 0) parts.push(rest.slice(0, from))
    const [whole, namespace = '', value = ''] = /^!\{([A-Za-z]+):([^}]+)\}/.exec(rest.slice(from)) ?? []
    if (whole === undefined || !namespaces.includes(namespace)) {
      throw invalid(`Prefix ${prefix}: the sequence !{ can only begin an expression of ${namespaces.join(', ')}.`)
    }
    if (namespace === 'firehose' && !['random-string', 'error-output-type'].includes(value)) {
      throw invalid(`Prefix ${prefix}: !{firehose:${value}} is none of random-string and error-output-type.`)
    }
    if (namespace === 'timestamp') checkPattern(value)
    parts.push({ namespace, value })
    rest = rest.slice(from + whole.length)
  }
}

/** Parts for what was delivered, as they are used: without a timestamp one is added. */
export function dataPrefix(prefix = ''): PrefixPart[] {
  const parts = parsePrefix(prefix)
  return hasExpression(parts, 'timestamp') ? parts : [...parts, byDay]
}

/**
 * Parts for what could not be: as they are when they have expressions; without, the kind of error and the time are added,
 * and without any they are those of the data.
 */
export function errorPrefix(prefix: string | undefined, ofData = ''): PrefixPart[] {
  const parts = parsePrefix(prefix || ofData)
  return parts.some((part) => typeof part !== 'string') ? parts : [...parts, errorType, '/', byDay]
}

export function hasExpression(parts: readonly PrefixPart[], namespace: string, value?: string): boolean {
  return parts.some(
    (part) => typeof part !== 'string' && part.namespace === namespace && (value === undefined || part.value === value),
  )
}

/** Of keys those that a prefix names. */
export function namedKeys(
  parts: readonly PrefixPart[],
  namespace: 'partitionKeyFromQuery' | 'partitionKeyFromLambda',
  keys: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const names = parts.flatMap((part) => (typeof part !== 'string' && part.namespace === namespace ? part.value : []))
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(keys, name) ? [[name, keys[name] ?? '']] : [])))
}

/** Undefined when a key that it names is not there. */
export function evaluate(parts: readonly PrefixPart[], naming: Naming): string | undefined {
  let text = ''
  for (const part of parts) {
    const value = typeof part === 'string' ? part : evaluated(part, naming)
    if (value === undefined) return undefined
    text += value
  }
  return text
}

function evaluated({ namespace, value }: Exclude<PrefixPart, string>, naming: Naming): string | undefined {
  if (namespace === 'timestamp') return formatted(value, naming.zone, naming.atMs)
  if (namespace === 'partitionKeyFromQuery') return keyOf(naming.query, value)
  if (namespace === 'partitionKeyFromLambda') return keyOf(naming.lambda, value)
  return value === 'random-string' ? naming.random(11) : naming.errorType
}

/** An empty key is none. What every object has (`constructor`) is no key of a record. */
function keyOf(keys: Readonly<Record<string, string>> = {}, name: string): string | undefined {
  return (Object.hasOwn(keys, name) && keys[name]) || undefined
}

function checkPattern(value: string): void {
  for (const [found, , letter] of value.matchAll(pattern)) {
    if (letter !== undefined && !fields.includes(found)) {
      throw invalid(`!{timestamp:${value}}: ${found} is not supported by Landfall. Use ${fields.join(', ')}.`)
    }
  }
  if (value.replaceAll(pattern, '') !== '') throw invalid(`!{timestamp:${value}} has a quote that does not end.`)
}

/** A moment in the words of Java's DateTimeFormatter, as far as `fields` go. */
export function formatted(value: string, zone: string, atMs: number): string {
  const at = new Date(wallTimeOf(zone, atMs))
  const year = at.getUTCFullYear()
  const numbers: Readonly<Record<string, number>> = {
    y: year,
    M: at.getUTCMonth() + 1,
    d: at.getUTCDate(),
    D: Math.floor((at.getTime() - Date.UTC(year, 0, 1)) / 86_400_000) + 1,
    H: at.getUTCHours(),
    m: at.getUTCMinutes(),
    s: at.getUTCSeconds(),
  }
  return value.replaceAll(pattern, (found: string, quoted: string | undefined, letter: string | undefined) => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'")
    if (letter === undefined) return found
    const digits = String(numbers[letter]).padStart(found.length, '0')
    return found === 'yy' ? digits.slice(-2) : digits
  })
}
