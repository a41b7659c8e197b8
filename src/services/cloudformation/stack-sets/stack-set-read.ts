import { isDeepStrictEqual } from 'node:util'
import { isAwsError } from '../../../kernel/errors.ts'
import { members } from '../../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../../kernel/resource.ts'
import { masked } from '../../../stacks/parameters.ts'
import { administrationRole, executionRole } from './execution-role.ts'
import { type Group, instancesIn } from './groups.ts'

interface Parameter {
  readonly ParameterKey: string
  readonly ParameterValue: string
}
interface Described {
  readonly Status: string
  readonly AdministrationRoleARN: string
  readonly ExecutionRoleName: string
  readonly Parameters: readonly Parameter[]
}
interface Given {
  readonly Parameters?: readonly Parameter[]
  readonly StackInstancesGroup?: readonly Group[]
}

/** A set with its instances, as it is; undefined when it is gone. */
export async function readSet(id: string, rx: ResourceReader) {
  const found = await rx
    .invoke<{ StackSet: Described }>('cloudformation:DescribeStackSet', { StackSetName: id })
    .catch((error: unknown) => {
      if (isAwsError(error, 'StackSetNotFoundException')) return undefined
      throw error
    })
  if (!found || found.StackSet.Status === 'DELETED') return undefined
  const set = found.StackSet
  const instances = await list(id, rx)
  return {
    instances,
    async live(props: Given): Promise<LiveProperties> {
      return {
        ...members(set, ['StackSetName', 'PermissionModel', 'Description', 'TemplateBody', 'Capabilities', 'Tags']),
        Parameters: unmasked(set.Parameters, props.Parameters),
        ManagedExecution: members(set, ['ManagedExecution']).ManagedExecution,
        // What is so by default, nobody has set.
        AdministrationRoleARN: set.AdministrationRoleARN.endsWith(`/${administrationRole}`)
          ? undefined
          : set.AdministrationRoleARN,
        ExecutionRoleName: set.ExecutionRoleName === executionRole ? undefined : set.ExecutionRoleName,
        StackInstancesGroup: await groups(id, instances, props, rx),
      }
    },
  }
}

interface Place {
  readonly account: string
  readonly region: string
}

async function list(StackSetName: string, rx: ResourceReader): Promise<Place[]> {
  const found: Place[] = []
  let NextToken: string | undefined
  do {
    const page = await rx.invoke<{ Summaries: { Account: string; Region: string }[]; NextToken?: string }>(
      'cloudformation:ListStackInstances',
      { StackSetName, ...(NextToken === undefined ? {} : { NextToken }) },
    )
    found.push(...page.Summaries.map(({ Account: account, Region: region }) => ({ account, region })))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return found
}

/** The groups as they were given when that is what there is, else one for each instance. */
async function groups(id: string, instances: readonly Place[], props: Given, rx: ResourceReader): Promise<unknown> {
  const given = instancesIn(props)
  const is: Group[] = []
  for (const { account, region } of instances) {
    const place = { StackSetName: id, StackInstanceAccount: account, StackInstanceRegion: region }
    const { StackInstance } = await rx.invoke<{ StackInstance: { ParameterOverrides?: Parameter[] } }>(
      'cloudformation:DescribeStackInstance',
      place,
    )
    const wanted = given.get(`${account}/${region}`)?.ParameterOverrides
    const ParameterOverrides = unmasked(StackInstance.ParameterOverrides ?? [], wanted)
    is.push({ DeploymentTargets: { Accounts: [account] }, Regions: [region], ParameterOverrides })
  }
  const found = instancesIn({ StackInstancesGroup: is })
  if (found.size === 0) return undefined
  const same = found.size === given.size && [...found].every(([place, one]) => alike(one, given.get(place)))
  return same ? props.StackInstancesGroup : is
}

function alike(one: { ParameterOverrides: readonly Parameter[] }, other: typeof one | undefined): boolean {
  const values = ({ ParameterOverrides }: typeof one) =>
    new Map(ParameterOverrides.map(({ ParameterKey, ParameterValue }) => [ParameterKey, String(ParameterValue)]))
  return other !== undefined && isDeepStrictEqual(values(one), values(other))
}

/** A value that is not shown is taken to be the one that was given. */
function unmasked(shown: readonly Parameter[], given: readonly Parameter[] = []): Parameter[] {
  return shown.map(({ ParameterKey, ParameterValue }) => ({
    ParameterKey,
    ParameterValue:
      ParameterValue === masked
        ? (given.find((one) => one.ParameterKey === ParameterKey)?.ParameterValue ?? masked)
        : ParameterValue,
  }))
}
