import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Records } from '../kernel/records.ts'
import { openLmdbStore } from '../store/lmdb.ts'
import { createRecords } from '../store/records.ts'
import { openSealing } from './sealing.ts'

let store: Awaited<ReturnType<typeof openLmdbStore>>
let records: Records
const clock = { nowMs: () => 1 }
const plain = Buffer.from('hunter2')
beforeEach(async () => {
  store = await openLmdbStore({ path: 'unused', ephemeral: true })
  records = createRecords(store)
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

test('what one node sealed, another on the same store opens', async () => {
  const [one, other] = [openSealing(records, clock), openSealing(records, clock)]
  await Promise.all([one.opened, other.opened])
  const sealed = one.seal('environment', plain, 'f')
  expect(Buffer.from(sealed).includes(plain)).toBe(false)
  expect(Buffer.from(other.unseal('environment', sealed, 'f') ?? [])).toEqual(plain)
  expect(Buffer.from(one.seal('environment', plain, 'f'))).not.toEqual(Buffer.from(sealed))
})

test('it opens only whole, for its purpose and for whose it is', async () => {
  const sealing = openSealing(records, clock)
  expect(() => sealing.seal('environment', plain)).toThrow('before they are opened')
  await sealing.opened
  const sealed = sealing.seal('environment', plain, 'f')
  expect(sealing.unseal('session token', sealed, 'f')).toBeUndefined()
  expect(sealing.unseal('environment', sealed, 'g')).toBeUndefined()
  expect(sealing.unseal('environment', sealed.subarray(0, -1), 'f')).toBeUndefined()
  for (const at of sealed.keys()) {
    const changed = Uint8Array.from(sealed)
    changed[at] = (changed[at] as number) ^ 1
    expect(sealing.unseal('environment', changed, 'f')).toBeUndefined()
  }
  for (const length of [0, 1, 2, 20]) expect(sealing.unseal('environment', new Uint8Array(length), 'f')).toBeUndefined()
})
