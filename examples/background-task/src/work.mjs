import { addUp } from './add-up.mjs'
import { change, find } from './jobs-table.mjs'

/** Does the jobs of a batch. Those that fail are named, so that only they come again. */
export async function handler({ Records }) {
  const failed = await Promise.all(Records.map(async (record) => ((await attempt(record)) ? [] : [record.messageId])))
  return { batchItemFailures: failed.flat().map((itemIdentifier) => ({ itemIdentifier })) }
}

/**
 * One attempt of a job; false when it failed. A message may come twice: a job that is done is left alone, and doing one
 * twice at the same time gives the same result.
 */
async function attempt({ body, attributes: { ApproximateReceiveCount } }) {
  const { id } = JSON.parse(body)
  const attempts = Number(ApproximateReceiveCount)
  try {
    const job = await find(id)
    if (job === undefined || job.state === 'done') return true
    await change(id, { state: 'done', attempts, result: addUp(job.payments) })
    return true
  } catch (error) {
    const last = attempts >= Number(process.env.MAX_ATTEMPTS)
    await change(id, { state: last ? 'failed' : 'waiting', attempts, reason: error.message })
    console.error(`job ${id} failed${last ? ' for the last time' : ''}: ${error.message}`)
    return false
  }
}
