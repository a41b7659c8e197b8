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
 * These are brought up to date a level at a time, each once: one after the other, two alarms that each of the next level
 * looks at would double with every level.
 */
export async function changeState(tx: Tx, host: Host, before: Alarm, next: NextState): Promise<void> {
  let changed = (await setState(tx, host, before, next)) ? [before.name] : []
  for (let level = 0; changed.length > 0; level++) {
    const causes = await parentsOf(tx, changed)
    if (level >= mostLevels && causes.size > 0) {
      host.log.warn('cloudwatch.composite-alarms-too-deep', { alarm: before.name })
      return
    }
    changed = []
    for (const [name, cause] of causes) {
      const composite = await tx.get(alarm(name))
      const following = composite && (await stateByRule(tx, host, composite, cause))
      if (following && (await setState(tx, host, composite, following))) changed.push(name)
    }
  }
}

/** Sets the state alone. The same value again only brings its reason up to date; answers whether it is another. */
async function setState(tx: Tx, host: Host, before: Alarm, { logLines, ...next }: NextState): Promise<boolean> {
  const nowMs = host.clock.nowMs()
  const changed = next.value !== before.state.value
  const after: Alarm = {
    ...before,
    state: { ...next, updatedAtMs: nowMs, changedAtMs: changed ? nowMs : before.state.changedAtMs },
  }
  tx.set(alarm(before.name), after)
  if (!changed) return false
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
  return true
}

/** The composite alarms that look at any of some alarms, each with the first of those. */
async function parentsOf(tx: ReadTx, names: readonly string[]): Promise<Map<string, string>> {
  const causes = new Map<string, string>()
  for (const name of names)
    for await (const [, parent] of tx.keys(parentOf.under(name))) if (!causes.has(parent)) causes.set(parent, name)
  return causes
}

/** Brings a composite alarm to the state that its rule gives now. */
export async function followRule(tx: Tx, host: Host, composite: Alarm): Promise<void> {
  const next = await stateByRule(tx, host, composite)
  if (next) await changeState(tx, host, composite, next)
}

/** The state that a composite alarm's rule gives now; undefined where that is the one it has. */
async function stateByRule(tx: ReadTx, host: Host, composite: Alarm, cause?: string): Promise<NextState | undefined> {
  const rule = parseRule(composite.rule ?? 'FALSE')
  const names = childrenOf(rule)
  const found = await tx.getMany(names.map((name) => alarm(name)))
  const states = new Map(names.map((name, index) => [name, found[index]?.state]))
  const value: StateValue = holds(rule, (name) => states.get(name)?.value ?? 'INSUFFICIENT_DATA') ? 'ALARM' : 'OK'
  if (value === composite.state.value) return undefined
  const arns = [...states].map(([name, state]) => ({
    arn: alarmArn(tx.scope, name),
    state: { value: state?.value ?? 'INSUFFICIENT_DATA', timestamp: iso(state?.changedAtMs ?? host.clock.nowMs()) },
  }))
  const of = cause === undefined ? undefined : states.get(cause)
  const reason =
    cause === undefined
      ? `The alarm rule evaluates to ${value} with the states that its alarms have.`
      : `${alarmArn(tx.scope, cause)} transitioned to ${of?.value} at ${new Date(of?.changedAtMs ?? 0).toUTCString()}`
  return { value, reason, reasonData: JSON.stringify({ triggeringAlarms: arns }) }
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
