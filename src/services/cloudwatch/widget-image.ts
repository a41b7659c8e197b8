import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { asBody } from '../../kernel/http.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Chart, ChartSeries } from '../../telemetry/chart/spec.ts'
import type { Api } from './api.ts'
import { insightRulesOf } from './get-metric-data.ts'
import { readQueries, runQueries } from './queries.ts'
import { readWidget, type Widget } from './widget.ts'
import { wrong } from './widget-json.ts'

const drawingMs = 10_000
const palette = [
  ...['#1f77b4', '#ff7f0e', '#2ca02c', '#d62728', '#9467bd', '#8c564b', '#e377c2', '#7f7f7f', '#bcbd22', '#17becf'],
  ...['#aec7e8', '#ffbb78', '#98df8a', '#ff9896', '#c5b0d5', '#c49c94', '#f7b6d2', '#c7c7c7', '#dbdb8d', '#9edae5'],
]

/** Graphs of metrics as pictures, drawn on a thread. */
export const widgetImages = operations<Api>()({
  GetMetricWidgetImage: {
    authorize: ({ MetricWidget }, ctx) => [
      { action: 'cloudwatch:GetMetricWidgetImage', resource: '*' },
      ...insightRulesOf(queriesIn(MetricWidget, ctx), ctx.scope),
    ],
    async call({ MetricWidget, OutputFormat = 'png' }, ctx) {
      if (OutputFormat !== 'png' && OutputFormat !== 'image/png')
        throw awsError('ValidationError', 'OutputFormat must be png or image/png.')
      const widget = readWidget(MetricWidget, ctx.scope, ctx.nowMs)
      const chart: Chart = { ...widget.chart, series: await ctx.read((tx) => seriesOf(tx, widget, ctx.nowMs)) }
      const { signal } = ctx
      const image = await ctx.host.workers
        .run<Uint8Array>('chart', chart, { timeoutMs: drawingMs, signal })
        .catch((error: unknown) => {
          if (!(error instanceof Error) || error.name !== 'WorkerTimeout') throw error
          throw wrong('it', 'takes too long to draw: ask for fewer metrics or a smaller picture')
        })
      const output = { MetricWidgetImage: image }
      return OutputFormat === 'png' ? output : asBody(output, 'image/png', image)
    },
  },
})

/** What can't be read is refused after who may not ask. */
function queriesIn(text: string, { scope, nowMs }: Ctx) {
  try {
    return readWidget(text, scope, nowMs).metrics.map(({ query }) => query)
  } catch {
    return []
  }
}

async function seriesOf(
  tx: ReadTx,
  { chart: { fromMs, toMs }, metrics, isWhole }: Widget,
  nowMs: number,
): Promise<ChartSeries[]> {
  const queries = readQueries(metrics.map(({ query }) => query))
  const place = (periodMs: number) => ({ fromMs: isWhole ? fromMs : Math.floor(fromMs / periodMs) * periodMs, toMs })
  const found = await runQueries(tx, queries, { place, nowMs })
  const drawn: ChartSeries[] = []
  for (const { query, series } of found) {
    const metric = metrics.find((one) => one.query.Id === query.id)
    for (const one of series)
      drawn.push({
        label: one.label,
        color: (series.length === 1 ? metric?.color : undefined) ?? palette[drawn.length % palette.length] ?? '#1f77b4',
        axis: metric?.axis ?? 'left',
        // Math can make what no axis has room for.
        points: [...one.points].filter(([, value]) => Number.isFinite(value)).sort(([a], [b]) => a - b),
        periodMs: one.periodMs,
      })
  }
  return drawn
}
