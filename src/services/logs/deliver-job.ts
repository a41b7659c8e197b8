import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { parseFilter } from '../../telemetry/filter/pattern.ts'
import { type SubscriptionDelivery, seenBy } from '../../telemetry/log-follow.ts'
import { eventsOf, positionText } from '../../telemetry/log-read.ts'
import { accountSubscription, chunk, group } from '../../telemetry/log-state.ts'
import { groupArn } from './find.ts'
import { subscriberFor } from './subscriber.ts'

const compress = promisify(gzip)
/** Of one part: in base64 what an asynchronous invocation takes, with room for what is around it; streams take more. */
const mostBytes = 750_000

interface Event {
  readonly id: string
  readonly timestamp: number
  readonly message: string
}

/**
 * Hands the events of one chunk on to a subscriber, compressed as it expects them. Tried for a day, as the real service
 * does; what a filter no longer wants, or was deleted meanwhile, is not delivered.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export const deliverJob = {
  retry: { attempts: 40, minMs: 1_000, maxMs: 3_600_000 },
  async run(delivery: SubscriptionDelivery, { host, scope }: JobCtx) {
    const found = await host.records.read(scope, async (tx) => {
      const owner = await tx.get(group(delivery.group))
      const filters = delivery.ofAccount ? [await tx.get(accountSubscription())] : owner?.subscriptions
      const filter = filters?.find((one) => one?.name === delivery.filter)
      if (!owner || !filter || owner.generation !== delivery.generation) return undefined
      const value = await tx.get(chunk(delivery.generation, delivery.firstAtMs, delivery.id))
      return value && { filter, value }
    })
    if (!found) return
    const { filter, value } = found
    const matches = parseFilter(filter.pattern)
    const events: Event[] = []
    for (const event of eventsOf({ id: delivery.id, firstAtMs: delivery.firstAtMs, value })) {
      const message = seenBy(filter, event)
      if (matches(message)) events.push({ id: positionText(event.position), timestamp: event.atMs, message })
    }
    const parts = await pack(events, {
      messageType: 'DATA_MESSAGE',
      owner: scope.account,
      logGroup: delivery.group,
      logStream: value.stream,
      subscriptionFilters: [filter.name],
      ...(delivery.ofAccount && { policyLevel: 'ACCOUNT_LEVEL_POLICY' }),
    })
    const give = await subscriberFor({ host, scope, sourceArn: `${groupArn(scope, delivery.group)}:*`, filter })
    await give(parts, value.stream)
  },
  exhausted(_tx, { group: name, filter }, error, { host }) {
    host.log.warn('logs.subscription-not-delivered', { group: name, filter, error: error.message })
  },
} satisfies Job<SubscriptionDelivery>

async function pack(events: readonly Event[], envelope: object): Promise<Buffer[]> {
  if (events.length === 0) return []
  const data = await compress(JSON.stringify({ ...envelope, logEvents: events }))
  if (data.length <= mostBytes || events.length === 1) return [data]
  const half = Math.ceil(events.length / 2)
  return [...(await pack(events.slice(0, half), envelope)), ...(await pack(events.slice(half), envelope))]
}
