import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Scope, Tx } from '../../kernel/records.ts'
import { type Alarm, alarm } from './alarm-state.ts'
import { everyMs, nextRunMs } from './log-alarm-input.ts'
import { judgeLogs, settleLogs } from './log-alarm-settle.ts'
import { type LogCondition, type LogResult, type LogRun, logResult, logRun } from './log-alarm-state.ts'
import { aggregationOf, linesOf, linesQuery, type Row, resultOf } from './log-query.ts'
import { alarmArn } from './names.ts'

const pollMs = 250
/** Log lines are told up to this length: all of them have room in a message. */
const mostLineChars = 2_000
/** Whom the roles of a log alarm trust, as CDK makes them: https://github.com/aws/aws-cdk-rfcs/blob/main/text/0960-logalarm-l2.md */
export const queryService = 'logs.amazonaws.com'
export const linesService = 'cloudwatch.amazonaws.com'

/**
 * Runs the query of a log alarm at its times, as its role, and compares what comes with the threshold. The query under
 * way is in the alarm's run, so that a restart waits for it. Of times that passed meanwhile, it runs for the first and the last.
 */
export const logAlarmJob = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ name }: { readonly name: string }, ctx: JobCtx) {
    const { host, scope } = ctx
    const found = await host.records.read(
      scope,
      async (tx) => [await tx.get(alarm(name)), await tx.get(logRun(name))] as const,
    )
    const [one, run] = found
    if (!one?.logs || !run) return
    try {
      if (run.queryId === undefined) await begin(one, one.logs, run, ctx)
      else await follow(one, one.logs, run, ctx)
    } catch (error) {
      if (error instanceof Retry || !isAwsError(error)) throw error
      // Log lines that can't be had are no reason to say nothing.
      if (run.result) return settle(one, run, run.result, [], ctx)
      const ofSetup = error.code !== 'LimitExceededException' && error.code !== 'ThrottlingException'
      await giveUp(name, run, ofSetup ? 'EVALUATION_ERROR' : 'EVALUATION_FAILURE', error.message, ctx)
    }
  },
} satisfies Job<{ readonly name: string }>

/** Has an alarm run at its next time, in place of what it waited for. After a run, that may have come already. */
export function scheduleLogs(tx: Tx, { deliveries, clock }: Host, { name, logs }: Alarm, before?: LogRun): void {
  if (!logs) return
  const nowMs = clock.nowMs()
  const atMs = nextRunMs(logs, before ? Math.max(before.atMs, nowMs - everyMs(logs)) : nowMs)
  if (atMs === undefined) return
  tx.set(logRun(name), { atMs })
  deliveries.schedule(tx, { ...workOf(tx.scope, name), dueAtMs: atMs })
}

const workOf = (scope: Scope, name: string) => ({ kind: 'cloudwatch:logs', scope, key: name, data: { name } })

/** Forgets what is known of an alarm's runs, which changes or goes. */
export function forgetLogs(tx: Tx, { deliveries }: Host, name: string): void {
  tx.delete(logRun(name))
  tx.clear(logResult.under(name))
  deliveries.cancel(tx, 'cloudwatch:logs', tx.scope, name)
}

/** Starts the query of a run, or once its values are known that of the log lines. */
async function begin(one: Alarm, logs: LogCondition, run: LogRun, ctx: JobCtx): Promise<void> {
  const asked = run.result
    ? { text: linesQuery(logs), limit: logs.lines }
    : { text: aggregationOf(logs).text, limit: undefined }
  await start(one, run, asked, roleOf(logs, run), ctx)
}

/** As whom the query of a run is asked. */
function roleOf(logs: LogCondition, run: LogRun): RoleOf {
  if (run.result && logs.linesRoleArn !== undefined) return { arn: logs.linesRoleArn, by: linesService }
  return { arn: logs.roleArn, by: queryService }
}

interface RoleOf {
  readonly arn: string
  readonly by: string
}

async function principalOf({ arn, by }: RoleOf, name: string, { host, scope }: JobCtx) {
  const session = { service: by, sessionName: 'log-alarm', durationSec: 900, sourceArn: alarmArn(scope, name) }
  return (await host.assumeRole(arn, session)).principal
}

/** Starts a query over what a run looks at; that it did is part of its own transaction. */
async function start(
  { name, logs }: Alarm,
  run: LogRun,
  asked: { readonly text: string; readonly limit: number | undefined },
  role: RoleOf,
  ctx: JobCtx,
): Promise<void> {
  if (!logs) return
  const { host, scope } = ctx
  const atSec = Math.floor(run.atMs / 1_000)
  const input = {
    queryString: asked.text,
    logGroupIdentifiers: logs.groups,
    startTime: atSec - logs.startOffsetSec,
    endTime: atSec - (logs.endOffsetSec ?? 0),
    limit: asked.limit,
  }
  await host.invoke('logs:StartQuery', input, {
    ...{ as: await principalOf(role, name, ctx), scope },
    async within(tx, { queryId }) {
      if (!(await isCurrent(tx, name, run))) return
      tx.set(logRun(name), { ...run, queryId: String(queryId) })
      host.deliveries.schedule(tx, { ...workOf(scope, name), dueAtMs: host.clock.nowMs() + pollMs })
    },
  })
}

/** Whether a run is still what the alarm waits for: another put in its place, as by a change, leaves it alone. */
async function isCurrent(tx: Tx, name: string, run: LogRun): Promise<boolean> {
  const now = await tx.get(logRun(name))
  return now?.atMs === run.atMs && now.queryId === run.queryId
}

async function follow(one: Alarm, logs: LogCondition, run: LogRun, ctx: JobCtx): Promise<void> {
  const { host, scope } = ctx
  const asked = { queryId: run.queryId }
  const options = { as: await principalOf(roleOf(logs, run), one.name, ctx), scope }
  const { status, results = [] } = await host.invoke<Answer>('logs:GetQueryResults', asked, options)
  if (status === 'Scheduled' || status === 'Running')
    throw new Retry(host.clock.nowMs() + pollMs, 'the query is running', { counts: false })
  if (run.result) {
    const lines = status === 'Complete' ? linesOf(results).map((line) => line.slice(0, mostLineChars)) : []
    return settle(one, run, run.result, lines, ctx)
  }
  if (status !== 'Complete') return giveUp(one.name, run, 'EVALUATION_FAILURE', `The query ended as ${status}.`, ctx)
  const result = resultOf(logs, results)
  if (logs.lines && logs.linesRoleArn !== undefined && (await isToTell(one, run, result, ctx))) {
    // Kept first: should the lines not be had, this is what there is.
    return host.records.write(scope, async (tx) => {
      if (!(await isCurrent(tx, one.name, run))) return
      tx.set(logRun(one.name), { atMs: run.atMs, result })
      host.deliveries.schedule(tx, workOf(scope, one.name))
    })
  }
  return settle(one, run, result, [], ctx)
}

interface Answer {
  readonly status?: string
  readonly results?: readonly Row[]
}

/** Whether a result changes the state to one that somebody is told of. */
async function isToTell(one: Alarm, { atMs }: LogRun, result: LogResult, { host, scope }: JobCtx): Promise<boolean> {
  const seen = await host.records.read(scope, (tx) => judgeLogs(tx, one, { atMs, result }, host.clock.nowMs()))
  const value = seen?.verdict?.value
  return value !== undefined && value !== one.state.value && one.actionsEnabled && one.actions[value].length > 0
}

async function settle(
  one: Alarm,
  run: LogRun,
  result: LogResult,
  logLines: readonly string[],
  ctx: JobCtx,
): Promise<void> {
  const { host, scope } = ctx
  await host.records.write(scope, async (tx) => {
    const now = await tx.get(alarm(one.name))
    if (!now?.logs || !(await isCurrent(tx, one.name, run))) return
    await settleLogs(tx, host, now, { atMs: run.atMs, result }, logLines)
    scheduleLogs(tx, host, now, run)
  })
}

/** A run that came to nothing: the state stays, and says why. */
async function giveUp(
  name: string,
  run: LogRun,
  evaluation: 'EVALUATION_ERROR' | 'EVALUATION_FAILURE',
  reason: string,
  { host, scope }: JobCtx,
): Promise<void> {
  await host.records.write(scope, async (tx) => {
    const now = await tx.get(alarm(name))
    if (!now?.logs || !(await isCurrent(tx, name, run))) return
    const state = { ...now.state, reason, updatedAtMs: host.clock.nowMs() }
    tx.set(alarm(name), { ...now, evaluation, state })
    scheduleLogs(tx, host, now, run)
  })
}
