import type { ReadTx, Tx } from '../../kernel/records.ts'
import { patternOf } from './patterns.ts'
import {
  type Archive,
  archive,
  archiveOfBus,
  type BusLog,
  bus as busRecord,
  type Rule,
  rule,
  ruleSet,
} from './state.ts'

/**
 * The enabled rules of a bus with a pattern, by the `source` they name, so that an event is held against few of them; and
 * its archives.
 */
interface RuleSet {
  readonly bySource: ReadonlyMap<string, readonly Rule[]>
  /** Whose pattern names no source, or not by its name. */
  readonly others: readonly Rule[]
  readonly archives: readonly Archive[]
  /** Absent: it logs nothing. */
  readonly log: BusLog | undefined
}

/** Sets by their id, which is new after every change: what is kept is never stale, on this node or another. */
const kept = new Map<string, RuleSet>()
const mostKept = 500
const none: RuleSet = { bySource: new Map(), others: [], archives: [], log: undefined }

/** To be called with every change of a rule's pattern, state or targets, of an archive, or of what a bus logs, in its transaction. */
export function changed(tx: Tx, bus: string, newId: () => string): void {
  tx.set(ruleSet(bus), newId())
}

/** The rules of a bus that match an event, as they are in the transaction's snapshot. */
export async function rulesFor(tx: ReadTx, bus: string, source: string, event: object): Promise<Rule[]> {
  const { bySource, others } = await setOf(tx, bus)
  return [...(bySource.get(source) ?? []), ...others].filter(({ pattern }) => patternOf(pattern ?? '')(event))
}

/** The archives of a bus that keep an event. */
export async function archivesFor(tx: ReadTx, bus: string, event: object): Promise<Archive[]> {
  const { archives } = await setOf(tx, bus)
  return archives.filter(({ pattern }) => pattern === undefined || patternOf(pattern)(event))
}

/** What a bus logs of its events. */
export async function logOf(tx: ReadTx, bus: string): Promise<BusLog | undefined> {
  return (await setOf(tx, bus)).log
}

async function setOf(tx: ReadTx, bus: string): Promise<RuleSet> {
  const id = await tx.get(ruleSet(bus))
  if (id === undefined) return none
  const known = kept.get(id)
  if (known) return known
  const bySource = new Map<string, Rule[]>()
  const others: Rule[] = []
  for await (const { value } of tx.range(rule.under(bus))) {
    if (!value.enabled || value.pattern === undefined) continue
    const sources = sourcesOf(value.pattern)
    if (!sources) others.push(value)
    for (const source of sources ?? []) bySource.set(source, [...(bySource.get(source) ?? []), value])
  }
  const archives: Archive[] = []
  for await (const [, name] of tx.keys(archiveOfBus.under(bus))) {
    const found = await tx.get(archive(name))
    if (found) archives.push(found)
  }
  const { log } = (await tx.get(busRecord(bus))) ?? {}
  const made = { bySource, others, archives, log: log?.level === 'OFF' ? undefined : log }
  if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? '')
  kept.set(id, made)
  return made
}

/** The sources a pattern is for, when it says them by name. */
function sourcesOf(pattern: string): ReadonlySet<string> | undefined {
  const { source } = JSON.parse(pattern) as { source?: unknown }
  if (!Array.isArray(source) || !source.every((one) => typeof one === 'string')) return undefined
  return new Set(source as string[])
}
