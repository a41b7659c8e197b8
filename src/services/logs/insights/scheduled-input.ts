import { parseSchedule, type Schedule } from '../../../delivery/schedule-expression.ts'
import { awsError, isAwsError } from '../../../kernel/errors.ts'
import type { InputFor } from '../../../kernel/operation.ts'
import type { Scope } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { nameOf } from '../find.ts'
import { checkedQuery } from './queries.ts'
import type { ScheduledQuery } from './scheduled-state.ts'

type Given = Omit<InputFor<Api, 'CreateScheduledQuery'>, 'name' | 'tags'>
type Read = Omit<ScheduledQuery, 'id' | 'name' | 'tags' | 'createdAtMs' | 'modifiedAtMs'>

/** What a request says of a scheduled query. Throws ValidationException. */
export function readScheduled(given: Given, nowMs: number, scope: Scope): Read {
  const { queryLanguage, queryString, logGroupIdentifiers = [], destinationConfiguration, endTimeOffset } = given
  if (queryLanguage !== 'CWLI') throw invalid(`queryLanguage ${queryLanguage} is not supported by Landfall. Use CWLI.`)
  if (endTimeOffset !== undefined) throw invalid('endTimeOffset is not supported by Landfall. Leave it out.')
  if (destinationConfiguration?.lookupTableConfiguration)
    throw invalid('lookupTableConfiguration is not supported by Landfall. Use s3Configuration.')
  if (logGroupIdentifiers.length === 0) throw invalid('logGroupIdentifiers must be given.')
  const groups = logGroupIdentifiers.map((one) => nameOf(one, scope))
  try {
    checkedQuery(queryString)
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw awsError('ValidationException', `queryString: ${error.message}`, { cause: error })
  }
  const to = destinationConfiguration?.s3Configuration
  const read: Read = {
    ...{ description: given.description, text: queryString, groups, expression: given.scheduleExpression },
    ...{ timeZone: given.timezone, offsetSec: given.startTimeOffset, executionRoleArn: given.executionRoleArn },
    ...{ startAtMs: given.scheduleStartTime, endAtMs: given.scheduleEndTime, enabled: given.state !== 'DISABLED' },
    destination: to && {
      ...{
        uri: to.destinationIdentifier,
        roleArn: to.roleArn,
        ownerAccountId: to.ownerAccountId,
        kmsKeyId: to.kmsKeyId,
      },
    },
  }
  if (read.offsetSec !== undefined && read.offsetSec <= 0) throw invalid('startTimeOffset must be more than 0.')
  if (read.startAtMs !== undefined && read.endAtMs !== undefined && read.endAtMs <= read.startAtMs)
    throw invalid('scheduleEndTime must be after scheduleStartTime.')
  return { ...read, nextAtMs: nextTime(read, nowMs) }
}

/** The first time after one, within what start and end allow; undefined when there is none or it is disabled. */
export function nextTime(query: Read, afterMs: number): number | undefined {
  const { startAtMs = 0, endAtMs = Number.MAX_SAFE_INTEGER } = query
  const nextAtMs = scheduleOf(query).next(Math.max(afterMs, startAtMs - 1), startAtMs)
  return query.enabled && nextAtMs !== undefined && nextAtMs <= endAtMs ? nextAtMs : undefined
}

function scheduleOf({ expression, timeZone }: Pick<Read, 'expression' | 'timeZone'>): Schedule {
  const schedule = parseSchedule(expression, timeZone === undefined ? {} : { timeZone })
  if (!schedule || !expression.startsWith('cron('))
    throw invalid('scheduleExpression must be cron(…), and timezone the name of a time zone.')
  return schedule
}

function invalid(problem: string): Error {
  return awsError('ValidationException', problem)
}
