import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEngine } from '../src/delivery/engine.ts'
import { type Job, type JobCtx, Retry } from '../src/kernel/delivery.ts'
import type { Host } from '../src/kernel/host.ts'
import type { Tx } from '../src/kernel/records.ts'
import { keyspace } from '../src/store/keyspace.ts'
import { startNode, type TestNode } from './harness.ts'

const scope = { account: '111122223333', region: 'eu-west-1' }
const outcome = keyspace('test').record<string, [name: string]>('outcome')

let node: TestNode
let host: Host
const stops: (() => Promise<void>)[] = []

beforeEach(async () => {
  node = await startNode()
  host = node.node.host
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
  await node.close()
})

/** A second engine on the node's store, as another node's would be, with jobs of the test's own. */
function engine(name: string, jobs: Record<string, Job<never>>): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const own: Host = Object.create(host, { signal: { value: stopping.signal } })
  const { stopped } = startEngine({ host: own, node: name, home: scope, job: async (kind) => jobs[kind] })
  const stop = async () => {
    stopping.abort(new Error('stopping'))
    await stopped
  }
  stops.push(stop)
  return { stop }
}

const schedule = (kind: string, data: unknown, more: { dueAtMs?: number; key?: string } = {}) =>
  host.records.write(scope, (tx) => host.deliveries.schedule(tx, { kind, scope, data, ...more }))
const read = (name: string) => host.records.read(scope, (tx) => tx.get(outcome(name)))
const once = { attempts: 1, minMs: 1, maxMs: 1 }

describe('due work', () => {
  test('runs after the transaction that scheduled it, and only if that committed', async () => {
    const done: string[] = []
    engine('a', { 'test:job': { retry: once, run: async (data: string) => void done.push(data) } as Job<never> })
    const failing = host.records.write(scope, (tx) => {
      host.deliveries.schedule(tx, { kind: 'test:job', scope, data: 'never' })
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    await schedule('test:job', 'once')
    await expect.poll(() => done).toEqual(['once'])
  })

  test("waits for its time by the node's clock, earliest first", async () => {
    const done: number[] = []
    engine('a', {
      'test:job': { retry: once, concurrency: 1, run: async (data: number) => void done.push(data) } as Job<never>,
    })
    const now = node.clock.nowMs()
    await schedule('test:job', 3, { dueAtMs: now + 3_000_000 })
    await schedule('test:job', 1, { dueAtMs: now + 1_000_000 })
    await schedule('test:job', 2, { dueAtMs: now + 2_000_000 })
    await schedule('test:job', 0)
    await expect.poll(() => done).toEqual([0])
    node.clock.advance(2_500_000)
    await expect.poll(() => done).toEqual([0, 1, 2])
    node.clock.advance(1_000_000)
    await expect.poll(() => done).toEqual([0, 1, 2, 3])
  })

  test('work with a key replaces what waits under it, and can be cancelled', async () => {
    const done: string[] = []
    engine('a', { 'test:job': { retry: once, run: async (data: string) => void done.push(data) } as Job<never> })
    const dueAtMs = node.clock.nowMs() + 60_000
    await schedule('test:job', 'first', { dueAtMs, key: 'timer' })
    await schedule('test:job', 'second', { dueAtMs, key: 'timer' })
    await schedule('test:job', 'cancelled', { dueAtMs, key: 'other' })
    await host.records.write(scope, (tx) => host.deliveries.cancel(tx, 'test:job', scope, 'other'))
    node.clock.advance(60_000)
    await schedule('test:job', 'last')
    await expect.poll(() => done.toSorted()).toEqual(['last', 'second'])
  })
})

describe('work that fails', () => {
  test('is tried again with backoff, then given up into its dead letter', async () => {
    const attempts: number[] = []
    const job: Job<string> = {
      retry: { attempts: 3, minMs: 60_000, maxMs: 600_000 },
      run: async (_data, { attempt }) => {
        attempts.push(attempt)
        throw new Error('no')
      },
      exhausted: (tx: Tx, data, error) => tx.set(outcome('dead'), `${data}: ${error.message}`),
    }
    engine('a', { 'test:job': job as Job<never> })
    await schedule('test:job', 'letter')
    await expect.poll(() => attempts).toEqual([1])
    node.clock.advance(30_000)
    expect(attempts).toEqual([1])
    for (const tried of [2, 3]) {
      node.clock.advance(600_000)
      await expect.poll(() => attempts).toHaveLength(tried)
    }
    await expect.poll(() => read('dead')).toBe('letter: no')
    node.clock.advance(6_000_000)
    await schedule('test:job', 'another')
    await expect.poll(() => attempts).toEqual([1, 2, 3, 1])
  })

  test('says itself when to come back, without that counting', async () => {
    const seen: JobCtx['attempt'][] = []
    const job: Job<object> = {
      retry: { attempts: 2, minMs: 1, maxMs: 1 },
      run: async (_data, { attempt, host: { clock } }) => {
        seen.push(attempt)
        if (seen.length < 4) throw new Retry(clock.nowMs() + 3_600_000, 'later', { counts: false })
      },
    }
    engine('a', { 'test:job': job as Job<never> })
    await schedule('test:job', {})
    for (const runs of [1, 2, 3, 4]) {
      await expect.poll(() => seen).toHaveLength(runs)
      node.clock.advance(3_600_000)
    }
    expect(seen).toEqual([1, 1, 1, 1])
  })
})

describe('leases', () => {
  test('work that a node held when it died is taken up by the next', async () => {
    let started = 0
    const hang: Job<object> = {
      retry: once,
      run: (_data, { signal }) =>
        new Promise((_, reject) => {
          started++
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    }
    const first = engine('a', { 'test:job': hang as Job<never> })
    await schedule('test:job', {})
    await expect.poll(() => started).toBe(1)
    await first.stop()
    const done: string[] = []
    engine('b', { 'test:job': { retry: once, run: async () => void done.push('b') } as Job<never> })
    await expect.poll(() => done).toEqual(['b'])
  })

  test('moving the clock past a lease does not run the same work twice on a node', async () => {
    let runs = 0
    let finish: () => void = () => {}
    const slow: Job<object> = {
      retry: once,
      leaseMs: 5_000,
      run: () =>
        new Promise<void>((resolve) => {
          runs++
          finish = resolve
        }),
    }
    engine('a', { 'test:job': slow as Job<never> })
    await schedule('test:job', {})
    await expect.poll(() => runs).toBe(1)
    node.clock.advance(3_600_000)
    const after: string[] = []
    engine('b', { 'test:other': { retry: once, run: async () => void after.push('x') } as Job<never> })
    await schedule('test:other', {})
    await expect.poll(() => after).toEqual(['x'])
    expect(runs).toBe(1)
    finish()
  })

  test('what runs on goes on, however its lease is renewed while the clock is moved', async () => {
    const running = new Set<AbortSignal>()
    const endless: Job<object> = {
      retry: { attempts: Number.POSITIVE_INFINITY, minMs: 1, maxMs: 1 },
      leaseMs: 30,
      run: (_data, { signal }) =>
        new Promise<void>((resolve) => {
          // Begun as the engine stops: nobody tells of that again.
          if (signal.aborted) return resolve()
          running.add(signal)
          signal.addEventListener('abort', () => {
            running.delete(signal)
            resolve()
          })
        }),
    }
    engine('a', { 'test:job': endless as Job<never> })
    await schedule('test:job', {})
    await expect.poll(() => running.size).toBe(1)
    for (let move = 0; move < 400; move++) {
      node.clock.advance(31)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    node.clock.advance(1_000)
    await expect.poll(() => running.size).toBe(1)
  })

  test('many pieces of work are each done once by two nodes together', async () => {
    const done: number[] = []
    const jobs = { 'test:job': { retry: once, run: async (data: number) => void done.push(data) } as Job<never> }
    engine('a', jobs)
    engine('b', jobs)
    await host.records.write(scope, (tx) => {
      for (let index = 0; index < 300; index++) host.deliveries.schedule(tx, { kind: 'test:job', scope, data: index })
    })
    await expect.poll(() => done.length).toBe(300)
    expect(new Set(done).size).toBe(300)
  })
})
