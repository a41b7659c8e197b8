import { dropWaiting, listWaiting, redriveWaiting } from '../delivery/waiting.ts'
import { awsError } from '../kernel/errors.ts'
import type { Asked, Route } from './control-route.ts'

const mostListed = 1_000

/** What waits to be delivered in a region: listed by pages, tried now, dropped. */
export const deliveryRoutes: Readonly<Record<string, Route>> = {
  async 'GET deliveries'({ query, scope, rest, allow }, { host, job }) {
    const limit = Number(query.get('limit') ?? 100)
    if (rest !== '' || !(Number.isInteger(limit) && limit >= 1 && limit <= mostListed)) {
      throw awsError('ValidationException', `limit is a whole number from 1 to ${mostListed}.`, { status: 400 })
    }
    await allow('landfall:ListDeliveries', '*')
    const given = (name: string) => query.get(name) || undefined
    const filter = { kind: given('kind'), target: given('target'), after: given('after'), limit }
    return listWaiting(host.records, job, scope, filter)
  },
  async 'POST deliveries'(asked, { host, job }) {
    await asked.allow('landfall:RedriveDelivery', '*')
    await redriveWaiting(host.records, job, asked.scope, idOf(asked), host.clock.nowMs())
    return {}
  },
  async 'DELETE deliveries'(asked, { host, job }) {
    await asked.allow('landfall:DropDelivery', '*')
    await dropWaiting(host.records, job, asked.scope, idOf(asked))
    return {}
  },
}

function idOf({ rest }: Asked): string {
  if (rest !== '') return rest
  throw awsError('ValidationException', 'Name one: /_landfall/deliveries/ID', { status: 400 })
}
