import { hash } from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'
import { alarm, type StateValue } from './alarm-state.ts'
import type { Api } from './api.ts'
import type { Datapoint, Verdict } from './evaluate.ts'
import { alarmArn } from './names.ts'

/** One of the time series of an alarm on several, in ALARM. */
interface AlarmContributor {
  /** What its query groups by. */
  readonly labels: Readonly<Record<string, string>>
  readonly reason: string
  readonly changedAtMs: number
}

const alarmContributor = keyspace('cloudwatch').record<AlarmContributor, [alarm: string, id: string]>(
  'alarm-contributor',
)
const pageSize = 100

export const contributors = operations<Api>()({
  DescribeAlarmContributors: {
    authorize: ({ AlarmName }, { scope }) => [
      { action: 'cloudwatch:DescribeAlarmContributors', resource: alarmArn(scope, AlarmName) },
    ],
    async read(tx, { AlarmName, NextToken }) {
      if (!(await tx.get(alarm(AlarmName))))
        throw awsError('ResourceNotFoundException', `The alarm ${AlarmName} does not exist.`, { status: 404 })
      const bounds = boundsOfPage(NextToken, () => awsError('InvalidNextToken', 'The next token is invalid.'))
      const found = tx.range(alarmContributor.between([AlarmName], bounds), { limit: pageSize + 1 })
      const { items, next } = await pageOf(found, pageSize, ({ key: [, id] }) => [id])
      const AlarmContributors = items.map(({ key: [, id], value }) => ({
        ContributorId: id,
        ContributorAttributes: { ...value.labels },
        StateReason: value.reason,
        StateTransitionedTimestamp: new Date(value.changedAtMs),
      }))
      return { AlarmContributors, NextToken: next }
    },
  },
})

type Datapoints = readonly (Datapoint | undefined)[]

/** A time series of an alarm: its datapoints, oldest first, undefined where there is none. */
export interface Watched {
  readonly labels: Readonly<Record<string, string>>
  readonly datapoints: Datapoints
}

/** What the state of one time series is, which was another before; undefined when it stays what it is. */
export type Judge = (datapoints: Datapoints, current: StateValue) => Verdict | undefined

/** What changed among an alarm's contributors. */
export interface ContributorChanges {
  readonly alarming: readonly (Pick<AlarmContributor, 'labels' | 'reason'> & { readonly id: string })[]
  readonly recovered: readonly string[]
}

/**
 * The state of an alarm on several time series, of `length` datapoints each: ALARM as long as one of them is, and OK
 * when all that are known are. One that was in ALARM and is not there any more is one without data.
 */
export async function judgeEach(
  tx: ReadTx,
  name: string,
  judge: Judge,
  watched: readonly Watched[],
  length: number,
  current: StateValue,
): Promise<{ verdict: Verdict | undefined; changes: ContributorChanges }> {
  const before = new Map<string, AlarmContributor>()
  for await (const { key, value } of tx.range(alarmContributor.under(name))) before.set(key[1], value)
  const none = Array.from({ length }, () => undefined)
  const all = new Map(watched.map((one) => [idOf(one.labels), one]))
  for (const [id, { labels }] of before) if (!all.has(id)) all.set(id, { labels, datapoints: none })
  const verdicts: Verdict[] = []
  const alarming: ContributorChanges['alarming'][number][] = []
  const recovered: string[] = []
  for (const [id, { labels, datapoints }] of all) {
    const was = before.has(id)
    const verdict = judge(datapoints, was ? 'ALARM' : 'OK')
    if (verdict) verdicts.push(verdict)
    if (verdict?.value === 'ALARM' && !was) alarming.push({ id, labels, reason: verdict.reason })
    if (verdict && verdict.value !== 'ALARM' && was) recovered.push(id)
  }
  const of = (value: StateValue) => verdicts.find((one) => one.value === value)
  const staysInAlarm = before.size > recovered.length && !of('ALARM')
  const found = of('ALARM') ?? (staysInAlarm ? undefined : (of('OK') ?? of('INSUFFICIENT_DATA')))
  const verdict = all.size === 0 ? judge(none, current) : found
  return { verdict, changes: { alarming, recovered } }
}

/** Writes down what `judgeEach` found. */
export function keepChanges(tx: Tx, name: string, { alarming, recovered }: ContributorChanges, nowMs: number): void {
  for (const id of recovered) tx.delete(alarmContributor(name, id))
  for (const { id, labels, reason } of alarming)
    tx.set(alarmContributor(name, id), { labels, reason, changedAtMs: nowMs })
}

/** Of an alarm that changes or goes. */
export async function forgetContributors(tx: Tx, name: string): Promise<void> {
  for await (const key of tx.keys(alarmContributor.under(name))) tx.delete(alarmContributor(...key))
}

function idOf(labels: Readonly<Record<string, string>>): string {
  return hash('sha256', JSON.stringify(Object.entries(labels).sort())).slice(0, 16)
}
