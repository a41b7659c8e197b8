import { beforeEach, describe, expect, test } from 'vitest'
import { all, bytes, counter, type Subject, text } from './subject.ts'

/** What a transaction reads of what it wrote. */
export function ownWrites(subject: Subject): void {
  const { put, get } = subject
  describe('a transaction sees its own writes', () => {
    beforeEach(() => put('a=1', 'b=2', 'c=3', 'd=4'))

    test('in gets and ranges, before they are committed', async () => {
      await subject.store.write(async (tx) => {
        tx.set(bytes('bb'), bytes('new'))
        tx.set(bytes('c'), bytes('changed'))
        tx.delete(bytes('a'))
        expect(text(await tx.get(bytes('c')))).toBe('changed')
        expect(await tx.get(bytes('a'))).toBeUndefined()
        expect(await all(tx, 'a', 'z')).toEqual(['b=2', 'bb=new', 'c=changed', 'd=4'])
        expect(await all(tx, 'a', 'z', { reverse: true })).toEqual(['d=4', 'c=changed', 'bb=new', 'b=2'])
        expect(await all(tx, 'a', 'z', { limit: 2 })).toEqual(['b=2', 'bb=new'])
        expect(await all(tx.snapshot, 'a', 'z', { limit: 2 })).toEqual(['b=2', 'bb=new'])
      })
      expect(await subject.store.read((tx) => all(tx, 'a', 'z'))).toEqual(['b=2', 'bb=new', 'c=changed', 'd=4'])
    })

    test('clearRange deletes what is stored and what was written before it, not what is written after', async () => {
      await subject.store.write(async (tx) => {
        tx.set(bytes('bb'), bytes('gone'))
        tx.add(bytes('bc'), 5)
        tx.clearRange(bytes('b'), bytes('d'))
        tx.set(bytes('c'), bytes('back'))
        tx.add(bytes('bc'), 2)
        expect(await all(tx, 'a', 'bb')).toEqual(['a=1'])
        expect(await tx.get(bytes('b'))).toBeUndefined()
        expect(counter(await tx.get(bytes('bc')))).toBe(2)
        expect(text(await tx.get(bytes('c')))).toBe('back')
      })
      expect(await subject.store.read((tx) => all(tx, 'a', 'bc'))).toEqual(['a=1'])
      expect(await subject.store.read((tx) => all(tx, 'c', 'z'))).toEqual(['c=back', 'd=4'])
      expect(counter(await subject.store.read((tx) => tx.get(bytes('bc'))))).toBe(2)
    })

    test('entries may be deleted while iterating over them', async () => {
      await subject.store.write(async (tx) => {
        for await (const { key } of tx.range({ gte: bytes('a'), lt: bytes('d') })) tx.delete(key)
      })
      expect(await subject.store.read((tx) => all(tx, 'a', 'z'))).toEqual(['d=4'])
    })

    test('a throw commits nothing', async () => {
      const failing = subject.store.write((tx) => {
        tx.set(bytes('a'), bytes('changed'))
        tx.append(bytes('log/'), bytes('x'))
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(await get('a')).toBe('1')
      expect(await subject.store.read((tx) => all(tx, 'log/', 'log0'))).toEqual([])
    })
  })
}
