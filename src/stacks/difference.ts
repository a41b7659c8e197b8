import type { FoundResourceType } from '../kernel/host.ts'
import type { PropertySchema, ResourceSchema } from '../kernel/model.ts'
import { isResolvedMap, own, type Resolved, type ResolvedMap, sameValue, unresolvedIn } from './value.ts'

/** Whether a change of a property makes a new physical resource, in the words of DescribeChangeSet. */
export type RequiresRecreation = 'Never' | 'Conditionally' | 'Always'

export interface PropertyChange {
  readonly name: string
  readonly recreation: RequiresRecreation
  readonly before: Resolved | undefined
  readonly after: Resolved | undefined
  /** Logical ids whose outcome decides whether the property changes at all. Empty: it does. */
  readonly waitsFor: readonly string[]
}

/** The top-level properties that differ, with what each difference asks for. */
export function differences(found: FoundResourceType, before: ResolvedMap, after: ResolvedMap): PropertyChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const changes: PropertyChange[] = []
  for (const name of names) {
    const [was, is] = [own(before, name), own(after, name)]
    if (sameValue(was, is)) continue
    const schema = own(found.schema.properties, name)
    const recreation = replaces(found, name) ? 'Always' : schema ? deepest(schema, was, is, found.schema) : 'Never'
    changes.push({ name, recreation, before: was, after: is, waitsFor: is === undefined ? [] : [...unresolvedIn(is)] })
  }
  return changes
}

function replaces(found: FoundResourceType, name: string): boolean {
  if (!found.type) return false
  return found.type.update === undefined || ((found.type.replaceOn ?? []) as readonly string[]).includes(name)
}

const order: readonly RequiresRecreation[] = ['Never', 'Conditionally', 'Always']

/** A property may be changeable while a member of it is not. */
function deepest(
  schema: PropertySchema,
  was: Resolved | undefined,
  is: Resolved | undefined,
  root: ResourceSchema,
): RequiresRecreation {
  const own_ = schema.replace === 'yes' ? 'Always' : schema.replace === 'maybe' ? 'Conditionally' : 'Never'
  if (own_ === 'Always' || typeof schema.type === 'string' || !('ref' in schema.type)) return own_
  if (was === undefined || is === undefined || !isResolvedMap(was) || !isResolvedMap(is)) return own_
  let worst: RequiresRecreation = own_
  for (const [name, member] of Object.entries(root.definitions[schema.type.ref] ?? {})) {
    const [a, b] = [own(was, name), own(is, name)]
    if (sameValue(a, b)) continue
    const inner = deepest(member, a, b, root)
    if (order.indexOf(inner) > order.indexOf(worst)) worst = inner
  }
  return worst
}
