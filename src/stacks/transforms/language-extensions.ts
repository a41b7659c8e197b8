import { evaluate, type Names, noValue } from '../intrinsics.ts'
import { invalid, isList, isMap, own, settled, type Value, type ValueMap } from '../value.ts'
import { unrollLoops } from './for-each.ts'

export const languageExtensions = 'AWS::LanguageExtensions'

/** Functions that mean something only with the transform. What of them has to wait is evaluated with the resources. */
const extended = ['Fn::Length', 'Fn::ToJsonString']

/**
 * The template that the transform AWS::LanguageExtensions makes: loops written out, and its functions replaced by
 * their values as far as those are known before anything is made. `namesOf` says what names mean in a template, whose
 * conditions count only once its loops are gone.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
 */
export function extendLanguage(root: ValueMap, namesOf: (root: ValueMap) => Names): ValueMap {
  const { Conditions: _, ...unconditional } = root
  const names = namesOf(unconditional)
  const unrolled = Object.fromEntries(
    Object.entries(root).map(([section, value]) => [
      section,
      ['Conditions', 'Resources', 'Outputs'].includes(section) ? unrollLoops(value, names) : value,
    ]),
  )
  // Functions in conditions are evaluated where the conditions are.
  const known = namesOf(unrolled)
  const resources = own(unrolled, 'Resources')
  const outputs = own(unrolled, 'Outputs')
  return {
    ...unrolled,
    ...(isMap(resources) ? { Resources: members(resources, (resource) => extendResource(resource, known)) } : {}),
    ...(outputs === undefined ? {} : { Outputs: extend(outputs, known) }),
  }
}

/** Throws ValidationError for what only AWS::LanguageExtensions gives a meaning to. */
export function refuseExtensions(value: Value): void {
  if (isList(value)) for (const item of value) refuseExtensions(item)
  if (!isMap(value)) return
  for (const [key, item] of Object.entries(value)) {
    const defaults = key === 'Fn::FindInMap' && isList(item) && item.length === 4
    if (extended.includes(key) || key === 'Fn::ForEach' || key.startsWith('Fn::ForEach::') || defaults) {
      const what = defaults ? `${key} with a DefaultValue` : key
      throw invalid(`Template error: ${what} needs the transform ${languageExtensions}. Add it to the template.`)
    }
    refuseExtensions(item)
  }
}

function members(map: ValueMap, change: (value: Value) => Value): ValueMap {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]))
}

function extendResource(resource: Value, names: Names): Value {
  if (!isMap(resource)) return resource
  const policies = ['DeletionPolicy', 'UpdateReplacePolicy'].flatMap((attribute) => {
    const value = own(resource, attribute)
    return isMap(value) ? [[attribute, nameOf(value, attribute, names)] as const] : []
  })
  return extend({ ...resource, ...Object.fromEntries(policies) }, names)
}

function extend(value: Value, names: Names): Value {
  if (isList(value)) return value.map((item) => extend(item, names))
  if (!isMap(value)) return value
  const [key, argument] = Object.entries(value)[0] ?? []
  if (key !== undefined && argument !== undefined && Object.keys(value).length === 1) {
    if (key === 'Ref' && isMap(argument)) return { Ref: nameOf(argument, 'Ref', names) }
    if (key === 'Fn::GetAtt' && isList(argument)) {
      return { [key]: argument.map((part) => (isMap(part) ? nameOf(part, key, names) : part)) }
    }
    if (extended.includes(key) || key === 'Fn::FindInMap') {
      const found = evaluate(value, names)
      const known = found === noValue ? undefined : settled(found)
      if (known !== undefined) return known
    }
  }
  return members(value, (item) => extend(item, names))
}

/** What stands where a template without the transform has a name. */
function nameOf(value: ValueMap, where: string, names: Names): string {
  const found = evaluate(value, names)
  if (typeof found === 'string') return found
  throw invalid(`Template error: ${where} takes only functions whose value is a string known before anything is made.`)
}
