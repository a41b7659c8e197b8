import { invalid } from './names.ts'

/** The members of a metadata extraction query, each with the path to its value. */
export type Query = ReadonlyMap<string, readonly (string | number)[]>

const key = /^\s*(?:([A-Za-z_]\w*)|"([^"\\]*)")\s*(?::\s*|(?=[,}]))/
const step = /^(?:\.([A-Za-z_]\w*)|\.?"([^"\\]*)"|\.?\["([^"\\]*)"\]|\.?\[(-?\d+)\])/

/**
 * Reads the part of jq that names values: an object construction of paths, `{customer: .customer.id, kind: .tags[0]}`.
 * Throws InvalidArgumentException for anything else that jq can do (pipes, functions, arithmetic).
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
 */
export function parseQuery(text: string): Query {
  const refused = (at: string) =>
    invalid(
      `MetadataExtractionQuery ${text}: what begins at "${at.slice(0, 30)}" is not supported by Landfall. ` +
        'Use an object of paths, such as {customer: .customer.id}; for more, a Lambda processor.',
    )
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1]
  if (body === undefined) throw refused(text)
  const found = new Map<string, (string | number)[]>()
  for (let rest = `${body}}`; ; ) {
    const [whole, plain, quoted] = key.exec(rest) ?? []
    const name = plain ?? quoted
    if (whole === undefined || name === undefined) throw refused(rest)
    rest = rest.slice(whole.length)
    const path: (string | number)[] = []
    // Without a path, the member of that name: {customer}.
    if (!whole.includes(':')) path.push(name)
    for (let one = step.exec(rest); whole.includes(':') && one; one = step.exec(rest)) {
      if (path.length === 0 && !rest.startsWith('.')) throw refused(rest)
      path.push(one[4] === undefined ? (one[1] ?? one[2] ?? one[3] ?? '') : Number(one[4]))
      rest = rest.slice(one[0].length)
    }
    if (path.length === 0) throw refused(rest)
    found.set(name, path)
    rest = rest.trimStart()
    if (rest === '}') return found
    if (!rest.startsWith(',')) throw refused(rest)
    rest = rest.slice(1)
  }
}

/** The values of a record as texts; those that it does not have are left out. Throws SyntaxError when it is not JSON. */
export function runQuery(query: Query, record: Uint8Array): Record<string, string> {
  const parsed: unknown = JSON.parse(Buffer.from(record).toString('utf8'))
  const found: [string, string][] = []
  for (const [name, path] of query) {
    const value = path.reduce(member, parsed)
    if (value === undefined || value === null) continue
    found.push([name, typeof value === 'string' ? value : JSON.stringify(value)])
  }
  return Object.fromEntries(found)
}

function member(value: unknown, part: string | number): unknown {
  if (Array.isArray(value)) return typeof part === 'number' ? value.at(part) : undefined
  if (typeof value !== 'object' || value === null || typeof part === 'number') return undefined
  return Object.hasOwn(value, part) ? (value as Readonly<Record<string, unknown>>)[part] : undefined
}
