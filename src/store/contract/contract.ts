import { afterEach, beforeEach, describe } from 'vitest'
import type { Store } from '../../kernel/store.ts'
import { appends } from './appends.ts'
import { counters } from './counters.ts'
import { handles } from './handles.ts'
import { isolation } from './isolation.ts'
import { limits } from './limits.ts'
import { ownWrites } from './own-writes.ts'
import { bytes, type StoreUnderTest, type Subject, text } from './subject.ts'
import { values } from './values.ts'
import { watching } from './watch.ts'

/** What every store does, whatever its engine. Run it in the implementation's own test file. */
export function storeContract(name: string, { open }: StoreUnderTest): void {
  describe(name, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store[Symbol.asyncDispose]())
    const subject: Subject = {
      open,
      get store() {
        return store
      },
      put: (...pairs) =>
        store.write((tx) => {
          for (const pair of pairs) {
            const [key, value] = pair.split('=')
            tx.set(bytes(key!), bytes(value!))
          }
        }),
      get: async (key) => text(await store.read((tx) => tx.get(bytes(key)))),
    }
    for (const part of [values, ownWrites, isolation, counters, appends, limits, handles, watching]) part(subject)
  })
}
