import type { Directory, EntranceMatch } from './kernel/directory.ts'
import type { Service, ServiceEntry } from './kernel/service.ts'
import { entries } from './registry.ts'

export interface DirectoryOptions {
  readonly entries?: readonly ServiceEntry[]
  /** Called once per service, before its first use. */
  started?(service: Service): void | Promise<void>
}

/** Indexes the entries for routing. */
export function createDirectory({ entries: list = entries, started }: DirectoryOptions = {}): Directory {
  const byId = index(list, (entry) => [entry.id])
  const bySigningName = index(list, (entry) =>
    entry.targetOnly ? [] : entry.signingNames.map((name) => name + (entry.pathPrefix ?? '')),
  )
  const prefixed = list.filter((entry) => entry.pathPrefix)
  const byTarget = index(list, (entry) => entry.targetPrefixes ?? [])
  const byRpcName = index(list, (entry) => entry.rpcNames ?? [])
  const byQueryVersion = index(list, (entry) => (entry.queryVersion ? [entry.queryVersion] : []))
  const byArnService = index(list, (entry) => entry.arnServices)
  const loaded = new Map<string, Service>()
  const loading = new Map<string, Promise<Service>>()

  return {
    entries: list,
    byId: (id) => byId.get(id),
    bySigningName(name, path) {
      const special = prefixed.find(
        (entry) => entry.signingNames.includes(name) && path.startsWith(entry.pathPrefix ?? ''),
      )
      return special ?? bySigningName.get(name)
    },
    byTarget: (prefix) => byTarget.get(prefix),
    byRpcName: (name) => byRpcName.get(name),
    byQueryVersion: (version) => byQueryVersion.get(version),
    byArnService: (name) => byArnService.get(name),
    byResourceType: (type) => list.find((entry) => entry.resourcePrefixes?.some((prefix) => type.startsWith(prefix))),
    byEntrance(path, host): EntranceMatch | undefined {
      for (const entry of list) {
        if (entry.entrances?.some((entrance) => path.startsWith(entrance.pathPrefix))) return { entry, byHost: false }
      }
      for (const entry of list) {
        if (entry.entrances?.some((entrance) => entrance.hostPattern?.test(host))) return { entry, byHost: true }
      }
      return undefined
    },
    catchAll: list.find((entry) => entry.catchAll),
    loaded: (entry) => loaded.get(entry.id),
    load(entry) {
      const known = loading.get(entry.id)
      if (known) return known
      const promise = entry.load().then(async ({ service }) => {
        await started?.(service)
        loaded.set(entry.id, service)
        return service
      })
      // A failed load is not remembered: the next request tries again.
      promise.catch(() => loading.delete(entry.id))
      loading.set(entry.id, promise)
      return promise
    },
  }
}

function index(
  list: readonly ServiceEntry[],
  names: (entry: ServiceEntry) => readonly string[],
): Map<string, ServiceEntry> {
  const map = new Map<string, ServiceEntry>()
  for (const entry of list) {
    for (const name of names(entry)) {
      if (map.has(name)) throw new Error(`two services claim ${name}: ${map.get(name)?.id} and ${entry.id}`)
      map.set(name, entry)
    }
  }
  return map
}
