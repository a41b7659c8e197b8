import type { CreationPolicy } from '../kernel/resource.ts'
import { readCreationPolicy } from './creation-policy.ts'
import { type ParameterDeclaration, readParameters } from './parameters.ts'
import { invalid, isList, isMap, own, type Value, type ValueMap } from './value.ts'

/** A template whose sections have the right shape. References in it are checked in references.ts. */
export interface Template {
  readonly description?: string
  readonly metadata?: ValueMap
  readonly parameters: Readonly<Record<string, ParameterDeclaration>>
  /** What has to hold of the parameters, by name. */
  readonly rules: ValueMap
  readonly mappings: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Value>>>>>>
  /** Condition functions by condition name. */
  readonly conditions: Readonly<Record<string, Value>>
  readonly resources: Readonly<Record<string, ResourceDeclaration>>
  readonly outputs: Readonly<Record<string, OutputDeclaration>>
}

export type DeletionPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate'
export interface ResourceDeclaration {
  readonly type: string
  readonly properties: ValueMap
  readonly dependsOn: readonly string[]
  readonly condition?: string
  readonly metadata?: ValueMap
  readonly deletionPolicy: DeletionPolicy
  /** The template says it, default or not. */
  readonly deletionPolicyGiven: boolean
  readonly updateReplacePolicy: 'Delete' | 'Retain'
  readonly creationPolicy?: CreationPolicy
}

export interface OutputDeclaration {
  readonly value: Value
  readonly description?: string
  readonly condition?: string
  readonly exportName?: Value
}

const sections = [
  ...['AWSTemplateFormatVersion', 'Description', 'Metadata', 'Parameters', 'Rules', 'Mappings', 'Conditions'],
  ...['Transform', 'Resources', 'Outputs', 'Hooks'],
]
const resourceAttributes = [
  ...['Type', 'Properties', 'DependsOn', 'Condition', 'Metadata', 'DeletionPolicy', 'UpdateReplacePolicy'],
  ...['CreationPolicy', 'UpdatePolicy'],
]
/** Entries that a section may have. */
export const maxima = { Parameters: 200, Mappings: 200, Resources: 500, Outputs: 200 } as const
const alphanumeric = /^[a-zA-Z0-9]{1,255}$/

/**
 * Checks the sections of a parsed template and gives them types. Throws ValidationError with CloudFormation's words.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
 */
export function readTemplate(root: ValueMap): Template {
  const unknown = Object.keys(root).filter((key) => !sections.includes(key))
  if (unknown.length > 0) throw invalid(`Invalid template property or properties [${unknown.join(', ')}]`)
  const version = own(root, 'AWSTemplateFormatVersion')
  if (version !== undefined && version !== '2010-09-09') {
    throw invalid('Template format error: unsupported value for AWSTemplateFormatVersion.')
  }
  if (own(root, 'Hooks') !== undefined) {
    throw invalid('Template format error: the section Hooks is not supported by Landfall yet. Remove it.')
  }
  const description = own(root, 'Description')
  if (description !== undefined && (typeof description !== 'string' || Buffer.byteLength(description) > 1024)) {
    throw invalid('Template format error: Template description must be a string of at most 1024 bytes.')
  }
  const resources = section(root, 'Resources')
  if (!resources || Object.keys(resources).length === 0) {
    throw invalid('Template format error: At least one Resources member must be defined.')
  }
  const metadata = section(root, 'Metadata')
  return {
    ...(description === undefined ? {} : { description }),
    ...(metadata === undefined ? {} : { metadata }),
    parameters: readParameters(section(root, 'Parameters') ?? {}),
    rules: section(root, 'Rules') ?? {},
    mappings: readMappings(section(root, 'Mappings') ?? {}),
    conditions: readConditions(section(root, 'Conditions') ?? {}),
    resources: mapEntries(resources, readResource),
    outputs: mapEntries(section(root, 'Outputs') ?? {}, readOutput),
  }
}

/** What a template says of itself before its transforms are applied: its resources may be anything yet. */
export function readDeclarations(root: ValueMap): Pick<Template, 'description' | 'metadata' | 'parameters'> {
  const { Description, Metadata, Parameters } = root
  const declared = Object.entries(isMap(Parameters) ? Parameters : {}).filter(([name]) => !name.startsWith('Fn::'))
  return {
    ...(typeof Description === 'string' ? { description: Description } : {}),
    ...(isMap(Metadata) ? { metadata: Metadata } : {}),
    parameters: readParameters(Object.fromEntries(declared)),
  }
}

/** What gives a template names, of one whose resources are not read yet. */
export function readNaming(
  root: ValueMap,
): Pick<Template, 'mappings' | 'conditions'> & { readonly resources: ValueMap } {
  return {
    mappings: readMappings(section(root, 'Mappings') ?? {}),
    conditions: readConditions(section(root, 'Conditions') ?? {}),
    resources: section(root, 'Resources') ?? {},
  }
}

function section(root: ValueMap, name: string): ValueMap | undefined {
  const value = own(root, name)
  if (value === undefined) return undefined
  if (!isMap(value)) throw invalid(`Template format error: ${name} must be an object.`)
  refuseMany(name, Object.keys(value).length)
  return value
}

/** Throws ValidationError for more entries than a section may have. */
export function refuseMany(section: string, count: number): void {
  const limit = own(maxima, section)
  if (limit === undefined || count <= limit) return
  throw invalid(
    `Template format error: Number of ${section.toLowerCase()}, ${count}, is greater than maximum allowed, ${limit}`,
  )
}

function mapEntries<T>(map: ValueMap, read: (name: string, value: Value) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, read(name, value)]))
}

function readMappings(map: ValueMap): Template['mappings'] {
  const shape = () => invalid('Template format error: Every Mappings member must be an object of objects.')
  return mapEntries(map, (_, keys) => {
    if (!isMap(keys)) throw shape()
    return mapEntries(keys, (_key, attributes) => {
      if (!isMap(attributes)) throw shape()
      return mapEntries(attributes, (_attribute, value) => {
        if (isMap(value) || (isList(value) && value.some((item) => typeof item === 'object'))) {
          throw invalid('Template format error: Every Mappings attribute must be a String or a List.')
        }
        return value
      })
    })
  })
}

function readConditions(map: ValueMap): Template['conditions'] {
  return mapEntries(map, (name, value) => {
    if (!isMap(value) || Object.keys(value).length !== 1) {
      throw invalid(
        `Template format error: Conditions member ${name} must be one condition function (Fn::And, Fn::Equals, Fn::Not, Fn::Or or Condition).`,
      )
    }
    return value
  })
}

/** Custom resources alone may say a version, which means nothing to CloudFormation (CDK: `version` of `ICfnResourceOptions`). */
function isCustom(type: Value | undefined): boolean {
  return typeof type === 'string' && /^(Custom::|AWS::CloudFormation::CustomResource$)/.test(type)
}

function readResource(name: string, value: Value): ResourceDeclaration {
  if (!alphanumeric.test(name)) throw invalid(`Template format error: Resource name ${name} is non alphanumeric.`)
  if (!isMap(value)) throw invalid(`Template format error: [/Resources/${name}] resource definition is malformed`)
  for (const key of Object.keys(value)) {
    const known = resourceAttributes.includes(key) || (key === 'Version' && isCustom(own(value, 'Type')))
    if (!known) throw invalid(`Invalid template resource property '${key}'`)
  }
  const type = own(value, 'Type')
  if (typeof type !== 'string' || type === '') {
    throw invalid(`Template format error: [/Resources/${name}] Every Resources object must contain a Type member.`)
  }
  if (own(value, 'UpdatePolicy') !== undefined) {
    throw invalid(
      `Template format error: [/Resources/${name}/UpdatePolicy] is not supported by Landfall yet. Remove it.`,
    )
  }
  const creationPolicy = readCreationPolicy(name, type, own(value, 'CreationPolicy'))
  const properties = own(value, 'Properties') ?? {}
  if (!isMap(properties)) {
    throw invalid(`Template format error: [/Resources/${name}/Properties] Properties must be an object.`)
  }
  const metadata = own(value, 'Metadata')
  if (metadata !== undefined && !isMap(metadata)) {
    throw invalid(`Template format error: [/Resources/${name}/Metadata] Metadata must be an object.`)
  }
  const condition = own(value, 'Condition')
  if (condition !== undefined && typeof condition !== 'string') {
    throw invalid(`Template format error: [/Resources/${name}/Condition] Every Condition member must be a string.`)
  }
  const dependsOn = own(value, 'DependsOn') ?? []
  const names = isList(dependsOn) ? dependsOn : [dependsOn]
  if (!names.every((item) => typeof item === 'string')) {
    throw invalid(`Template format error: [/Resources/${name}/DependsOn] DependsOn must be a name or a list of names.`)
  }
  return {
    type,
    properties,
    dependsOn: names as string[],
    ...(condition === undefined ? {} : { condition }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(creationPolicy === undefined ? {} : { creationPolicy }),
    deletionPolicy: policy(name, 'DeletionPolicy', own(value, 'DeletionPolicy')),
    deletionPolicyGiven: own(value, 'DeletionPolicy') !== undefined,
    updateReplacePolicy:
      policy(name, 'UpdateReplacePolicy', own(value, 'UpdateReplacePolicy')) === 'Retain' ? 'Retain' : 'Delete',
  }
}

function policy(name: string, attribute: string, value: Value | undefined): DeletionPolicy {
  if (value === undefined || value === 'Delete') return 'Delete'
  if (value === 'Retain') return 'Retain'
  if (value === 'RetainExceptOnCreate' && attribute === 'DeletionPolicy') return value
  if (value === 'Snapshot') {
    throw invalid(
      `Template error: ${attribute} of resource ${name}: Snapshot is not supported by Landfall. Use Retain or Delete.`,
    )
  }
  throw invalid(
    `Template error: Unrecognized ${attribute} ${typeof value === 'string' ? value : ''} for resource ${name}`,
  )
}

function readOutput(name: string, value: Value): OutputDeclaration {
  if (!alphanumeric.test(name)) throw invalid(`Template format error: Output name ${name} is non alphanumeric.`)
  if (!isMap(value)) throw invalid(`Template format error: [/Outputs/${name}] Every Outputs member must be an object.`)
  for (const key of Object.keys(value)) {
    if (!['Value', 'Description', 'Condition', 'Export'].includes(key)) {
      throw invalid(`Template format error: [/Outputs/${name}] Invalid template output property '${key}'`)
    }
  }
  const result = own(value, 'Value')
  if (result === undefined) {
    throw invalid(`Template format error: [/Outputs/${name}] Every Outputs member must contain a Value object`)
  }
  const description = own(value, 'Description')
  if (description !== undefined && typeof description !== 'string') {
    throw invalid(`Template format error: [/Outputs/${name}] Every Description member must be a string.`)
  }
  const condition = own(value, 'Condition')
  if (condition !== undefined && typeof condition !== 'string') {
    throw invalid(`Template format error: [/Outputs/${name}] Every Condition member must be a string.`)
  }
  const exported = own(value, 'Export')
  const exportName = isMap(exported) ? own(exported, 'Name') : undefined
  if (exported !== undefined && (exportName === undefined || (isMap(exported) && Object.keys(exported).length > 1))) {
    throw invalid(
      `Template format error: [/Outputs/${name}] Output ${name} is malformed. The Export must have one Name.`,
    )
  }
  return {
    value: result,
    ...(description === undefined ? {} : { description }),
    ...(condition === undefined ? {} : { condition }),
    ...(exportName === undefined ? {} : { exportName }),
  }
}
