import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'
import type { ResourceReader } from '../../kernel/resource.ts'

/** Who looks at what there is, and where. */
export interface Looking {
  readonly host: Host
  readonly scope: Scope
  readonly principal: Principal
  readonly signal: AbortSignal
}

export function readerOf({ host, scope, principal: as, signal }: Looking): ResourceReader {
  return {
    ...scope,
    baseUrl: host.endpoint,
    invoke: (operation, input, options = {}) => host.invoke(operation, input, { as, scope, signal, ...options }),
  }
}
