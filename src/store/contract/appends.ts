import { describe, expect, test } from 'vitest'
import { all, bytes, gate, type Subject } from './subject.ts'

/** Keys that the store makes in order of commit. */
export function appends(subject: Subject): void {
  const { get } = subject
  describe('appends', () => {
    const positions = async (prefix: string) => {
      const found = await subject.store.read(async (tx) => {
        const keys: Buffer[] = []
        for await (const { key } of tx.range({ gte: bytes(prefix), lt: bytes(`${prefix}\xff`) }))
          keys.push(Buffer.from(key))
        return keys
      })
      return found.map((key) => key.subarray(prefix.length, prefix.length + 12))
    }

    test('entries lie in the order of their commits, across prefixes', async () => {
      for (let i = 0; i < 30; i++) await subject.store.write((tx) => tx.append(bytes(`log${i % 2}/`), bytes(String(i))))
      const even = await subject.store.read((tx) => all(tx, 'log0/', 'log00'))
      expect(even.map((entry) => Number(entry.split('=').at(-1)))).toEqual(Array.from({ length: 15 }, (_, i) => i * 2))
      const merged = [...(await positions('log0/')).entries()].map(([i, position]) => ({ i: i * 2, position }))
      merged.push(...[...(await positions('log1/')).entries()].map(([i, position]) => ({ i: i * 2 + 1, position })))
      merged.sort((a, b) => Buffer.compare(a.position, b.position))
      expect(merged.map(({ i }) => i)).toEqual(Array.from({ length: 30 }, (_, i) => i))
    })

    test('entries of one transaction keep their order, and appends never conflict', async () => {
      let runs = 0
      const appending = Array.from({ length: 50 }, (_, i) =>
        subject.store.write((tx) => {
          runs++
          tx.append(bytes('log/'), bytes(`${i}a`))
          tx.append(bytes('log/'), bytes(`${i}b`))
        }),
      )
      await Promise.all(appending)
      const found = (await subject.store.read((tx) => all(tx, 'log/', 'log0'))).map((entry) => entry.split('=').at(-1)!)
      expect(runs).toBe(50)
      expect(found).toHaveLength(100)
      for (let i = 0; i < found.length; i += 2) expect(found[i + 1]).toBe(found[i]!.replace('a', 'b'))
    })

    test('a position has twelve bytes, none of them zero, and the suffix follows it', async () => {
      await Promise.all(
        Array.from({ length: 600 }, () =>
          subject.store.write((tx) => tx.append(bytes('log/'), bytes('x'), bytes('!'))),
        ),
      )
      const keys = await subject.store.read(async (tx) => {
        const found: Uint8Array[] = []
        for await (const { key } of tx.range({ gte: bytes('log/'), lt: bytes('log0') })) found.push(key)
        return found
      })
      expect(keys).toHaveLength(600)
      for (const key of keys) {
        expect(key).toHaveLength(4 + 12 + 1)
        expect(key.subarray(4, 16).includes(0)).toBe(false)
        expect(key.at(-1)).toBe(bytes('!')[0])
      }
    })

    test('whoever appended is told the position, once it has committed', async () => {
      const appended = await subject.store.write((tx) => {
        const entries = [tx.append(bytes('log/'), bytes('x')), tx.append(bytes('log/'), bytes('y'))]
        expect(entries.map(({ position }) => position)).toEqual([undefined, undefined])
        return entries
      })
      const told = appended.map(({ position }) => Buffer.from(position!).toString('hex'))
      expect(told).toEqual((await positions('log/')).map((position) => position.toString('hex')))
    })

    test('an append is a conflict for whoever read the end of the log', async () => {
      const [read, written] = [gate(), gate()]
      const writing = subject.store.write(async (tx) => {
        const entries = await all(tx, 'log/', 'log0')
        read.resolve()
        await written.promise
        tx.set(bytes('length'), bytes(String(entries.length)))
      })
      await read.promise
      await subject.store.write((tx) => tx.append(bytes('log/'), bytes('x')))
      written.resolve()
      await writing
      expect(await get('length')).toBe('1')
    })

    test('clearRange after an append takes it back, before it does not', async () => {
      await subject.store.write((tx) => {
        tx.append(bytes('log/'), bytes('gone'))
        tx.clearRange(bytes('log/'), bytes('log0'))
        tx.append(bytes('log/'), bytes('kept'))
      })
      const found = await subject.store.read((tx) => all(tx, 'log/', 'log0'))
      expect(found.map((entry) => entry.split('=').at(-1))).toEqual(['kept'])
    })
  })
}
