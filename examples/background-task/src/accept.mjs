import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { bodyOf, json } from './http.mjs'
import { find, keep } from './jobs-table.mjs'

const queue = new SQSClient()

/**
 * PUT /jobs/{id}: keeps a job and has it done. Whoever got no answer asks again with the same id: the job is the same, and
 * it is queued again if it is still waiting, as the function may have ended between keeping and queueing.
 */
export async function handler(event) {
  const { id } = event.pathParameters
  const payments = parse(bodyOf(event))
  if (payments === undefined) return json(400, { message: 'The body must be {"payments": [{"amount", "currency"}]}.' })

  const job = { id, state: 'waiting', payments, acceptedAtMs: event.requestContext.timeEpoch }
  const kept = (await keep(job)) ? job : await find(id)
  if (kept === undefined) return json(409, { message: 'The job of this id was removed just now: ask again.' })
  if (JSON.stringify(kept.payments) !== JSON.stringify(payments)) {
    return json(409, { message: 'Another job has this id.' })
  }
  if (kept.state === 'waiting') {
    await queue.send(new SendMessageCommand({ QueueUrl: process.env.JOBS_QUEUE, MessageBody: JSON.stringify({ id }) }))
  }
  return json(202, kept)
}

/** The payments that a body asks to add up, with nothing besides; undefined when it asks for something else. */
function parse(body) {
  try {
    const { payments } = JSON.parse(body)
    const asked = payments.map(({ amount, currency }) => ({ amount, currency }))
    const right = asked.every(({ amount, currency }) => Number.isFinite(amount) && typeof currency === 'string')
    return right && asked.length > 0 ? asked : undefined
  } catch {
    return undefined
  }
}
