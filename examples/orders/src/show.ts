import { type HttpEvent, type HttpResult, json } from './http.ts'
import { findOrder } from './orders-table.ts'

/** GET /orders/{id} */
export async function handler(event: HttpEvent): Promise<HttpResult> {
  const order = await findOrder(event.pathParameters?.id ?? '')
  return order ? json(200, order) : json(404, { message: 'There is no such order.' })
}
