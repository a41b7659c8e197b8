import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { ReadTx, Scope, Tx } from '../../kernel/records.ts'
import { trim } from './archive.ts'
import { again, bring, bury, isFinal, mostAttempts, principal, retriesOf } from './bring.ts'
import { dropEndpoints } from './drop-endpoints.ts'
import { confirmation, confirmationEvent } from './envelope.ts'
import { askEndpoint, posting } from './http.ts'
import { askByMail, mail } from './mail.ts'
import { type LocatedSubscription, lookUpSubscription } from './names.ts'
import { replay } from './replay.ts'
import type { Question } from './signed-envelope.ts'
import { spread } from './spread.ts'
import { counted, type Protocol, type Published, sequence, subscription, waiting } from './state.ts'
import { expire, forget } from './subscribe.ts'
import { isHttp, isMail } from './subscription-attributes.ts'

const retry = { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 }
/** An attempt says itself when the next one is. */
const delivering = { attempts: mostAttempts, minMs: 1_000, maxMs: 20_000 }
const dropped = 200

interface Delivery {
  readonly subscriptionArn: string
  readonly published: Published
}

interface Draining {
  readonly subscriptionArn: string
  readonly groupId: string
}

interface Asking extends Question {
  readonly subscriptionArn: string
  readonly protocol: Protocol
  readonly endpoint: string
}

/** Work of topics that goes on after a request. */
export const jobs = {
  spread,

  /** Brings one message of a standard topic to one subscription. */
  deliver: {
    retry: delivering,
    target: ({ subscriptionArn }: Delivery) => subscriptionArn,
    async run({ subscriptionArn, published }: Delivery, ctx: JobCtx) {
      const found = await look(ctx, subscriptionArn)
      // One that its address ended, and did not renew yet, gets nothing.
      if (!found || found.subscription.pending) return
      const { protocol } = found.subscription
      try {
        if (isMail(protocol)) await mail(ctx, found, published)
        else await bring(ctx.host, ctx.scope, found.subscription, published)
      } catch (error) {
        // Of a mail server that is down: no attempt, unless its time is over.
        if (ctx.signal.aborted || (error instanceof Retry && !isOver(ctx))) throw error
        if (!isFinal(error) && !(error instanceof Retry) && ctx.attempt < retriesOf(protocol).attempts) {
          throw again(error, ctx, protocol)
        }
        await bury(ctx, found.subscription, published, error)
      }
    },
  } satisfies Job<Delivery>,

  /** Brings what waits in a group of a FIFO topic's subscription, each after the one before it has arrived. */
  drain: {
    retry: delivering,
    target: ({ subscriptionArn }: Draining) => subscriptionArn,
    undroppable: 'It stands for all that waits in a group, in order: end the subscription to drop that.',
    async run({ subscriptionArn, groupId }: Draining, ctx: JobCtx) {
      const id = subscriptionArn.slice(subscriptionArn.lastIndexOf(':') + 1)
      const { host, scope, signal } = ctx
      let first = true
      for (;;) {
        if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
        const found = await look(ctx, subscriptionArn)
        if (!found) {
          await host.records.write(scope, (tx) => tx.clear(waiting.under(id, groupId)))
          return
        }
        const head = await host.records.read(scope, (tx) => headOf(tx, id, groupId))
        if (!head) return
        const key = waiting(id, groupId, head.sequence ?? '')
        let more = false
        const done = async (tx: Tx) => {
          // Somebody else brought it meanwhile, after this node's lease ran out.
          if ((await tx.get(key)) === undefined)
            throw new Retry(0, 'the message was brought already', { counts: false })
          tx.delete(key)
          more = (await headOf(tx, id, groupId, head.sequence)) !== undefined
        }
        try {
          await bring(host, scope, found.subscription, head, done)
        } catch (error) {
          if (signal.aborted || error instanceof Retry) throw error
          if (!isFinal(error) && !first) {
            // Attempts are counted for one message: this one begins its own.
            const data: Draining = { subscriptionArn, groupId }
            await host.records.write(scope, (tx) => host.deliveries.schedule(tx, { kind: 'sns:drain', scope, data }))
            return
          }
          const { protocol } = found.subscription
          if (!isFinal(error) && ctx.attempt < retriesOf(protocol).attempts) throw again(error, ctx, protocol)
          await bury(ctx, found.subscription, head, error, done)
        }
        first = false
        if (!more) return
      }
    },
  } satisfies Job<Draining>,

  /** Brings one message of a standard topic to one HTTP endpoint. */
  post: posting,
  dropEndpoints,
  trim,
  replay,

  /** Asks the endpoint of another account, or an HTTP endpoint, to confirm its subscription. */
  ask: {
    retry: { attempts: 50, minMs: 1_000, maxMs: 20_000 },
    async run({ subscriptionArn, protocol, endpoint, ...given }: Asking, ctx: JobCtx) {
      const { host, scope } = ctx
      const sourceArn = given.topicArn
      if (isHttp(protocol)) return askEndpoint(ctx, subscriptionArn, given)
      try {
        if (isMail(protocol)) return await askByMail(ctx, subscriptionArn, given)
        if (protocol === 'lambda') {
          const called = await host.functionTarget(endpoint)
          const payload = confirmationEvent(subscriptionArn, given)
          await host.records.write(scope, (tx) => called.accept(tx, payload, { principal, sourceArn }))
          return
        }
        const queue = await host.messageTarget(endpoint)
        const body = JSON.stringify(confirmation(given), undefined, 2)
        const order = endpoint.endsWith('.fifo')
          ? { groupId: given.topicArn.slice(-128), deduplicationId: given.messageId }
          : {}
        await host.records.write(scope, (tx) => queue.send(tx, { body, sourceArn, ...order }, principal))
      } catch (error) {
        if (!isFinal(error)) throw error
        host.log.warn('an endpoint could not be asked to confirm', { endpoint, error: isAwsError(error) && error.code })
      }
    },
  } satisfies Job<Asking>,

  /** Ends a subscription that was not confirmed. */
  expire: {
    retry,
    async run({ subscriptionArn }: { subscriptionArn: string }, { host, scope }: JobCtx) {
      const [name = '', id = ''] = subscriptionArn.split(':').slice(-2)
      await host.records.write(scope, (tx) => expire(tx, name, id))
    },
  } satisfies Job<{ subscriptionArn: string }>,

  /** Removes what a deleted topic left behind, in small transactions. */
  drop: {
    retry,
    async run({ generation }: { generation: string }, { host, scope, signal }: JobCtx) {
      for (;;) {
        if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
        const count = await host.records.write(scope, async (tx) => {
          let gone = 0
          for await (const { value } of tx.range(subscription.under(generation), { limit: dropped })) {
            forget(tx, generation, value)
            tx.clear(waiting.under(value.id))
            gone++
          }
          return gone
        })
        if (count < dropped) break
      }
      await host.records.write(scope, (tx) => {
        tx.clear(counted.under(generation))
        tx.delete(sequence(generation))
      })
    },
  } satisfies Job<{ generation: string }>,
} as const

/** A subscription as it is now; undefined once it has ended, with which what it waited for has. */
function look({ host, scope }: JobCtx, arn: string): Promise<LocatedSubscription | undefined> {
  return host.records.read(scope as Scope, (tx) => lookUpSubscription(tx, arn))
}

/** Mail that nobody took for that long is given up. */
const longestMs = 6 * 3_600_000

function isOver({ host, createdAtMs }: JobCtx): boolean {
  return host.clock.nowMs() - createdAtMs > longestMs
}

async function headOf(tx: ReadTx, id: string, groupId: string, after?: string): Promise<Published | undefined> {
  const range = waiting.between([id, groupId], after === undefined ? {} : { after: [after] })
  for await (const { value } of tx.range(range, { limit: 1 })) return value
  return undefined
}
