import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { moveOn, position } from './positions-table.mjs'
import { ordersAfter, pageSize } from './shop.mjs'

const bus = new EventBridgeClient()

/**
 * Puts the orders since the last poll on the bus, page by page. The position moves on when a page is on the bus: whatever
 * fails before, the next poll begins with that page again, so an order may be put twice and is never left out.
 */
export async function handler() {
  for (let after = await position(); ; ) {
    const orders = await ordersAfter(after)
    if (orders.length === 0) return
    await put(orders)
    const next = orders.at(-1).id
    // Another poll was quicker: it goes on from here.
    if (!(await moveOn(after, next))) return
    console.log(`orders ${after + 1} to ${next} are on the bus`)
    if (orders.length < pageSize) return
    after = next
  }
}

/** Puts at most 10 events, the most that a request takes. Some may be refused while others are taken. */
async function put(orders) {
  const Entries = orders.map((order) => ({
    EventBusName: process.env.BUS,
    Source: 'shop',
    DetailType: 'OrderPlaced',
    Detail: JSON.stringify(order),
  }))
  const { FailedEntryCount, Entries: answers } = await bus.send(new PutEventsCommand({ Entries }))
  if (FailedEntryCount > 0)
    throw new Error(`The bus refused events: ${answers.find((one) => one.ErrorCode).ErrorMessage}`)
}
