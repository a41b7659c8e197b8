import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { minuteMs } from '../../telemetry/metric-state.ts'
import type { Api } from './api.ts'
import { type Contributor, type Period, reportOf } from './insight-rule-report.ts'
import { findRule, insightRuleArn } from './insight-rules.ts'

const mostContributors = 100
const mostPeriods = 1_440

/** What a period's contributions make, by the names that reports and metric math know. */
export const periodFigures = {
  UniqueContributors: ({ unique }: Period) => unique,
  MaxContributorValue: ({ most }: Period) => most,
  SampleCount: ({ count }: Period) => count,
  Sum: ({ sum }: Period) => sum,
  Minimum: ({ min }: Period) => min,
  Maximum: ({ max }: Period) => max,
  Average: ({ sum, count }: Period) => sum / count,
} as const
export type PeriodFigure = keyof typeof periodFigures

export function isPeriodFigure(name: string): name is PeriodFigure {
  return Object.hasOwn(periodFigures, name)
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetInsightRuleReport.html */
export const insightRuleReports = operations<Api>()({
  GetInsightRuleReport: {
    authorize: ({ RuleName }, ctx) => [
      { action: 'cloudwatch:GetInsightRuleReport', resource: insightRuleArn(ctx.scope, RuleName) },
    ],
    async read(tx, input, ctx) {
      const { RuleName, StartTime, EndTime, Period: periodSec, MaxContributorCount = 10, OrderBy = 'Sum' } = input
      const metrics = (input.Metrics ?? []).map((name) => {
        if (!isPeriodFigure(name)) throw invalid(`Metrics can be ${Object.keys(periodFigures).join(', ')}.`)
        return name
      })
      if (StartTime >= EndTime) throw invalid('StartTime must be before EndTime.')
      if (periodSec % 60 !== 0) throw invalid('Period must be a multiple of 60.')
      if (!(MaxContributorCount >= 1 && MaxContributorCount <= mostContributors))
        throw invalid(`MaxContributorCount must be between 1 and ${mostContributors}.`)
      if (OrderBy !== 'Sum' && OrderBy !== 'Maximum') throw invalid('OrderBy must be Sum or Maximum.')
      const fromMs = Math.floor(StartTime.getTime() / minuteMs) * minuteMs
      const span = { fromMs, toMs: EndTime.getTime(), periodMs: periodSec * 1000 }
      if ((span.toMs - fromMs) / span.periodMs > mostPeriods)
        throw invalid(`A report can have at most ${mostPeriods} periods. Use a longer Period or a shorter time.`)
      const report = await reportOf(tx, await findRule(tx, RuleName), span, ctx.nowMs)
      const periods = [...report.periods].sort(([a], [b]) => a - b)
      const rank = OrderBy === 'Sum' ? ({ total }: Contributor) => total : highest
      const ranked = report.contributors.toSorted((a, b) => rank(b) - rank(a))
      return {
        KeyLabels: [...report.definition.keys],
        AggregationStatistic: report.definition.aggregate,
        AggregateValue: periods.reduce((total, [, { sum }]) => total + sum, 0),
        ApproximateUniqueCount: report.unique,
        Contributors: ranked.slice(0, MaxContributorCount).map(({ keys, total, values }) => ({
          Keys: [...keys],
          ApproximateAggregateValue: total,
          Datapoints: [...values]
            .sort(([a], [b]) => a - b)
            .map(([atMs, ApproximateValue]) => ({ Timestamp: new Date(atMs), ApproximateValue })),
        })),
        MetricDatapoints:
          metrics.length === 0
            ? []
            : periods.map(([atMs, period]) => ({
                Timestamp: new Date(atMs),
                ...Object.fromEntries(metrics.map((name) => [name, periodFigures[name](period)])),
              })),
      }
    },
  },
})

function highest({ values }: Contributor): number {
  let most = Number.NEGATIVE_INFINITY
  for (const value of values.values()) most = Math.max(most, value)
  return most
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterValue', problem)
}
