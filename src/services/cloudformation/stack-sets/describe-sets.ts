import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { masked } from '../../../stacks/parameters.ts'
import { invalid } from '../../../stacks/value.ts'
import { onAnything } from '../access.ts'
import type { Api } from '../api.ts'
import { tagList } from '../input.ts'
import { liveSet, onSet, refuseOrganizations, setOf } from './find.ts'
import { instance, type SetOperation, type StackSet, setListed, setTemplate, stackSet } from './state.ts'

export const pageSize = 100

/** What is no token of a list. */
export const refuseToken = () => invalid('NextToken is not one that this operation returned.')

/** Stack sets, as they are. */
export const describingSets = operations<Api>()({
  DescribeStackSet: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('DescribeStackSet', StackSetName, {}, ctx, tx),
    async read(tx, input) {
      refuseOrganizations(input)
      const set = await setOf(tx, input.StackSetName)
      return {
        StackSet: {
          StackSetName: set.name,
          StackSetId: set.id,
          StackSetARN: set.arn,
          Description: set.description,
          Status: set.status,
          TemplateBody: (await tx.get(setTemplate(set.uuid)))?.text,
          Parameters: shownParameters(set.parameters, set),
          Capabilities: [...set.capabilities] as 'CAPABILITY_IAM'[],
          Tags: tagList(set.tags),
          AdministrationRoleARN: set.administrationRoleArn,
          ExecutionRoleName: set.executionRoleName,
          PermissionModel: 'SELF_MANAGED' as const,
          ManagedExecution: { Active: set.managedExecution },
          OrganizationalUnitIds: [],
          Regions: await regionsOf(tx, set),
          StackSetDriftDetectionDetails: await lastDrift(tx, set),
        },
      }
    },
  },

  ListStackSets: {
    authorize: () => onAnything('ListStackSets'),
    async read(tx, input) {
      refuseOrganizations(input)
      const { Status, NextToken, MaxResults = pageSize } = input
      const bounds = boundsOfPage(NextToken, refuseToken, ['string', 'string', 'string'])
      const listed = async function* () {
        for await (const key of tx.keys(setListed.between([], bounds))) {
          if (Status === undefined || key[0] === Status) yield key
        }
      }
      const { items, next } = await pageOf(listed(), MaxResults, (key) => key)
      const found = await tx.getMany(items.map(([, , uuid]) => stackSet(uuid)))
      return {
        Summaries: found.flatMap((set) =>
          set === undefined
            ? []
            : [
                {
                  StackSetName: set.name,
                  StackSetId: set.id,
                  Description: set.description,
                  Status: set.status,
                  PermissionModel: 'SELF_MANAGED' as const,
                  DriftStatus: set.drift ? driftStatus(set.drift) : ('NOT_CHECKED' as const),
                  LastDriftCheckTimestamp: set.drift && new Date(set.drift.atMs),
                  ManagedExecution: { Active: set.managedExecution },
                },
              ],
        ),
        NextToken: next,
      }
    },
  },

  /** There are targets of automatic deployments only where Organizations is. */
  ListStackSetAutoDeploymentTargets: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('ListStackSetAutoDeploymentTargets', StackSetName, {}, ctx, tx),
    async read(tx, input) {
      refuseOrganizations(input)
      await liveSet(tx, input.StackSetName)
      const { items, next } = await pageOf(none(), input.MaxResults ?? pageSize, () => [])
      if (input.NextToken !== undefined) throw refuseToken()
      return { Summaries: items, NextToken: next }
    },
  },

  DescribeOrganizationsAccess: {
    authorize: () => onAnything('DescribeOrganizationsAccess'),
    read(_tx, input) {
      refuseOrganizations(input)
      return { Status: 'DISABLED' as const }
    },
  },
})

async function* none(): AsyncGenerator<never> {}

/** Parameters as they are answered: NoEcho values masked. */
export function shownParameters(values: Readonly<Record<string, string>>, { noEcho }: StackSet) {
  return Object.entries(values).map(([ParameterKey, value]) => ({
    ParameterKey,
    ParameterValue: noEcho.includes(ParameterKey) ? masked : value,
    UsePreviousValue: false,
  }))
}

async function regionsOf(tx: ReadTx, set: StackSet): Promise<string[]> {
  const found = new Set<string>()
  for await (const [, , region] of tx.keys(instance.under(set.uuid))) found.add(region)
  return [...found]
}

async function lastDrift(tx: ReadTx, set: StackSet) {
  if (set.drift)
    return { ...counts(set.drift), ...detection(set.drift.status), LastDriftCheckTimestamp: new Date(set.drift.atMs) }
  let total = 0
  for await (const _ of tx.keys(instance.under(set.uuid))) total += 1
  return {
    DriftStatus: 'NOT_CHECKED' as const,
    TotalStackInstancesCount: total,
    DriftedStackInstancesCount: 0,
    InSyncStackInstancesCount: 0,
    InProgressStackInstancesCount: 0,
    FailedStackInstancesCount: 0,
  }
}

/** What an operation that detects drift has found until now. */
export function findings({ drift, status, exceeded, endedAtMs }: SetOperation) {
  if (!drift) return undefined
  const done = status === 'RUNNING' || status === 'QUEUED' || status === 'STOPPING' ? 'IN_PROGRESS' : status
  const ended = done === 'SUCCEEDED' ? (drift.failed > 0 ? 'PARTIAL_SUCCESS' : 'COMPLETED') : exceeded ? 'FAILED' : done
  return {
    ...counts(drift),
    ...detection(ended),
    LastDriftCheckTimestamp: endedAtMs === undefined ? undefined : new Date(endedAtMs),
  }
}

function counts(drift: NonNullable<SetOperation['drift']>) {
  return {
    DriftStatus: driftStatus(drift),
    TotalStackInstancesCount: drift.total,
    DriftedStackInstancesCount: drift.drifted,
    InSyncStackInstancesCount: drift.inSync,
    InProgressStackInstancesCount: drift.total - drift.drifted - drift.inSync - drift.failed,
    FailedStackInstancesCount: drift.failed,
  }
}

function detection(status: string) {
  return { DriftDetectionStatus: status as 'COMPLETED' }
}

function driftStatus({ drifted, inSync }: NonNullable<SetOperation['drift']>): 'DRIFTED' | 'IN_SYNC' | 'NOT_CHECKED' {
  if (drifted > 0) return 'DRIFTED'
  return inSync > 0 ? 'IN_SYNC' : 'NOT_CHECKED'
}
