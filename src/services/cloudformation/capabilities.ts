import { awsError } from '../../kernel/errors.ts'
import type { Template } from '../../stacks/template.ts'

/** Types that give permissions, and the property that gives them a name of the caller's choosing. */
const iamTypes: Readonly<Record<string, string | undefined>> = {
  'AWS::IAM::AccessKey': undefined,
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': undefined,
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::RolePolicy': undefined,
  'AWS::IAM::GroupPolicy': undefined,
  'AWS::IAM::UserPolicy': undefined,
  'AWS::IAM::User': 'UserName',
  'AWS::IAM::UserToGroupAddition': undefined,
}

interface Needed {
  readonly capabilities: ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | 'CAPABILITY_AUTO_EXPAND')[]
  readonly reason?: string
}

/** What a template without transforms asks to be acknowledged, and why. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
export function neededCapabilities(template: Template): Needed {
  const found = Object.values(template.resources).filter(({ type }) => Object.hasOwn(iamTypes, type))
  if (found.length === 0) return { capabilities: [] }
  const isNamed = found.some(({ type, properties }) => Object.hasOwn(properties, iamTypes[type] ?? ''))
  const types = [...new Set(found.map(({ type }) => type))]
  return {
    capabilities: [isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'],
    reason: `The following resource(s) require capabilities: [${types.join(', ')}]`,
  }
}

/** What a template with transforms asks to be acknowledged: what they make of it, nobody knows yet. */
export function expansionCapabilities(transforms: readonly string[]): Needed {
  return {
    capabilities: ['CAPABILITY_AUTO_EXPAND'],
    reason: `The following transform(s) require capabilities: [${transforms.join(', ')}]`,
  }
}

/** Throws InsufficientCapabilitiesException when that transforms may be applied is not acknowledged. */
export function checkExpansion(given: readonly string[]): void {
  if (given.includes('CAPABILITY_AUTO_EXPAND')) return
  throw awsError('InsufficientCapabilitiesException', 'Requires capabilities : [CAPABILITY_AUTO_EXPAND]')
}

/** Throws InsufficientCapabilitiesException when what a template asks for is not acknowledged. */
export function checkCapabilities(template: Template, given: readonly string[]): void {
  for (const needed of neededCapabilities(template).capabilities) {
    if (given.includes(needed) || given.includes('CAPABILITY_NAMED_IAM')) continue
    throw awsError('InsufficientCapabilitiesException', `Requires capabilities : [${needed}]`)
  }
}
