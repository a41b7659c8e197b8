import { invalidValues } from './keys.ts'
import type { LegacyWriter } from './legacy-writer.ts'
import type { WireValue } from './wire-values.ts'

export type LegacyUpdates = Readonly<Record<string, { readonly Action?: string; readonly Value?: WireValue }>>

/**
 * `AttributeUpdates` as an update expression; undefined when there are none.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html
 */
export function updatesText(updates: LegacyUpdates, writer: LegacyWriter): string | undefined {
  const clauses: Record<'SET' | 'REMOVE' | 'ADD' | 'DELETE', string[]> = { SET: [], REMOVE: [], ADD: [], DELETE: [] }
  for (const [attribute, { Action = 'PUT', Value }] of Object.entries(updates)) {
    const name = writer.name(attribute)
    if (Value === undefined) {
      if (Action !== 'DELETE') throw invalidValues('Only DELETE action is allowed when no attribute value is specified')
      clauses.REMOVE.push(name)
      continue
    }
    const type = Object.keys(Value)[0] ?? ''
    const isSet = ['SS', 'NS', 'BS'].includes(type)
    if (Action === 'PUT') {
      clauses.SET.push(`${name} = ${writer.value(Value)}`)
    } else if (Action === 'DELETE') {
      if (!isSet) throw invalidValues(`DELETE action with value is not supported for the type ${type}`)
      clauses.DELETE.push(`${name} ${writer.value(Value)}`)
    } else {
      if (!isSet && type !== 'N') throw invalidValues(`ADD action is not supported for the type ${type}`)
      clauses.ADD.push(`${name} ${writer.value(Value)}`)
    }
  }
  const text = Object.entries(clauses).flatMap(([keyword, parts]) =>
    parts.length > 0 ? [`${keyword} ${parts.join(', ')}`] : [],
  )
  return text.length > 0 ? text.join(' ') : undefined
}

/** Whether it takes away only: of an item that is not there, nothing is made. */
export function onlyTakesAway(updates: LegacyUpdates | undefined): boolean {
  const all = Object.values(updates ?? {})
  return all.length > 0 && all.every(({ Action }) => Action === 'DELETE')
}
