import { describe, expect, test } from 'vitest'
import { type Reader, StoreError } from '../../kernel/store.ts'
import { bytes, type Subject } from './subject.ts'

/** Transactions and stores that are over. */
export function handles(subject: Subject): void {
  const { put, open } = subject
  describe('handles', () => {
    test('a handle used after its function ended throws', async () => {
      let reader: Reader | undefined
      const tx = await subject.store.write((handle) => {
        reader = handle.snapshot
        return { handle }
      })
      expect(() => tx.handle.set(bytes('a'), bytes('1'))).toThrow(StoreError)
      expect(() => tx.handle.range({ gte: bytes('a'), lt: bytes('b') })).toThrow(StoreError)
      await expect((async () => tx.handle.get(bytes('a')))()).rejects.toThrow(StoreError)
      await expect((async () => reader!.get(bytes('a')))()).rejects.toThrow(StoreError)
    })

    test('an iteration that goes on after its function ended throws', async () => {
      await put('a=1', 'b=2')
      const iterator = await subject.store.read(async (tx) => {
        const entries = tx.range({ gte: bytes('a'), lt: bytes('z') })[Symbol.asyncIterator]()
        await entries.next()
        return { next: () => entries.next() }
      })
      await expect(iterator.next()).rejects.toThrow(StoreError)
    })

    test('a closed store refuses, and closing it twice is the same as once', async () => {
      const other = await open()
      await Promise.all([other[Symbol.asyncDispose](), other[Symbol.asyncDispose]()])
      const closed = expect.objectContaining({ reason: 'closed' })
      await expect(other.read(() => 1)).rejects.toEqual(closed)
      await expect(other.write((tx) => tx.set(bytes('a'), bytes('1')))).rejects.toEqual(closed)
    })

    test('what was committed before closing is acknowledged', async () => {
      const other = await open()
      const writing = other.write((tx) => tx.set(bytes('a'), bytes('1')))
      await Promise.resolve()
      await Promise.all([writing, other[Symbol.asyncDispose]()])
    })
  })
}
