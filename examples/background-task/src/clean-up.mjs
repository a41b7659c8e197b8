import { idsBefore, remove } from './jobs-table.mjs'

/**
 * Removes jobs that have ended, some days after they were accepted. It goes by the time that the event is for, so that a
 * day that is made up for later removes what it would have removed.
 */
export async function handler({ time }) {
  const beforeMs = Date.parse(time) - Number(process.env.KEEP_DAYS) * 86_400_000
  for (const state of ['done', 'failed']) {
    for await (const id of idsBefore(state, beforeMs)) {
      await remove(id)
      console.log('job removed', id)
    }
  }
}
