import type { StandardUnit } from '@aws-sdk/client-cloudwatch-logs'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { parseExtract, parseExtracts } from '../../telemetry/filter/extract.ts'
import { parseFilter } from '../../telemetry/filter/pattern.ts'
import { group, type LogGroup, type MetricFilter } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { findGroup, fromToken, groupArn, groupResource, pageSize } from './find.ts'
import { checkRegexQuota } from './regex-quota.ts'

const mostFilters = 100

/** Metric filters: samples of a metric from the events of a group. */
export const metricFilters = operations<Api>()({
  PutMetricFilter: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:PutMetricFilter', resource: groupResource(ctx, logGroupName) },
    ],
    async write(tx, input, ctx) {
      for (const name of ['fieldSelectionCriteria', 'emitSystemFieldDimensions'] as const)
        if (input[name]) throw invalid(`${name} is not supported by Landfall. Leave it out.`)
      const found = await findGroup(tx, input.logGroupName)
      const filter = readFilter(input, ctx.nowMs)
      const others = (found.metricFilters ?? []).filter(({ name }) => name !== filter.name)
      if (others.length >= mostFilters)
        throw awsError('LimitExceededException', `A log group can have at most ${mostFilters} metric filters.`)
      const metricFilters = [...others, filter].sort((a, b) => (a.name < b.name ? -1 : 1))
      checkRegexQuota({ ...found, metricFilters })
      tx.set(group(found.name), { ...found, metricFilters })
      return {}
    },
  },
  DeleteMetricFilter: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:DeleteMetricFilter', resource: groupResource(ctx, logGroupName) },
    ],
    async write(tx, { logGroupName, filterName }) {
      const found = await findGroup(tx, logGroupName)
      const left = (found.metricFilters ?? []).filter(({ name }) => name !== filterName)
      if (left.length === (found.metricFilters ?? []).length)
        throw awsError('ResourceNotFoundException', 'The specified metric filter does not exist.')
      tx.set(group(found.name), { ...found, metricFilters: left })
      return {}
    },
  },
  DescribeMetricFilters: {
    authorize: ({ logGroupName }, ctx) => [
      {
        action: 'logs:DescribeMetricFilters',
        resource:
          logGroupName === undefined ? `${groupArn(ctx.scope, '*')}:log-stream:` : groupResource(ctx, logGroupName),
      },
    ],
    async read(tx, input) {
      const { logGroupName, filterNamePrefix, metricName, metricNamespace, nextToken } = input
      if ((metricName === undefined) !== (metricNamespace === undefined))
        throw invalid('metricName and metricNamespace must be given together.')
      if (filterNamePrefix !== undefined && logGroupName === undefined)
        throw invalid('filterNamePrefix needs logGroupName.')
      const limit = pageSize(input.limit, 50)
      const after = nextToken === undefined ? undefined : fromToken(nextToken, ['string', 'string'])
      const found: { group: LogGroup; filter: MetricFilter }[] = []
      for await (const one of filtersOf(tx, logGroupName, after?.[0])) {
        const { filter } = one
        if (after && one.group.name === after[0] && filter.name <= after[1]) continue
        if (filterNamePrefix !== undefined && !filter.name.startsWith(filterNamePrefix)) continue
        if (metricName !== undefined && (filter.metricName !== metricName || filter.namespace !== metricNamespace))
          continue
        found.push(one)
        if (found.length > limit) break
      }
      const page = found.slice(0, limit)
      const last = page.at(-1)
      return {
        metricFilters: page.map(({ group: { name }, filter }) => describe(name, filter)),
        nextToken: found.length > limit && last ? toPageToken(last.group.name, last.filter.name) : undefined,
      }
    },
  },
  TestMetricFilter: {
    authorize: () => [{ action: 'logs:TestMetricFilter', resource: '*' }],
    async read(_tx, { filterPattern, logEventMessages }) {
      const matches = parseFilter(filterPattern)
      const extract = parseExtracts(filterPattern)
      return {
        matches: logEventMessages.flatMap((eventMessage, index) =>
          matches(eventMessage)
            ? [{ eventNumber: index + 1, eventMessage, extractedValues: extract(eventMessage) }]
            : [],
        ),
      }
    },
  },
})

async function* filtersOf(
  tx: ReadTx,
  name: string | undefined,
  from = '',
): AsyncGenerator<{ group: LogGroup; filter: MetricFilter }> {
  if (name !== undefined) {
    const found = await findGroup(tx, name)
    for (const filter of found.metricFilters ?? []) yield { group: found, filter }
    return
  }
  for await (const { value } of tx.range(group.between([], { from: [from] })))
    for (const filter of value.metricFilters ?? []) yield { group: value, filter }
}

function readFilter(input: InputFor<Api, 'PutMetricFilter'>, nowMs: number): MetricFilter {
  const { filterName, filterPattern, metricTransformations } = input
  parseFilter(filterPattern)
  const [transformation, second] = metricTransformations
  if (!transformation || second) throw invalid('Exactly one metricTransformation must be given.')
  const { metricName, metricNamespace, metricValue, defaultValue, dimensions, unit } = transformation
  if (metricNamespace.startsWith('AWS/')) throw invalid('The metric namespace must not begin with AWS/.')
  if (metricValue.startsWith('$')) parseExtract(filterPattern, metricValue)
  else if (metricValue === '' || !Number.isFinite(Number(metricValue)))
    throw invalid(
      `Invalid metric transformation: the metricValue ${metricValue} is neither a number nor begins with $.`,
    )
  const named = Object.entries(dimensions ?? {})
  if (named.length > 3) throw invalid('A metric filter can have at most 3 dimensions.')
  if (named.length > 0 && defaultValue !== undefined)
    throw invalid('Invalid metric transformation: dimensions and default value are mutually exclusive properties.')
  for (const [, at] of named) parseExtract(filterPattern, at)
  return {
    name: filterName,
    pattern: filterPattern,
    createdAtMs: nowMs,
    metricName,
    namespace: metricNamespace,
    value: metricValue,
    defaultValue,
    dimensions: named.length > 0 ? dimensions : undefined,
    unit,
    onTransformed: input.applyOnTransformedLogs,
  }
}

function describe(logGroupName: string, filter: MetricFilter) {
  return {
    filterName: filter.name,
    filterPattern: filter.pattern,
    logGroupName,
    applyOnTransformedLogs: filter.onTransformed,
    creationTime: filter.createdAtMs,
    metricTransformations: [
      {
        metricName: filter.metricName,
        metricNamespace: filter.namespace,
        metricValue: filter.value,
        defaultValue: filter.defaultValue,
        dimensions: filter.dimensions && { ...filter.dimensions },
        unit: filter.unit as StandardUnit | undefined,
      },
    ],
  }
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
