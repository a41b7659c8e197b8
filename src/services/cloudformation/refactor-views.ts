import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, fromPageToken, pageOf } from '../../kernel/page-token.ts'
import type { Api } from './api.ts'
import { badToken } from './page.ts'
import { foundRefactor, onRefactor } from './refactor-find.ts'
import {
  type RefactorAction,
  refactorAction,
  refactorByAge,
  type StackRefactor,
  stackRefactor,
} from './refactor-state.ts'

const pageSize = 100

/** Refactors of stacks, as they are. */
export const refactorViews = operations<Api>()({
  DescribeStackRefactor: {
    authorize: ({ StackRefactorId }, ctx, tx) => onRefactor('DescribeStackRefactor', StackRefactorId, ctx, tx),
    async read(tx, { StackRefactorId: id }) {
      const found = await foundRefactor(tx, id)
      return { ...summary(found), StackIds: found.stacks.map((member) => member.id) }
    },
  },

  ListStackRefactors: {
    authorize: (_input, ctx) => [
      { action: 'cloudformation:ListStackRefactors', resource: ctx.arn('cloudformation', 'stack/*/*') },
    ],
    async read(tx, { ExecutionStatusFilter: only = [], NextToken, MaxResults = pageSize }) {
      const before = NextToken === undefined ? undefined : fromPageToken(NextToken, ['number', 'string'])
      if (NextToken !== undefined && before === undefined) throw badToken()
      const range = refactorByAge.between([], before ? { to: before } : {})
      async function* wanted(): AsyncGenerator<StackRefactor> {
        for await (const [, id] of tx.keys(range, { reverse: true })) {
          const found = await tx.get(stackRefactor(id))
          if (found && (only.length === 0 || only.includes(found.execution))) yield found
        }
      }
      const { items, next } = await pageOf(wanted(), MaxResults, ({ createdAtMs, id }) => [createdAtMs, id])
      return { StackRefactorSummaries: items.map(summary), NextToken: next }
    },
  },

  ListStackRefactorActions: {
    authorize: ({ StackRefactorId }, ctx, tx) => onRefactor('ListStackRefactorActions', StackRefactorId, ctx, tx),
    async read(tx, { StackRefactorId: id, NextToken, MaxResults = pageSize }) {
      await foundRefactor(tx, id)
      const range = refactorAction.between([id], boundsOfPage(NextToken, badToken, ['number']))
      const { items, next } = await pageOf(tx.range(range, { limit: MaxResults + 1 }), MaxResults, ({ key }) => [
        key[1],
      ])
      return { StackRefactorActions: items.map(({ value }) => described(value)), NextToken: next }
    },
  },
})

function summary(found: StackRefactor) {
  return {
    StackRefactorId: found.id,
    Description: found.description,
    ExecutionStatus: found.execution,
    ExecutionStatusReason: found.executionReason,
    Status: found.status,
    StatusReason: found.reason,
  }
}

function described({ physicalId, mapped, from, to }: RefactorAction) {
  if (!from) {
    const Description = `Stack ${to.logicalId} will be created.`
    return { Action: 'CREATE' as const, Entity: 'STACK' as const, PhysicalResourceId: physicalId, Description }
  }
  const place = (at: typeof to) => ({ StackName: at.stackId, LogicalResourceId: at.logicalId })
  return {
    Action: 'MOVE' as const,
    Entity: 'RESOURCE' as const,
    PhysicalResourceId: physicalId,
    Description: 'No configuration changes detected.',
    Detection: mapped ? ('MANUAL' as const) : ('AUTO' as const),
    // The tags that name its stack stay as they are until the resource is updated next.
    TagResources: [],
    UntagResources: [],
    ResourceMapping: { Source: place(from), Destination: place(to) },
  }
}
