import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import fc from '../fast-check.ts'
import { startNode, type TestNode } from '../harness.ts'

/** Random histories against a model in a few lines: what is visible, in which order, what is a repetition. */

let node: TestNode
let sqs: SQSClient
let serial = 0
const unitMs = 100_000
const deduplicationMs = 300_000

beforeAll(async () => {
  node = await startNode()
  sqs = node.client(SQSClient)
})
afterAll(() => node.close())

interface Held {
  readonly id: string
  readonly body: string
  readonly group: string
  /** Invisible for sure before, visible for sure after: the clock runs on while a request is on its way. */
  visible: readonly [afterMs: number, byMs: number]
  handle?: string
  received: boolean
}

type Step =
  | { do: 'send'; group: number; key: number; delayUnits: number }
  | { do: 'receive'; max: number; units: number }
  | { do: 'delete'; which: number; stale: boolean }
  | { do: 'change'; which: number; units: number }
  | { do: 'wait'; units: number }
  | { do: 'restart' }
  | { do: 'count' }

const small = (max: number) => fc.integer({ min: 0, max })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('send' as const), group: small(2), key: small(8), delayUnits: small(1) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('receive' as const),
      max: fc.integer({ min: 1, max: 10 }),
      units: small(3),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), which: small(50), stale: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change' as const), which: small(50), units: small(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), units: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('count' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)

class Model {
  held: Held[] = []
  readonly sent = new Map<string, { id: string; atMs: readonly [number, number] }>()
  readonly stale: string[] = []
  url: string
  readonly fifo: boolean
  constructor(url: string, fifo: boolean) {
    this.url = url
    this.fifo = fifo
  }

  /** When the request was, at the earliest and the latest. */
  async timed<T>(work: () => Promise<T>): Promise<{ result: T; from: number; to: number }> {
    const from = node.clock.nowMs()
    const result = await work()
    return { result, from, to: node.clock.nowMs() }
  }

  async send(body: string, { group, key, delayUnits }: Extract<Step, { do: 'send' }>): Promise<void> {
    const { result, from, to } = await this.timed(() =>
      sqs.send(
        new SendMessageCommand({
          QueueUrl: this.url,
          MessageBody: body,
          ...(this.fifo
            ? { MessageGroupId: `g${group}`, MessageDeduplicationId: `k${key}` }
            : { DelaySeconds: (delayUnits * unitMs) / 1000 }),
        }),
      ),
    )
    const id = result.MessageId ?? ''
    const before = this.fifo ? this.sent.get(`k${key}`) : undefined
    if (before && to < before.atMs[0] + deduplicationMs) expect(id).toBe(before.id)
    if (before && from > before.atMs[1] + deduplicationMs) expect(id).not.toBe(before.id)
    if (id === before?.id) return
    this.sent.set(`k${key}`, { id, atMs: [from, to] })
    const delayMs = this.fifo ? 0 : delayUnits * unitMs
    this.held.push({ id, body, group: `g${group}`, visible: [from + delayMs, to + delayMs], received: false })
  }

  /** Those that a receive between two times must find, and those that it may find, oldest first. */
  available(from: number, to: number): { must: Held[]; may: Held[] } {
    const surely = (one: Held) => one.visible[1] <= from
    const perhaps = (one: Held) => one.visible[0] <= to
    if (!this.fifo) return { must: this.held.filter(surely), may: this.held.filter(perhaps) }
    const groups = Map.groupBy(this.held, ({ group }) => group)
    const open = (test: (one: Held) => boolean) => [...groups.values()].filter((all) => all.every(test)).flat()
    return { must: open(surely), may: open(perhaps) }
  }

  async receive({ max, units }: Extract<Step, { do: 'receive' }>): Promise<void> {
    const { result, from, to } = await this.timed(() =>
      sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: this.url,
          MaxNumberOfMessages: max,
          VisibilityTimeout: (units * unitMs) / 1000,
        }),
      ),
    )
    const got = (result.Messages ?? []).map(({ MessageId, ReceiptHandle = '', Body }) => {
      const one = this.held.find(({ id }) => id === MessageId)
      expect(one?.body).toBe(Body)
      return { one: one!, handle: ReceiptHandle }
    })
    const { must, may } = this.available(from, to)
    for (const { one } of got) expect(may).toContain(one)
    expect(new Set(got.map(({ one }) => one)).size).toBe(got.length)
    if (got.length < max) expect(got.map(({ one }) => one)).toEqual(expect.arrayContaining(must))
    if (this.fifo) {
      for (const [group, all] of Map.groupBy(got, ({ one }) => one.group)) {
        const order = this.held.filter((one) => one.group === group).slice(0, all.length)
        expect(all.map(({ one }) => one.id)).toEqual(order.map(({ id }) => id))
      }
    }
    for (const { one, handle } of got) {
      if (one.handle !== undefined) this.stale.push(one.handle)
      one.handle = handle
      one.received = true
      one.visible = [from + units * unitMs, to + units * unitMs]
    }
  }

  async delete({ which, stale }: Extract<Step, { do: 'delete' }>): Promise<void> {
    const target = this.held[which % Math.max(1, this.held.length)]
    const handle = stale ? this.stale[which % Math.max(1, this.stale.length)] : target?.handle
    if (handle === undefined) return
    const { result, from, to } = await this.timed(() =>
      sqs.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle: handle })).then(
        () => true,
        (error: Error) => {
          expect(error.message).toContain('expired')
          return false
        },
      ),
    )
    const owner = this.held.find((one) => one.handle === handle)
    if (!owner) return
    // A FIFO queue refuses a handle whose time is over.
    if (!this.fifo || to < owner.visible[0]) expect(result).toBe(true)
    if (this.fifo && from > owner.visible[1]) expect(result).toBe(false)
    if (result) this.held = this.held.filter((one) => one !== owner)
  }

  async change({ which, units }: Extract<Step, { do: 'change' }>): Promise<void> {
    const target = this.held[which % Math.max(1, this.held.length)]
    if (target?.handle === undefined) return
    const { result, from, to } = await this.timed(() =>
      sqs
        .send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: this.url,
            ReceiptHandle: target.handle,
            VisibilityTimeout: (units * unitMs) / 1000,
          }),
        )
        .then(
          () => true,
          (error: Error) => {
            expect(error.name).toBe('MessageNotInflight')
            return false
          },
        ),
    )
    if (to < target.visible[0]) expect(result).toBe(true)
    if (from > target.visible[1]) expect(result).toBe(false)
    if (result) target.visible = [from + units * unitMs, to + units * unitMs]
  }

  async count(): Promise<void> {
    const { result, from, to } = await this.timed(() =>
      sqs.send(new GetQueueAttributesCommand({ QueueUrl: this.url, AttributeNames: ['All'] })),
    )
    // At a boundary either is right.
    if (this.held.some(({ visible }) => visible[0] <= to && visible[1] > from)) return
    const hidden = this.held.filter(({ visible }) => visible[0] > to)
    expect(result.Attributes).toMatchObject({
      ApproximateNumberOfMessages: String(this.held.length - hidden.length),
      ApproximateNumberOfMessagesNotVisible: String(hidden.filter(({ received }) => received).length),
      ApproximateNumberOfMessagesDelayed: String(hidden.filter(({ received }) => !received).length),
    })
  }

  async run(one: Step, index: number): Promise<void> {
    if (one.do === 'send') await this.send(`body ${index}`, one)
    else if (one.do === 'receive') await this.receive(one)
    else if (one.do === 'delete') await this.delete(one)
    else if (one.do === 'change') await this.change(one)
    else if (one.do === 'count') await this.count()
    else if (one.do === 'wait') node.clock.advance(one.units * unitMs)
  }
}

/** Closes the node and opens it again at the time that it was. */
async function restart(): Promise<void> {
  const atMs = node.clock.nowMs()
  await node.restart()
  node.clock.advance(Math.max(1, atMs - node.clock.nowMs()))
  sqs.destroy()
  sqs = node.client(SQSClient)
}

/** `LANDFALL_MODEL_RUNS=1000` for a long run, with `LANDFALL_DRAW_SEED` for other histories. */
const runs = Number(process.env.LANDFALL_MODEL_RUNS ?? 20)

test.each([false, true])(
  'any history of a queue is one of its model (FIFO: %s)',
  async (fifo) => {
    let sends = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
        const { QueueUrl = '' } = await sqs.send(
          new CreateQueueCommand({
            QueueName: `model-${++serial}${fifo ? '.fifo' : ''}`,
            ...(fifo && { Attributes: { FifoQueue: 'true' } }),
          }),
        )
        const model = new Model(QueueUrl, fifo)
        let restarted = false
        for (const [index, one] of steps.entries()) {
          if (one.do !== 'restart') await model.run(one, index)
          else if (!restarted) {
            restarted = true
            await restart()
            model.url = QueueUrl.replace(/^http:\/\/[^/]+/, node.endpoint)
          }
          sends += one.do === 'send' ? 1 : 0
        }
      }),
      { numRuns: runs },
    )
    expect(sends).toBeGreaterThan(60)
  },
  Math.max(60_000, runs * 3_000),
)
