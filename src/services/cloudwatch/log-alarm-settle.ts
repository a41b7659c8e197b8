import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { type ContributorChanges, judgeEach, keepChanges, type Watched } from './alarm-contributors.ts'
import { type Alarm, alarm } from './alarm-state.ts'
import type { Verdict } from './evaluate.ts'
import { judgeResults } from './log-alarm-evaluate.ts'
import { type LogCondition, type LogResult, lastResults, logResult } from './log-alarm-state.ts'
import { aggregationOf } from './log-query.ts'
import { reasonDataOf } from './reason-data.ts'
import { changeState } from './transition.ts'

interface Run {
  readonly atMs: number
  readonly result: LogResult
}

interface Seen {
  /** Absent where the state stays what it is. */
  readonly verdict: Verdict | undefined
  readonly changes?: ContributorChanges
}

/** What a result makes of an alarm's state, with those before it; undefined while it warms up. */
export async function judgeLogs(
  tx: ReadTx,
  { name, logs, state }: Alarm,
  run: Run,
  nowMs: number,
): Promise<Seen | undefined> {
  if (!logs) return undefined
  const before = (await lastResults(tx, name, logs.results)).filter(({ atMs }) => atMs < run.atMs)
  const runs = [...before, run].slice(-logs.results)
  if (isWarmingUp(logs, runs.length, nowMs)) return undefined
  if (!aggregationOf(logs).grouped) {
    const datapoints = runs.map(({ atMs, result: { values } }) => values[0] && { atMs, value: values[0].value })
    return { verdict: judgeResults(logs, datapoints, state.value) }
  }
  const judging = (datapoints: Watched['datapoints'], current: string) => judgeResults(logs, datapoints, current)
  return await judgeEach(tx, name, judging, groupsOf(runs), runs.length, state.value)
}

/** Not before its time is over, or sooner if it may and there is enough to look at. */
function isWarmingUp({ warmUp, results }: LogCondition, known: number, nowMs: number): boolean {
  if (!warmUp || nowMs >= warmUp.fromMs + warmUp.minutes * 60_000) return false
  return warmUp.whole === true || known < results
}

function groupsOf(runs: readonly Run[]): Watched[] {
  const groups = new Map<string, { labels: Watched['labels']; datapoints: Watched['datapoints'][number][] }>()
  for (const [index, { atMs, result }] of runs.entries())
    for (const { labels, value } of result.values) {
      const key = JSON.stringify(labels)
      const group = groups.get(key) ?? { labels, datapoints: runs.map(() => undefined) }
      groups.set(key, group)
      group.datapoints[index] = { atMs, value }
    }
  return [...groups.values()]
}

/** Keeps a result, and brings the alarm to the state that it makes, in `tx`. */
export async function settleLogs(tx: Tx, host: Host, now: Alarm, run: Run, logLines: readonly string[]): Promise<void> {
  const { name, logs } = now
  if (!logs) return
  const nowMs = host.clock.nowMs()
  const seen = await judgeLogs(tx, now, run, nowMs)
  tx.set(logResult(name, run.atMs), run.result)
  const [oldest, ...kept] = await lastResults(tx, name, logs.results + 1)
  if (oldest && kept.length === logs.results) tx.delete(logResult(name, oldest.atMs))
  const evaluation = run.result.partial ? ('PARTIAL_DATA' as const) : undefined
  const healed = now.evaluation === 'EVALUATION_ERROR' || now.evaluation === 'EVALUATION_FAILURE'
  const next: Alarm = { ...now, evaluation }
  if (now.evaluation !== evaluation) tx.set(alarm(name), next)
  if (seen?.changes) keepChanges(tx, name, seen.changes, nowMs)
  const { verdict } = seen ?? {}
  // The reason of a state that stays is that of its coming, unless it told of an error since.
  if (!verdict || (verdict.value === now.state.value && !healed)) return
  const points = verdict.evaluated.filter((point) => point !== undefined)
  const reasonData = reasonDataOf(nowMs, points, { threshold: logs.threshold })
  await changeState(tx, host, next, { value: verdict.value, reason: verdict.reason, reasonData, logLines })
}
