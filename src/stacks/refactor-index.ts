import type { Source } from './refactor-match.ts'
import { isResolvedMap, type Resolved, Unresolved, type Value } from './value.ts'

/**
 * Finds the resources of a type that may have certain properties by the rarest of the values that are known, so that not
 * each is compared with each. What is found need not fit.
 */
export function indexSources(sources: readonly Source[]): (type: string, properties: Resolved) => readonly Source[] {
  const byType = Map.groupBy(sources, ({ made }) => made.type)
  const byLeaf = new Map<string, Source[]>()
  for (const source of sources) {
    for (const leaf of leavesOf(source.made.properties)) {
      const key = `${source.made.type} ${leaf}`
      const found = byLeaf.get(key)
      if (found) found.push(source)
      else byLeaf.set(key, [source])
    }
  }
  return (type, properties) => {
    let fewest = byType.get(type) ?? []
    for (const leaf of leavesOf(properties)) {
      if (fewest.length === 0) break
      const found = byLeaf.get(`${type} ${leaf}`) ?? []
      if (found.length < fewest.length) fewest = found
    }
    return fewest
  }
}

/** Each value that is no map or list, with its path. */
function* leavesOf(value: Value | Resolved, path = ''): Generator<string> {
  if (value instanceof Unresolved) return
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* leavesOf(item as Resolved, `${path}/${index}`)
  } else if (isResolvedMap(value as Resolved)) {
    for (const [name, item] of Object.entries(value as object)) yield* leavesOf(item as Resolved, `${path}/${name}`)
  } else yield `${path}=${JSON.stringify(value)}`
}
