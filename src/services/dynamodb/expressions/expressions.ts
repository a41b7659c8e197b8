import { cachedByText } from './cache.ts'
import { bindCondition, type Condition } from './condition.ts'
import { type ConditionNode, parseCondition } from './condition-parser.ts'
import { bindKeyCondition, type KeyCondition, type KeyNames } from './key-condition.ts'
import type { Placeholders } from './placeholders.ts'
import { bindProjection, type Projection, parseProjection } from './projection.ts'
import { bindUpdate, type Update } from './update.ts'
import { parseUpdate } from './update-parser.ts'

/*
 * From an expression's text to something that can be run. Parsing is remembered by text; what depends on the
 * request's placeholders is bound each time. All throw ValidationException.
 */

type Parsed = Readonly<Record<'ConditionExpression' | 'FilterExpression', (text: string) => ConditionNode>>
const conditions: Parsed = {
  ConditionExpression: cachedByText((text) => parseCondition('ConditionExpression', text)),
  FilterExpression: cachedByText((text) => parseCondition('FilterExpression', text)),
}
const keyConditions = cachedByText((text) => parseCondition('KeyConditionExpression', text))
const updates = cachedByText(parseUpdate)
const projections = cachedByText(parseProjection)

export function compileCondition(kind: keyof Parsed, text: string, placeholders: Placeholders): Condition {
  return bindCondition(kind, conditions[kind](text), placeholders)
}

export function compileKeyCondition(text: string, placeholders: Placeholders, keys: KeyNames): KeyCondition {
  return bindKeyCondition(keyConditions(text), placeholders, keys)
}

export function compileUpdate(text: string, placeholders: Placeholders): Update {
  return bindUpdate(updates(text), placeholders)
}

export function compileProjection(text: string, placeholders: Placeholders): Projection {
  return bindProjection(projections(text), placeholders)
}
