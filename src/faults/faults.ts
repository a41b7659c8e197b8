import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../kernel/clock.ts'
import { awsError } from '../kernel/errors.ts'
import type { FaultPlace, Faults } from '../kernel/faults.ts'
import type { Ids } from '../kernel/ids.ts'
import { type Fault, type FaultAction, type FaultInput, isFate } from './fault.ts'
import { throttleOf } from './throttles.ts'

const most = 100

export interface FaultsOptions {
  readonly clock: Clock
  readonly ids: Ids
  /** Ends the process at once, as kill -9 does. */
  crash(): void
}

/** The faults of a node, as they are set and as they are met. */
export interface FaultSet extends Faults {
  list(account: string): Fault[]
  /** Throws LimitExceededException. */
  add(account: string, input: FaultInput): Fault
  /** False when there is none of that id. */
  remove(account: string, id: string): boolean
  clear(account: string): void
}

interface Standing {
  readonly fault: Fault
  hits: number
  draw(): number
}

/** Kept in memory, so that no fault outlives a process: one that crashes it would for ever. */
export function createFaults({ clock, ids, crash }: FaultsOptions): FaultSet {
  let standing: Standing[] = []

  /** Those that happen now, one being drawn for each that could. */
  function met(place: FaultPlace, wanted: (action: FaultAction) => boolean): Fault[] {
    const nowMs = clock.nowMs()
    return standing
      .filter(({ fault }) => wanted(fault.action) && covers(fault, place))
      .filter((one) => {
        const { count = Number.POSITIVE_INFINITY, fromMs = 0, untilMs = Number.POSITIVE_INFINITY } = one.fault
        if (one.hits >= count || nowMs < fromMs || nowMs >= untilMs || one.draw() >= one.fault.probability) return false
        one.hits++
        return true
      })
      .map(({ fault }) => fault)
  }

  const shown = ({ fault, hits }: Standing): Fault => ({ ...fault, hits })

  return {
    get active() {
      return standing.length > 0
    },
    async around(place, work, acknowledged) {
      const hits = met(place, (action) => !isFate(action))
      const waitMs = hits.reduce((sum, { action, delayMs = 0 }) => sum + (action === 'latency' ? delayMs : 0), 0)
      if (waitMs > 0) await sleep(waitMs, undefined, { ref: false })
      if (hits.some(({ action }) => action === 'throttle')) throw throttleOf(place.service)
      const error = hits.find(({ action }) => action === 'error')
      if (error) {
        throw awsError(error.code ?? 'InternalFailure', 'A fault that was set with landfall faults.', {
          status: error.status ?? (error.code === undefined ? 500 : 400),
        })
      }
      const result = await work()
      if (hits.some(({ when }) => when === 'before')) crash()
      if (hits.some(({ when }) => when === 'after')) acknowledged(crash)
      return result
    },
    fateOf(place) {
      const hits = met(place, isFate)
      return {
        duplicate: hits.some(({ action }) => action === 'duplicate'),
        reorder: hits.some(({ action }) => action === 'reorder'),
        delayMs: hits.reduce((sum, { delayMs = 0 }) => sum + delayMs, 0),
      }
    },
    list: (account) => standing.filter(({ fault }) => fault.account === account).map(shown),
    add(account, input) {
      if (standing.length >= most) {
        throw awsError('LimitExceededException', `A node has up to ${most} faults. Remove some first.`, { status: 400 })
      }
      const one: Standing = {
        fault: { ...input, id: ids.uuid(), account, hits: 0 },
        hits: 0,
        draw: drawFrom(input.seed),
      }
      standing.push(one)
      return shown(one)
    },
    remove(account, id) {
      const before = standing.length
      standing = standing.filter(({ fault }) => fault.account !== account || fault.id !== id)
      return standing.length < before
    },
    clear(account) {
      standing = standing.filter(({ fault }) => fault.account !== account)
    },
  }
}

/** Runs of functions are met only by faults that name them: the request or delivery that asks for one is met already. */
function covers(fault: Fault, { account, service, operation, name }: FaultPlace): boolean {
  const named = fault.function ?? fault.queue
  return (
    fault.account === account &&
    (fault.service === undefined || fault.service === service) &&
    (fault.operation === undefined ? operation !== 'run' : fault.operation === operation) &&
    (named === undefined || named === name)
  )
}

/** Numbers from 0 to 1, the same for the same seed: mulberry32, which is short and good enough to draw lots. */
export function drawFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
