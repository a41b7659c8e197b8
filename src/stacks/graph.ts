import { referencesOf } from './references.ts'
import type { Template } from './template.ts'
import { invalid } from './value.ts'

/** Logical id → the logical ids it needs first. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** The resources whose condition holds, and what each needs, by Ref, GetAtt, Sub and DependsOn. Throws ValidationError for a cycle. */
export function dependencyGraph(template: Template, truth: (condition: string) => boolean): Graph {
  const active = Object.entries(template.resources).filter(
    ([, { condition }]) => condition === undefined || truth(condition),
  )
  const ids = new Set(active.map(([id]) => id))
  const graph = new Map<string, Set<string>>()
  for (const [id, { properties, dependsOn }] of active) {
    const { refs, getAtts } = referencesOf(properties, truth)
    const needs = new Set<string>()
    for (const name of [...refs, ...getAtts.keys()]) {
      if (ids.has(name)) needs.add(name)
      else if (Object.hasOwn(template.resources, name)) {
        throw invalid(
          `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
        )
      }
    }
    for (const name of dependsOn) if (ids.has(name)) needs.add(name)
    graph.set(id, needs)
  }
  refuseCycles(graph)
  return graph
}

/** Throws ValidationError naming the resources that depend on each other. */
export function refuseCycles(graph: Graph): void {
  // What is left after removing, again and again, everything that needs nothing and everything nothing needs, is cycles.
  const left = new Map([...graph].map(([id, needs]) => [id, new Set(needs)]))
  for (const peel of [leaves, roots]) {
    for (let found = peel(left); found.length > 0; found = peel(left)) {
      for (const id of found) left.delete(id)
      for (const needs of left.values()) for (const id of found) needs.delete(id)
    }
  }
  if (left.size > 0) throw invalid(`Circular dependency between resources: [${[...left.keys()].join(', ')}]`)
}

function leaves(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...graph].filter(([, needs]) => needs.size === 0).map(([id]) => id)
}

function roots(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const needed = new Set([...graph.values()].flatMap((needs) => [...needs]))
  return [...graph.keys()].filter((id) => !needed.has(id))
}

/** The same graph with every edge turned round: the order of deletion. What is not a node is left out. */
export function reversed(graph: Graph): Graph {
  const out = new Map<string, Set<string>>([...graph.keys()].map((id) => [id, new Set()]))
  for (const [id, needs] of graph) for (const need of needs) out.get(need)?.add(id)
  return out
}

export interface Walked {
  readonly failed: ReadonlyMap<string, unknown>
  readonly done: ReadonlySet<string>
}

/**
 * Calls `visit` for each node once all it needs are done, up to `concurrency` at a time and in the order of the
 * graph. After a failure, or once `stopped` answers true, nothing more is started; what runs is waited for.
 * With `onward`, a failure only holds back what needs the failed node (deletions go on).
 */
export async function walk(
  graph: Graph,
  visit: (id: string) => Promise<void>,
  options: {
    concurrency: number
    stopped?: () => boolean
    onFailure?: (id: string, error: unknown) => void
    onward?: boolean
  },
): Promise<Walked> {
  const waiting = new Map([...graph].map(([id, needs]) => [id, new Set([...needs].filter((need) => graph.has(need)))]))
  const neededBy = reversed(graph)
  const ready = [...waiting].filter(([, needs]) => needs.size === 0).map(([id]) => id)
  const failed = new Map<string, unknown>()
  const done = new Set<string>()
  const running = new Set<Promise<void>>()
  const mayStart = () => (failed.size === 0 || options.onward === true) && !options.stopped?.()

  while (ready.length > 0 || running.size > 0) {
    while (ready.length > 0 && running.size < options.concurrency && mayStart()) {
      const id = ready.shift() as string
      const run = visit(id).then(
        () => {
          done.add(id)
          for (const next of neededBy.get(id) ?? []) {
            const needs = waiting.get(next)
            needs?.delete(id)
            if (needs?.size === 0) ready.push(next)
          }
        },
        (error: unknown) => {
          failed.set(id, error)
          options.onFailure?.(id, error)
        },
      )
      const settled = run.finally(() => running.delete(settled))
      running.add(settled)
    }
    if (running.size === 0) break
    await Promise.race(running)
  }
  return { failed, done }
}
