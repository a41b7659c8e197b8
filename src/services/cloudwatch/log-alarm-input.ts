import { parseSchedule, type Schedule } from '../../delivery/schedule-expression.ts'
import { parseArn } from '../../kernel/arn.ts'
import type { InputFor } from '../../kernel/operation.ts'
import { comparisons, invalid, missing } from './alarm-input.ts'
import type { Comparison } from './alarm-state.ts'
import type { Api } from './api.ts'
import type { LogCondition, WarmUp } from './log-alarm-state.ts'
import { aggregationOf } from './log-query.ts'
import { checkTags, readTags } from './tags.ts'

type Given = InputFor<Api, 'PutLogAlarm'>

const mostOffsetSec = 2_592_000
const mostGroups = 50
const mostResults = 100
const mostLines = 50
const mostQueryChars = 10_000
const mostAggregationChars = 2_048

/**
 * Checks what a log alarm asks and compares. Throws ValidationError naming what is wrong or not supported.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutLogAlarm.html
 */
export function readLogCondition(input: Given, before: LogCondition | undefined, nowMs: number): LogCondition {
  const { ScheduledQueryConfiguration: asked, QueryResultsToEvaluate: results, QueryResultsToAlarm } = input
  const { QueryString: query = '', AggregationExpression: aggregation = '', LogGroupIdentifiers: groups = [] } = asked
  if (query.length > mostQueryChars) throw invalid(`QueryString must be at most ${mostQueryChars} characters long.`)
  if (aggregation.length < 1 || aggregation.length > mostAggregationChars)
    throw invalid(`AggregationExpression must be 1 to ${mostAggregationChars} characters long.`)
  aggregationOf({ query, aggregation })
  if (groups.length < 1 || groups.length > mostGroups)
    throw invalid(`LogGroupIdentifiers must name 1 to ${mostGroups} log groups: SOURCE is not supported by Landfall.`)
  if (asked.QueryARN !== undefined) throw invalid('QueryARN is what DescribeAlarms tells: it cannot be given.')
  if (!wholeWithin(results, 1, mostResults))
    throw invalid(`QueryResultsToEvaluate must be between 1 and ${mostResults}.`)
  if (!wholeWithin(QueryResultsToAlarm, 1, results))
    throw invalid('QueryResultsToAlarm must be between 1 and QueryResultsToEvaluate.')
  if (!Number.isFinite(input.Threshold)) throw invalid('Threshold must be given, as a number.')
  if (!comparisons.includes(input.ComparisonOperator ?? ''))
    throw invalid(`ComparisonOperator must be one of ${comparisons.join(', ')}.`)
  const { TreatMissingData: treatMissing } = input
  if (treatMissing !== undefined && !missing.includes(treatMissing))
    throw invalid(`TreatMissingData must be one of ${missing.join(', ')}.`)
  const queryTags = asked.Tags && readTags(asked.Tags)
  checkTags(queryTags ?? {})
  return {
    ...{ query, aggregation, groups, queryTags, results, resultsToAlarm: QueryResultsToAlarm },
    ...{ roleArn: role(asked.ScheduledQueryRoleARN, 'ScheduledQueryRoleARN'), ...readSchedule(asked) },
    threshold: input.Threshold,
    comparison: input.ComparisonOperator as Comparison,
    treatMissing: treatMissing as LogCondition['treatMissing'],
    ...readLines(input),
    warmUp: readWarmUp(input.WarmUpConfiguration, before, nowMs),
  }
}

function readSchedule({ ScheduleConfiguration: given }: Given['ScheduledQueryConfiguration']) {
  const { ScheduleExpression: expression = '', StartTimeOffset, EndTimeOffset } = given ?? {}
  if (!scheduleOf(expression)) throw invalid('ScheduleExpression must be a rate, such as rate(5 minutes).')
  if (!wholeWithin(StartTimeOffset, 1, mostOffsetSec))
    throw invalid(`StartTimeOffset must be between 1 and ${mostOffsetSec} seconds.`)
  if (EndTimeOffset !== undefined && !wholeWithin(EndTimeOffset, 0, StartTimeOffset - 1))
    throw invalid('EndTimeOffset must be 0 or more, and less than StartTimeOffset.')
  return { expression, startOffsetSec: StartTimeOffset, endOffsetSec: EndTimeOffset }
}

/** The rate of a log alarm; undefined for what is none. Its times are whole multiples of it, as of a clock. */
export function scheduleOf(expression: string): Schedule | undefined {
  return expression.startsWith('rate(') ? parseSchedule(expression) : undefined
}

/** The first time of a log alarm's runs after one. */
export function nextRunMs({ expression }: LogCondition, afterMs: number): number | undefined {
  return scheduleOf(expression)?.next(afterMs, 0)
}

/** From one run of a log alarm to the next. */
export function everyMs(condition: LogCondition): number {
  return nextRunMs(condition, 0) ?? 0
}

function readLines({ ActionLogLineCount: lines, ActionLogLineRoleArn: roleArn }: Given) {
  if (lines !== undefined && !wholeWithin(lines, 0, mostLines))
    throw invalid(`ActionLogLineCount must be between 0 and ${mostLines}.`)
  if ((lines ?? 0) > 0 && roleArn === undefined)
    throw invalid('ActionLogLineRoleArn is required when ActionLogLineCount is greater than 0.')
  return { lines, linesRoleArn: roleArn === undefined ? undefined : role(roleArn, 'ActionLogLineRoleArn') }
}

/** It begins with the alarm; another length does not begin it anew. */
function readWarmUp(given: Given['WarmUpConfiguration'], before: LogCondition | undefined, nowMs: number) {
  if (!given) return undefined
  const { WarmUpPeriodDurationInMinutes: minutes, OnlyStartEvaluatingAfterWarmUpPeriodEnds: whole } = given
  if (!wholeWithin(minutes, 1, Number.MAX_SAFE_INTEGER / 60_000))
    throw invalid('WarmUpPeriodDurationInMinutes must be 1 or more.')
  const warmUp: WarmUp = { fromMs: before?.warmUp?.fromMs ?? nowMs, minutes, whole }
  return warmUp
}

function role(arn: string | undefined, name: string): string {
  const { service, resource = '' } = parseArn(arn ?? '') ?? {}
  if (arn === undefined || service !== 'iam' || !resource.startsWith('role/'))
    throw invalid(`${name} must be the ARN of a role.`)
  return arn
}

function wholeWithin(value: number | undefined, least: number, most: number): value is number {
  return value !== undefined && Number.isInteger(value) && value >= least && value <= most
}
