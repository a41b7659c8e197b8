import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Records, Scope } from '../kernel/records.ts'
import type { Store } from '../kernel/store.ts'
import { keyspace } from './keyspace.ts'
import { openLmdbStore } from './lmdb.ts'
import { createRecords } from './records.ts'

const here: Scope = { account: '111111111111', region: 'eu-west-1' }
const elsewhere: Scope = { account: '111111111111', region: 'us-east-1' }
const stranger: Scope = { account: '222222222222', region: 'eu-west-1' }

interface Message {
  readonly body: string
}
const space = keyspace('test')
const message = space.record<Message, [queue: string, sentAtMs: number, id: string]>('message')
const sent = space.record<number, [queue: string]>('sent')
const log = space.record<string, [stream: string, position: Uint8Array]>('log')
const role = space.record<Message, [name: string]>('role', { scope: 'account' })
const bucket = space.record<Message, [name: string]>('bucket', { scope: 'global' })
const anything = space.record<unknown, [name: string]>('anything')

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('records', () => {
  let store: Store
  let records: Records
  beforeEach(async () => {
    store = await openLmdbStore({ path: 'unused', ephemeral: true })
    records = createRecords(store)
  })
  afterEach(() => store[Symbol.asyncDispose]())

  test('are kept apart by account and region, or by account alone, or not at all', async () => {
    await records.write(here, (tx) => {
      tx.set(message('q', 1, 'a'), { body: 'here' })
      tx.set(role('r'), { body: 'account' })
      tx.set(bucket('b'), { body: 'global' })
    })
    const seen = (scope: Scope) =>
      records.read(scope, async (tx) => [
        (await tx.get(message('q', 1, 'a')))?.body,
        (await tx.get(role('r')))?.body,
        (await tx.get(bucket('b')))?.body,
      ])
    expect(await seen(here)).toEqual(['here', 'account', 'global'])
    expect(await seen(elsewhere)).toEqual([undefined, 'account', 'global'])
    expect(await seen(stranger)).toEqual([undefined, undefined, 'global'])
    const reached = await records.read(stranger, (tx) => tx.in(here).get(message('q', 1, 'a')))
    expect(reached?.body).toBe('here')
  })

  test('keep plain values as they were, and hand out copies', async () => {
    const value = {
      text: 'ä\u{1F600}',
      number: 2 ** 40 + 0.5,
      large: 2 ** 53 - 1,
      big: -(2n ** 63n),
      bigger: 2n ** 80n,
      bytes: Buffer.from([0, 1, 255]),
      list: [1, null, true, 'x'],
      nested: { a: { b: {} } },
      '': 'empty',
    }
    await records.write(here, (tx) => tx.set(anything('a'), value))
    const read = () => records.read(here, (tx) => tx.get(anything('a'))) as Promise<typeof value>
    const first = await read()
    expect(first).toEqual(value)
    first.bytes[0] = 9
    first.list.push(2)
    expect(await read()).toEqual(value)
  })

  test('keep keys that mean something to JavaScript, and bytes beside them', async () => {
    const value = JSON.parse('{"__proto__": {"a": [1, "x"]}, "constructor": 2}') as Record<string, unknown>
    value.bytes = Buffer.from([1, 2])
    await records.write(here, (tx) => tx.set(anything('a'), value))
    for (let i = 0; i < 2; i++) {
      const read = (await records.read(here, (tx) => tx.get(anything('a')))) as typeof value
      expect(Object.keys(read)).toEqual(['__proto__', 'constructor', 'bytes'])
      expect(Object.getOwnPropertyDescriptor(read, '__proto__')?.value).toEqual({ a: [1, 'x'] })
      expect([...(read.bytes as Uint8Array)]).toEqual([1, 2])
      ;(read.bytes as Uint8Array)[0] = 9
    }
  })

  test('are ranged in key order, from, after, to and through', async () => {
    await records.write(here, (tx) => {
      for (const at of [-5, 1, 2, 10, 100])
        for (const id of ['a', 'b']) tx.set(message('q', at, id), { body: `${at}${id}` })
      tx.set(message('q2', 1, 'x'), { body: 'other' })
      tx.set(message('', 1, 'x'), { body: 'other' })
    })
    await records.read(here, async (tx) => {
      const bodies = async (...args: Parameters<typeof tx.range<Message, [string, number, string]>>) =>
        (await collect(tx.range(...args))).map(({ value }) => value.body)
      expect(await bodies(message.under('q'))).toEqual([
        '-5a',
        '-5b',
        '1a',
        '1b',
        '2a',
        '2b',
        '10a',
        '10b',
        '100a',
        '100b',
      ])
      expect(await bodies(message.under('q'), { reverse: true, limit: 1 })).toEqual(['100b'])
      expect(await bodies(message.under('q', 2))).toEqual(['2a', '2b'])
      expect(await bodies(message.between(['q'], { from: [1], to: [10] }))).toEqual(['1a', '1b', '2a', '2b'])
      expect(await bodies(message.between(['q'], { after: [1], through: [10] }))).toEqual(['2a', '2b', '10a', '10b'])
      expect(await bodies(message.between(['q'], { after: [1, 'a'], to: [2, 'b'] }))).toEqual(['1b', '2a'])
      expect(await collect(tx.keys(message.under('q', -5)))).toEqual([
        ['q', -5, 'a'],
        ['q', -5, 'b'],
      ])
      expect(await bodies(message.under())).toHaveLength(12)
    })
    await records.write(here, (tx) => tx.clear(message.between(['q'], { through: [2] })))
    const left = await records.read(here, (tx) => collect(tx.keys(message.under('q'))))
    expect(left.map(([, at]) => at)).toEqual([10, 10, 100, 100])
  })

  test('count, and start from 0', async () => {
    expect(await records.read(here, (tx) => tx.count(sent('q')))).toBe(0)
    await Promise.all([3, -1].map((n) => records.write(here, (tx) => tx.add(sent('q'), n))))
    expect(await records.read(here, (tx) => tx.count(sent('q')))).toBe(2)
  })

  test('appended under a prefix have their position as the last part, which addresses and bounds them', async () => {
    for (const line of ['a', 'b', 'c']) await records.write(here, (tx) => tx.append(log.under('s'), line))
    const found = await records.read(here, (tx) => collect(tx.range(log.under('s'))))
    expect(found.map(({ value }) => value)).toEqual(['a', 'b', 'c'])
    const [stream, position] = found[1]!.key
    expect(stream).toBe('s')
    expect(position).toHaveLength(12)
    await records.read(here, async (tx) => {
      expect(await tx.get(log('s', position))).toBe('b')
      expect((await collect(tx.range(log.between(['s'], { after: [position] })))).map(({ value }) => value)).toEqual([
        'c',
      ])
    })
  })

  test('a key too long for the store is refused with what to do about it', async () => {
    await expect(records.read(here, (tx) => tx.get(anything('x'.repeat(1_900))))).rejects.toThrow(/Hash the long part/)
  })

  test('changes under a range wake its watcher', async () => {
    const over = new AbortController()
    const seen = records.watch(here, message.under('q'), over.signal)[Symbol.asyncIterator]()
    await seen.next()
    const next = seen.next()
    await records.write(elsewhere, (tx) => tx.set(message('q', 1, 'a'), { body: '' }))
    await records.write(here, (tx) => tx.set(message('q', 1, 'a'), { body: '' }))
    expect((await next).done).toBe(false)
    over.abort()
  })

  test('of earlier versions are upgraded step by step when read; of later ones, refused', async () => {
    type V3 = { first: string; last: string; age: number }
    const first = keyspace('versions').record<{ name: string }, [string]>('person')
    const third = keyspace('versions').record<V3, [string]>('person', {
      version: 3,
      upgrade: {
        1: (old: { name: string }) => ({ first: old.name.split(' ')[0]!, last: old.name.split(' ')[1]! }),
        2: (old: { first: string; last: string }) => ({ ...old, age: 0 }),
      },
    })
    const far = keyspace('versions').record<V3, [string]>('person', {
      version: 300,
      upgrade: Object.fromEntries(Array.from({ length: 299 }, (_, i) => [i + 1, (old: unknown) => old])),
    })
    await records.write(here, (tx) => tx.set(first('ada'), { name: 'Ada Lovelace' }))
    expect(await records.read(here, (tx) => tx.get(third('ada')))).toEqual({ first: 'Ada', last: 'Lovelace', age: 0 })
    await records.write(here, (tx) => tx.set(far('ada'), { first: 'A', last: 'L', age: 1 }))
    expect(await records.read(here, (tx) => tx.get(far('ada')))).toEqual({ first: 'A', last: 'L', age: 1 })
    const tooNew = expect.objectContaining({ reason: 'format' })
    await expect(records.read(here, (tx) => tx.get(third('ada')))).rejects.toEqual(tooNew)
    expect(() => keyspace('versions').record('gap', { version: 2 })).toThrow('upgrade version 1')
    expect(() => space.record('message')).toThrow('twice')
  })
})
