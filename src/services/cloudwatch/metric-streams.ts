import { formatArn, parseArn } from '../../kernel/arn.ts'
import { passingRole, requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { countUpTo } from '../../kernel/count-up-to.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { Scope, Tx } from '../../kernel/records.ts'
import { upkeep } from '../../telemetry/metric-state.ts'
import type { Api } from './api.ts'
import { nextEvaluationMs } from './evaluation-job.ts'
import { type MetricStream, metricStream, streamingService } from './metric-stream-state.ts'
import { statistic } from './statistic.ts'
import { checkTags, readTags } from './tags.ts'

type Given = InputFor<Api, 'PutMetricStream'>

/** The service's quota; a region's streams are looked at each minute. */
const mostStreams = 1_000
const mostFilters = 1_000

/**
 * Metric streams. That their Firehose and role are there is not looked at when one is put, as in the real service: the
 * acceptance tests of Terraform's provider put streams with roles and Firehoses that never were. What cannot be brought
 * is tried again for hours, and told in the log.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Metric-Streams.html */
export const metricStreams = operations<Api>()({
  PutMetricStream: {
    authorize: ({ Name, RoleArn, Tags }, ctx) => [
      { action: 'cloudwatch:PutMetricStream', resource: arnOf(ctx.scope, Name), context: requestTags(readTags(Tags)) },
      passingRole(RoleArn, streamingService),
    ],
    async write(tx, input, ctx) {
      const before = await tx.get(metricStream(input.Name))
      if (!before) await checkRoom(tx)
      const next = readStream(input, before, ctx)
      tx.set(metricStream(input.Name), next)
      if (next.running) begin(tx, ctx)
      return { Arn: arnOf(ctx.scope, input.Name) }
    },
  },

  GetMetricStream: {
    authorize: ({ Name }, ctx) => [{ action: 'cloudwatch:GetMetricStream', resource: arnOf(ctx.scope, Name) }],
    async read(tx, { Name }, ctx) {
      const found = await tx.get(metricStream(Name))
      if (!found) throw notFound(Name)
      return { ...entry(found, ctx.scope), ...details(found) }
    },
  },

  ListMetricStreams: {
    authorize: () => [{ action: 'cloudwatch:ListMetricStreams', resource: '*' }],
    async read(tx, { NextToken, MaxResults = 500 }, ctx) {
      const bounds = boundsOfPage(NextToken, () => awsError('InvalidNextToken', 'The next token is invalid.'))
      const found = tx.range(metricStream.between([], bounds), { limit: MaxResults + 1 })
      const { items, next } = await pageOf(found, MaxResults, ({ key }) => key)
      return { Entries: items.map(({ value }) => entry(value, ctx.scope)), NextToken: next }
    },
  },

  StartMetricStreams: {
    authorize: ({ Names }, ctx) =>
      Names.map((name) => ({ action: 'cloudwatch:StartMetricStreams', resource: arnOf(ctx.scope, name) })),
    async write(tx, { Names }, ctx) {
      await switchStreams(tx, Names, true, ctx)
      begin(tx, ctx)
      return {}
    },
  },

  StopMetricStreams: {
    authorize: ({ Names }, ctx) =>
      Names.map((name) => ({ action: 'cloudwatch:StopMetricStreams', resource: arnOf(ctx.scope, name) })),
    async write(tx, { Names }, ctx) {
      await switchStreams(tx, Names, false, ctx)
      await endIfNone(tx)
      return {}
    },
  },

  DeleteMetricStream: {
    authorize: ({ Name }, ctx) => [{ action: 'cloudwatch:DeleteMetricStream', resource: arnOf(ctx.scope, Name) }],
    async write(tx, { Name }) {
      tx.delete(metricStream(Name))
      await endIfNone(tx)
      return {}
    },
  },
})

function arnOf({ region, account }: Scope, name: string): string {
  return formatArn('cloudwatch', region, account, `metric-stream/${name}`)
}

function readStream(input: Given, before: MetricStream | undefined, { nowMs, scope }: Ctx): MetricStream {
  const { IncludeFilters, ExcludeFilters, StatisticsConfigurations } = input
  if (!/^[\w-]+$/.test(input.Name)) throw invalid('Name can have letters, digits, - and _ only.')
  if (input.OutputFormat !== 'json')
    throw invalid(`The OutputFormat ${input.OutputFormat} is not supported by Landfall: json is.`)
  if (input.IncludeLinkedAccountsMetrics)
    throw invalid('IncludeLinkedAccountsMetrics needs cross-account observability, which Landfall does not have.')
  if (IncludeFilters?.length && ExcludeFilters?.length)
    throw awsError('InvalidParameterCombination', 'IncludeFilters and ExcludeFilters cannot be given together.')
  const firehose = parseArn(input.FirehoseArn)
  if (firehose?.service !== 'firehose' || firehose.account !== scope.account || firehose.region !== scope.region)
    throw invalid(`FirehoseArn must be the ARN of a delivery stream of this account and Region: ${input.FirehoseArn}`)
  if (parseArn(input.RoleArn)?.service !== 'iam') throw invalid(`RoleArn must be the ARN of a role: ${input.RoleArn}`)
  const tags = before?.tags ?? readTags(input.Tags)
  checkTags(tags)
  return {
    name: input.Name,
    include: readFilters('IncludeFilters', IncludeFilters),
    exclude: readFilters('ExcludeFilters', ExcludeFilters),
    firehoseArn: input.FirehoseArn,
    roleArn: input.RoleArn,
    format: 'json',
    statistics: readStatistics(StatisticsConfigurations),
    running: before?.running ?? true,
    createdAtMs: before?.createdAtMs ?? nowMs,
    updatedAtMs: nowMs,
    tags,
  }
}

function readFilters(parameter: string, given: Given['IncludeFilters']): MetricStream['include'] {
  if (!given?.length) return undefined
  const total = given.reduce((sum, { MetricNames }) => sum + Math.max(1, MetricNames?.length ?? 0), 0)
  if (total > mostFilters) throw invalid(`${parameter} can name at most ${mostFilters} namespaces and metrics.`)
  return given.map(({ Namespace, MetricNames }) => {
    if (Namespace === undefined) throw invalid(`Each of ${parameter} needs a Namespace.`)
    return { namespace: Namespace, names: MetricNames?.length ? MetricNames : undefined }
  })
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStreamStatisticsConfiguration.html */
function readStatistics(given: Given['StatisticsConfigurations']): MetricStream['statistics'] {
  if (!given?.length) return undefined
  if (given.length > 100) throw invalid('At most 100 StatisticsConfigurations can be given.')
  return given.map(({ IncludeMetrics, AdditionalStatistics }) => {
    if (IncludeMetrics.length > 100) throw invalid('IncludeMetrics can have at most 100 pairs.')
    if (AdditionalStatistics.length > 20) throw invalid('AdditionalStatistics can have at most 20 statistics.')
    for (const name of AdditionalStatistics) statistic(name, 'AdditionalStatistics')
    return {
      metrics: IncludeMetrics.map(({ Namespace, MetricName }) => ({ namespace: Namespace, name: MetricName })),
      statistics: AdditionalStatistics,
    }
  })
}

async function checkRoom(tx: Tx): Promise<void> {
  if ((await countUpTo(tx, metricStream.under(), mostStreams)) >= mostStreams)
    throw awsError('LimitExceededException', `There are ${mostStreams} metric streams already.`)
}

async function switchStreams(tx: Tx, names: readonly string[], running: boolean, { nowMs }: Ctx): Promise<void> {
  for (const [index, found] of (await tx.getMany(names.map((name) => metricStream(name)))).entries()) {
    if (!found) throw invalid(`The metric stream ${names[index]} does not exist.`)
    if (found.running !== running) tx.set(metricStream(found.name), { ...found, running, updatedAtMs: nowMs })
  }
}

/** From now on what samples come for is noted, and told when its minute is over. */
function begin(tx: Tx, { host, scope, nowMs }: Ctx): void {
  tx.set(upkeep('stream'), true)
  const work = { kind: 'cloudwatch:stream', scope, key: 'minute', data: {} }
  host.deliveries.schedule(tx, { ...work, dueAtMs: nextEvaluationMs(nowMs) })
}

/** Nothing is noted where no stream runs. */
async function endIfNone(tx: Tx): Promise<void> {
  for await (const { value } of tx.range(metricStream.between([], {}))) if (value.running) return
  tx.delete(upkeep('stream'))
}

function entry(one: MetricStream, scope: Scope) {
  return {
    Arn: arnOf(scope, one.name),
    Name: one.name,
    FirehoseArn: one.firehoseArn,
    State: one.running ? 'running' : 'stopped',
    OutputFormat: one.format,
    CreationDate: new Date(one.createdAtMs),
    LastUpdateDate: new Date(one.updatedAtMs),
  }
}

function details({ include, exclude, roleArn, statistics }: MetricStream) {
  const filters = (given: MetricStream['include']) =>
    given?.map(({ namespace, names }) => ({ Namespace: namespace, MetricNames: names && [...names] }))
  return {
    IncludeFilters: filters(include),
    ExcludeFilters: filters(exclude),
    RoleArn: roleArn,
    StatisticsConfigurations: statistics?.map((one) => ({
      IncludeMetrics: one.metrics.map(({ namespace, name }) => ({ Namespace: namespace, MetricName: name })),
      AdditionalStatistics: [...one.statistics],
    })),
    IncludeLinkedAccountsMetrics: false,
  }
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterValue', problem)
}

function notFound(name: string): Error {
  return awsError('ResourceNotFoundException', `The metric stream ${name} does not exist.`, { status: 404 })
}
