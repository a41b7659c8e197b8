import { intrinsicCall } from './intrinsics.ts'
import { splitAttribute, subPieces } from './substitution.ts'
import type { Template } from './template.ts'
import { invalid, isList, isMap, own, type Value } from './value.ts'

export const pseudoParameters = [
  ...['AWS::AccountId', 'AWS::NotificationARNs', 'AWS::NoValue', 'AWS::Partition', 'AWS::Region', 'AWS::StackId'],
  ...['AWS::StackName', 'AWS::URLSuffix'],
]

/** What a value mentions. */
export interface References {
  readonly refs: Set<string>
  readonly getAtts: Map<string, Set<string>>
  readonly conditions: Set<string>
}

/** Everything that `value` mentions. With `truth`, only the branches of Fn::If that are taken count. */
export function referencesOf(value: Value, truth?: (condition: string) => boolean): References {
  const found: References = { refs: new Set(), getAtts: new Map(), conditions: new Set() }
  const getAtt = (id: string, attribute: string) =>
    found.getAtts.set(id, (found.getAtts.get(id) ?? new Set()).add(attribute))

  const visit = (item: Value): void => {
    if (isList(item)) for (const each of item) visit(each)
    if (!isMap(item)) return
    const call = intrinsicCall(item)
    if (!call) {
      for (const each of Object.values(item)) visit(each)
      return
    }
    const { name, argument } = call
    if (name === 'Ref') {
      if (typeof argument === 'string') found.refs.add(argument)
      return
    }
    if (name === 'Fn::GetAtt') {
      const parts = typeof argument === 'string' ? splitAttribute(argument) : isList(argument) ? argument : []
      if (typeof parts?.[0] === 'string') getAtt(parts[0], typeof parts[1] === 'string' ? parts[1] : '')
      if (isMap(parts?.[1])) visit(parts[1])
      return
    }
    if (name === 'Fn::Sub') {
      const [text, variables] = isList(argument) ? argument : [argument, {}]
      if (isMap(variables)) visit(variables)
      for (const piece of typeof text === 'string' ? subPieces(text) : []) {
        if (!('name' in piece) || (isMap(variables) && own(variables, piece.name) !== undefined)) continue
        const attribute = splitAttribute(piece.name)
        if (attribute) getAtt(attribute[0], attribute[1])
        else found.refs.add(piece.name)
      }
      return
    }
    if (name === 'Fn::If' && isList(argument) && typeof argument[0] === 'string') {
      found.conditions.add(argument[0])
      const [, yes, no] = argument
      const taken = truth ? [truth(argument[0]) ? yes : no] : [yes, no]
      for (const branch of taken) if (branch !== undefined) visit(branch)
      return
    }
    visit(argument)
  }
  visit(value)
  return found
}

/** Checks that every name a template mentions is declared in it. Throws ValidationError naming what is not. */
export function checkReferences(template: Template): void {
  const known = (name: string) =>
    pseudoParameters.includes(name) ||
    Object.hasOwn(template.parameters, name) ||
    Object.hasOwn(template.resources, name)
  const conditionExists = (name: string, block: string) => {
    if (!Object.hasOwn(template.conditions, name)) {
      throw invalid(
        `Template format error: Unresolved condition dependency ${name} in the ${block} block of the template`,
      )
    }
  }

  for (const value of Object.values(template.conditions)) {
    const { refs, getAtts } = conditionReferences(value)
    const wrong = [...refs]
      .filter((name) => Object.hasOwn(template.resources, name) || !known(name))
      .concat([...getAtts.keys()])
    if (wrong.length > 0) {
      throw invalid(
        `Template format error: Unresolved dependencies [${wrong.join(', ')}]. Cannot reference resources in the Conditions block of the template`,
      )
    }
  }

  const check = (block: 'Resources' | 'Outputs', values: readonly Value[], dependsOn: readonly string[]) => {
    const unresolved = new Set(dependsOn.filter((name) => !Object.hasOwn(template.resources, name)))
    for (const value of values) {
      const { refs, getAtts, conditions } = referencesOf(value)
      for (const name of refs) if (!known(name)) unresolved.add(name)
      for (const condition of conditions) conditionExists(condition, block)
      for (const id of getAtts.keys()) {
        if (!Object.hasOwn(template.resources, id)) {
          throw invalid(`Template error: instance of Fn::GetAtt references undefined resource ${id}`)
        }
      }
    }
    if (unresolved.size > 0) {
      throw invalid(
        `Template format error: Unresolved resource dependencies [${[...unresolved].join(', ')}] in the ${block} block of the template`,
      )
    }
  }
  const resources = Object.values(template.resources)
  for (const { condition } of resources) if (condition !== undefined) conditionExists(condition, 'Resources')
  check(
    'Resources',
    resources.map(({ properties }) => properties),
    resources.flatMap(({ dependsOn }) => dependsOn),
  )
  const outputs = Object.values(template.outputs)
  for (const { condition } of outputs) if (condition !== undefined) conditionExists(condition, 'Outputs')
  check(
    'Outputs',
    outputs.flatMap(({ value, exportName }) => (exportName === undefined ? [value] : [value, exportName])),
    [],
  )
}

/** Condition functions are not intrinsic functions of their own: look inside their arguments. */
function conditionReferences(value: Value): References {
  const found: References = { refs: new Set(), getAtts: new Map(), conditions: new Set() }
  const visit = (item: Value): void => {
    if (isList(item)) for (const each of item) visit(each)
    if (!isMap(item)) return
    const [key, argument] = Object.entries(item)[0] ?? []
    if (key !== undefined && argument !== undefined && ['Fn::And', 'Fn::Or', 'Fn::Not', 'Fn::Equals'].includes(key)) {
      visit(argument)
      return
    }
    if (key === 'Condition' && typeof argument === 'string') {
      found.conditions.add(argument)
      return
    }
    const inside = referencesOf(item)
    for (const name of inside.refs) found.refs.add(name)
    for (const [id, attributes] of inside.getAtts) found.getAtts.set(id, attributes)
  }
  visit(value)
  return found
}
