import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, toPageToken } from '../../kernel/page-token.ts'
import { metric } from '../../telemetry/metric-state.ts'
import type { Api } from './api.ts'
import { writeDimensions } from './metric-input.ts'

const pageSize = 500
/** What RecentlyActive asks for. */
const recentMs = 3 * 3_600_000

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html */
export const listing = operations<Api>()({
  ListMetrics: {
    authorize: () => [{ action: 'cloudwatch:ListMetrics', resource: '*' }],
    async read(
      tx,
      { Namespace, MetricName, Dimensions = [], NextToken, RecentlyActive, IncludeLinkedAccounts, OwningAccount },
      ctx,
    ) {
      if (IncludeLinkedAccounts || OwningAccount !== undefined) {
        throw awsError(
          'InvalidParameterValue',
          'IncludeLinkedAccounts and OwningAccount need cross-account observability, which Landfall does not have.',
        )
      }
      const prefix = Namespace === undefined ? [] : MetricName === undefined ? [Namespace] : [Namespace, MetricName]
      const bounds =
        NextToken === undefined ? { from: prefix } : boundsOfPage(NextToken, badToken, ['string', 'string', 'string'])
      const found: { Namespace: string; MetricName: string; Dimensions: { Name: string; Value: string }[] }[] = []
      let last: readonly string[] = []
      for await (const { key, value } of tx.range(metric.between([], bounds))) {
        const [namespace, name] = key
        if (Namespace !== undefined && namespace !== Namespace) break
        if (found.length === pageSize) return { Metrics: found, NextToken: toPageToken(...last) }
        last = key
        if (MetricName !== undefined && name !== MetricName) continue
        if (RecentlyActive === 'PT3H' && value.lastAtMs + recentMs < ctx.nowMs) continue
        if (
          !Dimensions.every(
            ({ Name, Value }) =>
              Object.hasOwn(value.dimensions, Name) && (Value === undefined || value.dimensions[Name] === Value),
          )
        )
          continue
        found.push({ Namespace: namespace, MetricName: name, Dimensions: writeDimensions(value.dimensions) })
      }
      return { Metrics: found }
    },
  },
})

function badToken(): Error {
  return awsError('InvalidParameterValue', 'The next token is invalid.')
}
