import { isDeepStrictEqual } from 'node:util'
import { invalid } from '../../../stacks/value.ts'
import { refuseOrganizations } from './find.ts'

interface Parameter {
  readonly ParameterKey: string
  readonly ParameterValue: string
}

/** Instances as a template has them: in each of these accounts and Regions, with these parameters of their own. */
export interface Group {
  readonly DeploymentTargets: {
    readonly Accounts?: readonly string[]
    readonly AccountsUrl?: string
    readonly AccountFilterType?: string
    readonly OrganizationalUnitIds?: readonly string[]
  }
  readonly Regions: readonly string[]
  readonly ParameterOverrides?: readonly Parameter[]
}

export interface Wanted {
  readonly account: string
  readonly region: string
  readonly ParameterOverrides: readonly Parameter[]
}

/** Every instance of the groups, by account and Region. Throws ValidationError for what templates cannot say here. */
export function instancesIn({
  StackInstancesGroup = [],
}: {
  StackInstancesGroup?: readonly Group[]
}): Map<string, Wanted> {
  const found = new Map<string, Wanted>()
  for (const { DeploymentTargets: targets, Regions, ParameterOverrides = [] } of StackInstancesGroup) {
    refuseOrganizations(targets)
    if (targets.AccountsUrl !== undefined || targets.AccountFilterType !== undefined) {
      throw invalid(
        'AccountsUrl and AccountFilterType of DeploymentTargets are not supported by Landfall yet: use Accounts.',
      )
    }
    for (const account of targets.Accounts ?? []) {
      for (const region of Regions) found.set(`${account}/${region}`, { account, region, ParameterOverrides })
    }
  }
  return found
}

type Instances = ReadonlyMap<string, Wanted>

export function removed(before: Instances, after: Instances): Wanted[] {
  return [...before].flatMap(([place, one]) => (after.has(place) ? [] : [one]))
}

export function added(before: Instances, after: Instances): Wanted[] {
  return removed(after, before)
}

/** Those that stay, with other parameters of their own. */
export function changed(before: Instances, after: Instances): Wanted[] {
  return [...after].flatMap(([place, one]) => {
    const was = before.get(place)
    return was && !isDeepStrictEqual(was.ParameterOverrides, one.ParameterOverrides) ? [one] : []
  })
}

/** Instances in as few operations as there can be: accounts that have the same parameters in the same Regions together. */
export function batches(instances: readonly Wanted[]) {
  const byAccount = Map.groupBy(instances, ({ account, ParameterOverrides }) =>
    JSON.stringify([account, ParameterOverrides]),
  )
  const each = [...byAccount.values()].map((some) => ({
    Accounts: some.slice(0, 1).map(({ account }) => account),
    Regions: some.map(({ region }) => region),
    ParameterOverrides: some[0]?.ParameterOverrides ?? [],
  }))
  const alike = Map.groupBy(each, ({ Regions, ParameterOverrides }) =>
    JSON.stringify([[...Regions].sort(), ParameterOverrides]),
  )
  return [...alike.values()].flatMap((some) => {
    const [first] = some
    return first ? [{ ...first, Accounts: some.flatMap(({ Accounts }) => Accounts) }] : []
  })
}
