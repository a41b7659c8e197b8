import { evaluate, type Names } from './intrinsics.ts'
import { invalid, isList, isMap, own, sameValue, type Value } from './value.ts'

/**
 * The truth of every condition of a template, under `names` that know parameters and pseudo parameters only.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
 */
export function evaluateConditions(
  declared: Readonly<Record<string, Value>>,
  names: Omit<Names, 'condition'>,
): Record<string, boolean> {
  const known = new Map<string, boolean>()
  const open: string[] = []
  const deepest = 100

  const named = (name: string): boolean => {
    const already = known.get(name)
    if (already !== undefined) return already
    const declaration = own(declared, name)
    if (declaration === undefined) {
      throw invalid(
        `Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`,
      )
    }
    if (open.includes(name)) {
      throw invalid(
        `Template format error: Circular dependency between conditions: [${open.slice(open.indexOf(name)).join(', ')}]`,
      )
    }
    if (open.length >= deepest) {
      throw invalid(`Template format error: Conditions are nested too deeply (at most ${deepest} within each other).`)
    }
    open.push(name)
    const truth = test(declaration)
    open.pop()
    known.set(name, truth)
    return truth
  }
  const within: Names = { ...names, condition: named }

  const test = (value: Value): boolean => {
    if (!isMap(value) || Object.keys(value).length !== 1)
      throw invalid(
        'Template format error: Conditions can only be boolean operations on parameters and other conditions',
      )
    const [key, argument] = Object.entries(value)[0] as [string, Value]
    if (key === 'Condition') {
      // SAM writes conditions within conditions.
      if (isMap(argument)) return test(argument)
      if (typeof argument !== 'string')
        throw invalid('Template format error: every Condition object must have a single String value.')
      return named(argument)
    }
    if (key === 'Fn::Equals') {
      if (!isList(argument) || argument.length !== 2)
        throw invalid('Template error: every Fn::Equals object requires a list of 2 string parameters.')
      const [a, b] = argument.map((item) => comparable(evaluate(item, within)))
      return sameValue(a, b)
    }
    if (key === 'Fn::Not') {
      if (!isList(argument) || argument.length !== 1)
        throw invalid('Template error: every Fn::Not object requires one boolean parameter.')
      return !test(argument[0] as Value)
    }
    if (key === 'Fn::And' || key === 'Fn::Or') {
      if (!isList(argument) || argument.length < 2 || argument.length > 10) {
        throw invalid(
          `Template error: every ${key} object requires a list of at least 2 and at most 10 boolean parameters.`,
        )
      }
      // All are evaluated, so that a fault in any of them is reported.
      const truths = argument.map(test)
      return key === 'Fn::And' ? truths.every(Boolean) : truths.some(Boolean)
    }
    throw invalid(
      `Template error: ${key} cannot be used as a condition. Use Fn::And, Fn::Equals, Fn::Not, Fn::Or or Condition.`,
    )
  }

  return Object.fromEntries(Object.keys(declared).map((name) => [name, named(name)]))
}

/** Conditions compare text: the number 1 equals the string "1". */
function comparable(value: ReturnType<typeof evaluate>): Value {
  if (typeof value === 'symbol') return ''
  return typeof value === 'object' ? (value as Value) : String(value)
}
