import { invalid, isList, isMap, own, type Value, type ValueMap } from '../value.ts'

/** A macro, as a template names it: in its Transform section, or in an Fn::Transform. */
export interface Transform {
  readonly name: string
  readonly parameters: ValueMap
}

/** What a macro makes of a fragment of a template. */
export type Apply = (transform: Transform, fragment: ValueMap) => Promise<Value>

const key = 'Fn::Transform'

/** The macros of the Transform section, in their order. */
export function sectionTransforms(root: ValueMap): Transform[] {
  return readTransforms(own(root, 'Transform'), 'Transform')
}

/** The names of all macros of a template, each once: of its Transform section, then those of its parts. */
export function declaredTransforms(root: ValueMap): string[] {
  const found = new Set(sectionTransforms(root).map(({ name }) => name))
  const visit = (value: Value): void => {
    if (isList(value)) for (const item of value) visit(item)
    if (!isMap(value)) return
    for (const { name } of readTransforms(own(value, key), key)) found.add(name)
    for (const [name, item] of Object.entries(value)) if (name !== key) visit(item)
  }
  visit(root)
  return [...found]
}

/**
 * Applies every Fn::Transform, what is nested deepest first; several in one place in their order. A macro gets the
 * members beside it, and what it makes takes the place of the whole.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
 */
export async function applySnippets(value: Value, apply: Apply): Promise<Value> {
  if (isList(value)) {
    const out: Value[] = []
    for (const item of value) out.push(await applySnippets(item, apply))
    return out
  }
  if (!isMap(value)) return value
  const members: [string, Value][] = []
  for (const [name, item] of Object.entries(value)) {
    if (name !== key) members.push([name, await applySnippets(item, apply)])
  }
  let fragment: Value = Object.fromEntries(members)
  for (const transform of readTransforms(own(value, key), key)) {
    if (!isMap(fragment)) {
      throw invalid(`Template error: the transform ${transform.name} follows one that made no object of its place.`)
    }
    fragment = await apply(transform, fragment)
  }
  return fragment
}

function readTransforms(value: Value | undefined, where: string): Transform[] {
  if (value === undefined) return []
  return (isList(value) ? value : [value]).map((item) => {
    const name = isMap(item) ? own(item, 'Name') : item
    const parameters = (isMap(item) ? own(item, 'Parameters') : undefined) ?? {}
    if (typeof name !== 'string' || name === '') {
      throw invalid(`Template format error: Key Name of transform definition must be a string.`)
    }
    if (!isMap(parameters)) throw invalid(`Template format error: ${where} ${name}: Parameters must be an object.`)
    return { name, parameters }
  })
}
