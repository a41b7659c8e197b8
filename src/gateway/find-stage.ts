import type { ReadTx } from '../kernel/records.ts'
import { decodePath } from './event-v2.ts'
import { type DeployedStage, deployed } from './state.ts'

export interface Addressed {
  readonly stage: DeployedStage
  /** The rest of the path, beginning with `/`, as sent. */
  readonly path: string
  /** As the function sees it: with the stage in front, unless it is `$default`. */
  readonly fullPath: string
}

const prefix = '/_aws/execute-api/'
/** No API's id and no stage's name is longer; a path's first part, which may be one, and a host often are. */
const mostCharacters = 128

/** Finds API and stage in a request's path (`/_aws/execute-api/<id>/<stage>/…`) or host (`<id>.execute-api.…`). */
export async function findStage(tx: ReadTx, path: string, host: string): Promise<Addressed | undefined> {
  let apiId: string
  let rest: string
  if (path.startsWith(prefix)) {
    const slash = path.indexOf('/', prefix.length)
    apiId = path.slice(prefix.length, slash === -1 ? undefined : slash)
    rest = slash === -1 ? '/' : path.slice(slash)
  } else {
    apiId = host.split('.', 1)[0]!
    rest = path
  }
  if (apiId.length > mostCharacters) return undefined
  const [, first = ''] = rest.split('/', 2)
  const name = decodePath(first)
  const named = name === '' || name.length > mostCharacters ? undefined : await tx.get(deployed(apiId, name))
  if (named) {
    const inner = rest.slice(1 + first.length) || '/'
    return { stage: named, path: inner, fullPath: name === '$default' ? inner : `/${name}${inner}` }
  }
  const fallback = await tx.get(deployed(apiId, '$default'))
  return fallback && { stage: fallback, path: rest, fullPath: rest }
}
