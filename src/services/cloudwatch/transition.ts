import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { childrenOf, holds, parseRule } from './alarm-rule.ts'
import {
  type Alarm,
  type AlarmState,
  type Announcement,
  alarm,
  type HistoryItem,
  history,
  historyOf,
  parentOf,
  type StateValue,
  typeOf,
} from './alarm-state.ts'
import { alarmEvent } from './announce.ts'
import { alarmArn, iso } from './names.ts'
import { forget, tell } from './tell.ts'

/** Composite alarms of composite alarms are followed this far; a circle ends here. */
const mostLevels = 20

interface NextState {
  readonly value: StateValue
  readonly reason: string
  readonly reasonData?: string | undefined
  /** What its actions are told besides. */
  readonly logLines?: readonly string[] | undefined
}

/**
 * Gives an alarm a state, in `tx`: with its history, what is to be told, and the composite alarms that follow from it.
 * The same value again only brings its reason up to date.
 */
export async function changeState(
  tx: Tx,
  host: Host,
  before: Alarm,
  { logLines, ...next }: NextState,
  level = 0,
): Promise<void> {
  const nowMs = host.clock.nowMs()
  const changed = next.value !== before.state.value
  const after: Alarm = {
    ...before,
    state: { ...next, updatedAtMs: nowMs, changedAtMs: changed ? nowMs : before.state.changedAtMs },
  }
  tx.set(alarm(before.name), after)
  if (!changed) return
  record(tx, host, before, {
    atMs: nowMs,
    type: 'StateUpdate',
    summary: `Alarm updated from ${before.state.value} to ${next.value}`,
    data: JSON.stringify({ version: '1.0', oldState: stateOf(before.state), newState: stateOf(after.state) }),
  })
  const announcement: Announcement = { alarm: after, previous: before.state }
  const { scope } = tx
  await host.announce(tx, alarmEvent(announcement, scope))
  if (after.actionsEnabled) await tell(tx, host, { ...announcement, ...(logLines?.length && { logLines }) })
  else forget(tx, host, after.name)
  if (level >= mostLevels) {
    host.log.warn('cloudwatch.composite-alarms-too-deep', { alarm: before.name })
    return
  }
  for await (const [, parent] of tx.keys(parentOf.under(before.name))) {
    const composite = await tx.get(alarm(parent))
    if (composite) await followRule(tx, host, composite, before.name, level + 1)
  }
}

/** Brings a composite alarm to the state that its rule gives now. */
export async function followRule(tx: Tx, host: Host, composite: Alarm, cause?: string, level = 0): Promise<void> {
  const { value, states } = await stateByRule(tx, composite.rule ?? 'FALSE')
  if (value === composite.state.value) return
  const arns = Object.entries(states).map(([name, state]) => ({
    arn: alarmArn(tx.scope, name),
    state: { value: state?.value ?? 'INSUFFICIENT_DATA', timestamp: iso(state?.changedAtMs ?? host.clock.nowMs()) },
  }))
  const reason =
    cause === undefined
      ? `The alarm rule evaluates to ${value} with the states that its alarms have.`
      : `${alarmArn(tx.scope, cause)} transitioned to ${states[cause]?.value} at ${new Date(states[cause]?.changedAtMs ?? 0).toUTCString()}`
  const reasonData = JSON.stringify({ triggeringAlarms: arns })
  await changeState(tx, host, composite, { value, reason, reasonData }, level)
}

async function stateByRule(tx: ReadTx, text: string) {
  const rule = parseRule(text)
  const names = childrenOf(rule)
  const found = await tx.getMany(names.map((name) => alarm(name)))
  const states = Object.fromEntries(names.map((name, index) => [name, found[index]?.state]))
  const value: StateValue = holds(rule, (name) => states[name]?.value ?? 'INSUFFICIENT_DATA') ? 'ALARM' : 'OK'
  return { value, states }
}

/** Adds to the history of an alarm, in `tx`. */
export function record(
  tx: Tx,
  host: Host,
  of: Alarm,
  item: Omit<HistoryItem, 'name' | 'isComposite' | 'isOfLogs'>,
): void {
  const id = host.ids.uuid()
  const type = typeOf(of)
  const kind = { isComposite: type === 'CompositeAlarm', ...(type === 'LogAlarm' && { isOfLogs: true }) }
  tx.set(history(item.atMs, id), { name: of.name, ...kind, ...item })
  tx.set(historyOf(of.name, item.atMs, id), true)
}

function stateOf({ value, reason, reasonData }: AlarmState) {
  return {
    stateValue: value,
    stateReason: reason,
    ...(reasonData !== undefined && { stateReasonData: JSON.parse(reasonData) }),
  }
}
