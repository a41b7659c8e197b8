import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { described, isCurrent } from '../drift.ts'
import { stackUuid } from '../find.ts'
import { resource, resourceDrift, stack } from '../state.ts'
import { pageSize, refuseToken, shownParameters } from './describe-sets.ts'
import { onSet, refuseOrganizations, setOf } from './find.ts'
import { type Instance, instance, instanceStatus, type StackSet, setOperation } from './state.ts'
import { placeOf } from './work.ts'

type Filters = readonly { readonly Name?: string; readonly Values?: string }[]

/** Instances of stack sets, as they are. */
export const describingInstances = operations<Api>()({
  DescribeStackInstance: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('DescribeStackInstance', StackSetName, {}, ctx, tx),
    async read(tx, input) {
      refuseOrganizations(input)
      const set = await setOf(tx, input.StackSetName)
      const of = await instanceOf(tx, set, input.StackInstanceAccount, input.StackInstanceRegion)
      return { StackInstance: { ...summary(of, set), ParameterOverrides: shownParameters(of.overrides, set) } }
    },
  },

  ListStackInstances: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('ListStackInstances', StackSetName, {}, ctx, tx),
    async read(tx, input) {
      refuseOrganizations(input)
      const { StackInstanceAccount: account, StackInstanceRegion: region, Filters = [] } = input
      const set = await setOf(tx, input.StackSetName)
      const bounds = boundsOfPage(input.NextToken, refuseToken, ['string', 'string'])
      const wanted = async function* () {
        for await (const { value } of tx.range(instance.between([set.uuid], bounds))) {
          const here = value.account === (account ?? value.account) && value.region === (region ?? value.region)
          if (here && passes(value, Filters)) yield value
        }
      }
      const { items, next } = await pageOf(wanted(), input.MaxResults ?? pageSize, (of) => [of.account, of.region])
      return { Summaries: items.map((of) => summary(of, set)), NextToken: next }
    },
  },

  ListStackInstanceResourceDrifts: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('ListStackInstanceResourceDrifts', StackSetName, {}, ctx, tx),
    async read(tx, input) {
      refuseOrganizations(input)
      const set = await setOf(tx, input.StackSetName)
      const of = await instanceOf(tx, set, input.StackInstanceAccount, input.StackInstanceRegion)
      const operation = await tx.get(setOperation(set.uuid, input.OperationId))
      if (operation?.action !== 'DETECT_DRIFT') {
        throw awsError('OperationNotFoundException', `Operation ${input.OperationId} not found`)
      }
      const only = input.StackInstanceResourceDriftStatuses ?? []
      const bounds = boundsOfPage(input.NextToken, refuseToken)
      const there = tx.in(placeOf(of))
      const found = of.stackId === undefined ? undefined : await there.get(stack(stackUuid(of.stackId)))
      const drifts = async function* () {
        if (!found) return
        for await (const { value } of there.range(resourceDrift.between([found.uuid], bounds))) {
          const item = await there.get(resource(found.uuid, value.logicalId))
          if (isCurrent(value, item) && (only.length === 0 || only.includes(value.status))) yield { of: found, value }
        }
      }
      const page = await pageOf(drifts(), input.MaxResults ?? pageSize, ({ value }) => [value.logicalId])
      return {
        Summaries: page.items.map((drift) => {
          const { ExpectedProperties: _, ActualProperties: __, ...shown } = described(drift.of, drift.value)
          return shown
        }),
        NextToken: page.next,
      }
    },
  },
})

async function instanceOf(tx: ReadTx, set: StackSet, account: string, region: string): Promise<Instance> {
  const found = await tx.get(instance(set.uuid, account, region))
  if (found) return found
  throw awsError(
    'StackInstanceNotFoundException',
    `Stack instance not found for StackSet ${set.name}, account ${account}, Region ${region}`,
  )
}

function passes(of: Instance, filters: Filters): boolean {
  const said: Readonly<Record<string, string>> = {
    DETAILED_STATUS: of.detailed,
    LAST_OPERATION_ID: of.lastOperationId,
    DRIFT_STATUS: of.drift?.status ?? 'NOT_CHECKED',
  }
  return filters.every(({ Name = '', Values = '' }) => Values.split(',').includes(said[Name] ?? ''))
}

function summary(of: Instance, set: StackSet) {
  return {
    StackSetId: set.id,
    Account: of.account,
    Region: of.region,
    StackId: of.stackId,
    Status: instanceStatus(of, set),
    StackInstanceStatus: { DetailedStatus: of.detailed },
    StatusReason: of.reason,
    DriftStatus: of.drift?.status ?? ('NOT_CHECKED' as const),
    LastDriftCheckTimestamp: of.drift && new Date(of.drift.atMs),
    LastOperationId: of.lastOperationId,
  }
}
