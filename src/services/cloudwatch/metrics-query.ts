import { wrongQuery } from './series.ts'

/** Functions of Metrics Insights, of what is summed up of the samples. */
export const queryFunctions = {
  AVG: ({ sum, count }: Summed) => (count === 0 ? undefined : sum / count),
  COUNT: ({ count }: Summed) => count,
  MAX: ({ max }: Summed) => max,
  MIN: ({ min }: Summed) => min,
  SUM: ({ sum }: Summed) => sum,
} as const
export type QueryFunction = keyof typeof queryFunctions

export interface Summed {
  readonly sum: number
  readonly count: number
  readonly min: number
  readonly max: number
}

/** A query of Metrics Insights, read. */
export interface MetricsQuery {
  readonly of: QueryFunction
  readonly metricName: string
  readonly namespace: string
  /** The names of the dimensions that metrics have, these and no others; undefined: any. */
  readonly schema?: readonly string[] | undefined
  readonly where: readonly { readonly label: string; readonly equal: boolean; readonly value: string }[]
  readonly groupBy: readonly string[]
  readonly orderBy?: { readonly by: QueryFunction; readonly descending: boolean } | undefined
  readonly limit: number
}

const mostCharacters = 2_048
/** How many time series one query may make. */
const mostSeries = 500

export function isMetricsQuery(text: string): boolean {
  return /^\s*SELECT\b/i.test(text)
}

/**
 * Reads `SELECT AVG(m) FROM SCHEMA("ns", d) WHERE d != 'x' GROUP BY d ORDER BY MAX() DESC LIMIT 5`. Throws ValidationError.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */
export function parseMetricsQuery(text: string): MetricsQuery {
  if (text.length > mostCharacters) throw wrong(`it is longer than ${mostCharacters} characters`)
  const tokens = scan(text)
  let at = 0
  const isWord = (word: string) => tokens[at]?.kind === 'word' && tokens[at]?.text.toUpperCase() === word
  const eat = (word: string) => isWord(word) && ++at > 0
  const eatSymbol = (symbol: string) => tokens[at]?.kind === 'symbol' && tokens[at]?.text === symbol && ++at > 0
  const expect = (done: boolean, what: string) => {
    if (!done) throw wrong(`${what} is missing before "${tokens[at]?.text ?? 'its end'}"`)
  }
  /** A word, or anything between double quotation marks. */
  function name(what: string): string {
    const found = tokens[at]
    if (found?.kind !== 'word' && found?.kind !== 'quoted') throw wrong(`the name of ${what} is missing`)
    at++
    return found.text
  }
  function names(what: string): string[] {
    const found = [name(what)]
    while (eatSymbol(',')) found.push(name(what))
    return found
  }
  function once(found: string[]): string[] {
    const twice = found.find((one, index) => found.indexOf(one) < index)
    if (twice !== undefined) throw wrong(`${twice} is named twice`)
    return found
  }
  function aFunction(): QueryFunction {
    const found = name('a function').toUpperCase()
    if (!isFunction(found)) throw wrong(`${found} is not one of ${Object.keys(queryFunctions).join(', ')}`)
    return found
  }

  expect(eat('SELECT'), 'SELECT')
  const of = aFunction()
  expect(eatSymbol('('), '(')
  const metricName = name('a metric')
  expect(eatSymbol(')'), ')')
  expect(eat('FROM'), 'FROM')
  let schema: string[] | undefined
  let namespace: string
  if (isWord('SCHEMA') && tokens[at + 1]?.kind === 'symbol' && tokens[at + 1]?.text === '(') {
    at += 2
    const [first = '', ...dimensions] = names('a dimension')
    expect(eatSymbol(')'), ')')
    namespace = first
    schema = once(dimensions)
  } else namespace = name('a namespace')
  const where: { label: string; equal: boolean; value: string }[] = []
  if (eat('WHERE'))
    do {
      const label = name('a label')
      const equal = eatSymbol('=')
      if (!equal) expect(eatSymbol('!='), '= or !=')
      const value = tokens[at++]
      if (value?.kind !== 'text') throw wrong(`the value of ${label} must be between single quotation marks`)
      where.push({ label, equal, value: value.text })
    } while (eat('AND'))
  let groupBy: string[] = []
  if (eat('GROUP')) {
    expect(eat('BY'), 'BY')
    groupBy = once(names('a label'))
  }
  let orderBy: MetricsQuery['orderBy']
  if (eat('ORDER')) {
    expect(eat('BY'), 'BY')
    const by = aFunction()
    expect(eatSymbol('(') && eatSymbol(')'), '()')
    const descending = eat('DESC')
    if (!descending) eat('ASC')
    orderBy = { by, descending }
  }
  let limit = mostSeries
  if (eat('LIMIT')) {
    const given = tokens[at++]
    limit = given?.kind === 'word' && /^\d{1,3}$/.test(given.text) ? Number(given.text) : 0
    if (limit < 1 || limit > mostSeries) throw wrong(`LIMIT must be a number between 1 and ${mostSeries}`)
  }
  if (at < tokens.length) throw wrong(`"${tokens[at]?.text}" is not expected`)
  return { of, metricName, namespace, schema, where, groupBy, orderBy, limit }
}

function isFunction(name: string): name is QueryFunction {
  return Object.hasOwn(queryFunctions, name)
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'text' | 'symbol'
  readonly text: string
}

const token = /\s*(?:(\w+)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.|'')*)'|(!=|[=(),]))/y

function scan(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  for (let at = 0; at < end; at = token.lastIndex) {
    token.lastIndex = at
    const match = token.exec(text)
    if (!match) throw wrong(`"${text.slice(at, at + 20)}" can't be read`)
    const [, word, quoted, single, symbol] = match
    if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replace(/\\(.)/g, '$1') })
    else if (single !== undefined)
      tokens.push({ kind: 'text', text: single.replace(/\\(.)|''/g, (_, one) => one ?? "'") })
    else tokens.push({ kind: 'symbol', text: symbol ?? '' })
  }
  return tokens
}

function wrong(problem: string): Error {
  return wrongQuery(`Error in a Metrics Insights query: ${problem}.`)
}
