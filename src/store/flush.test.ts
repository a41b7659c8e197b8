import { describe, expect, test } from 'vitest'
import type { StoreError } from '../kernel/store.ts'
import { type Engine, type Flush, Flusher, launchTurns } from './flush.ts'
import { keyFromText } from './key-text.ts'
import { Overlay } from './overlay.ts'

/** An engine whose batches end when told. */
function fakeEngine() {
  const batches: { written: string[]; succeed: () => void; fail: (error: Error) => void }[] = []
  let written: string[] = []
  const engine: Engine = {
    batch(fn: () => void) {
      written = []
      fn()
      const { promise, resolve, reject } = Promise.withResolvers<boolean>()
      batches.push({ written, succeed: () => resolve(true), fail: reject })
      return promise
    },
    put(key: Uint8Array, value: Uint8Array) {
      written.push(`${Buffer.from(key)}=${Buffer.from(value)}`)
      return Promise.resolve(true)
    },
    remove(key: Uint8Array) {
      written.push(`-${Buffer.from(key)}`)
      return Promise.resolve(true)
    },
  }
  return { engine, batches }
}

/** Until a flush that waits has been launched. */
const turn = async () => {
  for (let i = 0; i < launchTurns; i++) await new Promise((resolve) => setImmediate(resolve))
}

function setUp(made?: Promise<void>) {
  const { engine, batches } = fakeEngine()
  const overlay = new Overlay()
  const durable: Flush[] = []
  const failures: StoreError[] = []
  let freeBytes = 1e9
  const flusher = new Flusher(
    engine,
    () => freeBytes,
    (flush) => durable.push(flush),
    (error) => failures.push(error),
    made,
  )
  let version = 0
  const commit = (key: string, value: string | undefined) => {
    version++
    const bytes = value === undefined ? undefined : Buffer.from(value)
    return flusher.queue([overlay.put(key, keyFromText(key), bytes, version)], version, 10)
  }
  const fill = () => {
    freeBytes = 0
  }
  return { flusher, batches, durable, failures, commit, fill }
}

describe('flushing', () => {
  test('one batch is on its way at a time; what gathers meanwhile is the next', async () => {
    const { flusher, batches, commit } = setUp()
    const first = [commit('a', '1'), commit('b', '1')]
    await turn()
    const second = [commit('c', '1'), commit('d', undefined)]
    await turn()
    expect(batches.map(({ written }) => written)).toEqual([['a=1', 'b=1']])
    batches[0]!.succeed()
    await Promise.all(first)
    expect(flusher.durableVersion).toBe(2)
    await turn()
    expect(batches[1]!.written).toEqual(['c=1', '-d'])
    batches[1]!.succeed()
    await Promise.all(second)
    expect(flusher.durableVersion).toBe(4)
    await flusher.idle()
  })

  test('nothing is written to a store that is not yet whole on disk', async () => {
    const made = Promise.withResolvers<void>()
    const { batches, commit } = setUp(made.promise)
    const writing = commit('a', '1')
    await turn()
    expect(batches).toEqual([])
    made.resolve()
    await turn()
    await turn()
    expect(batches.map(({ written }) => written)).toEqual([['a=1']])
    batches[0]!.succeed()
    await writing
  })

  test('a store that cannot be made fails what waits for it, and all after', async () => {
    const made = Promise.withResolvers<void>()
    const { flusher, failures, batches, commit } = setUp(made.promise)
    const writing = commit('a', '1')
    made.reject(Object.assign(new Error('No space left on device'), { code: 'ENOSPC', errno: -28 }))
    await expect(writing).rejects.toEqual(expect.objectContaining({ reason: 'full' }))
    await expect(flusher.whenDurable(1)).rejects.toBe(failures[0])
    expect(batches).toEqual([])
  })

  test('of several versions of a key in one batch only the newest is written', async () => {
    const { batches, commit } = setUp()
    const commits = [commit('a', '1'), commit('a', '2'), commit('a', '3')]
    await turn()
    expect(batches[0]!.written).toEqual(['a=3'])
    batches[0]!.succeed()
    await Promise.all(commits)
  })

  test('a failure rejects every caller in the batch and in the next, and nothing more is written', async () => {
    const { flusher, batches, failures, durable, commit } = setUp()
    const first = [commit('a', '1'), commit('b', '1')]
    await turn()
    const next = commit('c', '1')
    batches[0]!.fail(Object.assign(new Error('Input/output error'), { code: 5 }))
    const outcomes = await Promise.allSettled([...first, next])
    for (const outcome of outcomes) {
      expect(outcome).toEqual({ status: 'rejected', reason: expect.objectContaining({ reason: 'io' }) })
    }
    await turn()
    expect(batches).toHaveLength(1)
    expect(durable).toEqual([])
    expect(failures).toHaveLength(1)
    await expect(flusher.whenDurable(1)).rejects.toBe(failures[0])
    await flusher.idle()
  })

  test('a failure for want of room says so, also where the engine calls it an I/O error', async () => {
    for (const [code, full] of [
      [28, false],
      [5, true],
    ] as const) {
      const { batches, failures, commit, fill } = setUp()
      const writing = commit('a', '1')
      if (full) fill()
      await turn()
      batches[0]!.fail(Object.assign(new Error('failed'), { code }))
      await expect(writing).rejects.toEqual(expect.objectContaining({ reason: 'full' }))
      expect(failures).toHaveLength(1)
    }
  })

  test('the reason that LMDB’s binding gives in a promise of its own is found', async () => {
    const { batches, commit } = setUp()
    const writing = commit('a', '1')
    await turn()
    const commitError = Promise.reject(new Error('No space left on device'))
    batches[0]!.fail(Object.assign(new Error('Commit failed'), { commitError }))
    await expect(writing).rejects.toThrow('No space left on device')
  })
})
