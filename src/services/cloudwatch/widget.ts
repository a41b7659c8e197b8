import type { Scope } from '../../kernel/records.ts'
import type { Chart } from '../../telemetry/chart/spec.ts'
import { choiceAt, flagAt, type Json, numberAt, objectAt, textAt, wrong } from './widget-json.ts'
import { readAxes, readMarks } from './widget-marks.ts'
import { readMetrics, type WidgetMetric } from './widget-metrics.ts'
import { momentOf, offsetOf } from './widget-times.ts'

/** What the real service takes. */
const mostBytes = 102_400
const mostPixels = 2_000
const usualWidth = 600
const usualHeight = 400
const usualPeriodSec = 300
/** Of all metrics, as GetMetricData answers at once. */
const mostDatapoints = 100_800
const minuteMs = 60_000

const names = [
  ...['accountId', 'annotations', 'end', 'height', 'legend', 'liveData', 'metrics', 'period', 'region'],
  ...['setPeriodToTimeRange', 'singleValueFullPrecision', 'sparkline', 'stacked', 'start', 'stat', 'theme'],
  ...['timezone', 'title', 'view', 'width', 'yAxis'],
]

export interface Widget {
  /** All but what its metrics come to. */
  readonly chart: Omit<Chart, 'series'>
  readonly metrics: readonly WidgetMetric[]
  /** One value is made of the whole time. */
  readonly isWhole: boolean
}

/**
 * Reads the JSON of a widget. Throws ValidationError saying where it is wrong.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html
 */
export function readWidget(text: string, scope: Scope, nowMs: number): Widget {
  if (Buffer.byteLength(text) > mostBytes) throw wrong('it', `is longer than ${mostBytes} bytes`)
  const json = objectAt(parsed(text) ?? null, '$', names)
  const { region = scope.region, accountId = scope.account } = json
  if (region !== scope.region || accountId !== scope.account) throw wrong('region', 'must be that of the request')
  const { fromMs, toMs } = readTimes(json, nowMs)
  const view = choiceAt(json, 'view', '$', ['timeSeries', 'bar', 'pie', 'singleValue', 'gauge'])
  const axes = readAxes(json.yAxis)
  if (view === 'gauge' && (axes.left.min === undefined || axes.left.max === undefined))
    throw wrong('yAxis.left', 'must have min and max, as the view is a gauge')
  flagAt(json, 'liveData', '$')
  const isWhole = flagAt(json, 'setPeriodToTimeRange', '$') && view !== 'timeSeries'
  const period = numberAt(json, 'period', '$') ?? usualPeriodSec
  const wholePeriod = isWhole ? Math.ceil((toMs - fromMs) / minuteMs) * 60 : undefined
  const metrics = readMetrics(json.metrics, {
    period,
    wholePeriod,
    scope,
    stat: textAt(json, 'stat', '$') ?? 'Average',
  })
  checkDatapoints(metrics, toMs - fromMs)
  const timezone = textAt(json, 'timezone', '$')
  const legend = objectAt(json.legend, 'legend', ['position'])
  return {
    ...{ metrics, isWhole },
    chart: {
      width: pixels(json, 'width', usualWidth),
      height: pixels(json, 'height', usualHeight),
      theme: choiceAt(json, 'theme', '$', ['light', 'dark']),
      title: textAt(json, 'title', '$'),
      ...{ view, fromMs, toMs, axes },
      stacked: flagAt(json, 'stacked', '$'),
      offsetMs: timezone === undefined ? 0 : offsetOf(timezone, 'timezone'),
      legend: choiceAt(legend, 'position', 'legend', ['bottom', 'right', 'hidden']),
      ...readMarks(json.annotations, nowMs),
      sparkline: flagAt(json, 'sparkline', '$'),
      fullPrecision: flagAt(json, 'singleValueFullPrecision', '$'),
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw wrong('it', 'is not JSON')
  }
}

/** Whole minutes: that is how finely most metrics are kept. */
function readTimes(json: Json, nowMs: number): { fromMs: number; toMs: number } {
  const fromMs = momentOf(textAt(json, 'start', '$') ?? '-PT3H', 'start', nowMs)
  const toMs = momentOf(textAt(json, 'end', '$') ?? '-PT0H', 'end', nowMs)
  if (fromMs >= toMs) throw wrong('start', 'must be before end')
  return { fromMs: Math.floor(fromMs / minuteMs) * minuteMs, toMs }
}

function pixels(json: Json, name: 'width' | 'height', usual: number): number {
  const value = numberAt(json, name, '$') ?? usual
  if (!Number.isInteger(value) || value < 1 || value > mostPixels)
    throw wrong(name, `must be a whole number between 1 and ${mostPixels}`)
  return value
}

function checkDatapoints(metrics: readonly WidgetMetric[], rangeMs: number): void {
  let count = 0
  for (const { query } of metrics) {
    const periodSec = query.MetricStat?.Period ?? query.Period ?? usualPeriodSec
    count += rangeMs / Math.max(1, periodSec) / 1_000
  }
  if (count > mostDatapoints) throw wrong('period', `must be longer: there are more than ${mostDatapoints} datapoints`)
}
