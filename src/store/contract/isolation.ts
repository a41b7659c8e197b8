import { describe, expect, test } from 'vitest'
import { checkedHistory, serialOrder } from '../history.ts'
import { all, bytes, gate, number, type Subject, text } from './subject.ts'

/** Concurrent transactions are as if one after another. */
export function isolation(subject: Subject): void {
  const { put, get } = subject
  describe('isolation', () => {
    test('a reader keeps seeing the state it began with', async () => {
      await put('a=1', 'b=1')
      const [read, written] = [gate(), gate()]
      const reading = subject.store.read(async (tx) => {
        const before = text(await tx.get(bytes('a')))
        read.resolve()
        await written.promise
        return [before, text(await tx.get(bytes('a'))), text(await tx.get(bytes('b'))), ...(await all(tx, 'a', 'z'))]
      })
      await read.promise
      for (let i = 2; i < 6; i++) await put(`a=${i}`, `b=${i}`, `c${i}=${i}`)
      written.resolve()
      expect(await reading).toEqual(['1', '1', '1', 'a=1', 'b=1'])
    })

    test('many short transactions do not disturb a long reader', async () => {
      const keys = Array.from({ length: 200 }, (_, i) => `k${String(i).padStart(3, '0')}`)
      await put(...keys.map((key) => `${key}=0`))
      const [read, written] = [gate(), gate()]
      const reading = subject.store.read(async (tx) => {
        expect(await all(tx, 'k', 'l')).toHaveLength(200)
        read.resolve()
        await written.promise
        return all(tx, 'k', 'l')
      })
      await read.promise
      for (let round = 1; round < 20; round++) {
        await Promise.all(
          keys.map((key, i) =>
            i % 3 === round % 3 ? put(`${key}=${round}`) : subject.store.write((tx) => tx.delete(bytes(key))),
          ),
        )
      }
      written.resolve()
      expect(await reading).toEqual(keys.map((key) => `${key}=0`))
    })

    test('of two that read and write the same key one runs again and sees the other', async () => {
      await put('n=0')
      let runs = 0
      const increment = () =>
        subject.store.write(async (tx) => {
          runs++
          tx.set(bytes('n'), bytes(String(number(await tx.get(bytes('n'))) + 1)))
        })
      await Promise.all([increment(), increment()])
      expect(await get('n')).toBe('2')
      expect(runs).toBeGreaterThan(2)
    })

    test('what is to run after the commit runs once, when everyone sees it, and not for a run that lost or threw', async () => {
      await put('n=1')
      const ran: string[] = []
      let runs = 0
      await subject.store.write(async (tx) => {
        const run = ++runs
        tx.afterCommit(() => ran.push(`run ${run}`))
        await tx.get(bytes('n'))
        if (run === 1) await put('n=2')
        tx.set(bytes('n'), bytes('3'))
        expect(ran).toEqual([])
      })
      expect([runs, ran]).toEqual([2, ['run 2']])
      expect(await get('n')).toBe('3')
      const failing = subject.store.write((tx) => {
        tx.afterCommit(() => ran.push('failed'))
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      await subject.store.write((tx) => tx.afterCommit(() => ran.push('nothing written')))
      expect(ran).toEqual(['run 2', 'nothing written'])
    })

    test('a key read as absent and then created by another is a conflict', async () => {
      const claim = (who: string) =>
        subject.store.write(async (tx) => {
          if (await tx.get(bytes('owner'))) return false
          tx.set(bytes('owner'), bytes(who))
          return true
        })
      const won = await Promise.all(['x', 'y', 'z'].map(claim))
      expect(won.filter(Boolean)).toHaveLength(1)
    })

    test('an entry that appears in a range that was read is a conflict', async () => {
      const join = (who: string) =>
        subject.store.write(async (tx) => {
          const members = await all(tx, 'member/', 'member0')
          if (members.length < 2) tx.set(bytes(`member/${who}`), bytes('x'))
        })
      await Promise.all(['a', 'b', 'c', 'd', 'e'].map(join))
      expect(await subject.store.read((tx) => all(tx, 'member/', 'member0'))).toHaveLength(2)
    })

    test('an entry beyond what was taken of a range is no conflict', async () => {
      await put('m/1=x', 'm/2=x')
      const [read, written] = [gate(), gate()]
      let runs = 0
      const writing = subject.store.write(async (tx) => {
        runs++
        const first = await all(tx, 'm/', 'm0', { limit: 1 })
        read.resolve()
        await written.promise
        tx.set(bytes('first'), bytes(first[0]!))
      })
      await read.promise
      await put('m/3=x')
      written.resolve()
      await writing
      expect(runs).toBe(1)
    })

    test('a snapshot read takes no part in conflicts', async () => {
      await put('n=0')
      const [read, written] = [gate(), gate()]
      let runs = 0
      const writing = subject.store.write(async (tx) => {
        runs++
        const n = number(await tx.snapshot.get(bytes('n')))
        await all(tx.snapshot, 'a', 'z')
        read.resolve()
        await written.promise
        tx.set(bytes('copy'), bytes(String(n)))
      })
      await read.promise
      await put('n=1')
      written.resolve()
      await writing
      expect(runs).toBe(1)
      expect(await get('copy')).toBe('0')
    })

    test('clearing a range is a conflict for whoever read a key in it', async () => {
      await put('a=1', 'b=1')
      const [read, written] = [gate(), gate()]
      const writing = subject.store.write(async (tx) => {
        const found = text(await tx.get(bytes('b')))
        read.resolve()
        await written.promise
        tx.set(bytes('seen'), bytes(found ?? 'nothing'))
      })
      await read.promise
      await subject.store.write((tx) => tx.clearRange(bytes('a'), bytes('c')))
      written.resolve()
      await writing
      expect(await get('seen')).toBe('nothing')
    })

    test('recorded histories of random transactions have a serial order', async () => {
      for (let seed = 1; seed <= 20; seed++) {
        const history = await checkedHistory(subject.store, seed)
        expect(serialOrder(history), `seed ${seed}`).toBe('serializable')
      }
    })

    test('a hot key loses no update and starves nobody', async () => {
      await put('hot=0')
      const runs = Array.from({ length: 64 }, () => 0)
      const callers = runs.map(async (_, caller) => {
        for (let i = 0; i < 20; i++) {
          await subject.store.write(async (tx) => {
            runs[caller] = runs[caller]! + 1
            tx.set(bytes('hot'), bytes(String(number(await tx.get(bytes('hot'))) + 1)))
          })
        }
      })
      await Promise.all(callers)
      expect(await get('hot')).toBe(String(64 * 20))
      // Once to lose, once in its turn, and now and then once more.
      expect(Math.max(...runs)).toBeLessThan(20 * 4)
    })

    test('who scans a range that others keep writing to gets to commit', async () => {
      let stop = false
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let i = 0; !stop; i++) await put(`busy/${writer}/${i % 50}=x`)
      })
      let runs = 0
      await subject.store.write(async (tx) => {
        runs++
        const found = await all(tx, 'busy/', 'busy0')
        tx.set(bytes('count'), bytes(String(found.length)))
      })
      stop = true
      await Promise.all(writers)
      expect(runs).toBeLessThan(5)
    })
  })
}
