import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import { awsError } from '../../kernel/errors.ts'
import type { Input } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { dimensionsText } from '../../telemetry/metric-state.ts'
import { anomalyDetector } from './anomaly-detector-state.ts'
import { type AnomalyModel, bandFunction, trainingSpan, trainModel } from './anomaly-model.ts'
import { type AskedMetric, defaultLabels } from './default-labels.ts'
import { evaluate, type Series, type Value } from './expression.ts'
import { callsOf, type Expression, namesIn, parseExpression } from './expression-parse.ts'
import { readDimensions } from './metric-input.ts'
import { isMetricsQuery, type MetricsQuery, parseMetricsQuery } from './metrics-query.ts'
import { runMetricsQuery } from './metrics-query-run.ts'
import { ruleMetrics, rulesIn } from './rule-metrics.ts'
import { checkPeriod, type MetricName, type Place, readPeriods, timesOf, together } from './series.ts'
import { type Statistic, statistic } from './statistic.ts'

/** One query of GetMetricData or of an alarm on metric math, checked. */
export type Query = {
  readonly id: string
  readonly label: string
  readonly returned: boolean
} & (
  | {
      readonly metric: MetricName
      readonly periodSec: number
      readonly of: Statistic
      /** The name of the statistic. */
      readonly stat: string
      readonly unit?: string | undefined
    }
  | {
      readonly expression: Expression
      /** Of what it makes itself, as INSIGHT_RULE_METRIC does. */
      readonly periodSec: number
    }
  | { readonly metricsQuery: MetricsQuery; readonly periodSec: number }
)

/** Checks queries: ids, periods, statistics, expressions, and that what they name is there and goes in no circle. */
export function readQueries(given: readonly Input<MetricDataQuery>[]): Query[] {
  if (given.length > 500) throw invalid('The collection MetricDataQueries must not have a size greater than 500.')
  const ids = new Set<string>()
  const longest = given.reduce((most, { MetricStat }) => Math.max(most, MetricStat?.Period ?? 60), 60)
  const labelOf = defaultLabels(given.flatMap(({ MetricStat }) => MetricStat ?? []))
  const queries = given.map((query): Query => {
    const { Id, Label, MetricStat, Expression, ReturnData = true } = query
    if (!/^[a-z]\w{0,254}$/.test(Id))
      throw awsError(
        'ValidationError',
        `The value '${Id.slice(0, 100)}' for field 'Id' must match ^[a-z][a-zA-Z0-9_]*$.`,
      )
    if (ids.has(Id)) throw awsError('ValidationError', `The Id ${Id} is given twice.`)
    ids.add(Id)
    if (query.AccountId !== undefined)
      throw invalid('AccountId needs cross-account observability, which Landfall does not have.')
    if ((MetricStat === undefined) === (Expression === undefined))
      throw awsError('ValidationError', `Exactly one of MetricStat and Expression must be given for ${Id}.`)
    if (Expression !== undefined) {
      const periodSec = query.Period ?? longest
      checkPeriod(periodSec)
      const common = { id: Id, label: Label ?? Id, returned: ReturnData, periodSec }
      if (isMetricsQuery(Expression)) return { ...common, metricsQuery: parseMetricsQuery(Expression) }
      return { ...common, expression: readExpression(Expression) }
    }
    const metricStat: AskedMetric = MetricStat ?? {}
    const { Metric = {}, Period = 60, Stat = '', Unit } = metricStat
    checkPeriod(Period)
    return {
      id: Id,
      label: Label ?? labelOf(metricStat),
      returned: ReturnData,
      metric: {
        namespace: Metric.Namespace ?? '',
        name: Metric.MetricName ?? '',
        dimensions: readDimensions(Metric.Dimensions as Parameters<typeof readDimensions>[0]),
      },
      periodSec: Period,
      of: statistic(Stat, 'Stat'),
      stat: Stat,
      unit: Unit,
    }
  })
  if (queries.filter((query) => 'metricsQuery' in query).length > 1)
    throw awsError('ValidationError', 'Only one of the queries can be one of Metrics Insights.')
  checkNames(queries)
  return queries
}

function readExpression(text: string): Expression {
  const expression = parseExpression(text)
  rulesIn(expression)
  return expression
}

/** For when queries are worked out. */
export interface Asked {
  readonly place: Place
  readonly nowMs: number
  readonly trained?: Trained
}

/** Works out queries in a reading transaction; answers what those that are returned make, in order. */
export async function runQueries(
  tx: ReadTx,
  queries: readonly Query[],
  { place, nowMs, trained = new Map() }: Asked,
): Promise<{ query: Query; series: readonly Series[] }[]> {
  checkSize(queries, place)
  const metrics = new Map<string, Series>()
  const budget = { left: mostEntries }
  for (const query of queries) {
    if (!('metric' in query)) continue
    metrics.set(query.id, await readSeries(tx, query, place, budget))
    if (budget.left < 0) throw tooMuch()
    await nextTurn()
  }
  const byId = new Map(queries.map((query) => [query.id, query]))
  const usual = await modelsFor(tx, queries, { place, nowMs, trained })
  const expressions = queries.filter((query) => 'expression' in query)
  const ofRules = await ruleMetrics(tx, expressions, place, nowMs)
  const made = new Map<string, Value>()
  let points = 0
  for (const query of queries) {
    if (!('metricsQuery' in query)) continue
    const series = await runMetricsQuery(tx, query.metricsQuery, query, place)
    made.set(query.id, isGrouped(query) ? series : (series[0] ?? empty(query, place)))
  }
  const lookup = (name: string): Value => {
    const known = metrics.get(name) ?? made.get(name)
    if (known !== undefined) return known
    const query = byId.get(name)
    if (!query || !('expression' in query)) throw awsError('ValidationError', `There is no metric with the id ${name}.`)
    const ruleMetric = ofRules(query.periodSec)
    const value = evaluate(query.expression, { lookup, metrics: containing, usual: (id) => usual.get(id), ruleMetric })
    made.set(name, value)
    points += pointsIn(value)
    if (points > mostPoints) throw tooMuch()
    return value
  }
  const containing = (part: string | undefined) =>
    [...metrics].filter(([id]) => part === undefined || id.includes(part)).map(([, series]) => series)
  return queries
    .filter(({ returned }) => returned)
    .map((query) => {
      const value = lookup(query.id)
      if (typeof value !== 'object')
        throw awsError('ValidationError', `The expression ${query.id} makes a single value, not a time series.`)
      return { query, series: 'points' in value ? [{ ...value, label: query.label }] : value }
    })
}

/** Periods that all queries of a request may have, with or without a value. */
const mostPeriods = 3_000_000
/** Samples by time that may be looked at for one request, of all metrics. */
const mostEntries = 5_000_000
/** Values that expressions may make, all together. */
const mostPoints = 2_000_000

function checkSize(queries: readonly Query[], place: Place): void {
  let periods = 0
  for (const query of queries) {
    // What expressions make is counted when it is made.
    if ('expression' in query) continue
    const periodMs = query.periodSec * 1000
    const { fromMs, toMs } = place(periodMs)
    periods += (toMs - fromMs) / periodMs
  }
  if (periods > mostPeriods) throw tooMuch()
}

function pointsIn(value: Value): number {
  if (typeof value !== 'object') return 0
  if ('points' in value) return value.points.size
  return value.reduce((sum, { points }) => sum + points.size, 0)
}

function tooMuch(): Error {
  return awsError('ValidationError', 'The queries have too many datapoints. Ask for a longer Period or a shorter time.')
}

/** Makes a time series for each group. */
export function isGrouped(query: Query): boolean {
  return 'metricsQuery' in query && query.metricsQuery.groupBy.length > 0
}

function empty({ label, periodSec }: { label: string; periodSec: number }, place: Place): Series {
  const periodMs = periodSec * 1000
  return { label, periodMs, points: new Map(), times: timesOf(place(periodMs), periodMs) }
}

async function readSeries(
  tx: ReadTx,
  query: Extract<Query, { metric: MetricName }>,
  place: Place,
  budget: { left: number },
): Promise<Series> {
  const periodMs = query.periodSec * 1000
  const { fromMs, toMs } = place(periodMs)
  const periods = await readPeriods(tx, query.metric, { fromMs, toMs, periodMs, unit: query.unit }, budget)
  const points = new Map<number, number>()
  for (const [atMs, stats] of [...periods].sort(([a], [b]) => a - b)) {
    const value = query.of(together(stats))
    if (value !== undefined) points.set(atMs, value)
  }
  return { label: query.label, periodMs, points, times: timesOf({ fromMs, toMs }, periodMs) }
}

/** Models made before, by what they are of: who asks each minute keeps them for an hour. */
export type Trained = Map<string, AnomalyModel | undefined>

/** The models that the bands of these queries need, by the id of what they are about. */
async function modelsFor(tx: ReadTx, queries: readonly Query[], { place, nowMs, trained }: Required<Asked>) {
  const bands = (query: Query) => ('expression' in query ? callsOf(query.expression, bandFunction) : [])
  const ids = new Set(queries.flatMap(bands).flatMap(({ args: [about] }) => (about?.kind === 'name' ? about.name : [])))
  const models = new Map<string, AnomalyModel | undefined>()
  const plain = queries.filter((query) => bands(query).length === 0)
  // What is made of others takes all of them, which are read once, however many bands there are.
  const asked = (query: Query) => ({ ...query, returned: !('metric' in query) && ids.has(query.id) })
  let made: Awaited<ReturnType<typeof runQueries>> | undefined
  for (const id of ids) {
    const of = plain.find((query) => query.id === id)
    if (!of) throw awsError('ValidationError', `${bandFunction} cannot be about ${id}, which is made of a band itself.`)
    const detector =
      'metric' in of
        ? await tx.get(
            anomalyDetector(of.metric.namespace, of.metric.name, dimensionsText(of.metric.dimensions), of.stat),
          )
        : undefined
    const when = (periodMs: number) => trainingSpan(place(periodMs).toMs, periodMs)
    const key = JSON.stringify([tx.scope, when(1), detector?.changedAtMs, of, 'expression' in of ? plain : []])
    if (!trained.has(key)) {
      if (!('metric' in of)) made ??= await runQueries(tx, plain.map(asked), { place: when, nowMs })
      const history = 'metric' in of ? await runQueries(tx, [{ ...of, returned: true }], { place: when, nowMs }) : made
      const found = history?.find(({ query }) => query.id === id)
      trained.set(key, trainModel(found?.series[0]?.points ?? new Map(), detector))
    }
    models.set(id, trained.get(key))
  }
  return models
}

function checkNames(queries: readonly Query[]): void {
  const byId = new Map(queries.map((query) => [query.id, query]))
  const done = new Set<string>()
  const visit = (id: string, path: readonly string[]) => {
    if (done.has(id)) return
    if (path.includes(id)) throw awsError('ValidationError', `The expression ${id} depends on itself.`)
    const query = byId.get(id)
    if (!query) throw awsError('ValidationError', `There is no metric with the id ${id}, which ${path.at(-1)} names.`)
    if ('expression' in query) for (const name of idsIn(query.expression)) visit(name, [...path, id])
    done.add(id)
  }
  for (const { id } of queries) visit(id, [])
}

/** Words of functions (`REPEAT`, `ASC`) are in capitals or known; ids begin with a small letter. */
function idsIn(expression: Expression): string[] {
  return namesIn(expression).filter((name) => /^[a-z]/.test(name) && !/^(repeat|linear)$/.test(name))
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterValue', problem)
}
