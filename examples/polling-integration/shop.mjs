/**
 * A shop to poll, for trying the example out: `POST /orders` places an order, `GET /orders?after=ID&limit=N` lists those that came
 * after one. `node shop.mjs` runs it on port 8080 of this machine.
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

/** Not listening yet. While `isDown()` it answers 503. */
export function createShop(isDown = () => false) {
  const orders = []
  return createServer(async (request, response) => {
    const answer = (status, value) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    if (isDown()) return answer(503, { message: 'closed' })
    if (request.method === 'POST') {
      orders.push({ ...JSON.parse(await text(request)), id: orders.length + 1 })
      return answer(201, orders.at(-1))
    }
    const { searchParams } = new URL(request.url, 'http://shop')
    const after = Number(searchParams.get('after') ?? 0)
    return answer(200, orders.slice(after, after + Number(searchParams.get('limit') ?? 100)))
  })
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  createShop().listen(8080, '127.0.0.1', () => console.log('the shop is open: http://127.0.0.1:8080/orders'))
}
