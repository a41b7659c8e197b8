import type { MetricStat } from '@aws-sdk/client-cloudwatch'
import type { Input } from '../../kernel/operation.ts'

/** A metric and how it is asked for. */
export type AskedMetric = Partial<Input<MetricStat>>

/**
 * What metrics are called that are given no label: what tells those of a request apart. One has its name; several the
 * values of the dimensions in which they differ, then the name, the statistic and the period, each where it is not the
 * same for all. The documentation says no more than that there is a default; this is what answers of the service show:
 * https://github.com/aws/amazon-cloudwatch-agent-test/pull/153 and https://github.com/localstack/localstack/pull/9880
 */
export function defaultLabels(all: readonly AskedMetric[]): (one: AskedMetric) => string {
  const differ = (of: (one: AskedMetric) => unknown) => new Set(all.map(of)).size > 1
  const names = new Set(all.flatMap((one) => dimensionsOf(one).map(({ Name }) => Name)))
  const telling = new Set([...names].filter((name) => differ((one) => dimensionValue(one, name))))
  const by = {
    namespace: differ(({ Metric }) => Metric?.Namespace),
    name: differ(({ Metric }) => Metric?.MetricName),
    stat: differ(({ Stat }) => Stat),
    period: differ(({ Period }) => Period),
  }
  return (one) => {
    const { Metric, Stat, Period } = one
    const which = [
      by.namespace ? Metric?.Namespace : undefined,
      ...dimensionsOf(one).map(({ Name, Value }) => (Name !== undefined && telling.has(Name) ? Value : undefined)),
    ].filter((part) => part !== undefined)
    const name = by.name || which.length === 0 ? Metric?.MetricName : undefined
    const how = [by.stat ? Stat : undefined, by.period ? Period : undefined]
    return [...which, name, ...how].filter((part) => part !== undefined).join(' ')
  }
}

function dimensionsOf({ Metric }: AskedMetric) {
  return Metric?.Dimensions ?? []
}

function dimensionValue(one: AskedMetric, name: string | undefined): string | undefined {
  return dimensionsOf(one).find(({ Name }) => Name === name)?.Value
}
