import { askNode } from '../../src/control.ts'
import { drawFrom } from '../../src/faults/faults.ts'
import type { KillableNode } from '../crash/killable.ts'

const target = ({ endpoint }: KillableNode) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

/** Faults that a run may set; each for a few seconds of the node's time. */
const faults: readonly object[] = [
  { action: 'throttle', probability: 0.3 },
  { action: 'error', probability: 0.2 },
  { action: 'latency', delayMs: 200, probability: 0.5 },
  { action: 'duplicate', service: 'sqs', probability: 0.3 },
  { action: 'reorder', service: 'sqs', probability: 0.3 },
  { action: 'delay', delayMs: 2_000, probability: 0.3 },
  { action: 'duplicate', probability: 0.3 },
  { action: 'throttle', service: 'lambda', operation: 'run', probability: 0.5 },
  { action: 'error', service: 'lambda', operation: 'run', probability: 0.3 },
  { action: 'error', service: 'events', operation: 'deliver', probability: 0.5 },
  { action: 'error', service: 'sns', probability: 0.5 },
  { action: 'error', service: 'sns', operation: 'post', probability: 0.5 },
  { action: 'error', service: 'scheduler', operation: 'deliver', probability: 0.5 },
  { action: 'throttle', service: 'kinesis', probability: 0.5 },
  { action: 'crash', when: 'before', count: 1, probability: 0.02 },
  { action: 'crash', when: 'after', count: 1, probability: 0.02 },
  { action: 'crash', when: 'before', service: 'sqs', operation: 'SendMessage', count: 1, probability: 0.2 },
  { action: 'crash', when: 'before', service: 'sns', operation: 'Publish', count: 1, probability: 0.2 },
  { action: 'crash', when: 'after', service: 'kinesis', operation: 'PutRecord', count: 1, probability: 0.2 },
  { action: 'crash', when: 'after', service: 'sns', operation: 'drain', count: 1 },
  { action: 'crash', when: 'before', service: 'lambda', operation: 'event', count: 1 },
]

export interface Mischief {
  /** What was done, in order. */
  readonly done: string[]
  /** Does the next thing. The same seed does the same things in the same order. */
  next(): Promise<void>
  /** Takes all faults away, on a node that runs. */
  end(): Promise<void>
  /** Starts the node again if a fault ended it. */
  mend(): Promise<boolean>
  advance(byMs: number): Promise<void>
}

/** What is done to a node while it works: it is killed, meets faults, and its clock is moved. */
export function createMischief(node: KillableNode, seed: number): Mischief {
  const draw = drawFrom(seed)
  const done: string[] = []

  async function isAlive(): Promise<boolean> {
    return fetch(`${node.endpoint}/_landfall/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  }

  const mischief: Mischief = {
    done,
    async next() {
      const [which, how] = [draw(), draw()]
      if (which < 0.25) {
        done.push('kill -9')
        await node.kill()
        await node.start()
        return
      }
      if (which < 0.5) {
        // It may be killed on the way.
        void mischief.advance(Math.ceil(how * 45_000))
        return
      }
      const fault = { ...faults[Math.floor(how * faults.length)], forMs: 20_000, seed: done.length }
      done.push(JSON.stringify(fault))
      // A node that a fault has just ended takes none.
      await askNode(target(node), '/_landfall/faults', {}, { method: 'POST', body: fault }).catch(() => undefined)
    },
    async advance(byMs) {
      done.push(`clock +${byMs} ms`)
      await askNode(target(node), '/_landfall/clock', {}, { method: 'POST', body: { advanceMs: byMs } }).catch(
        () => undefined,
      )
    },
    async mend() {
      if (await isAlive()) return false
      done.push('(started again)')
      await node.kill()
      await node.start()
      return true
    },
    async end() {
      await askNode(target(node), '/_landfall/faults', {}, { method: 'DELETE' })
    },
  }
  return mischief
}
