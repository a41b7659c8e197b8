import type { Item } from '../attribute-value.ts'
import { cachedByText } from './cache.ts'
import { bindCondition, type Condition } from './condition.ts'
import { type ConditionNode, parseCondition } from './condition-parser.ts'
import { bindKeyCondition, type KeyCondition, type KeyNames } from './key-condition.ts'
import type { PathElement, PathNode } from './path.ts'
import type { Placeholders } from './placeholders.ts'
import { bindProjection, type Projection, parseProjection } from './projection.ts'
import { bindSearchCondition } from './search-condition.ts'
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
const searchConditions = cachedByText((text) => parseCondition('SearchConditionExpression', text))
const updates = cachedByText(parseUpdate)
const projections = cachedByText(parseProjection)

export function compileCondition(kind: keyof Parsed, text: string, placeholders: Placeholders): Condition {
  return bindCondition(kind, conditions[kind](text), placeholders)
}

export function compileKeyCondition(text: string, placeholders: Placeholders, keys: KeyNames): KeyCondition {
  return bindKeyCondition(keyConditions(text), placeholders, keys)
}

/** The values that a search asks of attributes in the schema. */
export function compileSearchCondition(
  text: string,
  placeholders: Placeholders,
  schema: Parameters<typeof bindSearchCondition>[2],
): Item {
  return bindSearchCondition(searchConditions(text), placeholders, schema)
}

export function compileUpdate(text: string, placeholders: Placeholders): Update {
  return bindUpdate(updates(text), placeholders)
}

export function compileProjection(text: string, placeholders: Placeholders): Projection {
  return bindProjection(projections(text), placeholders)
}

/** Top-level attributes that a request's expressions name; a `#name` without a definition is left out. */
export function attributeNames(request: {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ProjectionExpression?: string
  readonly ConditionExpression?: string
  readonly FilterExpression?: string
  readonly KeyConditionExpression?: string
  readonly UpdateExpression?: string
}): string[] {
  const { ProjectionExpression, ConditionExpression, FilterExpression, KeyConditionExpression, UpdateExpression } =
    request
  const roots = [
    ...(ProjectionExpression === undefined ? [] : rootsOf(projections(ProjectionExpression))),
    ...(ConditionExpression === undefined ? [] : rootsOf(conditions.ConditionExpression(ConditionExpression))),
    ...(FilterExpression === undefined ? [] : rootsOf(conditions.FilterExpression(FilterExpression))),
    ...(KeyConditionExpression === undefined ? [] : rootsOf(keyConditions(KeyConditionExpression))),
    ...(UpdateExpression === undefined ? [] : rootsOf(updates(UpdateExpression))),
  ]
  return roots.flatMap((root) => {
    if ('literal' in root) return [root.literal]
    if (!('placeholder' in root)) return []
    const name = request.ExpressionAttributeNames?.[root.placeholder]
    return name === undefined ? [] : [name]
  })
}

/** First elements of all paths, remembered with the parsed expression. */
const knownRoots = new WeakMap<object, readonly PathElement[]>()

function rootsOf(parsed: object): readonly PathElement[] {
  const known = knownRoots.get(parsed)
  if (known) return known
  const roots: PathElement[] = []
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return
    if ('type' in node && node.type === 'path') roots.push((node as PathNode).elements[0]!)
    else for (const below of Object.values(node)) visit(below)
  }
  visit(parsed)
  knownRoots.set(parsed, roots)
  return roots
}
