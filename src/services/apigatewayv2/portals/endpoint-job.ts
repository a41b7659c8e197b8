import type { Job } from '../../../kernel/delivery.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { stageReader } from './endpoint-document.ts'
import { statusException } from './find.ts'
import { type EndpointPage, endpointPage } from './state.ts'

interface ToRead {
  readonly productId: string
  readonly id: string
  readonly principal: Principal
}

/** Reads what the API says of the method of a page. */
export const readEndpoint: Job<ToRead> = {
  retry: { attempts: 5, minMs: 500, maxMs: 30_000 },
  async run({ productId, id, principal }, { host, scope, signal }) {
    const page = await host.records.read(scope, (tx) => tx.get(endpointPage(productId, id)))
    if (!page) return
    const read = await outcomeOf(page, stageReader({ host, scope, principal, signal }))
    await host.records.write(scope, async (tx) => {
      const now = await tx.get(endpointPage(productId, id))
      // What was changed since is read again: its work replaced this.
      if (now?.modifiedAtMs === page.modifiedAtMs) tx.set(endpointPage(productId, id), { ...now, ...read })
    })
  },
  async exhausted(tx, { productId, id }, error) {
    const now = await tx.get(endpointPage(productId, id))
    const exception = { code: 'InternalFailure', message: error.message.slice(0, 2_048) }
    if (now) tx.set(endpointPage(productId, id), { ...now, status: 'FAILED', exception })
  },
}

type Read = Pick<EndpointPage, 'status' | 'exception' | 'document'>

/** A page's state after a look at its API. Throws what is to be tried again. */
export async function outcomeOf(page: EndpointPage, read: (page: EndpointPage) => Promise<string>): Promise<Read> {
  try {
    return { status: 'AVAILABLE', exception: undefined, document: await read(page) }
  } catch (error) {
    return { status: 'FAILED', exception: statusException(error), document: page.document }
  }
}
