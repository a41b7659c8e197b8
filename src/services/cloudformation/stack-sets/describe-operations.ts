import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, fromPageToken, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { callOff, endOperation } from './conclude.ts'
import { findings, pageSize, refuseToken } from './describe-sets.ts'
import { onSet, refuseOrganizations, setOf } from './find.ts'
import { operationByAge, type SetOperation, type StackSet, setOperation, target } from './state.ts'

/** What operations have come to, and an end to one that is not needed any more. */
export const describingOperations = operations<Api>()({
  DescribeStackSetOperation: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('DescribeStackSetOperation', StackSetName, {}, ctx, tx),
    async read(tx, input) {
      refuseOrganizations(input)
      const set = await setOf(tx, input.StackSetName)
      const of = await operationOf(tx, set, input.OperationId)
      return {
        StackSetOperation: {
          ...summary(of),
          StackSetId: set.id,
          RetainStacks: of.retainStacks,
          AdministrationRoleARN: of.administrationRoleArn,
          ExecutionRoleName: of.executionRoleName,
          StackSetDriftDetectionDetails: findings(of),
        },
      }
    },
  },

  ListStackSetOperations: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('ListStackSetOperations', StackSetName, {}, ctx, tx),
    async read(tx, input) {
      refuseOrganizations(input)
      const set = await setOf(tx, input.StackSetName)
      const { NextToken: token, MaxResults = pageSize } = input
      const before = token === undefined ? undefined : fromPageToken(token, ['number', 'string'])
      if (token !== undefined && !before) throw refuseToken()
      const keys = tx.keys(operationByAge.between([set.uuid], before ? { to: before } : {}), {
        reverse: true,
        limit: MaxResults + 1,
      })
      const { items, next } = await pageOf(keys, MaxResults, ([, atMs, id]) => [atMs, id])
      const found = await tx.getMany(items.map(([, , id]) => setOperation(set.uuid, id)))
      return { Summaries: found.flatMap((of) => (of ? [summary(of)] : [])), NextToken: next }
    },
  },

  ListStackSetOperationResults: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('ListStackSetOperationResults', StackSetName, {}, ctx, tx),
    async read(tx, input) {
      refuseOrganizations(input)
      const set = await setOf(tx, input.StackSetName)
      const of = await operationOf(tx, set, input.OperationId)
      const wanted = (input.Filters ?? []).filter(({ Name }) => Name === 'OPERATION_RESULT_STATUS')
      const bounds = boundsOfPage(input.NextToken, refuseToken, ['number', 'string'])
      const results = async function* () {
        for await (const entry of tx.range(target.between([set.uuid, of.id], bounds))) {
          if (wanted.every(({ Values = '' }) => Values === entry.value.status)) yield entry
        }
      }
      const { items, next } = await pageOf(results(), input.MaxResults ?? pageSize, ({ key }) => [key[2], key[3]])
      return {
        Summaries: items.map(({ value }) => ({
          Account: value.account,
          Region: value.region,
          Status: value.status,
          StatusReason: value.reason,
          AccountGateResult: value.gate && { Status: value.gate.status, StatusReason: value.gate.reason },
        })),
        NextToken: next,
      }
    },
  },

  /** What has begun is waited for; what has not is called off. */
  StopStackSetOperation: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('StopStackSetOperation', StackSetName, {}, ctx, tx),
    async write(tx, input, ctx) {
      refuseOrganizations(input)
      const set = await setOf(tx, input.StackSetName)
      const of = await operationOf(tx, set, input.OperationId)
      if (of.status === 'STOPPING') return {}
      if (of.status !== 'RUNNING' && of.status !== 'QUEUED') {
        throw awsError(
          'InvalidOperationException',
          `Operation ${of.id} is in ${of.status} state and can not be stopped`,
        )
      }
      await callOff(tx, set.uuid, of, 'Cancelled since the operation was stopped')
      if (of.status === 'QUEUED') await endOperation(tx, ctx.host, set.uuid, of.id, ctx.nowMs)
      else tx.set(setOperation(set.uuid, of.id), { ...of, status: 'STOPPING' })
      return {}
    },
  },
})

async function operationOf(tx: ReadTx, set: StackSet, id: string): Promise<SetOperation> {
  const found = await tx.get(setOperation(set.uuid, id))
  if (!found) throw awsError('OperationNotFoundException', `Operation ${id} not found`)
  return found
}

function summary(of: SetOperation) {
  const { RegionOrder } = of.preferences
  return {
    OperationId: of.id,
    Action: of.action,
    Status: of.status,
    CreationTimestamp: new Date(of.createdAtMs),
    EndTimestamp: of.endedAtMs === undefined ? undefined : new Date(of.endedAtMs),
    OperationPreferences: { ...of.preferences, RegionOrder: RegionOrder && [...RegionOrder] },
    StatusDetails: { FailedStackInstancesCount: of.regions.reduce((sum, { failed }) => sum + failed, 0) },
  }
}
