import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { forgetContributors } from './alarm-contributors.ts'
import { invalid, readActions, readCondition } from './alarm-input.ts'
import { childrenOf, parseRule } from './alarm-rule.ts'
import { type Alarm, alarm, alarmOfMetric, parentOf, typeOf } from './alarm-state.ts'
import type { Api } from './api.ts'
import { nextEvaluationMs } from './evaluation-job.ts'
import { forgetLogs } from './log-alarm-job.ts'
import { alarmArn } from './names.ts'
import { checkTags, readTags } from './tags.ts'
import { forget } from './tell.ts'
import { changeState, followRule, record } from './transition.ts'

/** Alarms: made, changed, set, switched and deleted. */
export const alarms = operations<Api>()({
  PutMetricAlarm: {
    authorize: ({ AlarmName, Tags }, ctx) => putting('PutMetricAlarm', AlarmName, Tags, ctx),
    async write(tx, input, ctx) {
      const condition = readCondition(input)
      const before = await tx.get(alarm(input.AlarmName))
      if (before && typeOf(before) !== 'MetricAlarm') throw invalid(`${input.AlarmName} is not a metric alarm.`)
      await unlink(tx, ctx.host, before)
      await put(tx, { ...common(input, before, ctx), condition }, before, ctx)
      if (condition.namespace !== undefined && condition.metricName !== undefined)
        tx.set(alarmOfMetric(condition.namespace, condition.metricName, input.AlarmName), true)
      ctx.host.deliveries.schedule(tx, {
        kind: 'cloudwatch:evaluate',
        scope: ctx.scope,
        key: 'minute',
        data: {},
        dueAtMs: nextEvaluationMs(ctx.nowMs),
      })
      return {}
    },
  },

  PutCompositeAlarm: {
    authorize: ({ AlarmName, Tags }, ctx) => putting('PutCompositeAlarm', AlarmName, Tags, ctx),
    async write(tx, input, ctx) {
      for (const name of [
        'ActionsSuppressor',
        'ActionsSuppressorWaitPeriod',
        'ActionsSuppressorExtensionPeriod',
      ] as const)
        if (input[name] !== undefined) throw invalid(`${name} is not supported by Landfall yet.`)
      const children = childrenOf(parseRule(input.AlarmRule))
      const before = await tx.get(alarm(input.AlarmName))
      if (before && typeOf(before) !== 'CompositeAlarm') throw invalid(`${input.AlarmName} is not a composite alarm.`)
      const found = await tx.getMany(children.map((name) => alarm(name)))
      const gone = children.filter((name, index) => !found[index] && name !== input.AlarmName)
      if (gone.length > 0) throw invalid(`The AlarmRule names alarms that do not exist: ${gone.join(', ')}.`)
      if (children.includes(input.AlarmName)) throw invalid('The AlarmRule names the composite alarm itself.')
      await unlink(tx, ctx.host, before)
      const next = await put(tx, { ...common(input, before, ctx), rule: input.AlarmRule }, before, ctx)
      for (const child of children) tx.set(parentOf(child, input.AlarmName), true)
      await followRule(tx, ctx.host, next)
      return {}
    },
  },

  DeleteAlarms: {
    authorize: ({ AlarmNames }, ctx) =>
      AlarmNames.map((name) => ({ action: 'cloudwatch:DeleteAlarms', resource: alarmArn(ctx.scope, name) })),
    async write(tx, { AlarmNames }, ctx) {
      if (AlarmNames.length > 100) throw invalid('At most 100 alarms can be deleted at once.')
      const found = await tx.getMany(AlarmNames.map((name) => alarm(name)))
      for (const [index, one] of found.entries())
        if (!one) throw awsError('ResourceNotFound', `The alarm ${AlarmNames[index]} does not exist.`, { status: 404 })
      for (const name of AlarmNames) {
        for await (const [, parent] of tx.keys(parentOf.under(name))) {
          if (AlarmNames.includes(parent)) continue
          throw invalid(`${name} cannot be deleted as there are composite alarms depending on it: ${parent}.`)
        }
      }
      for (const one of found) {
        if (!one) continue
        await unlink(tx, ctx.host, one)
        tx.delete(alarm(one.name))
        forget(tx, ctx.host, one.name)
        configured(tx, ctx, one, 'deleted')
      }
      return {}
    },
  },

  SetAlarmState: {
    authorize: ({ AlarmName }, ctx) => [
      { action: 'cloudwatch:SetAlarmState', resource: alarmArn(ctx.scope, AlarmName) },
    ],
    async write(tx, { AlarmName, StateValue, StateReason, StateReasonData }, ctx) {
      const found = await tx.get(alarm(AlarmName))
      if (!found) throw awsError('ResourceNotFound', `The alarm ${AlarmName} does not exist.`, { status: 404 })
      if (StateReasonData !== undefined && !isJson(StateReasonData))
        throw awsError('InvalidFormatFault', 'StateReasonData is not valid JSON.')
      await changeState(tx, ctx.host, found, {
        value: StateValue,
        reason: StateReason,
        reasonData: StateReasonData,
      })
      return {}
    },
  },

  EnableAlarmActions: {
    authorize: ({ AlarmNames }, ctx) =>
      AlarmNames.map((name) => ({ action: 'cloudwatch:EnableAlarmActions', resource: alarmArn(ctx.scope, name) })),
    async write(tx, { AlarmNames }, ctx) {
      await switchActions(tx, AlarmNames, true, ctx)
      return {}
    },
  },
  DisableAlarmActions: {
    authorize: ({ AlarmNames }, ctx) =>
      AlarmNames.map((name) => ({ action: 'cloudwatch:DisableAlarmActions', resource: alarmArn(ctx.scope, name) })),
    async write(tx, { AlarmNames }, ctx) {
      await switchActions(tx, AlarmNames, false, ctx)
      return {}
    },
  },
})

interface Common {
  readonly AlarmName: string
  readonly AlarmDescription?: string
  readonly ActionsEnabled?: boolean
  readonly OKActions?: string[]
  readonly AlarmActions?: string[]
  readonly InsufficientDataActions?: string[]
  readonly Tags?: { Key?: string; Value?: string }[]
  readonly ActionConfiguration?: object
}

/** What who puts an alarm must be allowed. */
export function putting(operation: string, name: string, tags: Common['Tags'], ctx: Ctx) {
  const resource = alarmArn(ctx.scope, name)
  const context = requestTags(readTags(tags))
  return [
    { action: `cloudwatch:${operation}`, resource, context },
    ...(tags?.length ? [{ action: 'cloudwatch:TagResource', resource, context }] : []),
  ]
}

/** What alarms of all kinds have. One that is there keeps its state and tags. */
export function common(input: Common, before: Alarm | undefined, { nowMs }: Ctx): Alarm {
  const tags = before?.tags ?? readTags(input.Tags)
  checkTags(tags)
  return {
    name: input.AlarmName,
    description: input.AlarmDescription,
    actionsEnabled: input.ActionsEnabled ?? true,
    actions: readActions(input),
    configuredAtMs: nowMs,
    tags,
    state: before?.state ?? {
      value: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      updatedAtMs: nowMs,
      changedAtMs: nowMs,
    },
  }
}

async function put(tx: Tx, next: Alarm, before: Alarm | undefined, ctx: Ctx): Promise<Alarm> {
  tx.set(alarm(next.name), next)
  configured(tx, ctx, next, before ? 'updated' : 'created')
  return next
}

/** Forgets by what an alarm is found, before it changes or goes. */
export async function unlink(tx: Tx, host: Host, before: Alarm | undefined): Promise<void> {
  if (!before) return
  await forgetContributors(tx, before.name)
  if (before.logs) forgetLogs(tx, host, before.name)
  const { namespace, metricName } = before.condition ?? {}
  if (namespace !== undefined && metricName !== undefined) tx.delete(alarmOfMetric(namespace, metricName, before.name))
  if (before.rule !== undefined)
    for (const child of childrenOf(parseRule(before.rule))) tx.delete(parentOf(child, before.name))
}

async function switchActions(tx: Tx, names: readonly string[], actionsEnabled: boolean, ctx: Ctx): Promise<void> {
  for (const found of await tx.getMany(names.map((name) => alarm(name)))) {
    if (!found || found.actionsEnabled === actionsEnabled) continue
    const next = { ...found, actionsEnabled, configuredAtMs: ctx.nowMs }
    tx.set(alarm(found.name), next)
    configured(tx, ctx, next, 'updated')
  }
}

/** Tells the history that an alarm was made, changed or deleted. */
export function configured(tx: Tx, ctx: Ctx, one: Alarm, how: 'created' | 'updated' | 'deleted'): void {
  const type = { created: 'Create', updated: 'Update', deleted: 'Delete' }[how]
  const { state: _, tags: __, ...configuration } = one
  record(tx, ctx.host, one, {
    atMs: ctx.nowMs,
    type: 'ConfigurationUpdate',
    summary: `Alarm "${one.name}" ${how}`,
    data: JSON.stringify({ version: '1.0', type, [`${how}Alarm`]: configuration }),
  })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // What can't be parsed is what is asked about.
    return false
  }
}
