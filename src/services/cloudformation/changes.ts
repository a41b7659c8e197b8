import type { PropertyChange } from '../../stacks/difference.ts'
import type { ResourceChange } from '../../stacks/plan.ts'
import { type Resolved, Unresolved } from '../../stacks/value.ts'
import { hideSecrets, secretsOf } from './secrets.ts'
import type { ChangeDetail, DescribedChange, Settings } from './state.ts'

const unknownYet = '{{changeSet:KNOWN_AFTER_APPLY}}'
/** Of a change: its values, and the properties as a whole. What is longer is cut. */
const longest = 4_000
const longestContext = 20_000

/** A plan as a change set keeps it: values as JSON text, NoEcho parameters masked. */
export function describeChanges(changes: readonly ResourceChange[], settings: Settings): DescribedChange[] {
  const secrets = secretsOf(settings)
  const show = (value: Resolved | undefined) => (value === undefined ? undefined : text(value, secrets))
  return changes.map(({ changes: properties, beforeProperties, afterProperties, automatic, ...change }) => ({
    ...change,
    details: [
      ...(automatic
        ? [{ attribute: 'Properties', recreation: 'Never', dynamic: true, source: 'Automatic' } as const]
        : []),
      ...properties.flatMap((property) => propertyDetails(property, show)),
      ...otherDetails(change.scope),
    ],
    before:
      beforeProperties === undefined
        ? undefined
        : JSON.stringify({ Properties: plain(beforeProperties, secrets) }).slice(0, longestContext),
    after:
      afterProperties === undefined
        ? undefined
        : JSON.stringify({ Properties: plain(afterProperties, secrets) }).slice(0, longestContext),
  }))
}

function propertyDetails(
  { name, recreation, before, after, waitsFor }: PropertyChange,
  show: (value: Resolved | undefined) => string | undefined,
): ChangeDetail[] {
  const base = { attribute: 'Properties' as const, name, recreation, before: show(before), after: show(after) }
  if (waitsFor.length === 0) return [{ ...base, dynamic: false, source: 'DirectModification' }]
  return waitsFor.map((cause) => ({ ...base, dynamic: true, source: 'ResourceReference' as const, cause }))
}

function otherDetails(scope: ResourceChange['scope']): ChangeDetail[] {
  return scope
    .filter((attribute) => attribute !== 'Properties')
    .map((attribute) => ({
      attribute,
      recreation: 'Never' as const,
      dynamic: false,
      source: attribute === 'Tags' ? ('Automatic' as const) : ('DirectModification' as const),
    }))
}

function text(value: Resolved, secrets: readonly string[]): string {
  const shown = plain(value, secrets)
  return (typeof shown === 'string' ? shown : JSON.stringify(shown)).slice(0, longest)
}

function plain(value: Resolved, secrets: readonly string[]): unknown {
  if (value instanceof Unresolved) return unknownYet
  if (typeof value === 'string') return hideSecrets(value, secrets)
  if (Array.isArray(value)) return value.map((item) => plain(item, secrets))
  if (typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item as Resolved, secrets)]))
}
