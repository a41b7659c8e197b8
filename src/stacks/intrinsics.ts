import { cidrBlocks } from './cidr.ts'
import { splitAttribute, subPieces } from './substitution.ts'
import {
  invalid,
  isList,
  isLongerThan,
  isMap,
  own,
  type Resolved,
  Unresolved,
  unresolvedIn,
  type Value,
  type ValueMap,
} from './value.ts'
import { counted, type Work } from './work.ts'

/** What names in a template mean while it is evaluated. */
export interface Names {
  readonly mappings: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Value>>>>>>
  /** A parameter, a pseudo parameter or a resource; undefined when there is none of that name. */
  ref(name: string): Resolved | typeof noValue | undefined
  getAtt(logicalId: string, attribute: string): Resolved
  condition(name: string): boolean
  /** The value of another stack's export. */
  importValue(name: string): Resolved
  zones(region: string): readonly string[]
  readonly work: Work
}

/** What `Ref: AWS::NoValue` gives: the member or item it stands for is left out. */
export const noValue: unique symbol = Symbol('AWS::NoValue')
/** In characters: as long as the properties of a resource may be together. */
const longestText = 350_000

type Outcome = Resolved | typeof noValue
type Intrinsic = (argument: Value, names: Names) => Outcome

/**
 * Evaluates intrinsic functions all through `value`. Throws ValidationError with CloudFormation's words.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function evaluate(value: Value, names: Names): Outcome {
  if (isList(value)) return value.map((item) => evaluate(item, names)).filter((item) => item !== noValue)
  if (!isMap(value)) return value
  const call = intrinsicCall(value)
  if (call) return counted(call.intrinsic(call.argument, names), names.work)
  const out: Record<string, Resolved> = {}
  for (const [key, item] of Object.entries(value)) {
    const result = evaluate(item, names)
    // defineProperty: a member called __proto__ is data like any other.
    if (result !== noValue)
      Object.defineProperty(out, key, { value: result, enumerable: true, configurable: true, writable: true })
  }
  return out
}

/** The intrinsic function that a map stands for, with its argument not yet evaluated. */
export function intrinsicCall(map: ValueMap): { name: string; argument: Value; intrinsic: Intrinsic } | undefined {
  const keys = Object.keys(map)
  const name =
    keys.find((key) => key.startsWith('Fn::')) ?? (keys.length === 1 && keys[0] === 'Ref' ? 'Ref' : undefined)
  if (name === undefined) return undefined
  const argument = own(map, name) as Value
  const intrinsic = own(intrinsics, name)
  if (!intrinsic) throw invalid(unsupported(name))
  if (keys.length > 1)
    throw invalid(`Template error: ${name} must be the only member of its object, found [${keys.join(', ')}]`)
  return { name, argument, intrinsic }
}

function unsupported(name: string): string {
  if (name === 'Fn::Transform') return 'Template error: Fn::Transform cannot be used here, or within what a macro made.'
  return `Template error: Encountered unsupported function: ${name} Supported functions are: [${Object.keys(intrinsics).join(', ')}]`
}

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref(name, names) {
    if (typeof name !== 'string' || name === '') {
      throw invalid('Template error: every Ref object must have a single String value.')
    }
    const found = names.ref(name)
    if (found === undefined) {
      throw invalid(
        `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
      )
    }
    return found
  },
  'Fn::GetAtt'(argument, names) {
    const parts = typeof argument === 'string' ? splitAttribute(argument) : isList(argument) ? argument : []
    const [id, attribute] = [
      parts?.[0],
      parts && parts.length > 1 ? text(evaluate(parts[1] as Value, names)) : undefined,
    ]
    if (parts?.length !== 2 || typeof id !== 'string' || id === '' || !attribute) {
      throw invalid(
        'Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
      )
    }
    return names.getAtt(id, attribute)
  },
  'Fn::Sub'(argument, names) {
    const [template, variables] = isList(argument) ? argument : [argument, {}]
    if (typeof template !== 'string' || !isMap(variables) || (isList(argument) && argument.length !== 2)) {
      throw invalid(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
      )
    }
    // Once each, however often it is used: substitutions within substitutions would multiply.
    const known = new Map<string, Outcome>()
    const parts = subPieces(template).map((piece): Outcome => {
      if ('text' in piece) return piece.text
      const variable = own(variables, piece.name)
      if (variable !== undefined) {
        const value = known.get(piece.name) ?? evaluate(variable, names)
        known.set(piece.name, value)
        return value
      }
      const attribute = splitAttribute(piece.name)
      if (attribute) return names.getAtt(attribute[0], attribute[1])
      const found = names.ref(piece.name)
      if (found === undefined) {
        throw invalid(
          `Template format error: Unresolved resource dependencies [${piece.name}] in the Resources block of the template`,
        )
      }
      return found
    })
    return concatenated(
      parts,
      '',
      () => 'Template error: every value substituted by Fn::Sub must be a string, number or boolean',
    )
  },
  'Fn::Join'(argument, names) {
    const fault =
      'Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.'
    if (!isList(argument) || argument.length !== 2 || typeof argument[0] !== 'string') throw invalid(fault)
    const items = evaluate(argument[1] as Value, names)
    if (items instanceof Unresolved) return items
    if (!Array.isArray(items)) throw invalid(fault)
    return concatenated(items, argument[0], () => fault)
  },
  'Fn::Select'(argument, names) {
    const fault = 'Template error: Fn::Select requires a list argument with two elements: an integer index and a list'
    if (!isList(argument) || argument.length !== 2) throw invalid(fault)
    const index = evaluate(argument[0] as Value, names)
    const items = evaluate(argument[1] as Value, names)
    const waiting = holes([index, items instanceof Unresolved ? items : ''])
    if (waiting) return waiting
    if (!Array.isArray(items) || !/^\d+$/.test(String(index))) throw invalid(fault)
    const item: Resolved | undefined = items[Number(index)]
    if (item === undefined) {
      throw invalid(`Template error: Fn::Select  cannot select nonexistent value at index ${String(index)}`)
    }
    return item
  },
  'Fn::Split'(argument, names) {
    const fault =
      'Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.'
    if (!isList(argument) || argument.length !== 2 || typeof argument[0] !== 'string' || argument[0] === '')
      throw invalid(fault)
    const source = evaluate(argument[1] as Value, names)
    if (source instanceof Unresolved) return source
    if (typeof source !== 'string') throw invalid(fault)
    return source.split(argument[0])
  },
  'Fn::FindInMap'(argument, names) {
    const fallback = isList(argument) && isMap(argument[3]) ? own(argument[3], 'DefaultValue') : undefined
    if (!isList(argument) || argument.length !== (fallback === undefined ? 3 : 4)) {
      throw invalid(
        'Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value',
      )
    }
    const [map, key, attribute] = argument.slice(0, 3).map((item) => text(evaluate(item, names)))
    if (map === undefined || key === undefined || attribute === undefined) {
      throw invalid('Template error: every Fn::FindInMap parameter must be a string known before resources are made')
    }
    const found = own(names.mappings, map)
    if (!found && fallback === undefined)
      throw invalid(`Template error: Mapping named '${map}' is not present in the 'Mappings' section of template.`)
    const value = own(own(found, key), attribute)
    if (value === undefined && fallback !== undefined) return evaluate(fallback, names)
    if (value === undefined) throw invalid(`Template error: Unable to get mapping for ${map}::${key}::${attribute}`)
    return value
  },
  'Fn::If'(argument, names) {
    const [condition, yes, no] = isList(argument) ? argument : []
    if (!isList(argument) || argument.length !== 3 || typeof condition !== 'string') {
      throw invalid(
        'Template error: Fn::If requires a list argument with three elements, with the first one being a condition name',
      )
    }
    return evaluate((names.condition(condition) ? yes : no) as Value, names)
  },
  'Fn::Base64'(argument, names) {
    const value = evaluate(argument, names)
    if (value instanceof Unresolved) return value
    const plain = text(value)
    if (plain === undefined) throw invalid('Template error: every Fn::Base64 object must have a String-typed value.')
    return Buffer.from(plain).toString('base64')
  },
  'Fn::ImportValue'(argument, names) {
    const value = evaluate(argument, names)
    const name = text(value)
    if (name === undefined) {
      throw invalid(
        'Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs',
      )
    }
    return names.importValue(name)
  },
  'Fn::GetAZs'(argument, names) {
    const value = evaluate(argument, names)
    if (value === noValue || typeof value === 'object')
      throw invalid('Template error: every Fn::GetAZs object must have a String-typed value.')
    return [...names.zones(String(value) === '' ? String(names.ref('AWS::Region')) : String(value))]
  },
  // The next two are let in by AWS::LanguageExtensions alone: see transforms/language-extensions.ts.
  'Fn::Length'(argument, names) {
    const items = evaluate(argument, names)
    if (items instanceof Unresolved) return items
    if (!Array.isArray(items)) throw invalid('Template error: every Fn::Length object must have a list as its value.')
    return items.length
  },
  'Fn::ToJsonString'(argument, names) {
    if (typeof argument !== 'object') {
      throw invalid('Template error: every Fn::ToJsonString object must have an object or a list as its value.')
    }
    const value = evaluate(argument, names)
    const waiting = holes([value])
    if (waiting) return waiting
    if (value === noValue) return noValue
    // Evaluation bounds its texts, not how often a short template can name them.
    if (isLongerThan(longestText, value)) {
      throw invalid(`Template error: Fn::ToJsonString may not make more than ${longestText} characters`)
    }
    return JSON.stringify(value)
  },
  'Fn::Cidr'(argument, names) {
    if (!isList(argument) || argument.length < 2 || argument.length > 3) {
      throw invalid(
        'Template error: every Fn::Cidr object requires two or three parameters, (1) an IP block, (2) the count and (3) the number of subnet bits.',
      )
    }
    const parts = argument.map((item) => evaluate(item, names))
    const waiting = holes(parts)
    if (waiting) return waiting
    const [block, count, bits] = parts.map((part) => text(part) ?? '')
    return cidrBlocks(block ?? '', Number(count), bits === undefined ? undefined : Number(bits))
  },
}

function text(value: Outcome): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

/** One hole standing for all that these wait for. */
function holes(values: readonly Outcome[]): Unresolved | undefined {
  const on = new Set<string>()
  for (const value of values) if (value !== noValue) unresolvedIn(value, on)
  return on.size > 0 ? new Unresolved(on) : undefined
}

function concatenated(parts: readonly Outcome[], delimiter: string, fault: () => string): Outcome {
  const waiting = holes(parts)
  if (waiting) return waiting
  const texts = parts
    .filter((part) => part !== noValue)
    .map((part) => {
      const plain = text(part)
      if (plain === undefined) throw invalid(fault())
      return plain
    })
  const length = texts.reduce((sum, { length }) => sum + length + delimiter.length, 0)
  // A short template can ask for a text that no memory holds.
  if (length > longestText) {
    throw invalid(
      `Template error: a value made by Fn::Sub or Fn::Join may not be longer than ${longestText} characters`,
    )
  }
  return texts.join(delimiter)
}
