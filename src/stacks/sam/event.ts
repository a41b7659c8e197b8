import type { ValueMap } from '../value.ts'
import { add, type Declared, type Output, passed, samError } from './output.ts'

/** What an event calls: the function, or its alias. */
export interface Called {
  readonly id: string
  readonly ref: ValueMap
  readonly arn: ValueMap
}

/** An event of a function, and what is made of the template so far. */
export interface Event {
  readonly of: Declared
  readonly name: string
  readonly type: string
  readonly properties: ValueMap
  readonly called: Called
  readonly template: ReadonlyMap<string, Declared>
  readonly out: Output
}

/** Lets a service call the function; answers the permission's id. */
export function permission(
  { of, name, called, out }: Event,
  principal: string,
  source: ValueMap,
  suffix = 'Permission',
): string {
  const id = `${of.id}${name}${suffix}`
  const made = { Action: 'lambda:InvokeFunction', FunctionName: called.ref, Principal: principal, ...source }
  add(out, id, 'AWS::Lambda::Permission', made, passed(of.rest))
  return id
}

export function invalid({ of, name }: Event, why: string): Error {
  return samError(of.id, `Event with id [${name}] is invalid. ${why}`)
}
