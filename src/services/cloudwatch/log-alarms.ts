import { passingRole } from '../../kernel/authorization.ts'
import { operations } from '../../kernel/operation.ts'
import { invalid } from './alarm-input.ts'
import { alarm, typeOf } from './alarm-state.ts'
import { common, configured, putting, unlink } from './alarms.ts'
import type { Api } from './api.ts'
import { readLogCondition } from './log-alarm-input.ts'
import { linesService, queryService, scheduleLogs } from './log-alarm-job.ts'

/** Alarms on what queries of Logs Insights find. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-log.html */
export const logAlarms = operations<Api>()({
  PutLogAlarm: {
    authorize: ({ AlarmName, Tags, ScheduledQueryConfiguration: asked, ActionLogLineRoleArn }, ctx) => [
      ...putting('PutLogAlarm', AlarmName, Tags, ctx),
      passingRole(asked.ScheduledQueryRoleARN, queryService),
      ...(ActionLogLineRoleArn === undefined ? [] : [passingRole(ActionLogLineRoleArn, linesService)]),
    ],
    async write(tx, input, ctx) {
      if (input.AlarmName.length < 1 || input.AlarmName.length > 255)
        throw invalid('AlarmName must be 1 to 255 characters long.')
      if ((input.AlarmDescription?.length ?? 0) > 1_024)
        throw invalid('AlarmDescription must be at most 1024 characters long.')
      const before = await tx.get(alarm(input.AlarmName))
      if (before && typeOf(before) !== 'LogAlarm') throw invalid(`${input.AlarmName} is not a log alarm.`)
      const logs = readLogCondition(input, before?.logs, ctx.nowMs)
      await unlink(tx, ctx.host, before)
      const next = { ...common(input, before, ctx), logs }
      tx.set(alarm(next.name), next)
      configured(tx, ctx, next, before ? 'updated' : 'created')
      scheduleLogs(tx, ctx.host, next)
      return {}
    },
  },
})
