import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Reader, type Store, StoreError, storeLimits } from '../kernel/store.ts'
import { checkedHistory, serialOrder } from './history.ts'

export interface StoreUnderTest {
  /** A new, empty store. Every call gives another. */
  open(limits?: { transactionBytes?: number; transactionMs?: number }): Promise<Store>
}

const bytes = (text: string) => Buffer.from(text, 'latin1')
const text = (value: Uint8Array | undefined) =>
  value === undefined ? undefined : Buffer.from(value).toString('latin1')

async function all(reader: Reader, gte: string, lt: string, options: { limit?: number; reverse?: boolean } = {}) {
  const found: string[] = []
  for await (const { key, value } of reader.range({ gte: bytes(gte), lt: bytes(lt), ...options })) {
    found.push(`${text(key)}=${text(value)}`)
  }
  return found
}

const number = (value: Uint8Array | undefined) => (value === undefined ? 0 : Number(text(value)))
const counter = (value: Uint8Array | undefined) => (value ? Number(Buffer.from(value).readBigInt64BE()) : 0)

/** A promise and its resolver, to hold one transaction in the middle while another runs. */
const gate = () => Promise.withResolvers<void>()

/** What every store does, whatever its engine. Run it in the implementation's own test file. */
export function storeContract(name: string, { open }: StoreUnderTest): void {
  describe(name, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store[Symbol.asyncDispose]())

    const put = (...pairs: string[]) =>
      store.write((tx) => {
        for (const pair of pairs) {
          const [key, value] = pair.split('=')
          tx.set(bytes(key!), bytes(value!))
        }
      })
    const get = async (key: string) => text(await store.read((tx) => tx.get(bytes(key))))

    describe('keys and values', () => {
      test('what was written is read, and what was deleted is not', async () => {
        await put('a=1', 'b=2')
        await store.write((tx) => tx.delete(bytes('a')))
        expect(await get('a')).toBeUndefined()
        expect(await get('b')).toBe('2')
        expect(await get('c')).toBeUndefined()
      })

      test('an empty value is a value', async () => {
        await store.write((tx) => tx.set(bytes('a'), bytes('')))
        expect(await get('a')).toBe('')
      })

      test('getMany keeps the order of the keys asked for', async () => {
        await put('a=1', 'b=2')
        const found = await store.read((tx) => tx.getMany([bytes('b'), bytes('x'), bytes('a')]))
        expect(found.map(text)).toEqual(['2', undefined, '1'])
      })

      test('keys are ordered by their bytes', async () => {
        const keys = ['\xff', '\0', '\x7f', '\x80', 'a', 'aa', 'a\0', 'B']
        await put(...keys.map((key) => `${key}=x`))
        const expected = [...keys].sort((a, b) => Buffer.compare(bytes(a), bytes(b))).map((key) => `${key}=x`)
        expect(await store.read((tx) => all(tx, '', '\xff\xff'))).toEqual(expected)
      })

      test('a range includes its lower bound and excludes its upper, forwards and backwards', async () => {
        await put('a=1', 'b=2', 'c=3', 'd=4')
        await store.read(async (tx) => {
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
        expect(await store.read((tx) => all(tx, 'k', 'l'))).toEqual(expected)
        expect(await store.read((tx) => all(tx, 'k', 'l', { reverse: true }))).toEqual(expected.reverse())
      })

      test('keysOnly leaves the values out', async () => {
        await put('a=1', 'b=2')
        const found: Uint8Array[] = []
        await store.read(async (tx) => {
          const range = { gte: bytes('a'), lt: bytes('z'), keysOnly: true }
          for await (const entry of tx.range(range)) found.push(entry.key, entry.value)
        })
        expect(found.map(text)).toEqual(['a', '', 'b', ''])
      })
    })

    describe('a transaction sees its own writes', () => {
      beforeEach(() => put('a=1', 'b=2', 'c=3', 'd=4'))

      test('in gets and ranges, before they are committed', async () => {
        await store.write(async (tx) => {
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
        expect(await store.read((tx) => all(tx, 'a', 'z'))).toEqual(['b=2', 'bb=new', 'c=changed', 'd=4'])
      })

      test('clearRange deletes what is stored and what was written before it, not what is written after', async () => {
        await store.write(async (tx) => {
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
        expect(await store.read((tx) => all(tx, 'a', 'bc'))).toEqual(['a=1'])
        expect(await store.read((tx) => all(tx, 'c', 'z'))).toEqual(['c=back', 'd=4'])
        expect(counter(await store.read((tx) => tx.get(bytes('bc'))))).toBe(2)
      })

      test('entries may be deleted while iterating over them', async () => {
        await store.write(async (tx) => {
          for await (const { key } of tx.range({ gte: bytes('a'), lt: bytes('d') })) tx.delete(key)
        })
        expect(await store.read((tx) => all(tx, 'a', 'z'))).toEqual(['d=4'])
      })

      test('a throw commits nothing', async () => {
        const failing = store.write((tx) => {
          tx.set(bytes('a'), bytes('changed'))
          tx.append(bytes('log/'), bytes('x'))
          throw new Error('no')
        })
        await expect(failing).rejects.toThrow('no')
        expect(await get('a')).toBe('1')
        expect(await store.read((tx) => all(tx, 'log/', 'log0'))).toEqual([])
      })
    })

    describe('isolation', () => {
      test('a reader keeps seeing the state it began with', async () => {
        await put('a=1', 'b=1')
        const [read, written] = [gate(), gate()]
        const reading = store.read(async (tx) => {
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
        const reading = store.read(async (tx) => {
          expect(await all(tx, 'k', 'l')).toHaveLength(200)
          read.resolve()
          await written.promise
          return all(tx, 'k', 'l')
        })
        await read.promise
        for (let round = 1; round < 20; round++) {
          await Promise.all(
            keys.map((key, i) =>
              i % 3 === round % 3 ? put(`${key}=${round}`) : store.write((tx) => tx.delete(bytes(key))),
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
          store.write(async (tx) => {
            runs++
            tx.set(bytes('n'), bytes(String(number(await tx.get(bytes('n'))) + 1)))
          })
        await Promise.all([increment(), increment()])
        expect(await get('n')).toBe('2')
        expect(runs).toBeGreaterThan(2)
      })

      test('a key read as absent and then created by another is a conflict', async () => {
        const claim = (who: string) =>
          store.write(async (tx) => {
            if (await tx.get(bytes('owner'))) return false
            tx.set(bytes('owner'), bytes(who))
            return true
          })
        const won = await Promise.all(['x', 'y', 'z'].map(claim))
        expect(won.filter(Boolean)).toHaveLength(1)
      })

      test('an entry that appears in a range that was read is a conflict', async () => {
        const join = (who: string) =>
          store.write(async (tx) => {
            const members = await all(tx, 'member/', 'member0')
            if (members.length < 2) tx.set(bytes(`member/${who}`), bytes('x'))
          })
        await Promise.all(['a', 'b', 'c', 'd', 'e'].map(join))
        expect(await store.read((tx) => all(tx, 'member/', 'member0'))).toHaveLength(2)
      })

      test('an entry beyond what was taken of a range is no conflict', async () => {
        await put('m/1=x', 'm/2=x')
        const [read, written] = [gate(), gate()]
        let runs = 0
        const writing = store.write(async (tx) => {
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
        const writing = store.write(async (tx) => {
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
        const writing = store.write(async (tx) => {
          const found = text(await tx.get(bytes('b')))
          read.resolve()
          await written.promise
          tx.set(bytes('seen'), bytes(found ?? 'nothing'))
        })
        await read.promise
        await store.write((tx) => tx.clearRange(bytes('a'), bytes('c')))
        written.resolve()
        await writing
        expect(await get('seen')).toBe('nothing')
      })

      test('recorded histories of random transactions have a serial order', async () => {
        for (let seed = 1; seed <= 20; seed++) {
          const history = await checkedHistory(store, seed)
          expect(serialOrder(history), `seed ${seed}`).toBe('serializable')
        }
      })

      test('a hot key loses no update and starves nobody', async () => {
        await put('hot=0')
        const runs = Array.from({ length: 64 }, () => 0)
        const callers = runs.map(async (_, caller) => {
          for (let i = 0; i < 20; i++) {
            await store.write(async (tx) => {
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
        await store.write(async (tx) => {
          runs++
          const found = await all(tx, 'busy/', 'busy0')
          tx.set(bytes('count'), bytes(String(found.length)))
        })
        stop = true
        await Promise.all(writers)
        expect(runs).toBeLessThan(5)
      })
    })

    describe('counters', () => {
      test('additions of many add up, and never run again', async () => {
        let runs = 0
        const adding = Array.from({ length: 200 }, (_, i) =>
          store.write((tx) => {
            runs++
            tx.add(bytes('n'), i % 2 ? 3 : -1)
          }),
        )
        await Promise.all(adding)
        expect(counter(await store.read((tx) => tx.get(bytes('n'))))).toBe(200)
        expect(runs).toBe(200)
      })

      test('a counter is eight bytes, big-endian, two’s complement', async () => {
        await store.write((tx) => tx.add(bytes('n'), -2))
        const stored = await store.read((tx) => tx.get(bytes('n')))
        expect(Buffer.from(stored!).toString('hex')).toBe('fffffffffffffffe')
      })

      test('a transaction sees what it added, in gets and ranges', async () => {
        await store.write((tx) => tx.add(bytes('n'), 5))
        await store.write(async (tx) => {
          tx.add(bytes('n'), 2)
          tx.add(bytes('n'), 3)
          expect(counter(await tx.get(bytes('n')))).toBe(10)
          for await (const { value } of tx.range({ gte: bytes('n'), lt: bytes('o') })) expect(counter(value)).toBe(10)
        })
        expect(counter(await store.read((tx) => tx.get(bytes('n'))))).toBe(10)
      })

      test('reading a counter and adding to it is a conflict with another addition', async () => {
        const [read, written] = [gate(), gate()]
        const writing = store.write(async (tx) => {
          const n = counter(await tx.get(bytes('n')))
          read.resolve()
          await written.promise
          tx.add(bytes('n'), n + 10)
        })
        await read.promise
        await store.write((tx) => tx.add(bytes('n'), 1))
        written.resolve()
        await writing
        expect(counter(await store.read((tx) => tx.get(bytes('n'))))).toBe(12)
      })

      test('adding to what is no counter, or what is no whole number, is refused and commits nothing', async () => {
        await put('a=text')
        await expect(
          store.write((tx) => {
            tx.set(bytes('b'), bytes('x'))
            tx.add(bytes('a'), 1)
          }),
        ).rejects.toThrow('no counter')
        await expect(store.write((tx) => tx.add(bytes('n'), 0.5))).rejects.toThrow(RangeError)
        expect(await get('b')).toBeUndefined()
      })
    })

    describe('appends', () => {
      const positions = async (prefix: string) => {
        const found = await store.read(async (tx) => {
          const keys: Buffer[] = []
          for await (const { key } of tx.range({ gte: bytes(prefix), lt: bytes(`${prefix}\xff`) }))
            keys.push(Buffer.from(key))
          return keys
        })
        return found.map((key) => key.subarray(prefix.length, prefix.length + 12))
      }

      test('entries lie in the order of their commits, across prefixes', async () => {
        for (let i = 0; i < 30; i++) await store.write((tx) => tx.append(bytes(`log${i % 2}/`), bytes(String(i))))
        const even = await store.read((tx) => all(tx, 'log0/', 'log00'))
        expect(even.map((entry) => Number(entry.split('=').at(-1)))).toEqual(
          Array.from({ length: 15 }, (_, i) => i * 2),
        )
        const merged = [...(await positions('log0/')).entries()].map(([i, position]) => ({ i: i * 2, position }))
        merged.push(...[...(await positions('log1/')).entries()].map(([i, position]) => ({ i: i * 2 + 1, position })))
        merged.sort((a, b) => Buffer.compare(a.position, b.position))
        expect(merged.map(({ i }) => i)).toEqual(Array.from({ length: 30 }, (_, i) => i))
      })

      test('entries of one transaction keep their order, and appends never conflict', async () => {
        let runs = 0
        const appending = Array.from({ length: 50 }, (_, i) =>
          store.write((tx) => {
            runs++
            tx.append(bytes('log/'), bytes(`${i}a`))
            tx.append(bytes('log/'), bytes(`${i}b`))
          }),
        )
        await Promise.all(appending)
        const found = (await store.read((tx) => all(tx, 'log/', 'log0'))).map((entry) => entry.split('=').at(-1)!)
        expect(runs).toBe(50)
        expect(found).toHaveLength(100)
        for (let i = 0; i < found.length; i += 2) expect(found[i + 1]).toBe(found[i]!.replace('a', 'b'))
      })

      test('a position has twelve bytes, none of them zero, and the suffix follows it', async () => {
        await Promise.all(
          Array.from({ length: 600 }, () => store.write((tx) => tx.append(bytes('log/'), bytes('x'), bytes('!')))),
        )
        const keys = await store.read(async (tx) => {
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

      test('an append is a conflict for whoever read the end of the log', async () => {
        const [read, written] = [gate(), gate()]
        const writing = store.write(async (tx) => {
          const entries = await all(tx, 'log/', 'log0')
          read.resolve()
          await written.promise
          tx.set(bytes('length'), bytes(String(entries.length)))
        })
        await read.promise
        await store.write((tx) => tx.append(bytes('log/'), bytes('x')))
        written.resolve()
        await writing
        expect(await get('length')).toBe('1')
      })

      test('clearRange after an append takes it back, before it does not', async () => {
        await store.write((tx) => {
          tx.append(bytes('log/'), bytes('gone'))
          tx.clearRange(bytes('log/'), bytes('log0'))
          tx.append(bytes('log/'), bytes('kept'))
        })
        const found = await store.read((tx) => all(tx, 'log/', 'log0'))
        expect(found.map((entry) => entry.split('=').at(-1))).toEqual(['kept'])
      })
    })

    describe('limits', () => {
      const limit = expect.objectContaining({ name: 'StoreError', reason: 'limit' })
      const longest = bytes('k'.repeat(storeLimits.keyBytes))

      test('the longest key and the largest value are stored', async () => {
        const value = Buffer.alloc(storeLimits.valueBytes, 7)
        await store.write((tx) => tx.set(longest, value))
        const stored = await store.read((tx) => tx.get(longest))
        expect(Buffer.compare(stored!, value)).toBe(0)
        const found = await store.read(async (tx) => {
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
        await expect(store.write((tx) => tx.set(tooLong, bytes('')))).rejects.toEqual(limit)
        await expect(store.write((tx) => tx.delete(tooLong))).rejects.toEqual(limit)
        await expect(store.write((tx) => tx.add(tooLong, 1))).rejects.toEqual(limit)
        await expect(store.read((tx) => tx.get(tooLong))).rejects.toEqual(limit)
        await expect(store.write((tx) => tx.set(bytes(''), bytes('')))).rejects.toEqual(limit)
        await expect(store.write((tx) => tx.append(longest, bytes('')))).rejects.toEqual(limit)
        const tooLarge = Buffer.alloc(storeLimits.valueBytes + 1)
        await expect(store.write((tx) => tx.set(bytes('a'), tooLarge))).rejects.toEqual(limit)
        await expect(store.write((tx) => tx.append(bytes('a'), tooLarge))).rejects.toEqual(limit)
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

    describe('handles', () => {
      test('a handle used after its function ended throws', async () => {
        let reader: Reader | undefined
        const tx = await store.write((handle) => {
          reader = handle.snapshot
          return { handle }
        })
        expect(() => tx.handle.set(bytes('a'), bytes('1'))).toThrow(StoreError)
        expect(() => tx.handle.range({ gte: bytes('a'), lt: bytes('b') })).toThrow(StoreError)
        await expect(tx.handle.get(bytes('a'))).rejects.toThrow(StoreError)
        await expect(reader!.get(bytes('a'))).rejects.toThrow(StoreError)
      })

      test('an iteration that goes on after its function ended throws', async () => {
        await put('a=1', 'b=2')
        const iterator = await store.read(async (tx) => {
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

    describe('watch', () => {
      test('yields once at first, then after a change under its prefix, and ends when aborted', async () => {
        const over = new AbortController()
        const seen = store.watch(bytes('q/'), over.signal)[Symbol.asyncIterator]()
        expect(await seen.next()).toEqual({ done: false, value: undefined })
        const next = seen.next()
        await put('q0=x', 'p=x')
        await put('q/1=x')
        expect((await next).done).toBe(false)
        const last = seen.next()
        over.abort()
        expect((await last).done).toBe(true)
      })

      test('changes between two looks are one', async () => {
        const over = new AbortController()
        const seen = store.watch(bytes('q/'), over.signal)[Symbol.asyncIterator]()
        await seen.next()
        for (let i = 0; i < 5; i++) await put(`q/${i}=x`)
        expect((await seen.next()).done).toBe(false)
        let more = false
        const next = seen.next().then(({ done }) => {
          more = !done
        })
        await put('other=x')
        expect(more).toBe(false)
        over.abort()
        await next
        expect(more).toBe(false)
      })

      test('sees sets, deletions, additions, appends and cleared ranges, and nested prefixes', async () => {
        const over = new AbortController()
        await put('q/a/1=x')
        const watches = ['q/', 'q/a/', 'q/a/1'].map((prefix) =>
          store.watch(bytes(prefix), over.signal)[Symbol.asyncIterator](),
        )
        await Promise.all(watches.map((seen) => seen.next()))
        const changes: ((tx: Parameters<Parameters<Store['write']>[0]>[0]) => void)[] = [
          (tx) => tx.set(bytes('q/a/1'), bytes('y')),
          (tx) => tx.delete(bytes('q/a/1')),
          (tx) => tx.add(bytes('q/a/1'), 1),
          (tx) => tx.append(bytes('q/a/1'), bytes('y')),
          (tx) => tx.clearRange(bytes('q/a'), bytes('q/b')),
        ]
        for (const change of changes) {
          const next = Promise.all(watches.map((seen) => seen.next()))
          await store.write(change)
          expect((await next).map(({ done }) => done)).toEqual([false, false, false])
        }
        over.abort()
      })

      test('who waits when the store closes is released', async () => {
        const other = await open()
        const seen = other.watch(bytes('q/'), new AbortController().signal)[Symbol.asyncIterator]()
        await seen.next()
        const next = seen.next()
        await other[Symbol.asyncDispose]()
        expect((await next).done).toBe(true)
      })
    })
  })
}
