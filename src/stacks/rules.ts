import { isListType, type ParameterDeclaration, splitList } from './parameters.ts'
import { invalid, isList, isMap, own, sameValue, type Value, type ValueMap } from './value.ts'
import { counted, openWork, type Work } from './work.ts'

interface Given {
  readonly declared: Readonly<Record<string, ParameterDeclaration>>
  readonly values: Readonly<Record<string, string>>
}

interface Known extends Given {
  /** What lists are compared with may be named thousands of times. */
  readonly work: Work
}

/**
 * Checks the assertions of a template's Rules section against its parameters. Throws ValidationError with the
 * description of the first that does not hold.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
 */
export function checkRules(rules: ValueMap, of: Given): void {
  const given: Known = { ...of, work: openWork() }
  for (const [name, rule] of Object.entries(rules)) {
    const assertions = isMap(rule) ? own(rule, 'Assertions') : undefined
    if (!isMap(rule) || !isList(assertions)) throw invalid(`Template format error: Rule ${name} must have Assertions.`)
    const condition = own(rule, 'RuleCondition')
    if (condition !== undefined && truth(name, condition, given) !== true) continue
    for (const assertion of assertions) {
      const assert = isMap(assertion) ? own(assertion, 'Assert') : undefined
      if (!isMap(assertion) || assert === undefined)
        throw invalid(`Template format error: Rule ${name}: Assert is missing.`)
      if (truth(name, assert, given)) continue
      throw invalid(
        `Rule ${name} failed: ${String(own(assertion, 'AssertDescription') ?? 'an assertion does not hold')}`,
      )
    }
  }
}

type Check = (items: readonly Value[], rule: string, given: Known) => boolean

const functions: Readonly<Record<string, Check>> = {
  'Fn::And': (items, rule, given) => items.every((item) => truth(rule, item, given)),
  'Fn::Or': (items, rule, given) => items.some((item) => truth(rule, item, given)),
  'Fn::Not': ([item = false], rule, given) => !truth(rule, item, given),
  'Fn::Equals': ([a = '', b = ''], rule, given) => sameValue(text(value(rule, a, given)), text(value(rule, b, given))),
  'Fn::Contains': ([all = [], one = ''], rule, given) =>
    list(value(rule, all, given)).includes(text(value(rule, one, given))),
  'Fn::EachMemberEquals': ([all = [], one = ''], rule, given) => {
    const wanted = text(value(rule, one, given))
    return list(value(rule, all, given)).every((item) => item === wanted)
  },
  'Fn::EachMemberIn': ([some = [], all = []], rule, given) => {
    const wanted = new Set(list(value(rule, all, given)))
    return list(value(rule, some, given)).every((item) => wanted.has(item))
  },
}

function truth(rule: string, item: Value, given: Known): boolean {
  if (typeof item === 'boolean') return item
  const [name = '', argument] = isMap(item) ? (Object.entries(item)[0] ?? []) : []
  const check = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!check || !isList(argument)) {
    throw invalid(
      `Template format error: Rule ${rule}: ${name || 'an assertion'} is not one of ${Object.keys(functions).join(', ')}.`,
    )
  }
  return check(argument, rule, given)
}

function value(rule: string, item: Value, { declared, values, work }: Known): Value {
  if (!isMap(item)) return counted(item, work)
  const name = own(item, 'Ref')
  const found = typeof name === 'string' ? own(declared, name) : undefined
  if (typeof name !== 'string' || !found) {
    throw invalid(`Template format error: Rule ${rule} may refer to parameters only.`)
  }
  const given = own(values, name) ?? ''
  return counted(isListType(found.type) ? splitList(given) : given, work)
}

function list(item: Value): string[] {
  return (isList(item) ? item : [item]).map(text)
}

function text(item: Value): string {
  return typeof item === 'object' ? JSON.stringify(item) : String(item)
}
