import type { Tx } from '../../kernel/records.ts'
import { attribute, type Item } from './attribute-value.ts'
import type { Position } from './positions.ts'
import { expiry, type TimeToLive } from './state.ts'

/** Items that expired longer ago than this are kept: such a number is rather no time at all. */
const oldestSec = 5 * 365 * 86_400

/**
 * When the item expires, epoch seconds; undefined when it has no such number.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
export function expiresAtSec(setting: TimeToLive, item: Item): number | undefined {
  const value = attribute(item, setting.attribute)
  if (!value || !('N' in value)) return undefined
  const sec = Number(value.N)
  return sec > 0 && Number.isFinite(sec) ? sec : undefined
}

/** The expiry times that are due at `nowMs`, both ends included. */
export function expiryWindowSec(nowMs: number): { fromSec: number; toSec: number } {
  const nowSec = nowMs / 1_000
  return { fromSec: nowSec - oldestSec, toSec: nowSec }
}

/** Whether the item is to be deleted at `nowMs`. */
export function isExpired(setting: TimeToLive, item: Item, nowMs: number): boolean {
  const atSec = expiresAtSec(setting, item)
  const { fromSec, toSec } = expiryWindowSec(nowMs)
  return atSec !== undefined && atSec >= fromSec && atSec <= toSec
}

/** Keeps the order of expiry true when an item changes. */
export function changeExpiry(
  tx: Tx,
  setting: TimeToLive,
  { partition, sort }: Position,
  before: Item | undefined,
  after: Item | undefined,
): void {
  const was = before && expiresAtSec(setting, before)
  const is = after && expiresAtSec(setting, after)
  if (was === is) return
  if (was !== undefined) tx.delete(expiry(setting.id, was, partition, sort))
  if (is !== undefined) tx.set(expiry(setting.id, is, partition, sort), true)
}
