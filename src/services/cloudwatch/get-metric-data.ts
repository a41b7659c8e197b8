import type { AccessRequest } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { fromPageToken, toPageToken } from '../../kernel/page-token.ts'
import type { Scope } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { parseExpression } from './expression-parse.ts'
import { insightRuleArn } from './insight-rules.ts'
import { readQueries, runQueries } from './queries.ts'
import { rulesIn } from './rule-metrics.ts'

const mostDatapoints = 100_800

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
export const metricData = operations<Api>()({
  GetMetricData: {
    authorize: ({ MetricDataQueries }, { scope }) => [
      { action: 'cloudwatch:GetMetricData', resource: '*' },
      ...insightRulesOf(MetricDataQueries, scope),
    ],
    async read(tx, input, { nowMs }) {
      const { MetricDataQueries, StartTime, EndTime, NextToken, ScanBy, MaxDatapoints = mostDatapoints } = input
      if (StartTime >= EndTime)
        throw awsError('ValidationError', 'The parameter StartTime must be less than the parameter EndTime.')
      if (!(MaxDatapoints >= 1 && MaxDatapoints <= mostDatapoints))
        throw awsError('InvalidParameterValue', `MaxDatapoints must be between 1 and ${mostDatapoints}.`)
      for (const [index, { MetricStat, Period }] of MetricDataQueries.entries())
        if (MetricStat && Period !== undefined) throw exclusivePeriod(`MetricDataQueries.member.${index + 1}`)
      const queries = readQueries(MetricDataQueries)
      if (!queries.some(({ returned }) => returned))
        throw awsError('ValidationError', 'At least one query must have ReturnData true.')
      const place = (periodMs: number) => ({
        fromMs: Math.floor(StartTime.getTime() / periodMs) * periodMs,
        toMs: EndTime.getTime(),
      })
      const results = await runQueries(tx, queries, { place, nowMs })
      const newestFirst = ScanBy !== 'TimestampAscending'
      let skip = NextToken === undefined ? 0 : fromToken(NextToken)
      let room = MaxDatapoints
      let more = false
      const before = skip
      const MetricDataResults = results.flatMap(({ query, series }) =>
        series.map(({ label, points }) => {
          const sorted = [...points].sort(([a], [b]) => (newestFirst ? b - a : a - b))
          const page = sorted.slice(skip, skip + room)
          if (skip + page.length < sorted.length) more = true
          skip = Math.max(0, skip - sorted.length)
          room -= page.length
          return {
            Id: query.id,
            Label: label,
            Timestamps: page.map(([atMs]) => new Date(atMs)),
            Values: page.map(([, value]) => value),
            StatusCode: 'Complete' as 'Complete' | 'PartialData',
          }
        }),
      )
      const NextTokenOut = more ? toPageToken(before + MaxDatapoints) : undefined
      return { MetricDataResults, NextToken: NextTokenOut, Messages: [] }
    },
  },
})

/** Reports of the insight rules that queries name; what can't be read is refused when they are run. */
export function insightRulesOf(given: readonly { readonly Expression?: string }[], scope: Scope): AccessRequest[] {
  const asking = given.flatMap(({ Expression = '' }) => (/INSIGHT_RULE/i.test(Expression) ? Expression : []))
  try {
    const rules = asking.flatMap((text) => rulesIn(parseExpression(text)))
    const action = 'cloudwatch:GetInsightRuleReport'
    return rules.map((rule) => ({ action, resource: insightRuleArn(scope, rule) }))
  } catch {
    return []
  }
}

function exclusivePeriod(path: string): Error {
  return awsError(
    'ValidationError',
    `The parameters ${path}.Period and ${path}.MetricStat are mutually exclusive and you have specified both.`,
  )
}

function fromToken(token: string): number {
  const [offset = -1] = fromPageToken(token, ['number']) ?? []
  if (!Number.isSafeInteger(offset) || offset < 0) throw awsError('InvalidNextToken', 'The next token is invalid.')
  return offset
}
