import { evaluateConditions } from './conditions.ts'
import { type Names, noValue } from './intrinsics.ts'
import { isListType, splitList } from './parameters.ts'
import type { Template } from './template.ts'
import { invalid, own, type Resolved } from './value.ts'
import { openWork } from './work.ts'

/** What a template is evaluated against, besides its resources. */
export interface Environment {
  readonly account: string
  readonly region: string
  readonly stackId: string
  readonly stackName: string
  readonly notificationArns: readonly string[]
  /** Values of the template's parameters, all of them. */
  readonly parameters: Readonly<Record<string, string>>
  /** Another stack's export by name; undefined when there is none. */
  exported(name: string): Resolved | undefined
}

/** How Ref and GetAtt of a resource are answered: from what has been made, or with a hole (Unresolved). */
export interface ResourceValues {
  ref(logicalId: string): Resolved
  getAtt(logicalId: string, attribute: string): Resolved
}

/** What of a template gives it names. */
export type Naming = Pick<Template, 'parameters' | 'mappings' | 'conditions'> & {
  readonly resources: Readonly<Record<string, unknown>>
}

/** The names of a template in an environment, with the truth of its conditions. */
export function templateNames(template: Naming, environment: Environment, resources: ResourceValues): Names {
  // A list is cut up once: a template may name it thousands of times.
  const parameters = new Map<string, Resolved | undefined>()
  const ref = (name: string) => {
    const found = own(pseudo, name)?.(environment)
    if (found !== undefined) return found
    if (!parameters.has(name)) parameters.set(name, parameter(template, environment, name))
    return parameters.get(name)
  }
  const base = {
    mappings: template.mappings,
    importValue(name: string): Resolved {
      const value = environment.exported(name)
      if (value === undefined) throw invalid(`No export named ${name} found.`)
      return value
    },
    work: openWork(),
    zones: (region: string) => ['a', 'b', 'c'].map((letter) => region + letter),
  }
  const nothing = (what: string) => (): never => {
    throw invalid(`Template error: ${what} cannot be used in the Conditions block of the template`)
  }
  const truths = evaluateConditions(template.conditions, {
    ...base,
    ref,
    getAtt: nothing('Fn::GetAtt'),
    importValue: nothing('Fn::ImportValue'),
  })
  return {
    ...base,
    ref: (name) => ref(name) ?? (Object.hasOwn(template.resources, name) ? resources.ref(name) : undefined),
    getAtt(id, attribute) {
      if (!Object.hasOwn(template.resources, id)) {
        throw invalid(`Template error: instance of Fn::GetAtt references undefined resource ${id}`)
      }
      return resources.getAtt(id, attribute)
    },
    condition(name) {
      const truth = own(truths, name)
      if (truth === undefined) {
        throw invalid(
          `Template format error: Unresolved condition dependency ${name} in the Resources block of the template`,
        )
      }
      return truth
    },
  }
}

const pseudo: Readonly<Record<string, (environment: Environment) => Resolved | typeof noValue>> = {
  'AWS::AccountId': ({ account }) => account,
  'AWS::NotificationARNs': ({ notificationArns }) => notificationArns,
  'AWS::NoValue': () => noValue,
  'AWS::Partition': () => 'aws',
  'AWS::Region': ({ region }) => region,
  'AWS::StackId': ({ stackId }) => stackId,
  'AWS::StackName': ({ stackName }) => stackName,
  'AWS::URLSuffix': () => 'amazonaws.com',
}

function parameter(template: Naming, environment: Environment, name: string): Resolved | undefined {
  const declared = own(template.parameters, name)
  const text = own(environment.parameters, name)
  if (!declared || text === undefined) return undefined
  return isListType(declared.type) ? splitList(text) : text
}
