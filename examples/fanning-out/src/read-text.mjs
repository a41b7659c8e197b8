import { beginning, keep } from './files.mjs'

/** Called by the topic with texts: keeps the first line of each. */
export async function handler({ Records }) {
  for (const { Sns } of Records) {
    const file = JSON.parse(Sns.Message)
    const start = file.sizeBytes === 0 ? '' : (await beginning(file, 1000)).toString()
    await keep(file, { firstLine: start.split('\n')[0] })
  }
}
