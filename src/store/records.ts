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
import { type Range, type Reader, type Store, StoreError, storeLimits, type Transaction } from '../kernel/store.ts'
import { packValue, unpackValue } from './record-value.ts'
import { packTuple, tag, unpackTuple } from './tuple.ts'

/** Right after everything that begins with the tuple before it. */
const end = 0xff
/** Prefixes kept for one record. Accounts are few; a flood of invented ones must not fill the memory. */
const prefixesKept = 4_096

/** Typed records over a store: keys are tuples of account, region, service, record and the record's own parts. */
export function createRecords(store: Store): Records {
  return {
    read: (scope, fn) => store.read((tx) => fn(readRecords(tx, scope))),
    write: (scope, fn) => store.write((tx) => fn(writeRecords(tx, scope))),
    watch: (scope, range, signal) => store.watch(packTuple(range.prefix, prefixOf(range.record, scope)), signal),
  }
}

function readRecords(reader: Reader, scope: Scope): ReadTx {
  return {
    scope,
    async get<V>(key: Key<V>) {
      const bytes = await reader.get(keyBytes(key, scope))
      return bytes === undefined ? undefined : (unpackValue(key.record, bytes) as V)
    },
    async getMany<V>(keys: readonly Key<V>[]) {
      const found = await reader.getMany(keys.map((key) => keyBytes(key, scope)))
      return found.map((bytes, i) => (bytes === undefined ? undefined : (unpackValue(keys[i]!.record, bytes) as V)))
    },
    async *range<V, P extends readonly KeyPart[]>(range: KeyRange<V, P>, options?: RangeOptions) {
      const start = prefixOf(range.record, scope).length
      for await (const entry of reader.range({ ...boundsOf(range, scope), ...options })) {
        const key = unpackTuple(entry.key, start) as readonly KeyPart[] as P
        yield { key, value: unpackValue(range.record, entry.value) as V } satisfies Found<V, P>
      }
    },
    async *keys<V, P extends readonly KeyPart[]>(range: KeyRange<V, P>, options?: RangeOptions) {
      const start = prefixOf(range.record, scope).length
      for await (const entry of reader.range({ ...boundsOf(range, scope), ...options, keysOnly: true })) {
        yield unpackTuple(entry.key, start) as readonly KeyPart[] as P
      }
    },
    async count(key) {
      const bytes = await reader.get(keyBytes(key, scope))
      return bytes === undefined ? 0 : counterValue(key.record, bytes)
    },
    get snapshot() {
      return readRecords(reader.snapshot, scope)
    },
    in: (other) => readRecords(reader, { ...scope, ...other }),
  }
}

function writeRecords(tx: Transaction, scope: Scope): Tx {
  const reads = readRecords(tx, scope)
  return {
    scope,
    get: reads.get,
    getMany: reads.getMany,
    range: reads.range,
    keys: reads.keys,
    count: reads.count,
    get snapshot() {
      return reads.snapshot
    },
    set: (key, value) => tx.set(keyBytes(key, scope), packValue(key.record, value)),
    delete: (key) => tx.delete(keyBytes(key, scope)),
    clear(range) {
      const { gte, lt } = boundsOf(range, scope)
      tx.clearRange(gte, lt)
    },
    add: (key, n) => tx.add(keyBytes(key, scope), n),
    append(range, value) {
      // The position becomes an ordinary part of type bytes: its tag before it, its end after it.
      const prefix = packTuple(range.prefix, prefixOf(range.record, scope), tag.bytes)
      tx.append(prefix, packValue(range.record, value), endOfPart)
    },
    in: (other) => writeRecords(tx, { ...scope, ...other }),
  }
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

/** Packed prefixes by record, then by account and region. */
const prefixes = new WeakMap<RecordInfo, Map<string, Uint8Array>>()

function prefixOf(record: RecordInfo, scope: Scope): Uint8Array {
  let ofRecord = prefixes.get(record)
  if (!ofRecord) {
    ofRecord = new Map()
    prefixes.set(record, ofRecord)
  }
  const account = record.scope === 'global' ? '' : scope.account
  const region = record.scope === 'regional' ? scope.region : ''
  const name = `${account} ${region}`
  let prefix = ofRecord.get(name)
  if (!prefix) {
    if (ofRecord.size >= prefixesKept) ofRecord.clear()
    prefix = packTuple([account, region, record.service, record.name])
    ofRecord.set(name, prefix)
  }
  return prefix
}

function counterValue(record: RecordInfo, bytes: Uint8Array): number {
  if (bytes.length !== 8) throw new Error(`The ${record.service} ${record.name} read as a counter is not one.`)
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset, 8).readBigInt64BE())
}
