import type { Service, ServiceEntry } from './service.ts'

/** The services of a node, found without loading them; each is loaded once, on first use. */
export interface Directory {
  readonly entries: readonly ServiceEntry[]
  byId(id: string): ServiceEntry | undefined
  bySigningName(name: string, path: string): ServiceEntry | undefined
  byTarget(prefix: string): ServiceEntry | undefined
  byRpcName(name: string): ServiceEntry | undefined
  byQueryVersion(version: string): ServiceEntry | undefined
  byArnService(name: string): ServiceEntry | undefined
  byResourceType(typeName: string): ServiceEntry | undefined
  /** The entrance that claims this path, else the one that claims this host. */
  byEntrance(path: string, host: string): EntranceMatch | undefined
  readonly catchAll: ServiceEntry | undefined
  load(entry: ServiceEntry): Promise<Service>
  /** Loaded already, without waiting. */
  loaded(entry: ServiceEntry): Service | undefined
}

export interface EntranceMatch {
  readonly entry: ServiceEntry
  /** True when the host chose it: the entrance then finds its subject in the host's name. */
  readonly byHost: boolean
}
