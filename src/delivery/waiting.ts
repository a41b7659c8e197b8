import type { Job } from '../kernel/delivery.ts'
import { awsError } from '../kernel/errors.ts'
import type { ReadTx, Records, Scope, Tx } from '../kernel/records.ts'
import { everywhere } from './claim.ts'
import { due, keyed, type Work } from './state.ts'

/** Something that is still to be brought to somebody. */
export interface WaitingDelivery {
  /** Of this entry until its next attempt. */
  readonly id: string
  /** `service:job` */
  readonly kind: string
  readonly target: string
  /** `running`: an attempt is being made; `retrying`: one failed; `waiting`: none was made. */
  readonly state: 'running' | 'retrying' | 'waiting'
  readonly createdAt: string
  /** When it is tried next; of a running one, until when the node has it. */
  readonly dueAt: string
  readonly attempts: number
  readonly lastError?: string
  /** Why it cannot be dropped by itself. */
  readonly undroppable?: string
}

export interface WaitingPage {
  readonly deliveries: readonly WaitingDelivery[]
  /** Where the next page begins; absent on the last. A page may hold fewer than asked for, or none, and have a next. */
  readonly next?: string
}

export interface WaitingFilter {
  readonly kind?: string | undefined
  /** A part of the target's name. */
  readonly target?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

/** Finds the job of a kind, as the engine does. */
export type FindJob = (kind: string) => Promise<Job<never> | undefined>

type Place = readonly [kind: string, dueAtMs: number, id: string]

/** Entries read for one page: a page costs no more, however much waits. */
const mostRead = 1_000

/** What waits in a scope, by kind and then by when it is due. */
export function listWaiting(records: Records, job: FindJob, scope: Scope, filter: WaitingFilter): Promise<WaitingPage> {
  const { kind, target = '', limit } = filter
  return records.read(everywhere, async (tx) => {
    const deliveries: WaitingDelivery[] = []
    let from = placeOf(filter.after)
    let read = 0
    for (;;) {
      let skipped: string | undefined
      const after = from === undefined ? {} : { after: kind === undefined ? from : from.slice(1) }
      const range = kind === undefined ? due.between([], after) : due.between([kind], after)
      for await (const { key, value } of tx.range(range, { limit: mostRead + 1 - read })) {
        if (deliveries.length === limit || ++read > mostRead) return { deliveries, next: idOf(from as Place) }
        const found = await job(key[0])
        if (!found?.target) {
          skipped = key[0]
          break
        }
        from = key
        const shown = (await isOf(tx, scope, key, value)) ? describe(found, key, value) : undefined
        if (shown?.target.includes(target)) deliveries.push(shown)
      }
      if (skipped === undefined || kind !== undefined) return { deliveries }
      // The rest of a kind that is not shown is stepped over.
      from = [skipped, Number.MAX_SAFE_INTEGER, '']
    }
  })
}

/** Has one tried now. Throws NotFound for what is no longer there, InProgress for what is being tried. */
export function redriveWaiting(records: Records, job: FindJob, scope: Scope, id: string, nowMs: number): Promise<void> {
  return records.write(everywhere, async (tx) => {
    const { place, work } = await find(tx, job, scope, id)
    tx.delete(due(...place))
    tx.set(due(place[0], nowMs, place[2]), work)
  })
}

/** Drops one for ever: nobody is told. Throws as `redriveWaiting`, and NotDroppable for what others wait behind. */
export function dropWaiting(records: Records, job: FindJob, scope: Scope, id: string): Promise<void> {
  return records.write(everywhere, async (tx) => {
    const { place, work, undroppable } = await find(tx, job, scope, id)
    if (undroppable !== undefined) throw awsError('NotDroppable', undroppable, { status: 409 })
    tx.delete(due(...place))
    if (work.key !== undefined) tx.delete(keyed(place[0], scope.account, scope.region, work.key))
  })
}

async function find(tx: Tx, job: FindJob, scope: Scope, id: string) {
  const place = placeOf(id)
  const work = place && (await tx.get(due(...place)))
  const found = place && (await job(place[0]))
  if (!place || !work || !found?.target || !(await isOf(tx, scope, place, work))) {
    throw awsError('NotFound', 'It is no longer there, or was tried since: list what waits again.', { status: 404 })
  }
  if (work.node !== undefined) {
    throw awsError('InProgress', 'It is being tried right now. See in a moment whether it still waits.', {
      status: 409,
    })
  }
  return { place, work, undroppable: found.undroppable }
}

/** Of that scope, and not replaced or cancelled. */
async function isOf(tx: ReadTx, { account, region }: Scope, [kind, , id]: Place, work: Work): Promise<boolean> {
  if (work.scope.account !== account || work.scope.region !== region) return false
  return work.key === undefined || (await tx.get(keyed(kind, account, region, work.key)))?.id === id
}

function describe(job: Job<never>, place: Place, work: Work): WaitingDelivery {
  const { undroppable } = job
  const { attempts, lastError } = work
  return {
    id: idOf(place),
    kind: place[0],
    target: job.target?.(work.data as never) ?? '',
    state: work.node !== undefined ? 'running' : lastError === undefined ? 'waiting' : 'retrying',
    createdAt: new Date(work.createdAtMs).toISOString(),
    dueAt: new Date(place[1]).toISOString(),
    attempts,
    ...(lastError !== undefined && { lastError }),
    ...(undroppable !== undefined && { undroppable }),
  }
}

function idOf(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

function placeOf(id: string | undefined): Place | undefined {
  if (id === undefined) return undefined
  try {
    const [kind, dueAtMs, uuid]: unknown[] = JSON.parse(Buffer.from(id, 'base64url').toString())
    if (typeof kind === 'string' && typeof dueAtMs === 'number' && typeof uuid === 'string')
      return [kind, dueAtMs, uuid]
  } catch {
    // Not an id of ours.
  }
  throw awsError('ValidationException', 'That is no id of a delivery: take one from the list.', { status: 400 })
}
