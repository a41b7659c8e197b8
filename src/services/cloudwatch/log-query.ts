import { mostResults, parseQuery } from '../../telemetry/insights/parse.ts'
import { QueryError } from '../../telemetry/insights/tokens.ts'
import { invalid } from './alarm-input.ts'
import type { LogCondition, LogResult, LogValue } from './log-alarm-state.ts'

/** As many groups of one result are looked at, as in the real service. */
const mostGroups = 500
const mostLabelChars = 1_024
/** Of the labels of one result: a state is made of as many as a hundred results. */
const mostResultChars = 500_000
const ordering = /\|\s*sort(?:\s+(asc|desc))?\s*$/i

interface Aggregation {
  /** The query with what is to be made of its events. */
  readonly text: string
  /** The name of the column with the values. */
  readonly column: string
  readonly grouped: boolean
  readonly descending: boolean | undefined
}

/**
 * The query that a log alarm runs: that of its QueryString, whose events are summed up by its AggregationExpression
 * (`avg(latency) by host | sort desc`). Throws ValidationError.
 */
export function aggregationOf({ query, aggregation }: Pick<LogCondition, 'query' | 'aggregation'>): Aggregation {
  const order = ordering.exec(aggregation)
  const summed = aggregation.slice(0, order?.index ?? aggregation.length)
  const [stats, ...more] = parsed(`stats ${summed}`, 'AggregationExpression')
  if (stats?.kind !== 'stats' || more.length > 0)
    throw invalid('AggregationExpression must be a function, which can have by and a sort after it: avg(ms) by host.')
  const [column, ...others] = stats.columns
  if (!column || others.length > 0) throw invalid('AggregationExpression must make one value.')
  // On a line of its own: the query may end with a comment.
  const text = query.trim() === '' ? `stats ${summed}` : `${query}\n| stats ${summed}`
  parsed(text, 'QueryString and AggregationExpression')
  const grouped = stats.by.length > 0
  return { text, column: column.name, grouped, descending: order ? order[1]?.toLowerCase() === 'desc' : undefined }
}

function parsed(text: string, what: string) {
  try {
    return parseQuery(text)
  } catch (error) {
    if (error instanceof QueryError) throw invalid(`${what}: ${error.message}`)
    throw error
  }
}

/** The query of the log lines that actions are told. */
export function linesQuery({ query, lines = 0 }: Pick<LogCondition, 'query' | 'lines'>): string {
  return query.trim() === '' ? `fields @message | limit ${lines}` : `${query}\n| limit ${Math.min(lines, mostResults)}`
}

/** A row as GetQueryResults gives it. */
export type Row = readonly { readonly field?: string; readonly value?: string }[]

/** The values of a result, and what they are grouped by; rows whose value is no number say nothing. */
export function resultOf(condition: Pick<LogCondition, 'query' | 'aggregation'>, rows: readonly Row[]): LogResult {
  const { column, descending } = aggregationOf(condition)
  const values = rows.flatMap((row): LogValue[] => {
    const cells = new Map(row.map(({ field = '', value = '' }) => [field, value]))
    const text = cells.get(column) ?? ''
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value)) return []
    cells.delete(column)
    return [{ labels: Object.fromEntries([...cells].map(([name, of]) => [name, of.slice(0, mostLabelChars)])), value }]
  })
  if (descending !== undefined) values.sort((a, b) => (descending ? b.value - a.value : a.value - b.value))
  let chars = 0
  const fitting = values.slice(0, mostGroups).filter(({ labels }) => {
    for (const label of Object.values(labels)) chars += label.length
    return chars <= mostResultChars
  })
  return { values: fitting, ...(values.length > fitting.length && { partial: true }) }
}

/** The lines in the rows of `linesQuery`: the message, or what the query shows instead. */
export function linesOf(rows: readonly Row[]): string[] {
  return rows.map((row) => {
    const shown = row.filter(({ field }) => field !== '@ptr')
    const message = shown.find(({ field }) => field === '@message')
    return message?.value ?? shown.map(({ value = '' }) => value).join(' ')
  })
}
