import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Tx } from '../../kernel/records.ts'
import { enqueue } from './enqueue.ts'
import { forget, retired } from './forget.ts'
import { locateArn, queueArn } from './queue-url.ts'
import { regroup } from './settle.ts'
import { fifo, type Located, type Message, type MoveTask, message, moveTask, open, ready } from './state.ts'

/** Messages moved in one transaction. A megabyte each: what a transaction holds bounds their bytes as well. */
const mostAtOnce = 100
const mostBytesAtOnce = 4_000_000

interface Moving {
  readonly name: string
  readonly startedAtMs: number
}

const gone = 'AWS.SimpleQueueService.NonExistentQueue'

function noQueue(error: unknown): undefined {
  if (!isAwsError(error, 'QueueDoesNotExist')) throw error
}

/**
 * Moves messages in batches, each with the task's own progress in one transaction: what was moved is moved once, and
 * a node that was killed goes on where the last batch ended.
 */
export const moveJob = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ name, startedAtMs }: Moving, ctx: JobCtx) {
    const { host, scope, signal } = ctx
    const address = moveTask(name, startedAtMs)
    const arn = queueArn(scope, name)
    while (!signal.aborted) {
      const step = await host.records.write(scope, async (tx) => {
        const task = await tx.get(address)
        if (!task) return { done: true, moved: 0 }
        if (task.status === 'CANCELLING') {
          tx.set(address, { ...task, status: 'CANCELLED' })
          return { done: true, moved: 0 }
        }
        if (task.status !== 'RUNNING') return { done: true, moved: 0 }
        const source = await locateArn(tx.snapshot, arn).catch(noQueue)
        const nothing = { moved: 0, removed: 0, failure: gone }
        const { moved, removed, failure } = source ? await moveSome(tx, source, task, host) : nothing
        const status = failure !== undefined ? 'FAILED' : removed === 0 ? 'COMPLETED' : 'RUNNING'
        tx.set(address, { ...task, moved: task.moved + moved, status, failure })
        return { done: status !== 'RUNNING', moved, perSec: task.perSec }
      })
      if (step.done) return
      if (step.perSec !== undefined)
        throw new Retry(host.clock.nowMs() + (step.moved * 1_000) / step.perSec, 'at its rate', { counts: false })
    }
    throw new Retry(0, 'the node is stopping', { counts: false })
  },
} satisfies Job<Moving>

/**
 * Moves a batch of what is visible, `tx` being in the queue's scope. Answers how many, how many left the queue (0 when
 * nothing is left), for some are past their retention, and why the task can't go on, as ListMessageMoveTasks shows it.
 */
async function moveSome(
  tx: Tx,
  source: Located,
  task: MoveTask,
  host: JobCtx['host'],
): Promise<{ moved: number; removed: number; failure?: string | undefined }> {
  const limit = Math.min(mostAtOnce, task.perSec ?? mostAtOnce)
  const now = { nowMs: host.clock.nowMs(), ids: host.ids }
  const destinations = new Map<string, Promise<Located | string>>()
  let moved = 0
  let bytes = 0
  let failure: string | undefined
  const more = () => moved < limit && bytes < mostBytesAtOnce && failure === undefined
  const move = async (content: Message): Promise<boolean> => {
    const { sequence: _, deadLetterSourceArn, sentAtMs: __, ...rest } = content
    const arn = task.destinationArn ?? deadLetterSourceArn
    if (arn === undefined) {
      failure = 'CouldNotDetermineMessageSource'
      return false
    }
    const known = destinations.get(arn) ?? destination(tx, arn, task, host)
    destinations.set(arn, known)
    const target = await known
    if (typeof target === 'string') {
      failure = target
      return false
    }
    // A message that is moved is a new one: its id, its time and its retention begin anew.
    await enqueue(
      tx.in(target.scope),
      target,
      {
        ...rest,
        delaySec: 0,
        // Its deduplication id may be that of a message five minutes old, which this one is not a repetition of.
        deduplicationId: target.queue.fifo ? host.ids.uuid() : undefined,
      },
      now,
    )
    moved++
    bytes += content.body.length
    return true
  }
  const removed = await (source.queue.fifo ? eachFifo : eachStandard)(tx, source, now.nowMs, more, move)
  return { moved, removed, failure }
}

async function eachStandard(
  tx: Tx,
  { queue }: Located,
  nowMs: number,
  more: () => boolean,
  move: (content: Message) => Promise<boolean>,
): Promise<number> {
  const { generation, settings } = queue
  const visible = ready.between([generation], { to: [nowMs + 1] })
  let removed = 0
  for await (const [, visibleAtMs, id] of tx.snapshot.keys(visible, { limit: 1_000 })) {
    if (!more()) break
    const address = ready(generation, visibleAtMs, id)
    const entry = await tx.get(address)
    const content = entry && (await tx.snapshot.get(message(generation, id)))
    if (!content) continue
    if (!retired(entry, settings, nowMs) && !(await move(content))) break
    forget(tx, generation, id, address)
    removed++
  }
  return removed
}

async function eachFifo(
  tx: Tx,
  { queue }: Located,
  nowMs: number,
  more: () => boolean,
  move: (content: Message) => Promise<boolean>,
): Promise<number> {
  const { generation, settings } = queue
  let removed = 0
  for await (const [, , groupId] of tx.snapshot.keys(open.between([generation], { to: [nowMs + 1] }), { limit: 200 })) {
    let last: string | undefined
    for await (const { key, value: entry } of tx.range(fifo.under(generation, groupId), { limit: 200 })) {
      if (!more() || entry.visibleAtMs > nowMs) break
      const content = await tx.snapshot.get(message(generation, entry.id))
      if (content && !retired(entry, settings, nowMs) && !(await move(content))) break
      last = key[2]
      forget(tx, generation, entry.id, fifo(...key))
      removed++
    }
    if (last !== undefined) await regroup(tx, generation, groupId, nowMs, last)
    if (!more()) break
  }
  return removed
}

/** A queue that messages go to, if whoever started the task may send there; else why they can't. */
async function destination(tx: Tx, arn: string, task: MoveTask, host: JobCtx['host']): Promise<Located | string> {
  const target = await locateArn(tx.snapshot, arn).catch(noQueue)
  if (!target) return gone
  const request = {
    action: 'sqs:SendMessage',
    resource: arn,
    resourcePolicy: target.queue.settings.policy,
    resourceTags: target.queue.tags,
  }
  return (await host.isAllowed(task.principal, request, {}, tx.snapshot)) ? target : 'AccessDenied'
}
