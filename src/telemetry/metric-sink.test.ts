import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Records } from '../kernel/records.ts'
import type { Store } from '../kernel/store.ts'
import { openLmdbStore } from '../store/lmdb.ts'
import { createRecords } from '../store/records.ts'
import { createMetricSink } from './metric-sink.ts'
import { dimensionsText, minute } from './metric-state.ts'

const scope = { account: '1', region: 'r' }
let store: Store
let records: Records

beforeAll(async () => {
  store = await openLmdbStore({ path: 'unused', ephemeral: true })
  records = createRecords(store)
})
afterAll(() => store[Symbol.asyncDispose]())

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

async function stored(namespace: string, name: string, dimensions: Record<string, string>, atMs: number) {
  return records.read(scope, (tx) => tx.get(minute(namespace, name, dimensionsText(dimensions), atMs)))
}

test('samples are the same sums whether their dimensions come as one object or as many', async () => {
  await using sink = createMetricSink({ records, log: quiet, deliveries: { schedule() {}, cancel() {} } })
  const shared = { b: '2', a: '1' }
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 40; index++) {
      const rest = { name: `m${index % 15}`, unit: 'Count', value: index, atMs: 60_000 + index * 1_000 }
      sink.put(scope, { namespace: 'one', dimensions: shared, ...rest })
      sink.put(scope, { namespace: 'many', dimensions: { a: '1', b: '2' }, ...rest })
      // The same object for another account, namespace or minute is another metric.
      sink.put({ ...scope, account: '2' }, { namespace: 'one', dimensions: shared, ...rest })
      sink.put(scope, { namespace: 'one', dimensions: shared, ...rest, atMs: 30_000 })
    }
    await sink.flush()
  }
  for (let index = 0; index < 15; index++) {
    const one = await stored('one', `m${index}`, shared, 60_000)
    expect(one).toEqual(await stored('many', `m${index}`, shared, 60_000))
    expect(one?.count).toBe(index < 10 ? 9 : 6)
    expect((await stored('one', `m${index}`, shared, 0))?.sum).toBe(one?.sum)
  }
})
