import { setImmediate as nextTurn } from 'node:timers/promises'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { type LogEvent, readEvents } from '../../telemetry/log-read.ts'
import { retainedFromMs } from '../../telemetry/log-retention.ts'
import { group, type LogGroup } from '../../telemetry/log-state.ts'
import { type Definition, readDefinition } from './insight-rule-definition.ts'
import type { InsightRule } from './insight-rule-state.ts'

/** What a report may look at: the real service has counted by then, Landfall reads the events that there are. */
export const mostEvents = 1_000_000
const mostLogGroups = 1_000
/** Events that are looked at between two chances for other requests. */
const eventsAtOnce = 5_000
/** Values of contributors kept while reading, one for each period of each; a long name counts as several. */
const mostCells = 200_000
const cellChars = 200

/** Of one period. */
export interface Period {
  /** Contributions. */
  count: number
  sum: number
  /** Of single contributions. */
  min: number
  max: number
  /** How many contributed: exact as long as not more is known of them than can be kept. */
  unique: number
  /** The most that one contributed. */
  most: number
}

export interface Contributor {
  readonly keys: readonly string[]
  total: number
  /** What it contributed, by the time a period begins. */
  readonly values: Map<number, number>
}

export interface Report {
  readonly definition: Definition
  /** Those with contributions, by the time they begin. */
  readonly periods: ReadonlyMap<number, Period>
  readonly contributors: readonly Contributor[]
  /** Contributors met: more than are kept, where those with the least were let go. */
  readonly unique: number
}

export interface Span {
  /** Periods begin here and every `periodMs` after. */
  readonly fromMs: number
  readonly toMs: number
  readonly periodMs: number
}

/**
 * What a rule makes of the events that came while it was enabled. Bounded: when contributors are too many, those with
 * the least so far are let go, as the approximate figures of the real service allow; the sums stay exact. Throws
 * InvalidParameterValue when there are more events to look at than is left of `budget`.
 */
export async function reportOf(
  tx: ReadTx,
  rule: InsightRule,
  span: Span,
  nowMs: number,
  budget: { left: number } = { left: mostEvents },
): Promise<Report> {
  const definition = readDefinition(rule.definition)
  const counting = newCounting()
  let looked = 0
  for (const one of await groupsOf(tx, definition)) {
    const fromMs = Math.max(span.fromMs, retainedFromMs(one.retentionDays, nowMs))
    for await (const event of readEvents(tx, one.generation, { fromMs, toMs: span.toMs })) {
      if (--budget.left < 0)
        throw awsError(
          'InvalidParameterValue',
          `There are more than ${mostEvents} log events to look at for ${rule.name}. Ask for a shorter time.`,
        )
      if (++looked % eventsAtOnce === 0) await nextTurn()
      if (!rule.spans.some(({ fromMs, toMs = Infinity }) => event.ingestedAtMs >= fromMs && event.ingestedAtMs < toMs))
        continue
      const message = messageFor(rule, one, event)
      const found = message === undefined ? undefined : definition.contribution(message)
      if (!found) continue
      const atMs = span.fromMs + Math.floor((event.atMs - span.fromMs) / span.periodMs) * span.periodMs
      counting.add(atMs, found.keys, found.value)
    }
  }
  return { definition, ...counting.result() }
}

/** What a group's transformer could not read is not looked at by a rule that sees what it makes. */
function messageFor({ onTransformed }: InsightRule, { transformer }: LogGroup, event: LogEvent): string | undefined {
  return onTransformed && transformer ? event.transformed : event.message
}

async function groupsOf(tx: ReadTx, { groups }: Definition): Promise<LogGroup[]> {
  const found = new Map<string, LogGroup>()
  for (const name of groups) {
    const start = name.endsWith('*') ? name.slice(0, -1) : undefined
    if (start === undefined) {
      const one = await tx.get(group(name))
      if (one) found.set(name, one)
      continue
    }
    for await (const { value } of tx.range(group.between([], { from: [start] }))) {
      if (!value.name.startsWith(start)) break
      found.set(value.name, value)
      if (found.size > mostLogGroups)
        throw awsError('InvalidParameterValue', `The rule is about more than ${mostLogGroups} log groups.`)
    }
  }
  return [...found.values()]
}

/** Adds contributions up, in bounded memory. */
export function newCounting() {
  const periods = new Map<number, Period>()
  const contributors = new Map<string, Contributor>()
  let cells = 0
  let gone = 0
  const weightOf = (key: string) => 1 + Math.floor(key.length / cellChars)

  function letGo(): void {
    note()
    const sorted = [...contributors].sort(([, a], [, b]) => a.total - b.total)
    for (const [key, { values }] of sorted) {
      if (cells <= mostCells / 2) break
      contributors.delete(key)
      cells -= values.size + weightOf(key)
      gone++
    }
  }

  /** The most of each period, of those that are known now. */
  function note(): void {
    for (const { values } of contributors.values())
      for (const [atMs, value] of values) {
        const period = periods.get(atMs)
        if (period) period.most = Math.max(period.most, value)
      }
  }

  return {
    add(atMs: number, keys: readonly string[], value: number): void {
      let period = periods.get(atMs)
      if (!period) {
        period = { count: 0, sum: 0, min: value, max: value, unique: 0, most: Number.NEGATIVE_INFINITY }
        periods.set(atMs, period)
      }
      period.count++
      period.sum += value
      period.min = Math.min(period.min, value)
      period.max = Math.max(period.max, value)
      const key = JSON.stringify(keys)
      let one = contributors.get(key)
      if (!one) {
        one = { keys, total: 0, values: new Map() }
        contributors.set(key, one)
        cells += weightOf(key)
      }
      const before = one.values.get(atMs)
      if (before === undefined) {
        period.unique++
        cells++
      }
      one.values.set(atMs, (before ?? 0) + value)
      one.total += value
      if (cells > mostCells) letGo()
    },
    result() {
      note()
      return { periods, contributors: [...contributors.values()], unique: contributors.size + gone }
    },
  }
}
