/**
 * Typed records over the store. A service declares its records in `state.ts` with `keyspace` (store/keyspace.ts);
 * operations read and write them through a scope, which puts account and region in front of every key.
 */

import type { Appended } from './store.ts'

/** What a key is made of. Order: bytes, then strings (by UTF-8), then numbers, then booleans; like FoundationDB's tuples. */
export type KeyPart = string | number | boolean | Uint8Array

/** Whose record it is. `account` records have no region, `global` ones neither account nor region. */
export interface Scope {
  readonly account: string
  readonly region: string
}
export type ScopeKind = 'regional' | 'account' | 'global'

/** One record's address and, for the type checker, its value. */
export interface Key<V> {
  readonly record: RecordInfo
  readonly parts: readonly KeyPart[]
  readonly _value?: V
}

/** A span of one record's keys, in key order. */
export interface KeyRange<V, P extends readonly KeyPart[]> {
  readonly record: RecordInfo
  readonly prefix: readonly KeyPart[]
  /** Bounds are key parts that follow the prefix (fewer than all is allowed). */
  readonly from?: { readonly parts: readonly KeyPart[]; readonly inclusive: boolean }
  readonly to?: { readonly parts: readonly KeyPart[]; readonly inclusive: boolean }
  readonly _types?: { value: V; parts: P }
}

export interface RecordInfo {
  readonly service: string
  readonly name: string
  readonly scope: ScopeKind
  readonly version: number
  /** Turns a value of an earlier version into this one's. */
  readonly upgrade: Readonly<Record<number, (old: never) => unknown>>
  /** Everyone who reads a value is handed the same one, frozen: for what nearly every request reads and few change. */
  readonly shared: boolean
}

type PrefixOf<P extends readonly unknown[]> = P extends readonly [infer Head, ...infer Rest]
  ? [] | [Head, ...PrefixOf<Rest>]
  : []

/** A declared record: call it for one key, `.under(…)` for all that begin with these parts. */
export interface RecordType<V, P extends readonly KeyPart[]> extends RecordInfo {
  (...parts: P): Key<V>
  under(...prefix: PrefixOf<P>): KeyRange<V, P>
  /** Like `under`, bounded: `from` / `after` (exclusive) / `to` (exclusive) / `through` (inclusive) follow the prefix. */
  between(prefix: PrefixOf<P>, bounds: Bounds): KeyRange<V, P>
}

export interface Bounds {
  readonly from?: readonly KeyPart[]
  readonly after?: readonly KeyPart[]
  readonly to?: readonly KeyPart[]
  readonly through?: readonly KeyPart[]
}

export interface RangeOptions {
  readonly limit?: number
  readonly reverse?: boolean
}

export interface Found<V, P extends readonly KeyPart[]> {
  readonly key: P
  readonly value: V
}

/** Reads in one scope. Values are fresh copies (those of shared records frozen): changing one changes nothing stored. */
export interface ReadTx {
  readonly scope: Scope
  get<V>(key: Key<V>): Promise<V | undefined>
  getMany<V>(keys: readonly Key<V>[]): Promise<(V | undefined)[]>
  range<V, P extends readonly KeyPart[]>(range: KeyRange<V, P>, options?: RangeOptions): AsyncIterable<Found<V, P>>
  /** Keys alone, without reading the values. */
  keys<V, P extends readonly KeyPart[]>(range: KeyRange<V, P>, options?: RangeOptions): AsyncIterable<P>
  /** The value of a counter written with `add`; 0 when absent. */
  count(key: Key<number>): Promise<number>
  /** The same reads without taking part in conflict detection. */
  readonly snapshot: ReadTx
  /** The same transaction in another account or region. */
  in(scope: Partial<Scope>): ReadTx
}

export interface Tx extends ReadTx {
  set<V>(key: Key<V>, value: V): void
  delete(key: Key<unknown>): void
  /** Deletes all keys in the range. */
  clear(range: KeyRange<unknown, readonly KeyPart[]>): void
  /** Adds to a counter; never conflicts with another add. */
  add(key: Key<number>, n: number): void
  /**
   * Stores `value` after everything appended earlier under the same parts; the position is the key's last part (bytes),
   * which the answer tells once the transaction has committed.
   */
  append<V>(range: KeyRange<V, readonly KeyPart[]>, value: V): Appended
  /** Has `fn` run once when the transaction is committed and durable, never when it is given up: see kernel/store.ts. */
  afterCommit(fn: () => void): void
  in(scope: Partial<Scope>): Tx
}

/** Transactions over records, in a scope. */
export interface Records {
  read<T>(scope: Scope, fn: (tx: ReadTx) => T | Promise<T>): Promise<T>
  write<T>(scope: Scope, fn: (tx: Tx) => T | Promise<T>): Promise<T>
  /** Yields once after subscribing, then after commits that touch the range, coalesced. */
  watch(scope: Scope, range: KeyRange<unknown, readonly KeyPart[]>, signal: AbortSignal): AsyncIterable<void>
}
