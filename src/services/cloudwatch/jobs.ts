import { parseArn } from '../../kernel/arn.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { servicePrincipal } from '../../kernel/principal.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Announcement } from './alarm-state.ts'
import { alarmData, topicMessage, topicSubject } from './announce.ts'
import { evaluationJob } from './evaluation-job.ts'
import { logAlarmJob } from './log-alarm-job.ts'
import { bringingJob, streamingJob } from './metric-stream-job.ts'
import { alarmArn, iso } from './names.ts'
import { retentionJob } from './retention-job.ts'
import { unmutingJob } from './tell.ts'
import { record } from './transition.ts'

type Action = Announcement & { readonly arn: string }

const functions = servicePrincipal('lambda.alarms.cloudwatch.amazonaws.com')
const cloudwatch = servicePrincipal('cloudwatch.amazonaws.com')

/** Background work of CloudWatch. */
export const jobs = {
  evaluate: evaluationJob,
  logs: logAlarmJob,
  retain: retentionJob,
  stream: streamingJob,
  bring: bringingJob,
  unmute: unmutingJob,

  /** Tells one action of a state that came. Its history says how that went. */
  act: {
    retry: { attempts: 6, minMs: 1_000, maxMs: 60_000 },
    async run(action: Action, { host, scope }: JobCtx) {
      const sourceArn = alarmArn(scope, action.alarm.name)
      if (parseArn(action.arn)?.service === 'lambda') {
        const payload = Buffer.from(
          JSON.stringify({
            source: 'aws.cloudwatch',
            alarmArn: sourceArn,
            accountId: scope.account,
            time: iso(action.alarm.state.changedAtMs),
            region: scope.region,
            alarmData: alarmData(action),
          }),
        )
        const target = await host.functionTarget(action.arn)
        await host.records.write(scope, async (tx) => {
          await target.accept(tx, payload, { principal: functions, sourceArn, sourceAccount: scope.account })
          told(tx, host, action)
        })
        return
      }
      const target = await host.messageTarget(action.arn)
      await host.records.write(scope, async (tx) => {
        const subject = topicSubject(action, scope)
        const message = { subject, body: topicMessage(action, scope), sourceArn, sourceAccount: scope.account }
        await target.send(tx, message, cloudwatch)
        told(tx, host, action)
      })
    },
    exhausted(tx, action, error, { host }) {
      told(tx, host, action, error.message)
    },
  } satisfies Job<Action>,
} as const

function told(tx: Tx, host: JobCtx['host'], { alarm, arn }: Action, error?: string): void {
  record(tx, host, alarm, {
    atMs: host.clock.nowMs(),
    type: 'Action',
    summary:
      error === undefined
        ? `Successfully executed action ${arn}`
        : `Failed to execute action ${arn}. Received error: "${error}"`,
    data: JSON.stringify({
      actionState: error === undefined ? 'Succeeded' : 'Failed',
      notificationResource: arn,
      stateUpdateTimestamp: alarm.state.changedAtMs,
      error: error ?? null,
    }),
  })
}
