import { operations } from '../../kernel/operation.ts'
import { masked } from '../../stacks/parameters.ts'
import { invalid } from '../../stacks/value.ts'
import { onAnything, onStack } from './access.ts'
import type { Api } from './api.ts'
import { driftInformation } from './drift.ts'
import { stackOf } from './find.ts'
import { tagList } from './input.ts'
import { fromToken, toToken } from './page.ts'
import { byAge, event, named, type Settings, type Stack, stack } from './state.ts'

const pageSize = 100

/** Stacks and their events, as they are. */
export const describing = operations<Api>()({
  DescribeStacks: {
    authorize: ({ StackName }, ctx, tx) =>
      StackName === undefined ? onAnything('DescribeStacks') : onStack('DescribeStacks', StackName, {}, ctx, tx),
    async read(tx, { StackName, NextToken }) {
      if (StackName !== undefined) return { Stacks: [describe(await stackOf(tx, StackName))] }
      const found: Stack[] = []
      const bounds = NextToken === undefined ? {} : { after: [String(fromToken(NextToken))] as const }
      for await (const { value } of tx.range(named.between([], bounds), { limit: pageSize + 1 })) {
        const of = await tx.get(stack(value.uuid))
        if (of) found.push(of)
      }
      const page = found.slice(0, pageSize)
      return {
        Stacks: page.map(describe),
        NextToken: found.length > pageSize ? toToken(page.at(-1)?.name ?? '') : undefined,
      }
    },
  },

  ListStacks: {
    authorize: () => onAnything('ListStacks'),
    async read(tx, { StackStatusFilter, NextToken }) {
      const found: Stack[] = []
      const position = NextToken === undefined ? undefined : String(fromToken(NextToken)).split('/')
      const bounds = position ? { to: [Number(position[0]), position[1] ?? ''] as const } : {}
      let more = false
      for await (const { key } of tx.range(byAge.between([], bounds), { reverse: true })) {
        const of = await tx.get(stack(key[1]))
        if (!of || (StackStatusFilter && StackStatusFilter.length > 0 && !StackStatusFilter.includes(of.status)))
          continue
        more = found.length === pageSize
        if (more) break
        found.push(of)
      }
      const last = found.at(-1)
      return {
        StackSummaries: found.map((of) => ({
          StackId: of.id,
          StackName: of.name,
          TemplateDescription: of.description,
          ParentId: of.parentId,
          RootId: of.rootId,
          ...times(of),
          StackStatus: of.status,
          StackStatusReason: of.reason,
          DriftInformation: driftInformation(of),
        })),
        NextToken: more && last ? toToken(`${last.createdAtMs}/${last.uuid}`) : undefined,
      }
    },
  },

  DescribeStackEvents: {
    authorize: ({ StackName }, ctx, tx) => onStack('DescribeStackEvents', StackName, {}, ctx, tx),
    async read(tx, { StackName, NextToken }) {
      const of = await stackOf(tx, StackName, `Stack [${StackName}] does not exist`)
      const position = NextToken === undefined ? undefined : fromToken(NextToken)
      if (position !== undefined && !(position instanceof Uint8Array))
        throw invalid('NextToken is not one that this operation returned.')
      const range = position ? event.between([of.uuid], { to: [position] }) : event.under(of.uuid)
      const found = []
      for await (const entry of tx.range(range, { reverse: true, limit: pageSize + 1 })) found.push(entry)
      const page = found.slice(0, pageSize)
      const last = page.at(-1)
      return {
        StackEvents: page.map(({ value }) => ({
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
        })),
        NextToken: found.length > pageSize && last ? toToken(last.key[1]) : undefined,
      }
    },
  },

  DescribeAccountLimits: {
    authorize: () => onAnything('DescribeAccountLimits'),
    read(_tx, { NextToken }) {
      if (NextToken !== undefined) throw invalid('NextToken is not one that this operation returned.')
      // What this service bounds: outputs of a template. Stacks are bounded by the disk alone.
      return { AccountLimits: [{ Name: 'StackOutputsLimit', Value: 200 }] }
    },
  },
})

function describe(of: Stack) {
  return {
    StackId: of.id,
    StackName: of.name,
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
  }
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
