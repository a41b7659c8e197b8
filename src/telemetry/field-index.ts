import { hash } from 'node:crypto'
import type { ReadTx, Tx } from '../kernel/records.ts'
import { discover } from './insights/discover.ts'
import { operate } from './insights/functions.ts'
import type { Narrowing } from './insights/narrow.ts'
import { numberOf, textOf, type Value } from './insights/values.ts'
import type { LogEvent } from './log-read.ts'
import {
  accountIndexPolicies,
  type Chunk,
  type ChunkIndex,
  fieldTimes,
  type IndexedField,
  type LogGroup,
} from './log-state.ts'

/**
 * Fields of every group's events that are indexed without a policy, besides `@logStream`, which chunks are kept by.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs-Field-Indexing-Syntax.html
 */
export const defaultFields: readonly string[] = ['traceId', 'severityText', 'attributes.session.id']

const bitsOfValue = 10
const probes = 7
/** Of the filter of one field in one chunk that has any. Of more values than fit, more chunks are read in vain. */
const leastFilterBytes = 16
const mostFilterBytes = 4_096
/** Of which the times are remembered: those of earlier policies, too. */
const mostTimes = 100

type Line = Pick<LogEvent, 'atMs' | 'message' | 'transformed'>

/** The fields that a group's policy, or else the account's that applies to it, has indexed. */
export async function policyFields(tx: ReadTx, group: LogGroup): Promise<readonly IndexedField[]> {
  return (group.indexPolicy ?? (await accountIndexPolicy(tx, group.name)))?.fields ?? []
}

/** The account's policy that applies to a group which has none of its own. */
export async function accountIndexPolicy(tx: ReadTx, groupName: string) {
  const policies = (await tx.get(accountIndexPolicies())) ?? []
  return policies.find(({ prefix }) => groupName.startsWith(prefix))
}

/** What begins with an @ in an event itself has a second one in policies. */
export const metAs = (name: string) => name.replace(/^@@/, '@')

/** The names of all fields of a group's events that are indexed as they come, as queries call them. */
export async function indexedNames(tx: ReadTx, group: LogGroup): Promise<string[]> {
  const ofPolicy = (await policyFields(tx, group)).map(({ name }) => metAs(name))
  return [...new Set([...ofPolicy, ...defaultFields])]
}

export interface Indexed {
  readonly index: ChunkIndex
  /** When the fields were met, in time of the events. */
  readonly times: ReadonlyMap<string, { readonly firstAtMs: number; readonly lastAtMs: number }>
}

/** An index of events as queries see them: for each field a Bloom filter of its values, empty where it has none. */
export function indexLines(names: readonly string[], lines: readonly Line[]): Indexed {
  const values = new Map(names.map((name) => [name, new Set<string>()]))
  const times = new Map<string, { firstAtMs: number; lastAtMs: number }>()
  for (const { atMs, message, transformed } of lines) {
    const text = transformed ?? message
    const possible = names.filter((name) => mayHaveField(text, name))
    if (possible.length === 0) continue
    const found = discover(text)
    for (const name of possible) {
      const value = found.get(name)
      if (value === undefined) continue
      values.get(name)?.add(keyOf(value))
      const { firstAtMs, lastAtMs } = times.get(name) ?? { firstAtMs: atMs, lastAtMs: atMs }
      times.set(name, { firstAtMs: Math.min(firstAtMs, atMs), lastAtMs: Math.max(lastAtMs, atMs) })
    }
  }
  return { index: [...values].map(([name, keys]) => [name, filterOf(keys)]), times }
}

/** Remembers when fields were met, in the transaction that writes their events. Costs nothing where none could be. */
export async function noteIndexed(tx: Tx, group: LogGroup, all: readonly Indexed[], nowMs: number): Promise<void> {
  const ofPolicy = all.some(({ index }) => index.length > defaultFields.length)
  if (!ofPolicy && all.every(({ times }) => times.size === 0)) return
  const before = await tx.get(fieldTimes(group.generation))
  const times = new Map(before?.fields.map(([name, ...rest]) => [name, rest]))
  for (const [name, { firstAtMs, lastAtMs }] of all.flatMap((one) => [...one.times])) {
    const [first, last] = times.get(name) ?? [firstAtMs, lastAtMs]
    times.set(name, [Math.min(first, firstAtMs), Math.max(last, lastAtMs)])
  }
  const fields = [...times].map(([name, [first, last]]) => [name, first, last] as const)
  const kept = fields.length > mostTimes ? fields.toSorted((a, b) => b[2] - a[2]).slice(0, mostTimes) : fields
  tx.set(fieldTimes(group.generation), { scannedAtMs: nowMs, fields: kept })
}

/** Whether a chunk may have events that pass: never wrongly no. */
export function mayPass({ stream, index }: Chunk, narrowings: readonly Narrowing[]): boolean {
  return narrowings.every(({ field, values, indexed }) => {
    if (field === '@logStream') return values.some((value) => operate('=', stream, value) === 1)
    const filter = index?.find(([name]) => name === field)?.[1]
    return filter ? mayHold(filter, values) : !indexed
  })
}

function mayHold(filter: Uint8Array, values: readonly Value[]): boolean {
  return filter.length > 0 && values.some((value) => value !== undefined && has(filter, keyOf(value)))
}

/** The same of values that queries take for equal. */
function keyOf(value: Value): string {
  const number = numberOf(value)
  return number === undefined ? `t${textOf(value) ?? ''}` : `n${number}`
}

/** Without reading a message: the beginning of a field's path stands in it, unless it is escaped, or made up here (@). */
function mayHaveField(text: string, name: string): boolean {
  const [first = ''] = name.split('.')
  return name.startsWith('@') || text.includes(first) || text.includes('\\u') || text.includes('\\/')
}

function filterOf(keys: ReadonlySet<string>): Uint8Array {
  if (keys.size === 0) return new Uint8Array(0)
  const bytes = Math.ceil((keys.size * bitsOfValue) / 8)
  const filter = new Uint8Array(Math.min(Math.max(bytes, leastFilterBytes), mostFilterBytes))
  for (const key of keys)
    for (const bit of bitsOf(key, filter)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7))
  return filter
}

function has(filter: Uint8Array, key: string): boolean {
  return bitsOf(key, filter).every((bit) => ((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0)
}

function bitsOf(key: string, filter: Uint8Array): number[] {
  const digest = hash('md5', key, 'buffer')
  // An even step would come back to the same few bits.
  const [start, step] = [digest.readUInt32LE(0), (digest.readUInt32LE(4) | 1) >>> 0]
  return Array.from({ length: probes }, (_, probe) => (start + probe * step) % (filter.length * 8))
}
