import type { Value } from './values.ts'

const mostFields = 1_000
const deepest = 32

/**
 * The fields that are found in a message: of JSON the members, nested ones with dots (`a.b`, `a.0`); of the lines that
 * Lambda writes about a request its figures.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
 */
export function discover(message: string): Map<string, Value> {
  const found = new Map<string, Value>()
  if (message.trimStart().startsWith('{')) members(message, found)
  else lambdaLine(message, found)
  return found
}

function members(message: string, found: Map<string, Value>): void {
  let parsed: unknown
  try {
    parsed = JSON.parse(message)
  } catch {
    return
  }
  const walk = (value: unknown, path: string, depth: number): void => {
    if (found.size >= mostFields || depth > deepest || value === null || value === undefined) return
    if (typeof value === 'object') {
      for (const [name, inner] of Object.entries(value)) walk(inner, path === '' ? name : `${path}.${name}`, depth + 1)
      return
    }
    // Truth is 1 and 0 in queries.
    found.set(path, typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : String(value))
  }
  walk(parsed, '', 0)
}

const figures: readonly (readonly [field: string, pattern: RegExp, times: number])[] = [
  ['@duration', /\tDuration: ([\d.]+) ms/, 1],
  ['@billedDuration', /\tBilled Duration: ([\d.]+) ms/, 1],
  ['@initDuration', /\tInit Duration: ([\d.]+) ms/, 1],
  // In bytes of a million to the megabyte, as the service has it.
  ['@memorySize', /\tMemory Size: (\d+) MB/, 1e6],
  ['@maxMemoryUsed', /\tMax Memory Used: (\d+) MB/, 1e6],
]

function lambdaLine(message: string, found: Map<string, Value>): void {
  const [, type, id] = /^(START|END|REPORT) RequestId: ([\w-]+)/.exec(message) ?? []
  const own = id ?? /^[\dT:.-]+Z\t([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\t/.exec(message)?.[1]
  if (own !== undefined) found.set('@requestId', own)
  if (type !== undefined) found.set('@type', type)
  if (type !== 'REPORT') return
  for (const [field, pattern, times] of figures) {
    const number = pattern.exec(message)?.[1]
    if (number !== undefined) found.set(field, Number(number) * times)
  }
}
