import type { FoundResourceType } from '../kernel/host.ts'
import { differences, type PropertyChange } from './difference.ts'
import { checkDynamicReferences } from './dynamic.ts'
import type { Graph } from './graph.ts'
import { evaluate, type Names, noValue } from './intrinsics.ts'
import type { ResourceValues } from './names.ts'
import { checkProperties } from './properties.ts'
import type { Attempt, Made, StackResource } from './resource.ts'
import type { ResourceDeclaration, Template } from './template.ts'
import {
  invalid,
  isLongerThan,
  own,
  type Resolved,
  type ResolvedMap,
  sameValue,
  Unresolved,
  type Value,
} from './value.ts'

/** What a change set says will happen to one resource. */
export interface ResourceChange {
  readonly action: 'Add' | 'Modify' | 'Remove' | 'Import'
  readonly logicalId: string
  readonly type: string
  readonly physicalId?: string
  readonly replacement?: 'True' | 'False' | 'Conditional'
  readonly policyAction?: 'Delete' | 'Retain' | 'ReplaceAndDelete' | 'ReplaceAndRetain'
  readonly scope: readonly ('Properties' | 'Metadata' | 'Tags' | 'DeletionPolicy' | 'UpdateReplacePolicy')[]
  readonly changes: readonly PropertyChange[]
  /** Looked at although nothing in the template says that it changes: a nested stack. */
  readonly automatic?: boolean
  readonly beforeProperties?: ResolvedMap
  readonly afterProperties?: ResolvedMap
}

/** A resource's record holds its properties up to three times: what is, was and will be. */
const longestProperties = 350_000

/** Resource types by name, found beforehand (loading a service is not instant). */
export type ResourceTypes = ReadonlyMap<string, FoundResourceType>

export interface PlanInput {
  readonly template: Template
  readonly graph: Graph
  readonly types: ResourceTypes
  /** Names with the given answers for resources. */
  names(resources: ResourceValues): Names
  /** What the stack has now, by logical id. */
  readonly current: ReadonlyMap<string, StackResource>
  /** Stack tags that reach resources, without `aws:`. */
  readonly tags: Readonly<Record<string, string>>
}

/**
 * What turning the stack into the template will do, in dependency order, removals last. Values that depend on what
 * is yet to be made stay open. Throws ValidationError for properties that are already known to be wrong.
 */
export function plan(input: PlanInput): { changes: ResourceChange[]; values: ResourceValues } {
  const changed = new Map<string, ResourceChange>()
  const values: ResourceValues = {
    ref(id) {
      const change = changed.get(id)
      const made = input.current.get(id)?.now
      const mayMove = change && (change.replacement !== 'False' || input.types.get(change.type)?.type?.open)
      return made && !mayMove ? (made.ref ?? made.id) : new Unresolved([id])
    },
    getAtt(id, attribute) {
      checkAttribute(id, attribute, input)
      const made = input.current.get(id)?.now
      return made && !changed.has(id) ? attributeOf(id, made, attribute) : new Unresolved([id])
    },
  }
  const names = input.names(values)
  for (const id of ordered(input.graph)) {
    const declared = input.template.resources[id] as ResourceDeclaration
    const found = typeOf(input.types, declared.type)
    const properties = evaluateProperties(id, declared, found, names)
    const change = changeOf(id, declared, found, properties, input)
    if (change) changed.set(id, change)
  }
  const removed = [...input.current.values()].filter(({ logicalId, now }) => now && !input.graph.has(logicalId))
  for (const { logicalId, now } of removed) if (now) changed.set(logicalId, removal(logicalId, now))
  return { changes: [...changed.values()], values }
}

/** The properties of a resource, evaluated, checked and coerced. */
export function evaluateProperties(
  logicalId: string,
  declared: ResourceDeclaration,
  found: FoundResourceType,
  names: Names,
): ResolvedMap {
  const value = evaluate(declared.properties, names)
  // Before anything goes through all of it: lists that are named often are in memory once.
  if (value !== noValue && isLongerThan(longestProperties, value)) {
    throw invalid(`Resource ${logicalId}: the properties of a resource may not exceed ${longestProperties} characters.`)
  }
  checkDynamicReferences(logicalId, declared.type, value as Resolved)
  if (value === noValue || typeof value !== 'object' || Array.isArray(value) || value instanceof Unresolved) {
    throw invalid(`Template format error: [/Resources/${logicalId}/Properties] Properties must be an object.`)
  }
  return checkProperties(logicalId, declared.type, found, value as ResolvedMap)
}

/** What GetAtt of a made resource answers. */
export function attributeOf(logicalId: string, made: Made, attribute: string): Value {
  const value = own(made.attributes, attribute) ?? within(made.attributes, attribute.split('.'))
  if (value === undefined || value === null) {
    throw invalid(`Template error: resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`)
  }
  return value as Value
}

/** A member of an attribute that is a map: `Outputs.Url`. */
function within(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path
  if (name === undefined) return value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return within(own(value as Record<string, unknown>, name), rest)
}

/** Attributes that the schema does not name are refused before anything is made. */
function checkAttribute(id: string, attribute: string, { template, types }: PlanInput): void {
  const type = template.resources[id]?.type
  const found = type === undefined ? undefined : types.get(type)
  if (found?.type?.open) return
  const schema = found?.schema
  // An attribute that is a map has members that the schema does not name.
  const known = [attribute, attribute.split('.')[0] ?? ''].some(
    (name) => schema && Object.hasOwn(schema.attributes, name),
  )
  if (!known) {
    throw invalid(`Template error: resource ${id} does not support attribute type ${attribute} in Fn::GetAtt`)
  }
}

export function typeOf(types: ResourceTypes, name: string): FoundResourceType {
  const found = types.get(name)
  if (!found?.type) throw invalid(`Template format error: Unrecognized resource types: [${name}]`)
  return found
}

/** Every node after those it needs. */
export function ordered(graph: Graph): string[] {
  const out: string[] = []
  const seen = new Set<string>()
  const visit = (id: string) => {
    if (seen.has(id)) return
    seen.add(id)
    for (const need of graph.get(id) ?? []) if (graph.has(need)) visit(need)
    out.push(id)
  }
  for (const id of graph.keys()) visit(id)
  return out
}

function changeOf(
  id: string,
  declared: ResourceDeclaration,
  found: FoundResourceType,
  properties: ResolvedMap,
  input: PlanInput,
): ResourceChange | undefined {
  const now = input.current.get(id)?.now
  if (!now) {
    return { action: 'Add', logicalId: id, type: declared.type, scope: [], changes: [], afterProperties: properties }
  }
  const base = {
    logicalId: id,
    type: declared.type,
    physicalId: now.id,
    beforeProperties: now.properties,
    afterProperties: properties,
  }
  const replacedBy = declared.updateReplacePolicy === 'Retain' ? 'ReplaceAndRetain' : 'ReplaceAndDelete'
  if (now.type !== declared.type) {
    return {
      ...base,
      action: 'Modify',
      replacement: 'True',
      policyAction: replacedBy,
      scope: ['Properties'],
      changes: [],
    }
  }
  const changes = differences(found, now.properties, properties)
  const tagged = tagsChanged(found, now, input.tags)
  const scope = [
    ...(changes.length > 0 ? (['Properties'] as const) : []),
    ...(tagged ? (['Tags'] as const) : []),
    ...(sameValue(now.metadata ?? {}, declared.metadata ?? {}) ? [] : (['Metadata'] as const)),
    ...(now.deletionPolicy === declared.deletionPolicy ? [] : (['DeletionPolicy'] as const)),
    ...(now.updateReplacePolicy === declared.updateReplacePolicy ? [] : (['UpdateReplacePolicy'] as const)),
  ]
  if (changes.length === 0 && found.type?.follows) {
    return {
      ...base,
      action: 'Modify',
      replacement: 'False',
      scope: ['Properties', ...scope],
      changes,
      automatic: true,
    }
  }
  if (scope.length === 0) return undefined
  const certain = changes.some(({ recreation, waitsFor }) => recreation === 'Always' && waitsFor.length === 0)
  const possible = changes.some(({ recreation }) => recreation !== 'Never')
  const replacement = certain ? 'True' : possible ? 'Conditional' : 'False'
  return { ...base, action: 'Modify', replacement, ...(certain ? { policyAction: replacedBy } : {}), scope, changes }
}

function removal(logicalId: string, now: Made): ResourceChange {
  const policyAction = now.deletionPolicy === 'Delete' ? 'Delete' : 'Retain'
  return {
    action: 'Remove',
    logicalId,
    type: now.type,
    physicalId: now.id,
    policyAction,
    scope: [],
    changes: [],
    beforeProperties: now.properties,
  }
}

/** Whether the stack's own tags, which reach every resource that has tags, are no longer what the resource has. */
export function tagsChanged(found: FoundResourceType, now: Made, tags: Readonly<Record<string, string>>): boolean {
  const property = found.schema.tags?.property
  const supported =
    property !== undefined && (found.type?.properties as readonly string[] | undefined)?.includes(property)
  return supported === true && found.type?.update !== undefined && !sameValue(now.tags, tags)
}

/** What it takes to make what is there into what is wanted, once all values are known. */
export function actionFor(
  found: FoundResourceType,
  now: Made,
  wanted: Attempt['target'],
  last: Attempt | undefined,
): 'none' | 'update' | 'replace' {
  if (now.type !== wanted.type) return 'replace'
  const changes = differences(found, now.properties, wanted.properties)
  if (changes.some(({ recreation }) => recreation === 'Always')) return 'replace'
  if (found.type?.follows) return 'update'
  // A failed update may have done part of its work: what the record says is not what is there.
  if (changes.length > 0 || last?.failed || tagsChanged(found, now, wanted.tags))
    return found.type?.update ? 'update' : 'replace'
  return 'none'
}
