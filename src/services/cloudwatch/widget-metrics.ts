import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import type { Input } from '../../kernel/operation.ts'
import type { Scope } from '../../kernel/records.ts'
import type { Side } from '../../telemetry/chart/spec.ts'
import { choiceAt, colorAt, flagAt, type Json, listAt, numberAt, objectAt, textAt, wrong } from './widget-json.ts'

const mostMetrics = 100
const rendering = ['accountId', 'color', 'expression', 'id', 'label', 'period', 'region', 'stat', 'visible', 'yAxis']

/** A metric or an expression of a widget, as GetMetricData is asked for it, and how it is drawn. */
export interface WidgetMetric {
  readonly query: Input<MetricDataQuery>
  readonly color: string | undefined
  readonly axis: Side
}

interface Usual {
  readonly period: number
  readonly stat: string
  /** In place of every period: that of the whole time. */
  readonly wholePeriod: number | undefined
  readonly scope: Scope
}

/**
 * Reads `[["AWS/Lambda", "Errors", "FunctionName", "f", {"stat": "Sum"}], ["...", "g"], [{"expression": "m1 * 2"}]]`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html
 */
export function readMetrics(given: unknown, usual: Usual): WidgetMetric[] {
  const rows = listAt(given, 'metrics', mostMetrics)
  if (rows.length === 0) throw wrong('metrics', 'must have at least one metric')
  let before: readonly string[] = []
  return rows.map((row, index) => {
    const path = `metrics[${index}]`
    const items = listAt(row, path, 64)
    const last = items.at(-1)
    const hasOptions = typeof last === 'object' && last !== null
    const options = objectAt(hasOptions ? last : undefined, path, rendering)
    const named = hasOptions ? items.slice(0, -1) : items
    const common = commonOf(options, index, path, usual.scope)
    const expression = textAt(options, 'expression', path)
    if (expression !== undefined) {
      if (named.length > 0) throw wrong(path, 'cannot name a metric and have an expression')
      return { ...common, query: { ...common.query, Expression: expression, Period: periodOf(options, path, usual) } }
    }
    before = expanded(named, before, path)
    return { ...common, query: { ...common.query, MetricStat: statOf(before, options, path, usual) } }
  })
}

function commonOf(options: Json, index: number, path: string, scope: Scope) {
  const { region = scope.region, accountId = scope.account } = options
  if (region !== scope.region || accountId !== scope.account)
    throw wrong(path, 'must be of this account and Region: there is no cross-account observability')
  const label = textAt(options, 'label', path)
  const visible = options.visible === undefined || flagAt(options, 'visible', path)
  return {
    query: {
      Id: textAt(options, 'id', path) ?? `widget${index}`,
      ...(label !== undefined && { Label: label }),
      ReturnData: visible,
    },
    color: options.color === undefined ? undefined : colorAt(options, path, ''),
    axis: choiceAt(options, 'yAxis', path, ['left', 'right']),
  }
}

function statOf(names: readonly string[], options: Json, path: string, usual: Usual) {
  const [Namespace, MetricName, ...pairs] = names
  if (Namespace === undefined || MetricName === undefined || pairs.length % 2 !== 0)
    throw wrong(path, 'must have a namespace, the name of a metric, and names and values of dimensions')
  const Dimensions = pairs.flatMap((Name, index) => (index % 2 === 0 ? [{ Name, Value: pairs[index + 1] ?? '' }] : []))
  return {
    Metric: { Namespace, MetricName, Dimensions },
    Period: periodOf(options, path, usual),
    Stat: textAt(options, 'stat', path) ?? usual.stat,
  }
}

function periodOf(options: Json, path: string, { period, wholePeriod }: Usual): number {
  return wholePeriod ?? numberAt(options, 'period', path) ?? period
}

/** `.` is what the metric before has in its place, `...` all that it has in the places before those that follow. */
function expanded(items: readonly unknown[], before: readonly string[], path: string): string[] {
  const texts = items.map((item) => {
    if (typeof item !== 'string') throw wrong(path, 'must be texts, and an object of options at the end')
    return item
  })
  const filled =
    texts[0] === '...' ? [...before.slice(0, Math.max(0, before.length - texts.length + 1)), ...texts.slice(1)] : texts
  return filled.map((text, index) => {
    if (text !== '.') return text
    const same = before[index]
    if (same === undefined) throw wrong(path, 'has a . where the metric before has nothing')
    return same
  })
}
