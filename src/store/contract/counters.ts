import { describe, expect, test } from 'vitest'
import { bytes, counter, gate, type Subject } from './subject.ts'

/** Numbers that are added to without conflict. */
export function counters(subject: Subject): void {
  const { put, get } = subject
  describe('counters', () => {
    test('additions of many add up, and never run again', async () => {
      let runs = 0
      const adding = Array.from({ length: 200 }, (_, i) =>
        subject.store.write((tx) => {
          runs++
          tx.add(bytes('n'), i % 2 ? 3 : -1)
        }),
      )
      await Promise.all(adding)
      expect(counter(await subject.store.read((tx) => tx.get(bytes('n'))))).toBe(200)
      expect(runs).toBe(200)
    })

    test('a counter is eight bytes, big-endian, two’s complement', async () => {
      await subject.store.write((tx) => tx.add(bytes('n'), -2))
      const stored = await subject.store.read((tx) => tx.get(bytes('n')))
      expect(Buffer.from(stored!).toString('hex')).toBe('fffffffffffffffe')
    })

    test('a transaction sees what it added, in gets and ranges', async () => {
      await subject.store.write((tx) => tx.add(bytes('n'), 5))
      await subject.store.write(async (tx) => {
        tx.add(bytes('n'), 2)
        tx.add(bytes('n'), 3)
        expect(counter(await tx.get(bytes('n')))).toBe(10)
        for await (const { value } of tx.range({ gte: bytes('n'), lt: bytes('o') })) expect(counter(value)).toBe(10)
      })
      expect(counter(await subject.store.read((tx) => tx.get(bytes('n'))))).toBe(10)
    })

    test('reading a counter and adding to it is a conflict with another addition', async () => {
      const [read, written] = [gate(), gate()]
      const writing = subject.store.write(async (tx) => {
        const n = counter(await tx.get(bytes('n')))
        read.resolve()
        await written.promise
        tx.add(bytes('n'), n + 10)
      })
      await read.promise
      await subject.store.write((tx) => tx.add(bytes('n'), 1))
      written.resolve()
      await writing
      expect(counter(await subject.store.read((tx) => tx.get(bytes('n'))))).toBe(12)
    })

    test('adding to what is no counter, or what is no whole number, is refused and commits nothing', async () => {
      await put('a=text')
      await expect(
        subject.store.write((tx) => {
          tx.set(bytes('b'), bytes('x'))
          tx.add(bytes('a'), 1)
        }),
      ).rejects.toThrow('no counter')
      await expect(subject.store.write((tx) => tx.add(bytes('n'), 0.5))).rejects.toThrow(RangeError)
      expect(await get('b')).toBeUndefined()
    })
  })
}
