import { randomUUID } from 'node:crypto'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type HttpEvent, type HttpResult, json } from './http.ts'
import { type Order, parseOrder, totalCents } from './order.ts'
import { keepOrder } from './orders-table.ts'

const queue = new SQSClient()

/** POST /orders: keeps the order and queues it for fulfilment. */
export async function handler(event: HttpEvent): Promise<HttpResult> {
  const request = parseOrder(event.body)
  if (typeof request === 'string') return json(400, { message: request })

  const order: Order = { ...request, id: randomUUID(), status: 'placed', totalCents: totalCents(request.lines) }
  await keepOrder(order)
  await queue.send(new SendMessageCommand({ QueueUrl: process.env.ORDERS_QUEUE, MessageBody: JSON.stringify(order) }))
  console.log('order placed', order.id)
  return json(202, order)
}
