import type { FoundResourceType } from '../kernel/host.ts'
import type { Graph } from './graph.ts'
import type { Names } from './intrinsics.ts'
import { evaluateProperties, typeOf } from './plan.ts'
import { indexSources } from './refactor-index.ts'
import type { Made } from './resource.ts'
import type { ResourceDeclaration, Template } from './template.ts'
import { invalid, isResolvedMap, own, type Resolved, Unresolved, type Value } from './value.ts'

/** Looks at what is not matched yet at most so often: each time, what has been matched makes more values known. */
const mostPasses = 10
/** Comparisons of one refactor: some seconds of work. Those who have more alike have to say which is which. */
const mostComparisons = 500_000

export interface Place {
  readonly uuid: string
  readonly logicalId: string
}

/** A resource that is there. */
export interface Source extends Place {
  readonly key: string
  readonly stackId: string
  readonly made: Made
}

/** A stack while it is looked at: names mean what is known so far. */
export interface Stage {
  readonly uuid: string
  readonly name: string
  readonly template: Template
  readonly graph: Graph
  readonly names: Names
}

/** A place of a resource, as a key. */
export function placeKey(uuid: string, logicalId: string): string {
  return `${uuid}/${logicalId}`
}

/** A resource that templates declare, and that is to be found among those that are there. */
interface Wanted {
  readonly key: string
  readonly stage: Stage
  readonly logicalId: string
  readonly declared: ResourceDeclaration
}

/**
 * Says which resource each one that the templates declare is: by the mappings, by its being there already, else by the
 * properties alone, where only one fits. Fills `matched`. Throws ValidationError for what has no counterpart.
 */
export function matchResources(
  stages: readonly Stage[],
  sources: ReadonlyMap<string, Source>,
  mapped: ReadonlyMap<string, string>,
  matched: Map<string, Source>,
  types: ReadonlyMap<string, FoundResourceType>,
): void {
  const wanted = stages.flatMap((stage) => declaredIn(stage, stage.graph))
  const free = new Map(sources)
  const take = (key: string, source: Source) => {
    matched.set(key, source)
    free.delete(source.key)
  }
  const from = new Set(mapped.values())
  for (const { key, declared } of wanted) {
    const mapping = mapped.get(key)
    const source = sources.get(mapping ?? key)
    if (!source || (mapping === undefined && (from.has(key) || source.made.type !== declared.type))) continue
    take(key, source)
  }
  const budget = { left: mostComparisons }
  for (let pass = 0; pass < mostPasses; pass++) {
    const left = wanted.filter(({ key }) => !matched.has(key))
    const found = pairsAmong(left, [...free.values()], types, budget)
    if (found.length === 0) break
    for (const [key, source] of found) take(key, source)
  }
  refuseUnmatched(wanted, free, matched)
}

function declaredIn(stage: Stage, graph: Graph): Wanted[] {
  return [...graph.keys()].map((logicalId) => ({
    key: placeKey(stage.uuid, logicalId),
    stage,
    logicalId,
    declared: stage.template.resources[logicalId] as ResourceDeclaration,
  }))
}

/** Pairs in which each is the only one that fits the other; among several, the one of the same logical id. */
function pairsAmong(
  left: readonly Wanted[],
  free: readonly Source[],
  types: ReadonlyMap<string, FoundResourceType>,
  budget: Budget,
): [string, Source][] {
  const candidates = indexSources(free)
  const named = Map.groupBy(free, ({ made, logicalId }) => `${made.type} ${logicalId}`)
  const found = left.map((item) => {
    const { stage, logicalId, declared } = item
    const properties = evaluateProperties(logicalId, declared, typeOf(types, declared.type), stage.names)
    const fitting = (sources: readonly Source[]) =>
      sources.filter(({ made }) => {
        if (budget.left-- <= 0) throw tooAlike(item)
        return couldBe(made.properties, properties)
      })
    const same = fitting(named.get(`${declared.type} ${logicalId}`) ?? [])
    return { item, fits: same.length === 1 ? same : fitting(candidates(declared.type, properties)) }
  })
  const claims = new Map<string, number>()
  for (const { fits } of found) for (const { key } of fits) claims.set(key, (claims.get(key) ?? 0) + 1)
  return found.flatMap(({ item, fits: [only, ...others] }) =>
    only && others.length === 0 && claims.get(only.key) === 1 ? [[item.key, only] as [string, Source]] : [],
  )
}

/** How many more resources may be compared. */
interface Budget {
  left: number
}

function tooAlike({ logicalId, stage }: Wanted) {
  const what = `Resource ${logicalId} of the template for stack ${stage.name} may be too many of those to be refactored.`
  return invalid(`${what} Name both in ResourceMappings.`)
}

/** Whether what is there may be what is wanted, whatever the parts are that are not known yet. */
function couldBe(there: Value, wanted: Resolved): boolean {
  if (wanted instanceof Unresolved) return true
  if (typeof there !== 'object' || typeof wanted !== 'object') return there === wanted
  if (Array.isArray(there) || Array.isArray(wanted)) {
    return (
      Array.isArray(there) &&
      Array.isArray(wanted) &&
      there.length === wanted.length &&
      there.every((item, index) => couldBe(item as Value, wanted[index] as Resolved))
    )
  }
  if (!isResolvedMap(wanted)) return false
  const [has, wants] = [Object.entries(there), Object.keys(wanted)]
  return (
    has.length === wants.length &&
    has.every(([name, value]) => Object.hasOwn(wanted, name) && couldBe(value, own(wanted, name) as Resolved))
  )
}

/** A refactor makes and deletes nothing. */
function refuseUnmatched(
  wanted: readonly Wanted[],
  free: ReadonlyMap<string, Source>,
  matched: ReadonlyMap<string, Source>,
): void {
  const unknown = wanted.filter(({ key }) => !matched.has(key))
  const [first] = unknown
  if (first) {
    const what = `Resource ${first.logicalId} of the template for stack ${first.stage.name} is none of those to be refactored`
    throw invalid(`${what}, or may be several of them. A refactor makes no resources: name both in ResourceMappings.`)
  }
  const [lost] = free.values()
  if (!lost) return
  throw invalid(
    `Resource ${lost.logicalId} in stack ${lost.stackId} is in no template. A refactor deletes no resources.`,
  )
}
