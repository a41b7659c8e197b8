import { passingRole } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { listSchedules } from './list-schedules.ts'
import { defaultGroup, findGroup, findSchedule, invalid, principalName, scheduleArn, usedBefore } from './names.ts'
import { principalOf } from './role.ts'
import { type Schedule, schedule, type Target } from './state.ts'
import { describeTarget, parseTarget } from './targets.ts'
import { removeSchedule, storeSchedule } from './tick.ts'
import { isOneTime, placeOf, timesOf } from './timing.ts'

type Given = InputFor<Api, 'CreateSchedule'>

const oldestStartMs = 5 * 60_000

/** Schedules: at which times what is called. */
export const schedules = operations<Api>()({
  CreateSchedule: {
    authorize: (input, ctx) => [asking('CreateSchedule', input, ctx), passRole(input.Target.RoleArn)],
    async call(input, ctx) {
      const settings = await check(input, ctx)
      return ctx.write(async (tx) => {
        const { group, name } = settings
        const answer = { ScheduleArn: scheduleArn(ctx.scope, group, name) }
        if (await usedBefore(tx, 'CreateSchedule', input, ctx.nowMs)) return answer
        if ((await findGroup(tx, group)).deleting) {
          throw awsError('ConflictException', `Schedule group ${group} is being deleted.`)
        }
        if (await tx.get(schedule(group, name))) {
          throw awsError('ConflictException', `Schedule ${name} already exists.`)
        }
        const place = placeOf(settings, undefined, ctx.nowMs)
        storeSchedule(tx, { ...settings, ...place, createdAtMs: ctx.nowMs, modifiedAtMs: ctx.nowMs }, ctx.host)
        return answer
      })
    },
  },

  UpdateSchedule: {
    authorize: (input, ctx) => [asking('UpdateSchedule', input, ctx), passRole(input.Target.RoleArn)],
    async call(input, ctx) {
      const settings = await check(input, ctx)
      return ctx.write(async (tx) => {
        const { group, name } = settings
        const answer = { ScheduleArn: scheduleArn(ctx.scope, group, name) }
        if (await usedBefore(tx, 'UpdateSchedule', input, ctx.nowMs)) return answer
        const before = await findSchedule(tx, group, name)
        const { createdAtMs, lastAtMs } = before
        const place = placeOf(settings, before, ctx.nowMs)
        storeSchedule(tx, { ...settings, ...place, lastAtMs, createdAtMs, modifiedAtMs: ctx.nowMs }, ctx.host)
        return answer
      })
    },
  },

  GetSchedule: {
    authorize: (input, ctx) => [asking('GetSchedule', input, ctx)],
    async read(tx, { GroupName = defaultGroup, Name }, ctx) {
      return describe(await findSchedule(tx, GroupName, Name), ctx)
    },
  },

  DeleteSchedule: {
    authorize: (input, ctx) => [asking('DeleteSchedule', input, ctx)],
    async write(tx, input, ctx) {
      if (await usedBefore(tx, 'DeleteSchedule', input, ctx.nowMs)) return {}
      const { GroupName = defaultGroup, Name } = input
      removeSchedule(tx, await findSchedule(tx, GroupName, Name), ctx.host)
      return {}
    },
  },

  ListSchedules: listSchedules,
})

type Settings = Omit<Schedule, 'anchorMs' | 'createdAtMs' | 'modifiedAtMs'>

/** What a schedule is to be, checked, its target and role too. */
async function check(input: Given, ctx: Ctx): Promise<Settings> {
  const group = input.GroupName ?? defaultGroup
  const settings = settingsOf(input, group, await parseTarget(input.Target, ctx.host))
  if (timesOf({ expression: settings.expression, timeZone: undefined }) === undefined) {
    throw invalid(`Invalid Schedule Expression ${settings.expression}.`)
  }
  if (timesOf(settings) === undefined) {
    throw invalid(`Invalid ScheduleExpressionTimezone ${settings.timeZone}. Use a name of the IANA time zone database.`)
  }
  const { startAtMs, endAtMs } = settings
  if (!isOneTime(settings)) {
    if (startAtMs !== undefined && startAtMs < ctx.nowMs - oldestStartMs) {
      throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.')
    }
    if (startAtMs !== undefined && endAtMs !== undefined && endAtMs <= startAtMs) {
      throw invalid('The EndDate you specify must come after the StartDate.')
    }
  }
  try {
    await principalOf(settings, ctx)
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw invalid('The execution role you provide must allow AWS EventBridge Scheduler to assume the role.')
  }
  return settings
}

function settingsOf(input: Given, group: string, target: Target): Settings {
  const { Mode, MaximumWindowInMinutes } = input.FlexibleTimeWindow
  if ((Mode === 'FLEXIBLE') !== (MaximumWindowInMinutes !== undefined)) {
    throw invalid('MaximumWindowInMinutes is for a FlexibleTimeWindow that is FLEXIBLE, and it needs it.')
  }
  return {
    group,
    name: input.Name,
    description: input.Description,
    expression: input.ScheduleExpression,
    timeZone: input.ScheduleExpressionTimezone,
    startAtMs: input.StartDate?.getTime(),
    endAtMs: input.EndDate?.getTime(),
    windowMinutes: MaximumWindowInMinutes,
    enabled: input.State !== 'DISABLED',
    deletedAfter: input.ActionAfterCompletion === 'DELETE',
    kmsKeyArn: input.KmsKeyArn,
    target,
  }
}

function describe(found: Schedule, ctx: Ctx) {
  const { startAtMs, endAtMs, windowMinutes } = found
  return {
    Arn: scheduleArn(ctx.scope, found.group, found.name),
    GroupName: found.group,
    Name: found.name,
    Description: found.description,
    ScheduleExpression: found.expression,
    ScheduleExpressionTimezone: found.timeZone ?? 'UTC',
    StartDate: startAtMs === undefined ? undefined : new Date(startAtMs),
    EndDate: endAtMs === undefined ? undefined : new Date(endAtMs),
    FlexibleTimeWindow:
      windowMinutes === undefined
        ? { Mode: 'OFF' as const }
        : { Mode: 'FLEXIBLE' as const, MaximumWindowInMinutes: windowMinutes },
    State: found.enabled ? ('ENABLED' as const) : ('DISABLED' as const),
    ActionAfterCompletion: found.deletedAfter ? ('DELETE' as const) : ('NONE' as const),
    KmsKeyArn: found.kmsKeyArn,
    Target: describeTarget(found.target),
    CreationDate: new Date(found.createdAtMs),
    LastModificationDate: new Date(found.modifiedAtMs),
  }
}

function asking(name: string, input: { readonly GroupName?: string; readonly Name: string }, ctx: Ctx) {
  return {
    action: `scheduler:${name}`,
    resource: scheduleArn(ctx.scope, input.GroupName ?? defaultGroup, input.Name),
  }
}

const passRole = (roleArn: string) => passingRole(roleArn, principalName)
