import type { ReadTx } from '../../kernel/records.ts'
import type { Series } from './expression.ts'
import { ruleFunction, ruleMetricOf } from './expression-functions.ts'
import { callsOf, type Expression } from './expression-parse.ts'
import { mostEvents, type Report, reportOf } from './insight-rule-report.ts'
import { isPeriodFigure, periodFigures } from './insight-rule-reports.ts'
import { findRule } from './insight-rules.ts'
import { type Place, timesOf, wrongQuery } from './series.ts'

/** An expression, and the period of what it makes itself. */
interface Asked {
  readonly expression: Expression
  readonly periodSec: number
}

/** Names of the Contributor Insights rules whose figures an expression has. Throws for figures that there are not. */
export function rulesIn(expression: Expression): string[] {
  const named = callsOf(expression, ruleFunction).map(({ args }) => ruleMetricOf(args))
  for (const { figure } of named)
    if (!isPeriodFigure(figure)) throw wrongQuery(`${ruleFunction} knows ${Object.keys(periodFigures).join(', ')}.`)
  return [...new Set(named.map(({ rule }) => rule))]
}

/**
 * The figures of rules, by the period of the expression that asks. Each rule's events are read once for each period.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-GraphReportData.html
 */
export async function ruleMetrics(tx: ReadTx, asked: readonly Asked[], place: Place, nowMs: number) {
  const reports = new Map<string, Report>()
  // All reports of a request together look at no more than one may.
  const budget = { left: mostEvents }
  const keyOf = (rule: string, periodSec: number) => `${periodSec} ${rule}`
  for (const { expression, periodSec } of asked)
    for (const rule of rulesIn(expression)) {
      const periodMs = periodSec * 1000
      const span = { ...place(periodMs), periodMs }
      const key = keyOf(rule, periodSec)
      if (!reports.has(key)) reports.set(key, await reportOf(tx, await findRule(tx, rule), span, nowMs, budget))
    }
  return (periodSec: number) =>
    (rule: string, figure: string): Series => {
      const report = reports.get(keyOf(rule, periodSec))
      if (!report || !isPeriodFigure(figure)) throw wrongQuery(`There is nothing known of ${rule} and ${figure}.`)
      const periodMs = periodSec * 1000
      const points = [...report.periods].sort(([a], [b]) => a - b)
      return {
        label: `${rule} ${figure}`,
        periodMs,
        points: new Map(points.map(([atMs, period]) => [atMs, periodFigures[figure](period)])),
        times: timesOf(place(periodMs), periodMs),
      }
    }
}
