import { invalid, isList, isMap, own, type Value, type ValueMap } from './value.ts'

/** One entry of a template's Parameters section. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html */
export interface ParameterDeclaration {
  readonly type: string
  readonly defaultValue?: string
  readonly noEcho: boolean
  readonly description?: string
  readonly constraintDescription?: string
  readonly allowedValues?: readonly string[]
  readonly allowedPattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minValue?: number
  readonly maxValue?: number
}

/** What a caller gives for one parameter. */
export interface ParameterInput {
  readonly ParameterKey?: string
  readonly ParameterValue?: string
  readonly UsePreviousValue?: boolean
}

/** Whether the whole of `text` matches a user's pattern; runs where it cannot stall the node. */
export type PatternMatcher = (pattern: string, text: string) => Promise<boolean>

const attributes = [
  ...['Type', 'Default', 'NoEcho', 'Description', 'ConstraintDescription', 'AllowedValues', 'AllowedPattern'],
  ...['MinLength', 'MaxLength', 'MinValue', 'MaxValue'],
]

const longestTogether = 300_000

/** What CloudFormation answers in place of the value of a NoEcho parameter. */
export const masked = '****'

const awsTypes = [
  ...[
    'AWS::EC2::AvailabilityZone::Name',
    'AWS::EC2::Image::Id',
    'AWS::EC2::Instance::Id',
    'AWS::EC2::KeyPair::KeyName',
  ],
  ...['AWS::EC2::SecurityGroup::GroupName', 'AWS::EC2::SecurityGroup::Id', 'AWS::EC2::Subnet::Id'],
  ...['AWS::EC2::Volume::Id', 'AWS::EC2::VPC::Id', 'AWS::Route53::HostedZone::Id'],
]
const scalarTypes = ['String', 'Number', 'AWS::SSM::Parameter::Name', ...awsTypes]

/** What a parameter is whose value is the name of a stored one: `String` of `AWS::SSM::Parameter::Value<String>`. */
export function storedType(type: string): string | undefined {
  return /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type)?.[1]
}

/** True when Ref answers a list. */
export function isListType(type: string): boolean {
  const of = storedType(type) ?? type
  return of === 'CommaDelimitedList' || of.startsWith('List<')
}

/** Checks the Parameters section. Throws ValidationError. */
export function readParameters(map: ValueMap): Readonly<Record<string, ParameterDeclaration>> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, readParameter(name, value)]))
}

function readParameter(name: string, value: Value): ParameterDeclaration {
  if (!/^[a-zA-Z0-9]{1,255}$/.test(name)) {
    throw invalid(`Template format error: Parameter name ${name} is non alphanumeric.`)
  }
  if (!isMap(value)) throw invalid('Template format error: Every Parameters member must be an object.')
  for (const key of Object.keys(value)) {
    if (!attributes.includes(key)) throw invalid(`Invalid template parameter property '${key}'`)
  }
  const type = own(value, 'Type')
  if (typeof type !== 'string') {
    throw invalid('Template format error: Every Parameters object must contain a Type member.')
  }
  const plain = storedType(type) ?? type
  const listOf = /^List<(.+)>$/.exec(plain)?.[1]
  if (plain !== 'CommaDelimitedList' && !scalarTypes.includes(listOf ?? plain)) {
    throw invalid(`Template format error: Unrecognized parameter type: ${type}`)
  }
  const text = (key: string): string | undefined => {
    const item = own(value, key)
    if (item === undefined) return undefined
    if (typeof item === 'object') throw invalid(`Template format error: Every ${key} member must be a string.`)
    return String(item)
  }
  const number = (key: string): number | undefined => {
    const item = text(key)
    if (item === undefined) return undefined
    if (item.trim() === '' || !Number.isFinite(Number(item))) {
      throw invalid(`Template format error: Every ${key} member must be a number.`)
    }
    return Number(item)
  }
  const allowed = own(value, 'AllowedValues')
  if (allowed !== undefined && (!isList(allowed) || allowed.some((item) => typeof item === 'object'))) {
    throw invalid('Template format error: Every AllowedValues member must be a list of strings.')
  }
  const found = {
    defaultValue: text('Default'),
    description: text('Description'),
    constraintDescription: text('ConstraintDescription'),
    allowedValues: isList(allowed) ? allowed.map(String) : undefined,
    allowedPattern: text('AllowedPattern'),
    minLength: number('MinLength'),
    maxLength: number('MaxLength'),
    minValue: number('MinValue'),
    maxValue: number('MaxValue'),
  }
  const present = Object.fromEntries(Object.entries(found).filter(([, item]) => item !== undefined))
  return { type, noEcho: text('NoEcho')?.toLowerCase() === 'true', ...present }
}

/**
 * The values a template runs with: what is given, else the default. `previous` answers `UsePreviousValue`. Throws
 * ValidationError naming every parameter without a value, or the first that breaks a constraint.
 */
export async function resolveParameters(
  declared: Readonly<Record<string, ParameterDeclaration>>,
  given: readonly ParameterInput[],
  previous: Readonly<Record<string, string>> | undefined,
  matches: PatternMatcher,
): Promise<Record<string, string>> {
  const values = new Map<string, string>()
  const unknown = new Set<string>()
  for (const { ParameterKey: key, ParameterValue: value, UsePreviousValue: usePrevious } of given) {
    if (key === undefined || key === '') throw invalid('Parameters must each have a ParameterKey.')
    if (!Object.hasOwn(declared, key)) {
      unknown.add(key)
      continue
    }
    if (values.has(key)) throw invalid(`Parameter ${key} is given more than once.`)
    if (usePrevious) {
      if (value !== undefined)
        throw invalid(
          `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true and non empty value for a parameter`,
        )
      const before = previous && own(previous, key)
      if (before === undefined) {
        throw invalid(
          `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
        )
      }
      values.set(key, before)
    } else if (value !== undefined) values.set(key, value)
  }
  if (unknown.size > 0) throw invalid(`Parameters: [${[...unknown].join(', ')}] do not exist in the template`)
  const missing: string[] = []
  for (const [name, { defaultValue }] of Object.entries(declared)) {
    if (values.has(name)) continue
    if (defaultValue === undefined) missing.push(name)
    else values.set(name, defaultValue)
  }
  if (missing.length > 0) throw invalid(`Parameters: [${missing.join(', ')}] must have values`)
  for (const [name, declaration] of Object.entries(declared)) {
    await checkParameter(name, declaration, values.get(name) ?? '', matches)
  }
  const together = [...values.values()].reduce((sum, text) => sum + text.length, 0)
  if (together > longestTogether)
    throw invalid(`Parameter values may not exceed ${longestTogether} characters together.`)
  return Object.fromEntries(values)
}

async function checkParameter(name: string, declared: ParameterDeclaration, text: string, matches: PatternMatcher) {
  const fail = (what: string) =>
    invalid(
      declared.constraintDescription === undefined
        ? what
        : `Parameter ${name} failed to satisfy constraint: ${declared.constraintDescription}`,
    )
  if (text.length > 4096) throw invalid(`Parameter '${name}' must contain at most 4096 characters`)
  const items = isListType(declared.type) && storedType(declared.type) === undefined ? splitList(text) : [text]
  const numeric = declared.type === 'Number' || declared.type === 'List<Number>'
  for (const item of items) {
    if (declared.allowedValues && !declared.allowedValues.includes(item)) {
      throw fail(`Parameter '${name}' must be one of AllowedValues`)
    }
    if (numeric && (item.trim() === '' || !Number.isFinite(Number(item)))) {
      throw invalid(`Parameter '${name}' must be a number`)
    }
    if (declared.minValue !== undefined && Number(item) < declared.minValue) {
      throw fail(`Parameter '${name}' must be a number not less than ${declared.minValue}`)
    }
    if (declared.maxValue !== undefined && Number(item) > declared.maxValue) {
      throw fail(`Parameter '${name}' must be a number not greater than ${declared.maxValue}`)
    }
  }
  if (declared.minLength !== undefined && text.length < declared.minLength) {
    throw fail(`Parameter '${name}' must contain at least ${declared.minLength} characters`)
  }
  if (declared.maxLength !== undefined && text.length > declared.maxLength) {
    throw fail(`Parameter '${name}' must contain at most ${declared.maxLength} characters`)
  }
  const pattern = declared.allowedPattern
  if (pattern !== undefined && !(await matches(`^(?:${pattern})$`, text))) {
    throw fail(`Parameter '${name}' must match pattern ${pattern}`)
  }
}

/** The items of a list parameter. Blanks around them do not count. */
export function splitList(text: string): string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim())
}
