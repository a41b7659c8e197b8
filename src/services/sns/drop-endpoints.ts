import { type Job, Retry } from '../../kernel/delivery.ts'
import { endpoint, endpointByToken } from './push-state.ts'

/** Endpoints removed in one transaction. */
const perStep = 500

interface Home {
  readonly platform: string
  readonly home: string
}

/** Removes the endpoints of an application that is gone, a page of them at a time. */
export const dropEndpoints: Job<Home> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ platform, home }, { host, scope, signal }) {
    for (;;) {
      if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
      const gone = await host.records.write(scope, async (tx) => {
        let count = 0
        for await (const { key, value } of tx.range(endpoint.under(platform, home), { limit: perStep })) {
          tx.delete(endpoint(...key))
          tx.delete(endpointByToken(platform, home, value.token))
          count++
        }
        return count
      })
      if (gone < perStep) return
    }
  },
}
