import { parseSchedule } from '../../delivery/schedule-expression.ts'
import { passingRole, requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { fromPageToken, toPageToken } from '../../kernel/page-token.ts'
import type { Tx } from '../../kernel/records.ts'
import { tagsOfList } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { changed } from './bus-rules.ts'
import { defaultBus, findBus, findRule, invalid, ownBus, parseBus, ruleArn } from './names.ts'
import { patternOf } from './patterns.ts'
import { type Rule, rule, ruleCount, ruleOfTarget } from './state.ts'
import { checkTags } from './tags.ts'
import { storeScheduled, unschedule } from './tick.ts'

const mostRules = 300

/** Rules: which events, or which times, go to their targets. */
export const rules = operations<Api>()({
  PutRule: {
    authorize(input, ctx) {
      const resource = arnOf(input.EventBusName, input.Name, ctx)
      const context = requestTags(tagsOfList(input.Tags))
      const putting = { action: 'events:PutRule', resource, context }
      const tagging = { action: 'events:TagResource', resource, context }
      const passing = passRole(input.RoleArn)
      return [putting, ...(input.Tags && input.Tags.length > 0 ? [tagging] : []), ...passing]
    },
    async write(tx, input, ctx) {
      const bus = ownBus(input.EventBusName, ctx.scope)
      await findBus(tx, bus)
      checkKind(input, bus)
      const before = await tx.get(rule(bus, input.Name))
      if (!before) {
        if ((await tx.snapshot.count(ruleCount(bus))) >= mostRules) {
          throw awsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.')
        }
        tx.add(ruleCount(bus), 1)
      }
      const tags = before?.tags ?? tagsOfList(input.Tags)
      checkTags(tags)
      const enabled = input.State !== 'DISABLED'
      const same = before?.schedule === input.ScheduleExpression && before?.enabled === enabled
      const next: Rule = {
        bus,
        name: input.Name,
        description: input.Description,
        pattern: input.EventPattern,
        schedule: input.ScheduleExpression,
        // The same schedule goes on as it was.
        anchorMs: same && before ? before.anchorMs : ctx.nowMs,
        enabled,
        roleArn: input.RoleArn,
        tags,
        targets: before?.targets ?? [],
      }
      storeScheduled(tx, next, ctx.nowMs, ctx.host)
      changed(tx, bus, () => ctx.newId())
      return { RuleArn: ruleArn(ctx.scope, bus, input.Name) }
    },
  },

  DeleteRule: {
    authorize: ({ Name, EventBusName }, ctx) => [
      { action: 'events:DeleteRule', resource: arnOf(EventBusName, Name, ctx) },
    ],
    async write(tx, { Name, EventBusName }, ctx) {
      const bus = ownBus(EventBusName, ctx.scope)
      await findBus(tx, bus)
      const found = await tx.get(rule(bus, Name))
      // What is not there is as good as deleted.
      if (!found) return {}
      if (found.targets.length > 0) throw invalid("Rule can't be deleted since it has targets.")
      tx.delete(rule(bus, Name))
      tx.add(ruleCount(bus), -1)
      unschedule(tx, found, ctx.host)
      changed(tx, bus, () => ctx.newId())
      return {}
    },
  },

  DescribeRule: {
    authorize: ({ Name, EventBusName }, ctx) => [
      { action: 'events:DescribeRule', resource: arnOf(EventBusName, Name, ctx) },
    ],
    async read(tx, { Name, EventBusName }, ctx) {
      const found = await findRule(tx, ownBus(EventBusName, ctx.scope), Name)
      return { ...describe(found, ctx), CreatedBy: ctx.account }
    },
  },

  EnableRule: {
    authorize: ({ Name, EventBusName }, ctx) => [
      { action: 'events:EnableRule', resource: arnOf(EventBusName, Name, ctx) },
    ],
    write: (tx, { Name, EventBusName }, ctx) => setEnabled(tx, EventBusName, Name, true, ctx),
  },
  DisableRule: {
    authorize: ({ Name, EventBusName }, ctx) => [
      { action: 'events:DisableRule', resource: arnOf(EventBusName, Name, ctx) },
    ],
    write: (tx, { Name, EventBusName }, ctx) => setEnabled(tx, EventBusName, Name, false, ctx),
  },

  ListRules: {
    authorize: () => [{ action: 'events:ListRules', resource: '*' }],
    async read(tx, { NamePrefix = '', EventBusName, NextToken, Limit = 100 }, ctx) {
      const bus = ownBus(EventBusName, ctx.scope)
      await findBus(tx, bus)
      const bounds = NextToken === undefined ? { from: [NamePrefix] } : { after: [textOf(NextToken)] }
      const Rules = []
      for await (const { value } of tx.range(rule.between([bus], bounds), { limit: Limit + 1 })) {
        if (!value.name.startsWith(NamePrefix)) break
        if (Rules.length === Limit) return { Rules, NextToken: toPageToken(Rules.at(-1)?.Name ?? '') }
        Rules.push(describe(value, ctx))
      }
      return { Rules }
    },
  },

  ListRuleNamesByTarget: {
    authorize: () => [{ action: 'events:ListRuleNamesByTarget', resource: '*' }],
    async read(tx, { TargetArn, EventBusName, NextToken, Limit = 100 }, ctx) {
      const bus = ownBus(EventBusName, ctx.scope)
      await findBus(tx, bus)
      const after = NextToken === undefined ? {} : { after: [textOf(NextToken)] as const }
      const RuleNames: string[] = []
      for await (const [, , name] of tx.keys(ruleOfTarget.between([TargetArn, bus], after), { limit: Limit + 1 })) {
        if (RuleNames.length === Limit) return { RuleNames, NextToken: toPageToken(RuleNames.at(-1) ?? '') }
        RuleNames.push(name)
      }
      return { RuleNames }
    },
  },
})

export function arnOf(busName: string | undefined, name: string, ctx: Ctx): string {
  const { name: bus, scope } = parseBus(busName, ctx.scope)
  return ruleArn(scope, bus, name)
}

export function passRole(roleArn: string | undefined) {
  return roleArn === undefined ? [] : [passingRole(roleArn, 'events.amazonaws.com')]
}

export function textOf(token: string): string {
  const parts = fromPageToken(token)
  if (!parts) throw invalid('Parameter NextToken is not valid. Use that of the previous answer.')
  return parts[0]
}

function checkKind({ EventPattern, ScheduleExpression, State }: InputFor<Api, 'PutRule'>, bus: string): void {
  if (State === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS') {
    throw invalid(`The State ${State} is not supported by Landfall: there is no CloudTrail. Use ENABLED.`)
  }
  if (!EventPattern && !ScheduleExpression) {
    throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.')
  }
  if (EventPattern) patternOf(EventPattern)
  if (!ScheduleExpression) return
  if (bus !== defaultBus) throw invalid('ScheduleExpression is supported only on the default event bus.')
  if (!parseSchedule(ScheduleExpression)) throw invalid('Parameter ScheduleExpression is not valid.')
}

async function setEnabled(tx: Tx, busName: string | undefined, name: string, enabled: boolean, ctx: Ctx) {
  const found = await findRule(tx, ownBus(busName, ctx.scope), name)
  if (found.enabled === enabled) return {}
  storeScheduled(tx, { ...found, enabled, anchorMs: ctx.nowMs }, ctx.nowMs, ctx.host)
  changed(tx, found.bus, () => ctx.newId())
  return {}
}

function describe(found: Rule, ctx: Ctx) {
  return {
    Name: found.name,
    Arn: ruleArn(ctx.scope, found.bus, found.name),
    EventPattern: found.pattern,
    ScheduleExpression: found.schedule,
    State: found.enabled ? ('ENABLED' as const) : ('DISABLED' as const),
    Description: found.description,
    RoleArn: found.roleArn,
    EventBusName: found.bus,
  }
}
