import { formatArn } from '../../kernel/arn.ts'
import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { Scope, Tx } from '../../kernel/records.ts'
import { isTimeZone } from '../../kernel/time-zone.ts'
import { invalid } from './alarm-input.ts'
import type { Api } from './api.ts'
import { heldBack, type MuteRule, muteOf, muteRule, scheduleOf, windowAt } from './mute-state.ts'
import { alarmArn } from './names.ts'
import { checkTags, readTags } from './tags.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

/** Mute rules. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html */
export const muteRules = operations<Api>()({
  PutAlarmMuteRule: {
    authorize({ Name, MuteTargets, Tags }, ctx) {
      const context = requestTags(readTags(Tags))
      const alarms = (MuteTargets?.AlarmNames ?? []).map((name) => alarmArn(ctx.scope, name))
      return [arnOf(ctx.scope, Name), ...alarms].map((resource) => ({
        action: 'cloudwatch:PutAlarmMuteRule',
        resource,
        context,
      }))
    },
    async write(tx, input, ctx) {
      const before = await tx.get(muteRule(input.Name))
      const next = readRule(input, before, ctx)
      for (const alarm of before?.alarms ?? []) tx.delete(muteOf(alarm, next.name))
      for (const alarm of next.alarms) tx.set(muteOf(alarm, next.name), true)
      tx.set(muteRule(next.name), next)
      await lookAgain(tx, ctx, [...(before?.alarms ?? []), ...next.alarms])
      return {}
    },
  },

  GetAlarmMuteRule: {
    authorize: ({ AlarmMuteRuleName: name }, ctx) => [
      { action: 'cloudwatch:GetAlarmMuteRule', resource: arnOf(ctx.scope, name) },
    ],
    async read(tx, { AlarmMuteRuleName: name }, ctx) {
      const found = await tx.get(muteRule(name))
      if (!found)
        throw awsError('ResourceNotFoundException', `The alarm mute rule ${name} does not exist.`, { status: 404 })
      return {
        ...summary(found, ctx),
        Name: found.name,
        Description: found.description,
        Rule: { Schedule: { Expression: found.expression, Duration: found.duration, Timezone: found.timeZone } },
        MuteTargets: { AlarmNames: [...found.alarms] },
        StartDate: found.startsAtMs === undefined ? undefined : new Date(found.startsAtMs),
      }
    },
  },

  ListAlarmMuteRules: {
    authorize: (_, ctx) => [{ action: 'cloudwatch:ListAlarmMuteRules', resource: arnOf(ctx.scope, '*') }],
    async read(tx, { AlarmName, Statuses, MaxRecords = 50, NextToken }, ctx) {
      const bounds = boundsOfPage(NextToken, () => awsError('InvalidNextToken', 'The next token is invalid.'))
      async function* found() {
        if (AlarmName === undefined) {
          for await (const { value } of tx.range(muteRule.between([], bounds))) yield value
          return
        }
        for await (const [, name] of tx.keys(muteOf.between([AlarmName], bounds))) {
          const rule = await tx.get(muteRule(name))
          if (rule) yield rule
        }
      }
      async function* wanted() {
        for await (const rule of found()) if (!Statuses?.length || Statuses.includes(statusOf(rule, ctx))) yield rule
      }
      const { items, next } = await pageOf(wanted(), MaxRecords, ({ name }) => [name])
      return { AlarmMuteRuleSummaries: items.map((rule) => summary(rule, ctx)), NextToken: next }
    },
  },

  DeleteAlarmMuteRule: {
    authorize: ({ AlarmMuteRuleName: name }, ctx) => [
      { action: 'cloudwatch:DeleteAlarmMuteRule', resource: arnOf(ctx.scope, name) },
    ],
    async write(tx, { AlarmMuteRuleName: name }, ctx) {
      const found = await tx.get(muteRule(name))
      if (!found) return {}
      for (const alarm of found.alarms) tx.delete(muteOf(alarm, name))
      tx.delete(muteRule(name))
      await lookAgain(tx, ctx, found.alarms)
      return {}
    },
  },
})

function arnOf({ region, account }: Scope, name: string): string {
  return formatArn('cloudwatch', region, account, `alarm-mute-rule:${name}`)
}

function readRule(input: InputFor<Api, 'PutAlarmMuteRule'>, before: MuteRule | undefined, { nowMs }: Ctx): MuteRule {
  const { Expression, Duration, Timezone } = input.Rule.Schedule
  const alarms = [...new Set(input.MuteTargets?.AlarmNames ?? [])]
  if (alarms.length > 100) throw invalid('A mute rule can have at most 100 alarms.')
  if (Timezone !== undefined && !isTimeZone(Timezone))
    throw invalid(`The Timezone ${Timezone} is not the name of a time zone.`)
  if (!scheduleOf({ expression: Expression, timeZone: Timezone }))
    throw invalid(
      `The Expression ${Expression} is not cron(Minutes Hours Day-of-month Month Day-of-week) or at(yyyy-MM-ddThh:mm). Of the two days one must be *.`,
    )
  const durationMs = readDuration(Duration)
  if (durationMs === undefined || durationMs < minuteMs || durationMs > 15 * dayMs)
    throw invalid(`The Duration ${Duration} must be one of ISO 8601 between PT1M and P15D.`)
  const [startsAtMs, expiresAtMs] = [input.StartDate?.getTime(), input.ExpireDate?.getTime()]
  if (startsAtMs !== undefined && expiresAtMs !== undefined && startsAtMs >= expiresAtMs)
    throw invalid('StartDate must be before ExpireDate.')
  const tags = before?.tags ?? readTags(input.Tags)
  checkTags(tags)
  return {
    name: input.Name,
    description: input.Description,
    expression: Expression,
    duration: Duration,
    durationMs,
    timeZone: Timezone,
    alarms,
    startsAtMs,
    expiresAtMs,
    updatedAtMs: nowMs,
    tags,
  }
}

function readDuration(text: string): number | undefined {
  const match = /^P(?=.)(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/.exec(text)
  if (!match) return undefined
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0))
  return (days ?? 0) * dayMs + (hours ?? 0) * 3_600_000 + (minutes ?? 0) * minuteMs + (seconds ?? 0) * 1_000
}

/** What was held back for these alarms is told now, unless it is still to be held back. */
async function lookAgain(tx: Tx, { host, scope }: Ctx, alarms: readonly string[]): Promise<void> {
  const held = await tx.getMany(alarms.map((name) => heldBack(name)))
  for (const [index, name] of alarms.entries())
    if (held[index]) host.deliveries.schedule(tx, { kind: 'cloudwatch:unmute', scope, key: name, data: { name } })
}

function statusOf(rule: MuteRule, { nowMs }: Ctx) {
  const { endsAtMs, comes } = windowAt(rule, nowMs)
  if (endsAtMs !== undefined) return 'ACTIVE' as const
  return comes ? ('SCHEDULED' as const) : ('EXPIRED' as const)
}

function summary(rule: MuteRule, ctx: Ctx) {
  return {
    AlarmMuteRuleArn: arnOf(ctx.scope, rule.name),
    ExpireDate: rule.expiresAtMs === undefined ? undefined : new Date(rule.expiresAtMs),
    Status: statusOf(rule, ctx),
    MuteType: rule.expression.startsWith('at(') ? 'ONE_TIME' : 'RECURRING',
    LastUpdatedTimestamp: new Date(rule.updatedAtMs),
  }
}
