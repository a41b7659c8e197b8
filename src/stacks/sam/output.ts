import { createHash } from 'node:crypto'
import { refuseMany } from '../template.ts'
import { invalid, isMap, own, type Value, type ValueMap } from '../value.ts'

export const transformName = 'AWS::Serverless-2016-10-31'

/** A resource as a template declares it. */
export interface Declared {
  readonly id: string
  readonly type: string
  readonly properties: ValueMap
  /** Everything but type and properties: Condition, DependsOn, policies, Metadata. */
  readonly rest: ValueMap
  /** Connectors that it is the source of, as given. */
  readonly connectors?: Value
}

/** What is being made of a template: its resources so far, and what names of the old one mean in the new. */
export interface Output {
  readonly resources: Map<string, ValueMap>
  /** `Layer` → `Layer0123456789`, `Function.Alias` → `FunctionAliaslive`. */
  readonly renamed: Map<string, string>
  /** Routes by the API that serves them. */
  readonly routes: Map<string, Route[]>
}

/** A way into an API, as a function's event asks for it. */
export interface Route {
  readonly functionId: string
  readonly eventName: string
  /** What is invoked: the function's ARN, or its alias. */
  readonly path: string
  /** Lower case; `any`. */
  readonly method: string
  readonly condition?: Value
  readonly target: string
  readonly payloadFormat?: Value
  readonly timeoutMs?: Value
  /** Who may call it, as the event says. */
  readonly auth?: Value
}

/** The member of a path in a definition that a route is. */
export function methodOf({ method }: Route): string {
  return method === 'any' ? 'x-amazon-apigateway-any-method' : method
}

/** Throws ValidationError in the words of the transform. */
export function samError(id: string, what: string): Error {
  return invalid(
    `Transform ${transformName} failed with: Invalid Serverless Application Specification document. Number of errors found: 1. Resource with id [${id}] is invalid. ${what}`,
  )
}

/** Refuses the properties that the transform knows and we do not have, by name. */
export function refuseOthers(id: string, properties: ValueMap, known: readonly string[], where = ''): void {
  for (const name of Object.keys(properties)) {
    if (!known.includes(name)) throw samError(id, `Property ${where}${name} is not supported by Landfall yet.`)
  }
}

/** The members that are there. */
export function pick(from: ValueMap, names: readonly string[]): ValueMap {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = own(from, name)
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
}

/** Adds a resource; what of the declaration is not its properties goes with it. */
export function add(out: Output, id: string, type: string, properties: ValueMap, rest: ValueMap = {}): void {
  if (out.resources.has(id)) throw samError(id, 'Another resource that the transform makes has this id.')
  // Each stays, and is looked at for others: a million events would be a million million looks.
  refuseMany('Resources', out.resources.size + 1)
  out.resources.set(id, { Type: type, Properties: properties, ...rest })
}

/** Ten characters that change when the value does. */
export function hashOf(value: Value): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 10)
}

/** Tags given as a map, as a list, after the one that says who made the resource. */
export function tagList(tags: Value | undefined, createdBy = 'lambda:createdBy'): Value[] {
  const own_ = isMap(tags) ? Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) : []
  return [{ Key: createdBy, Value: 'SAM' }, ...own_]
}

/** A text property that is known before anything is made, or undefined. */
export function text(map: ValueMap, name: string): string | undefined {
  const value = own(map, name)
  return typeof value === 'string' ? value : undefined
}

/** The logical id that `{ Ref }` names. */
export function refOf(value: Value | undefined): string | undefined {
  const name = isMap(value) ? own(value, 'Ref') : undefined
  return typeof name === 'string' ? name : undefined
}

/** The conditional part of a resource made for another: it is there only when that is. */
export function passed(rest: ValueMap): ValueMap {
  return pick(rest, ['Condition', 'DeletionPolicy', 'UpdateReplacePolicy'])
}
