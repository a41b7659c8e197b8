import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { runBatch } from './batch.ts'
import { forget } from './forget.ts'
import { countDeleted } from './metrics.ts'
import { arnOfUrl, locate } from './queue-url.ts'
import { fromHandle } from './receipt.ts'
import {
  type FifoEntry,
  fifo,
  type Group,
  group,
  type Located,
  moved,
  open,
  place,
  type Ready,
  ready,
} from './state.ts'
import { admit } from './throughput.ts'

/** What a consumer does with a message it received: delete it, or keep it longer or shorter. */
export const settling = operations<Api>()({
  DeleteMessage: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:DeleteMessage', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, { QueueUrl, ReceiptHandle }, ctx) {
      const at = await locate(tx.snapshot, QueueUrl)
      admit(ctx, at.queue, 'delete')
      await remove(tx, at, ReceiptHandle, ctx.nowMs)
      countDeleted(tx, ctx, at.scope, at.queue.name, 1)
      return {}
    },
  },
  DeleteMessageBatch: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:DeleteMessage', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, { QueueUrl, Entries }, ctx) {
      const at = await locate(tx.snapshot, QueueUrl)
      admit(ctx, at.queue, 'delete')
      const result = await runBatch(Entries, async ({ ReceiptHandle }) => {
        await remove(tx, at, ReceiptHandle, ctx.nowMs)
        return {}
      })
      countDeleted(tx, ctx, at.scope, at.queue.name, result.Successful.length)
      return result
    },
  },
  ChangeMessageVisibility: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:ChangeMessageVisibility', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, { QueueUrl, ReceiptHandle, VisibilityTimeout }, ctx) {
      const at = await locate(tx.snapshot, QueueUrl)
      await changeVisibility(tx, at, ReceiptHandle, visibility(VisibilityTimeout), ctx.nowMs)
      return {}
    },
  },
  ChangeMessageVisibilityBatch: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:ChangeMessageVisibility', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, { QueueUrl, Entries }, ctx) {
      const at = await locate(tx.snapshot, QueueUrl)
      return runBatch(Entries, async ({ ReceiptHandle, VisibilityTimeout = 0 }) => {
        await changeVisibility(tx, at, ReceiptHandle, visibility(VisibilityTimeout), ctx.nowMs)
        return {}
      })
    },
  },
})

function visibility(sec: number): number {
  if (!(sec >= 0 && sec <= 43_200)) {
    throw awsError(
      'InvalidParameterValue',
      `Value ${sec} for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.`,
    )
  }
  return sec * 1000
}

/**
 * Deletes the message of a receipt handle. Succeeds, doing nothing, when it is gone already or has been given to
 * another consumer since (a standard queue's promise); a FIFO queue refuses a handle whose time is over.
 */
export async function remove(tx: Tx, at: Located, handle: string, nowMs: number): Promise<void> {
  const receipt = fromHandle(handle)
  const home = tx.in(at.scope)
  const { generation } = at.queue
  if (receipt.generation !== generation) return
  if (!at.queue.fifo) {
    const entry = await findStandard(home, handle)
    if (entry) forget(home, generation, receipt.id, ready(generation, entry.visibleAtMs, receipt.id))
    return
  }
  const where = await home.get(place(generation, receipt.id))
  const entry = where && (await home.get(fifo(generation, where.groupId, where.sequence)))
  if (!entry || entry.nonce !== receipt.nonce) return
  if (entry.visibleAtMs <= nowMs) {
    throw awsError(
      'InvalidParameterValue',
      `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
    )
  }
  forget(home, generation, receipt.id, fifo(generation, where.groupId, where.sequence))
  await regroup(home, generation, where.groupId, nowMs, where.sequence)
}

/** Makes the message of a handle visible `visibilityMs` from now; answers when that is. Throws MessageNotInflight. */
export async function changeVisibility(
  tx: Tx,
  at: Located,
  handle: string,
  visibilityMs: number,
  nowMs: number,
): Promise<number> {
  const receipt = fromHandle(handle)
  const home = tx.in(at.scope)
  const { generation } = at.queue
  const visibleAtMs = nowMs + visibilityMs
  if (receipt.generation !== generation) throw notInFlight(handle)
  if (!at.queue.fifo) {
    const found = await findStandard(home, handle)
    if (!found || found.visibleAtMs <= nowMs) throw notInFlight(handle)
    home.delete(ready(generation, found.visibleAtMs, receipt.id))
    home.set(ready(generation, visibleAtMs, receipt.id), found.entry)
    home.set(moved(generation, receipt.id), { visibleAtMs, nonce: receipt.nonce })
    return visibleAtMs
  }
  const where = await home.get(place(generation, receipt.id))
  const entry = where && (await home.get(fifo(generation, where.groupId, where.sequence)))
  if (!entry || entry.nonce !== receipt.nonce || entry.visibleAtMs <= nowMs) throw notInFlight(handle)
  const next: FifoEntry = { ...entry, visibleAtMs }
  home.set(fifo(generation, where.groupId, where.sequence), next)
  await regroup(home, generation, where.groupId, nowMs, where.sequence, { untilMs: visibleAtMs, nonce: receipt.nonce })
  return visibleAtMs
}

async function findStandard(home: Tx, handle: string): Promise<{ entry: Ready; visibleAtMs: number } | undefined> {
  const { generation, id, nonce, visibleAtMs } = fromHandle(handle)
  const entry = await home.get(ready(generation, visibleAtMs, id))
  if (entry?.nonce === nonce) return { entry, visibleAtMs }
  const elsewhere = await home.get(moved(generation, id))
  if (elsewhere?.nonce !== nonce) return undefined
  const there = await home.get(ready(generation, elsewhere.visibleAtMs, id))
  return there?.nonce === nonce ? { entry: there, visibleAtMs: elsewhere.visibleAtMs } : undefined
}

/** Works out anew when a group's first message is available, after one of those in flight was settled or moved. */
export async function regroup(
  home: Tx,
  generation: string,
  groupId: string,
  nowMs: number,
  settled: string,
  kept?: Group['inFlight'][string],
): Promise<void> {
  const state = await home.get(group(generation, groupId))
  if (!state) return
  const { [settled]: _, ...rest } = state.inFlight
  const inFlight = kept && kept.untilMs > nowMs ? { ...rest, [settled]: kept } : rest
  home.delete(open(generation, state.openAtMs, groupId))
  const untils = Object.values(inFlight).map(({ untilMs }) => untilMs)
  let openAtMs = untils.length > 0 ? Math.max(...untils) : undefined
  if (openAtMs === undefined) {
    for await (const { value } of home.range(fifo.under(generation, groupId), { limit: 1 }))
      openAtMs = Math.max(value.visibleAtMs, nowMs)
  }
  if (openAtMs === undefined) {
    home.delete(group(generation, groupId))
    return
  }
  home.set(group(generation, groupId), { openAtMs, inFlight })
  home.set(open(generation, openAtMs, groupId), true)
}

function notInFlight(handle: string): Error {
  return awsError(
    'MessageNotInflight',
    `Value ${handle.slice(0, 200)} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
  )
}
