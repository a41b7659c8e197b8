import type { Job, JobCtx } from '../../kernel/delivery.ts'
import type { Tx } from '../../kernel/records.ts'
import { type Bringing, bringing } from './bring.ts'
import { wants } from './filter-policy.ts'
import { subscriptionArn } from './names.ts'
import { type Published, type Subscription, subscription } from './state.ts'
import { isHttp, isMail } from './subscription-attributes.ts'

/** So many subscriptions a transaction: each gets a copy of a message, which may have 256 KB. */
const pageSize = 20

/** A message of a standard topic, for the subscriptions after this one. */
interface Spreading {
  readonly generation: string
  readonly published: Published
  readonly after?: string | undefined
}

/**
 * Brings a message of a standard topic to its subscriptions, a page of them in one transaction. What can't be brought so
 * (an endpoint outside of the node, one that is gone, or that does not let SNS in) becomes work of its own, which tries
 * again and gives up by itself. While faults are injected all of it does: they befall each subscription by itself.
 */
export const spread: Job<Spreading> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  target: ({ published }) => published.topicArn,
  async run({ generation, published, after }, ctx) {
    const { host, scope, signal } = ctx
    const page = await pageOf(ctx, generation, after)
    const wanting = page.filter((one) => !one.pending && wants(one.settings, published))
    const alone = new Set<Subscription>()
    const together = new Map<Subscription, Bringing>()
    for (const one of wanting) {
      const within = !isHttp(one.protocol) && !isMail(one.protocol) && !host.faults?.active
      const write = within ? await bringing(host, one, published).catch(() => undefined) : undefined
      if (write) together.set(one, write)
      else alone.add(one)
    }
    for (;;) {
      let writing: Subscription | undefined
      try {
        await host.records.write(scope, async (tx) => {
          for (const [one, write] of together) {
            writing = one
            await write(tx)
          }
          writing = undefined
          for (const one of alone) bringAlone(tx, one, published, ctx)
          const last = page.at(-1)
          if (page.length < pageSize || !last) return
          const rest: Spreading = { generation, published, after: last.id }
          host.deliveries.schedule(tx, { kind: 'sns:spread', scope, data: rest })
        })
        return
      } catch (error) {
        if (!writing || signal.aborted) throw error
        together.delete(writing)
        alone.add(writing)
      }
    }
  },
}

function pageOf({ host, scope }: JobCtx, generation: string, after: string | undefined): Promise<Subscription[]> {
  const range = subscription.between([generation], after === undefined ? {} : { after: [after] })
  return host.records.read(scope, async (tx) => {
    const page: Subscription[] = []
    for await (const { value } of tx.range(range, { limit: pageSize })) page.push(value)
    return page
  })
}

function bringAlone(tx: Tx, one: Subscription, published: Published, { host, scope }: JobCtx): void {
  const kind = isHttp(one.protocol) ? 'sns:post' : 'sns:deliver'
  host.deliveries.schedule(tx, { kind, scope, data: { subscriptionArn: subscriptionArn(one), published } })
}
