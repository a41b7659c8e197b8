import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, fromPageToken, pageOf } from '../../kernel/page-token.ts'
import { masked } from '../../stacks/parameters.ts'
import { onAnything, onStack } from './access.ts'
import type { Api } from './api.ts'
import { driftInformation } from './drift.ts'
import { stackOf } from './find.ts'
import { tagList } from './input.ts'
import { badToken, positionOf, tokenPart } from './page.ts'
import { byAge, event, named, type Settings, type Stack, stack } from './state.ts'

const pageSize = 100

/** Stacks and their events, as they are. */
export const describing = operations<Api>()({
  DescribeStacks: {
    authorize: ({ StackName }, ctx, tx) =>
      StackName === undefined ? onAnything('DescribeStacks') : onStack('DescribeStacks', StackName, {}, ctx, tx),
    async read(tx, { StackName, NextToken }) {
      if (StackName !== undefined) return { Stacks: [describe(await stackOf(tx, StackName))] }
      async function* live(): AsyncGenerator<Stack> {
        for await (const { value } of tx.range(named.between([], boundsOfPage(NextToken, badToken)))) {
          const of = value.alias ? undefined : await tx.get(stack(value.uuid))
          if (of) yield of
        }
      }
      const { items, next } = await pageOf(live(), pageSize, ({ name }) => [name])
      return { Stacks: items.map(describe), NextToken: next }
    },
  },

  ListStacks: {
    authorize: () => onAnything('ListStacks'),
    async read(tx, { StackStatusFilter = [], NextToken }) {
      const before = NextToken === undefined ? undefined : fromPageToken(NextToken, ['number', 'string'])
      if (NextToken !== undefined && !before) throw badToken()
      async function* wanted(): AsyncGenerator<Stack> {
        for await (const [, uuid] of tx.keys(byAge.between([], before ? { to: before } : {}), { reverse: true })) {
          const of = await tx.get(stack(uuid))
          if (of && (StackStatusFilter.length === 0 || StackStatusFilter.includes(of.status))) yield of
        }
      }
      const { items, next } = await pageOf(wanted(), pageSize, ({ createdAtMs, uuid }) => [createdAtMs, uuid])
      return {
        StackSummaries: items.map((of) => ({
          StackId: of.id,
          StackName: of.name,
          TemplateDescription: of.description,
          ParentId: of.parentId,
          RootId: of.rootId,
          ...times(of),
          StackStatus: of.status,
          StackStatusReason: of.reason,
          DriftInformation: driftInformation(of),
          LastOperations: lastOperations(of),
        })),
        NextToken: next,
      }
    },
  },

  DescribeStackEvents: {
    authorize: ({ StackName }, ctx, tx) => onStack('DescribeStackEvents', StackName, {}, ctx, tx),
    async read(tx, { StackName, NextToken }) {
      const of = await stackOf(tx, StackName, `Stack [${StackName}] does not exist`)
      const before = positionOf(NextToken)
      const range = event.between([of.uuid], before ? { to: [before] } : {})
      const found = tx.range(range, { reverse: true, limit: pageSize + 1 })
      const { items, next } = await pageOf(found, pageSize, ({ key }) => [tokenPart(key[1])])
      return {
        StackEvents: items.map(({ value }) => ({
          StackId: of.id,
          StackName: of.name,
          EventId: value.id,
          LogicalResourceId: value.logicalId,
          PhysicalResourceId: value.physicalId,
          ResourceType: value.type,
          Timestamp: new Date(value.atMs),
          ResourceStatus: value.status as 'CREATE_COMPLETE',
          ResourceStatusReason: value.reason,
          ResourceProperties: value.properties,
          ClientRequestToken: value.token,
          OperationId: value.operation,
        })),
        NextToken: next,
      }
    },
  },

  DescribeAccountLimits: {
    authorize: () => onAnything('DescribeAccountLimits'),
    read(_tx, { NextToken }) {
      if (NextToken !== undefined) throw badToken()
      // What this service bounds: outputs of a template. Stacks are bounded by the disk alone.
      return { AccountLimits: [{ Name: 'StackOutputsLimit', Value: 200 }] }
    },
  },
})

function describe(of: Stack) {
  return {
    StackId: of.id,
    StackName: of.name,
    AliasName: of.alias,
    ChangeSetId: of.changeSetId,
    Description: of.description,
    ParentId: of.parentId,
    RootId: of.rootId,
    Parameters: parameterList(of),
    ...times(of),
    RollbackConfiguration: {},
    StackStatus: of.status,
    StackStatusReason: of.reason,
    DisableRollback: of.disableRollback,
    NotificationARNs: [],
    TimeoutInMinutes: of.timeoutMinutes,
    Capabilities: [...of.capabilities] as 'CAPABILITY_IAM'[],
    Outputs: of.outputs.map(({ key, value, description, exportName }) => ({
      OutputKey: key,
      OutputValue: value,
      Description: description,
      ExportName: exportName,
    })),
    RoleARN: of.roleArn,
    Tags: tagList(of.tags),
    EnableTerminationProtection: of.terminationProtection,
    DriftInformation: driftInformation(of),
    LastOperations: lastOperations(of),
  }
}

function lastOperations(of: Stack) {
  return of.lastOperations?.map(({ id, type }) => ({ OperationType: type, OperationId: id }))
}

function times(of: Stack) {
  return {
    CreationTime: new Date(of.createdAtMs),
    LastUpdatedTime: of.updatedAtMs === undefined ? undefined : new Date(of.updatedAtMs),
    DeletionTime: of.deletedAtMs === undefined ? undefined : new Date(of.deletedAtMs),
  }
}

/** Parameters as they are answered: NoEcho values masked. */
export function parameterList({ parameters, stored, noEcho }: Settings) {
  return Object.entries(parameters).map(([ParameterKey, value]) => ({
    ParameterKey,
    ParameterValue: noEcho.includes(ParameterKey) ? masked : value,
    ResolvedValue: stored?.[ParameterKey],
  }))
}
