import { badRequest } from './find.ts'

/** A row of a file of keys. */
export interface KeyRow {
  /** As the file counts its lines, from 1. */
  readonly line: number
  readonly name: string
  readonly key: string
  readonly description: string
  readonly enabled: boolean
  readonly planIds: readonly string[]
}

const mostRows = 1_000

/**
 * The rows of a file of comma-separated values whose first line names its columns, in any order and case; other columns
 * are not looked at. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html
 */
export function readKeyFile(text: string): KeyRow[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const columns = cells(lines[0] ?? '').map((name) => name.toLowerCase())
  for (const name of ['name', 'key'])
    if (!columns.includes(name)) throw badRequest(`The file of API keys must have a column ${name}.`)
  if (lines.length > mostRows + 2) throw badRequest(`A file of API keys can have at most ${mostRows} of them.`)
  return lines.flatMap((text, index) => {
    if (index === 0 || text.trim() === '') return []
    const values = cells(text)
    const of = (name: string) => values[columns.indexOf(name)] ?? ''
    const plans = of('usageplanids').split(',')
    return {
      ...{ line: index + 1, name: of('name'), key: of('key'), description: of('description') },
      // Without a value it is.
      enabled: of('enabled').toLowerCase() !== 'false',
      planIds: plans.map((id) => id.trim()).filter(Boolean),
    }
  })
}

/** The values of a line: those in double or single quotes may have commas, and the quote itself twice. */
function cells(line: string): string[] {
  // Each begins with a comma, the first one too.
  const found = `,${line}`.matchAll(/,\s*(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([^,]*))\s*(?=,|$)/g)
  return Array.from(found, ([, double, single, bare = '']) =>
    (double?.replaceAll('""', '"') ?? single?.replaceAll("''", "'") ?? bare).trim(),
  )
}
