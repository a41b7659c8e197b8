import type { Records } from '../kernel/records.ts'
import { deployed } from './state.ts'

export interface DeployedUrl {
  readonly name: string
  /** Below the node's address: `/_aws/execute-api/<id>` and the stage, unless it is `$default`. */
  readonly path: string
  /** The APIs' routes, `GET /orders/{id}`. */
  readonly routes: readonly string[]
}

/** The stages that are served, at most `limit` of them, in order of their ids. */
export function deployedUrls(records: Records, limit: number): Promise<DeployedUrl[]> {
  return records.read({ account: '', region: '' }, async (tx) => {
    const urls: DeployedUrl[] = []
    for await (const { value } of tx.range(deployed.under(), { limit })) {
      const path = `/_aws/execute-api/${value.apiId}${value.stage === '$default' ? '' : `/${value.stage}`}`
      urls.push({
        name: value.apiName,
        path,
        routes: value.routes.map(({ method, path: route, key }) =>
          value.kind === 'http' ? key : `${method} ${route}`,
        ),
      })
    }
    return urls
  })
}
