import type {
  Found,
  Key,
  KeyPart,
  KeyRange,
  RangeOptions,
  ReadTx,
  RecordInfo,
  Records,
  Scope,
  Tx,
} from '../kernel/records.ts'
import {
  type Appended,
  type Range,
  type Reader,
  type Store,
  StoreError,
  storeLimits,
  type Transaction,
} from '../kernel/store.ts'
import { packValue, unpackValue } from './record-value.ts'
import { packTuple, tag, unpackTuple } from './tuple.ts'

/** Right after everything that begins with the tuple before it. */
const end = 0xff
/** Prefixes kept for one record. Accounts are few; a flood of invented ones must not fill the memory. */
const prefixesKept = 4_096

/** Typed records over a store: keys are tuples of account, region, service, record and the record's own parts. */
export function createRecords(store: Store): Records {
  return {
    read: (scope, fn) => store.read((tx) => fn(new ScopedReads(tx, scope))),
    write: (scope, fn) => store.write((tx) => fn(new ScopedWrites(tx, scope))),
    watch: (scope, range, signal) => store.watch(packTuple(range.prefix, prefixOf(range.record, scope)), signal),
  }
}

/** Classes, since every request makes several: an object of closures costs each of them. */
class ScopedReads<R extends Reader = Reader> implements ReadTx {
  readonly scope: Scope
  protected readonly reader: R

  constructor(reader: R, scope: Scope) {
    this.reader = reader
    this.scope = scope
  }

  async get<V>(key: Key<V>): Promise<V | undefined> {
    const found = this.reader.get(keyBytes(key, this.scope))
    const bytes = found instanceof Promise ? await found : found
    return bytes === undefined ? undefined : (decoded(key.record, bytes) as V)
  }

  async getMany<V>(keys: readonly Key<V>[]): Promise<(V | undefined)[]> {
    const found = await this.reader.getMany(keys.map((key) => keyBytes(key, this.scope)))
    return found.map((bytes, i) => (bytes === undefined ? undefined : (decoded(keys[i]!.record, bytes) as V)))
  }

  async *range<V, P extends readonly KeyPart[]>(range: KeyRange<V, P>, options?: RangeOptions) {
    const start = prefixOf(range.record, this.scope).length
    for await (const entry of this.reader.range({ ...boundsOf(range, this.scope), ...options })) {
      const key = unpackTuple(entry.key, start) as readonly KeyPart[] as P
      yield { key, value: decoded(range.record, entry.value) as V } satisfies Found<V, P>
    }
  }

  async *keys<V, P extends readonly KeyPart[]>(range: KeyRange<V, P>, options?: RangeOptions) {
    const start = prefixOf(range.record, this.scope).length
    for await (const entry of this.reader.range({ ...boundsOf(range, this.scope), ...options, keysOnly: true })) {
      yield unpackTuple(entry.key, start) as readonly KeyPart[] as P
    }
  }

  async count(key: Key<number>): Promise<number> {
    const bytes = await this.reader.get(keyBytes(key, this.scope))
    return bytes === undefined ? 0 : counterValue(key.record, bytes)
  }

  get snapshot(): ReadTx {
    return new ScopedReads(this.reader.snapshot, this.scope)
  }

  in(other: Partial<Scope>): ReadTx {
    return isSame(this.scope, other) ? this : new ScopedReads(this.reader, { ...this.scope, ...other })
  }
}

class ScopedWrites extends ScopedReads<Transaction> implements Tx {
  set<V>(key: Key<V>, value: V): void {
    this.reader.set(keyBytes(key, this.scope), packValue(key.record, value))
  }

  delete(key: Key<unknown>): void {
    this.reader.delete(keyBytes(key, this.scope))
  }

  clear(range: KeyRange<unknown, readonly KeyPart[]>): void {
    const { gte, lt } = boundsOf(range, this.scope)
    this.reader.clearRange(gte, lt)
  }

  add(key: Key<number>, n: number): void {
    this.reader.add(keyBytes(key, this.scope), n)
  }

  append<V>(range: KeyRange<V, readonly KeyPart[]>, value: V): Appended {
    // The position becomes an ordinary part of type bytes: its tag before it, its end after it.
    const prefix = packTuple(range.prefix, prefixOf(range.record, this.scope), tag.bytes)
    return this.reader.append(prefix, packValue(range.record, value), endOfPart)
  }

  afterCommit(fn: () => void): void {
    this.reader.afterCommit(fn)
  }

  override in(other: Partial<Scope>): Tx {
    return isSame(this.scope, other) ? this : new ScopedWrites(this.reader, { ...this.scope, ...other })
  }
}

function isSame(scope: Scope, { account = scope.account, region = scope.region }: Partial<Scope>): boolean {
  return account === scope.account && region === scope.region
}

/** Values of shared records by the bytes they were read from, which the store hands out again while they are hot. */
const sharedValues = new WeakMap<Uint8Array, unknown>()

function decoded(record: RecordInfo, bytes: Uint8Array): unknown {
  if (!record.shared) return unpackValue(record, bytes)
  let value = sharedValues.get(bytes)
  if (value === undefined) {
    value = deepFrozen(unpackValue(record, bytes))
    sharedValues.set(bytes, value)
  }
  return value
}

function deepFrozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  for (const member of Object.values(value)) deepFrozen(member)
  return Object.freeze(value)
}

const endOfPart = Uint8Array.of(0)

function keyBytes(key: Key<unknown>, scope: Scope): Uint8Array {
  const bytes = packTuple(key.parts, prefixOf(key.record, scope))
  if (bytes.length > storeLimits.keyBytes) {
    throw new StoreError(
      'limit',
      `The key of a ${key.record.service} ${key.record.name} takes ${bytes.length} bytes; the store keeps ${storeLimits.keyBytes}. ` +
        'Hash the long part into the key and keep it whole in the value.',
    )
  }
  return bytes
}

function boundsOf(range: KeyRange<unknown, readonly KeyPart[]>, scope: Scope): Pick<Range, 'gte' | 'lt'> {
  const prefix = packTuple(range.prefix, prefixOf(range.record, scope))
  const { from, to } = range
  return {
    gte: from ? packTuple(from.parts, prefix, from.inclusive ? undefined : end) : prefix,
    lt: to ? packTuple(to.parts, prefix, to.inclusive ? end : undefined) : packTuple([], prefix, end),
  }
}

interface Prefixes {
  /** By account and region. */
  readonly byScope: Map<string, Uint8Array>
  /** The one asked for last, which is mostly the one that is asked for next. */
  last: { readonly account: string; readonly region: string; readonly prefix: Uint8Array } | undefined
}
const prefixes = new WeakMap<RecordInfo, Prefixes>()

/** The packed account, region, service and name in front of a record's keys. */
function prefixOf(record: RecordInfo, scope: Scope): Uint8Array {
  let ofRecord = prefixes.get(record)
  if (!ofRecord) {
    ofRecord = { byScope: new Map(), last: undefined }
    prefixes.set(record, ofRecord)
  }
  const account = record.scope === 'global' ? '' : scope.account
  const region = record.scope === 'regional' ? scope.region : ''
  const { last, byScope } = ofRecord
  if (last && last.account === account && last.region === region) return last.prefix
  const name = `${account} ${region}`
  let prefix = byScope.get(name)
  if (!prefix) {
    if (byScope.size >= prefixesKept) byScope.clear()
    prefix = packTuple([account, region, record.service, record.name])
    byScope.set(name, prefix)
  }
  ofRecord.last = { account, region, prefix }
  return prefix
}

function counterValue(record: RecordInfo, bytes: Uint8Array): number {
  if (bytes.length !== 8) throw new Error(`The ${record.service} ${record.name} read as a counter is not one.`)
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset, 8).readBigInt64BE())
}
