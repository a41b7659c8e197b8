import { describe, expect, test } from 'vitest'
import { StoreError, storeLimits } from '../../kernel/store.ts'
import { all, bytes, gate, type Subject } from './subject.ts'

/** What is too large or takes too long. */
export function limits(subject: Subject): void {
  const { open } = subject
  describe('limits', () => {
    const limit = expect.objectContaining({ name: 'StoreError', reason: 'limit' })
    const longest = bytes('k'.repeat(storeLimits.keyBytes))

    test('the longest key and the largest value are stored', async () => {
      const value = Buffer.alloc(storeLimits.valueBytes, 7)
      await subject.store.write((tx) => tx.set(longest, value))
      const stored = await subject.store.read((tx) => tx.get(longest))
      expect(Buffer.compare(stored!, value)).toBe(0)
      const found = await subject.store.read(async (tx) => {
        const sizes: number[] = []
        const lt = Buffer.concat([longest, bytes('\xff')])
        for await (const entry of tx.range({ gte: longest, lt })) sizes.push(entry.value.length)
        for await (const entry of tx.range({ gte: lt, lt: bytes('l') })) sizes.push(entry.value.length)
        return sizes
      })
      expect(found).toEqual([storeLimits.valueBytes])
    })

    test('a longer key, an empty key and a larger value are refused', async () => {
      const tooLong = Buffer.concat([longest, bytes('k')])
      await expect(subject.store.write((tx) => tx.set(tooLong, bytes('')))).rejects.toEqual(limit)
      await expect(subject.store.write((tx) => tx.delete(tooLong))).rejects.toEqual(limit)
      await expect(subject.store.write((tx) => tx.add(tooLong, 1))).rejects.toEqual(limit)
      await expect(subject.store.read((tx) => tx.get(tooLong))).rejects.toEqual(limit)
      await expect(subject.store.write((tx) => tx.set(bytes(''), bytes('')))).rejects.toEqual(limit)
      await expect(subject.store.write((tx) => tx.append(longest, bytes('')))).rejects.toEqual(limit)
      const tooLarge = Buffer.alloc(storeLimits.valueBytes + 1)
      await expect(subject.store.write((tx) => tx.set(bytes('a'), tooLarge))).rejects.toEqual(limit)
      await expect(subject.store.write((tx) => tx.append(bytes('a'), tooLarge))).rejects.toEqual(limit)
    })

    test('a transaction that writes too much is refused, and what it overwrote does not count', async () => {
      const small = await open({ transactionBytes: 10_000 })
      const value = Buffer.alloc(1_000)
      await small.write((tx) => {
        for (let i = 0; i < 100; i++) tx.set(bytes('same'), value)
      })
      const tooMuch = small.write((tx) => {
        for (let i = 0; i < 100; i++) tx.set(bytes(`k${i}`), value)
      })
      await expect(tooMuch).rejects.toEqual(limit)
      expect(await small.read((tx) => tx.get(bytes('k0')))).toBeUndefined()
      await small[Symbol.asyncDispose]()
    })

    test('the keys that clearRange deletes count', async () => {
      const small = await open({ transactionBytes: 10_000 })
      for (let part = 0; part < 4; part++) {
        await small.write((tx) => {
          for (let i = 0; i < 50; i++) tx.set(bytes(`${part}-${i}`.padEnd(100)), bytes(''))
        })
      }
      await expect(small.write((tx) => tx.clearRange(bytes('0'), bytes('4')))).rejects.toEqual(limit)
      await small.write((tx) => tx.clearRange(bytes('0'), bytes('1')))
      expect(await small.read((tx) => all(tx, '0', '9'))).toHaveLength(150)
      await small[Symbol.asyncDispose]()
    })

    test('a transaction that outlives its limit is aborted, and its handle is of no use', async () => {
      const quick = await open({ transactionMs: 5 })
      const late = gate()
      let after: unknown
      const writing = quick.write(async (tx) => {
        tx.set(bytes('a'), bytes('1'))
        await late.promise
        try {
          tx.set(bytes('b'), bytes('1'))
        } catch (error) {
          after = error
        }
      })
      await expect(writing).rejects.toEqual(expect.objectContaining({ reason: 'timeout' }))
      late.resolve()
      await late.promise
      expect(after).toBeInstanceOf(StoreError)
      expect(await quick.read((tx) => tx.get(bytes('a')))).toBeUndefined()
      await quick[Symbol.asyncDispose]()
    })
  })
}
