import { json } from './http.mjs'
import { find } from './jobs-table.mjs'

/** GET /jobs/{id}: how far a job is, and what came of it. */
export async function handler({ pathParameters: { id } }) {
  const job = await find(id)
  return job ? json(200, job) : json(404, { message: 'There is no such job.' })
}
