import { describe, expect, test } from 'vitest'
import { all, bytes, type Subject, text } from './subject.ts'

/** What is written is read. */
export function values(subject: Subject): void {
  const { put, get } = subject
  describe('keys and values', () => {
    test('what was written is read, and what was deleted is not', async () => {
      await put('a=1', 'b=2')
      await subject.store.write((tx) => tx.delete(bytes('a')))
      expect(await get('a')).toBeUndefined()
      expect(await get('b')).toBe('2')
      expect(await get('c')).toBeUndefined()
    })

    test('an empty value is a value', async () => {
      await subject.store.write((tx) => tx.set(bytes('a'), bytes('')))
      expect(await get('a')).toBe('')
    })

    test('getMany keeps the order of the keys asked for', async () => {
      await put('a=1', 'b=2')
      const found = await subject.store.read((tx) => tx.getMany([bytes('b'), bytes('x'), bytes('a')]))
      expect(found.map(text)).toEqual(['2', undefined, '1'])
    })

    test('keys are ordered by their bytes', async () => {
      const keys = ['\xff', '\0', '\x7f', '\x80', 'a', 'aa', 'a\0', 'B']
      await put(...keys.map((key) => `${key}=x`))
      const expected = [...keys].sort((a, b) => Buffer.compare(bytes(a), bytes(b))).map((key) => `${key}=x`)
      expect(await subject.store.read((tx) => all(tx, '', '\xff\xff'))).toEqual(expected)
    })

    test('a range includes its lower bound and excludes its upper, forwards and backwards', async () => {
      await put('a=1', 'b=2', 'c=3', 'd=4')
      await subject.store.read(async (tx) => {
        expect(await all(tx, 'b', 'd')).toEqual(['b=2', 'c=3'])
        expect(await all(tx, 'b', 'd', { reverse: true })).toEqual(['c=3', 'b=2'])
        expect(await all(tx, 'a\0', 'cc', { reverse: true })).toEqual(['c=3', 'b=2'])
        expect(await all(tx, 'a', 'z', { limit: 2 })).toEqual(['a=1', 'b=2'])
        expect(await all(tx, 'a', 'z', { limit: 2, reverse: true })).toEqual(['d=4', 'c=3'])
        expect(await all(tx, 'a', 'z', { limit: 0 })).toEqual([])
        expect(await all(tx, 'd', 'a')).toEqual([])
      })
    })

    test('a range of more entries than are read at once is whole', async () => {
      const keys = Array.from({ length: 3_000 }, (_, i) => `k${String(i).padStart(5, '0')}`)
      await put(...keys.map((key) => `${key}=${key}`))
      const expected = keys.map((key) => `${key}=${key}`)
      expect(await subject.store.read((tx) => all(tx, 'k', 'l'))).toEqual(expected)
      expect(await subject.store.read((tx) => all(tx, 'k', 'l', { reverse: true }))).toEqual(expected.reverse())
    })

    test('keysOnly leaves the values out', async () => {
      await put('a=1', 'b=2')
      const found: Uint8Array[] = []
      await subject.store.read(async (tx) => {
        const range = { gte: bytes('a'), lt: bytes('z'), keysOnly: true }
        for await (const entry of tx.range(range)) found.push(entry.key, entry.value)
      })
      expect(found.map(text)).toEqual(['a', '', 'b', ''])
    })
  })
}
