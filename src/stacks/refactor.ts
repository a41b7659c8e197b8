import type { FoundResourceType } from '../kernel/host.ts'
import type { StackOutput } from './deployment.ts'
import { dependencyGraph } from './graph.ts'
import { type Environment, type ResourceValues, templateNames } from './names.ts'
import { evaluateOutputs, openOutputs } from './outputs.ts'
import { attributeOf, evaluateProperties, typeOf } from './plan.ts'
import { matchResources, type Place, placeKey, type Source, type Stage } from './refactor-match.ts'
import type { Made, StackResource } from './resource.ts'
import type { ResourceDeclaration, Template } from './template.ts'
import { invalid, type Resolved, sameValue, Unresolved, type Value } from './value.ts'

/**
 * Resources moved between stacks, or to other logical ids, as they are.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-refactoring.html
 */

/** A stack to be refactored: what it has, and the template that it is to have. */
export interface RefactorStack {
  readonly uuid: string
  /** Its ARN. */
  readonly id: string
  readonly name: string
  readonly template: Template
  readonly environment: Omit<Environment, 'exported'>
  readonly current: readonly StackResource[]
}

export interface RefactorInput {
  readonly stacks: readonly RefactorStack[]
  readonly types: ReadonlyMap<string, FoundResourceType>
  /** An export as it is; not resolved when it is not known yet: what is answered then is to be asked for again. */
  exported(name: string): { readonly value: string; readonly uuid: string } | Unresolved | undefined
  readonly mappings: readonly { readonly source: Place; readonly destination: Place }[]
}

export interface Move {
  readonly from: Place
  readonly to: Place
  readonly type: string
  readonly physicalId: string
  /** The caller said so. */
  readonly mapped: boolean
}

/** What one of the stacks becomes. */
export interface RefactoredStack {
  readonly uuid: string
  readonly resources: readonly { readonly logicalId: string; readonly from: Place; readonly now: Made }[]
  readonly outputs: readonly StackOutput[]
  /** Names of exports that it uses. */
  readonly imports: readonly string[]
}

/**
 * What the stacks become. Throws ValidationError for templates that change more than the places of resources: one that
 * is new, gone or has other properties, or of a type that cannot be moved.
 */
export function refactor(input: RefactorInput): {
  readonly stacks: readonly RefactoredStack[]
  readonly moves: readonly Move[]
} {
  const { types, mappings } = input
  const sources = new Map(input.stacks.flatMap(sourcesOf).map((source) => [source.key, source]))
  const matched = new Map<string, Source>()
  const view = openView(input, matched)
  const mapped = readMappings(mappings, view.stages, sources)
  view.look()
  matchResources(view.stages, sources, mapped, matched, types)
  view.look()
  const stacks = view.settled().map((stage): RefactoredStack => {
    const resources = [...stage.graph.keys()].map((logicalId) => {
      const source = matched.get(placeKey(stage.uuid, logicalId)) as Source
      return {
        logicalId,
        from: { uuid: source.uuid, logicalId: source.logicalId },
        now: kept(stage, logicalId, source, types),
      }
    })
    return {
      uuid: stage.uuid,
      resources,
      outputs: evaluateOutputs(stage.template, stage.names),
      imports: [...stage.imports],
    }
  })
  const moves = stacks.flatMap(({ uuid, resources }) =>
    resources
      .map(({ logicalId, from, now }) => ({
        from,
        to: { uuid, logicalId },
        type: now.type,
        physicalId: now.id,
        mapped: mapped.has(placeKey(uuid, logicalId)),
      }))
      .filter(({ from, to }) => from.uuid !== to.uuid || from.logicalId !== to.logicalId),
  )
  for (const { type } of moves) refuseUnmovable(type, types)
  return { stacks, moves }
}

function sourcesOf({ uuid, id, current }: RefactorStack): Source[] {
  return current.flatMap(({ logicalId, now }) =>
    now ? [{ uuid, logicalId, key: placeKey(uuid, logicalId), stackId: id, made: now }] : [],
  )
}

/** Names of the templates' resources are those that `matched` says; exports, those that the stacks will have. */
function openView({ stacks, exported: look }: RefactorInput, matched: ReadonlyMap<string, Source>) {
  const ours = new Set(stacks.map(({ uuid }) => uuid))
  let made = new Map<string, Resolved>()
  const others = (name: string) => {
    const found = look(name)
    if (found instanceof Unresolved) return found
    return found && !ours.has(found.uuid) ? found.value : undefined
  }
  const stageOf = (stack: RefactorStack, exported: (name: string) => Resolved | undefined): Stage => {
    const at = (id: string) => matched.get(placeKey(stack.uuid, id))?.made
    const values: ResourceValues = {
      ref: (id) => at(id)?.ref ?? at(id)?.id ?? new Unresolved([id]),
      getAtt(id, attribute) {
        const found = at(id)
        return found ? attributeOf(id, found, attribute) : new Unresolved([id])
      },
    }
    const names = templateNames(stack.template, { ...stack.environment, exported }, values)
    return { ...stack, graph: dependencyGraph(stack.template, names.condition), names }
  }
  const stages = stacks.map((stack) =>
    stageOf(stack, (name) => made.get(name) ?? others(name) ?? new Unresolved([name])),
  )
  return {
    stages,
    /** Finds out what the stacks export, as far as it is known. An export may be made of another stack's. */
    look() {
      for (let round = 0; round <= stages.length; round++) {
        const next = new Map<string, Resolved>()
        for (const { template, names } of stages) {
          for (const { exportName, value } of openOutputs(template, names)) {
            if (exportName === undefined) continue
            if (next.has(exportName) || typeof others(exportName) === 'string')
              throw invalid(`Export with name ${exportName} is already exported by another stack.`)
            next.set(exportName, value)
          }
        }
        made = next
      }
    },
    /** The same once all is known: an export that there is not is an error now. */
    settled: () =>
      stacks.map((stack) => {
        const imports = new Set<string>()
        const stage = stageOf(stack, (name) => {
          imports.add(name)
          return made.get(name) ?? others(name)
        })
        return { ...stage, imports }
      }),
  }
}

/** Sources by destination. Throws ValidationError for what is not there, or does not move. */
function readMappings(
  mappings: RefactorInput['mappings'],
  stages: readonly Stage[],
  sources: ReadonlyMap<string, Source>,
): Map<string, string> {
  const out = new Map<string, string>()
  const taken = new Set<string>()
  const stageOf = (uuid: string) => stages.find((stage) => stage.uuid === uuid)
  const destinations = new Set(mappings.map(({ destination: to }) => placeKey(to.uuid, to.logicalId)))
  for (const { source: from, destination: to } of mappings) {
    const [source, target] = [placeKey(from.uuid, from.logicalId), placeKey(to.uuid, to.logicalId)]
    const origin = stageOf(from.uuid)
    if (!sources.has(source))
      throw invalid(`Resource ${from.logicalId} of the resource mappings does not exist in stack ${origin?.name}.`)
    if (!stageOf(to.uuid)?.graph.has(to.logicalId))
      throw invalid(`Resource ${to.logicalId} of the resource mappings is not in the template of its destination.`)
    // Its own template still has it, and nothing else is to take the place.
    if (source === target || (origin?.graph.has(from.logicalId) && !destinations.has(source))) {
      const what = `The resource ${from.logicalId} defined in the resource mappings did not move from its original stack`
      throw invalid(`${what} ${origin?.name}. Review the template of your stack.`)
    }
    if (out.has(target) || taken.has(source))
      throw invalid(`Resource ${from.logicalId}, or its destination, is in the resource mappings twice.`)
    out.set(target, source)
    taken.add(source)
  }
  return out
}

/** A resource at its new place: what only stacks know of it may change, its properties may not. */
function kept(stage: Stage, logicalId: string, source: Source, types: RefactorInput['types']): Made {
  const declared = stage.template.resources[logicalId] as ResourceDeclaration
  const { metadata: _, ...made } = source.made
  const properties =
    made.type === declared.type
      ? evaluateProperties(logicalId, declared, typeOf(types, declared.type), stage.names)
      : undefined
  if (!properties || !sameValue(properties as Value, made.properties)) {
    const which = `Resource ${source.logicalId} in stack ${source.stackId}`
    throw invalid(`${which} does not match the destination resource's properties.`)
  }
  const { deletionPolicy, updateReplacePolicy, metadata } = declared
  const dependsOn = [...(stage.graph.get(logicalId) ?? [])]
  return { ...made, dependsOn, deletionPolicy, updateReplacePolicy, ...(metadata === undefined ? {} : { metadata }) }
}

/** What has its stack or logical id elsewhere too: in URLs, in what a provider was told, in a nested stack's record. */
function refuseUnmovable(type: string, types: RefactorInput['types']): void {
  if (!type.startsWith('AWS::CDK::') && !type.startsWith('AWS::CloudFormation::') && !types.get(type)?.type?.open)
    return
  throw invalid(`Stack Refactor does not support ${type}.`)
}
