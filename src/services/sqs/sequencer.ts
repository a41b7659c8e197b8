import { awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Scope } from '../../kernel/records.ts'
import { countGiven, countRoom, hasRoom } from './in-flight.ts'
import { countReceived } from './metrics.ts'
import { locateArn, queueArn } from './queue-url.ts'
import { open, ready } from './state.ts'
import { type Taken, take, type Want } from './take.ts'

interface Waiting extends Want {
  /** When to answer with nothing, by the node's clock. */
  readonly deadlineMs: number
  /** Given by those that wait: what never waits needs none, and one costs more than a receive. */
  readonly signal: AbortSignal | undefined
  resolve(taken: Taken[]): void
  reject(error: Error): void
}

interface Sequencer {
  waiting: Waiting[]
  /** Woken by a change or a new receive. */
  wake(): void
}

const sequencers = new WeakMap<Host, Map<string, Sequencer>>()

/**
 * Receives from a queue: at once when messages are there, else when one becomes visible or `deadlineMs` has come.
 * All receives that wait on one queue in one node share one transaction at a time, so that they don't fight over
 * the same entries. Rejects when the queue is gone, or, without waiting, when too much of it is in flight (OverLimit).
 */
export function receive(
  host: Host,
  scope: Scope,
  name: string,
  want: Want & Pick<Waiting, 'deadlineMs' | 'signal'>,
): Promise<Taken[]> {
  return new Promise((resolve, reject) => {
    const key = `${scope.account}/${scope.region}/${name}`
    const queues = sequencers.get(host) ?? new Map<string, Sequencer>()
    sequencers.set(host, queues)
    const waiting: Waiting = { ...want, resolve, reject }
    const running = queues.get(key)
    if (running) {
      running.waiting.push(waiting)
      running.wake()
      return
    }
    const sequencer: Sequencer = { waiting: [waiting], wake: () => {} }
    queues.set(key, sequencer)
    void run(host, scope, name, sequencer)
      .catch((error: unknown) => {
        for (const item of sequencer.waiting.splice(0)) item.reject(error as Error)
      })
      .finally(() => queues.delete(key))
  })
}

async function run(host: Host, scope: Scope, name: string, sequencer: Sequencer): Promise<void> {
  let stop: AbortController | undefined
  let ending: AbortSignal | undefined
  const endingSignal = () => {
    stop ??= new AbortController()
    ending ??= AbortSignal.any([stop.signal, host.signal])
    return ending
  }
  let woken = false
  let wake = () => {}
  const nudge = () => {
    woken = true
    wake()
  }
  sequencer.wake = nudge
  let watched: string | undefined
  let watching: AbortController | undefined
  try {
    while (sequencer.waiting.length > 0) {
      woken = false
      const round = sequencer.waiting.filter((item) => !item.signal?.aborted)
      // Those whose client is gone take nothing: what they took would only be invisible for nobody.
      for (const item of sequencer.waiting) if (item.signal?.aborted) item.resolve([])
      sequencer.waiting = [...round]
      if (round.length === 0) break
      const nowMs = host.clock.nowMs()
      const result = await host.records.write(scope, async (tx) => {
        const at = await locateArn(tx.snapshot, queueArn(scope, name))
        const room = await hasRoom(tx.snapshot, host, at.queue, nowMs)
        const taken = !room ? round.map(() => []) : await take(tx, at, round, { nowMs, ids: host.ids, host })
        const nextAtMs = taken.some((list) => list.length === 0)
          ? await nextVisible(tx.snapshot, at.queue, nowMs)
          : undefined
        return { taken, nextAtMs, queue: at.queue, room }
      })
      if (result.room === undefined) {
        await countRoom(host, scope, result.queue)
        continue
      }
      countGiven(host, result.queue.generation, result.taken.flat().length)
      const served = new Set<Waiting>()
      for (const [index, item] of round.entries()) {
        const list = result.taken[index]!
        if (list.length === 0 && item.deadlineMs > host.clock.nowMs() && !host.signal.aborted) continue
        served.add(item)
        countReceived(host, scope, name, list.length)
        // Only those that do not wait are told, and only by standard queues.
        if (!result.room && !item.signal && !result.queue.fifo) item.reject(overLimit())
        else item.resolve(list)
      }
      // Receives that joined meanwhile are in `sequencer.waiting` behind this round.
      sequencer.waiting = sequencer.waiting.filter((item) => !served.has(item))
      if (sequencer.waiting.length === 0) break
      if (result.queue.generation !== watched) {
        watching?.abort()
        watching = new AbortController()
        watched = result.queue.generation
        woken = true
        const range = result.queue.fifo ? open.under(watched) : ready.under(watched)
        void watch(host, scope, range, AbortSignal.any([endingSignal(), watching.signal]), nudge)
      }
      if (woken) continue
      const sleep = new AbortController()
      wake = () => sleep.abort()
      const leavers = sequencer.waiting.flatMap((item) => item.signal ?? [])
      const until = Math.min(
        result.nextAtMs ?? Number.POSITIVE_INFINITY,
        ...sequencer.waiting.map((item) => item.deadlineMs),
      )
      await host.clock.until(until, AbortSignal.any([endingSignal(), sleep.signal, ...leavers])).catch(() => undefined)
      if (host.signal.aborted) break
    }
    for (const item of sequencer.waiting.splice(0)) item.resolve([])
  } finally {
    stop?.abort()
    watching?.abort()
  }
}

function overLimit(): Error {
  return awsError('OverLimit', 'Too many messages of this queue are in flight. Delete those that are processed.')
}

async function watch(
  host: Host,
  scope: Scope,
  range: Parameters<Host['records']['watch']>[1],
  signal: AbortSignal,
  nudge: () => void,
): Promise<void> {
  try {
    for await (const _ of host.records.watch(scope, range, signal)) nudge()
  } catch (error) {
    if (!signal.aborted) host.log.warn('sqs: watch ended', { error: String(error) })
  }
}

async function nextVisible(
  tx: Parameters<typeof locateArn>[0],
  queue: { generation: string; fifo: boolean },
  nowMs: number,
): Promise<number | undefined> {
  const bounds = { from: [nowMs + 1] }
  const keys = queue.fifo
    ? tx.keys(open.between([queue.generation], bounds), { limit: 1 })
    : tx.keys(ready.between([queue.generation], bounds), { limit: 1 })
  for await (const [, atMs] of keys) return atMs
  return undefined
}
