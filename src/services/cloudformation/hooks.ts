import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { invalid } from '../../stacks/value.ts'
import { onAnything, onChangeSet, onStack } from './access.ts'
import type { Api } from './api.ts'
import { changeSetOf } from './find.ts'
import { badToken } from './page.ts'

/** Hooks are extensions, which a node has none of: so none is invoked, and there are no results. */
export const hooks = operations<Api>()({
  DescribeChangeSetHooks: {
    authorize: (input, ctx, tx) => onChangeSet('DescribeChangeSetHooks', input.ChangeSetName, input.StackName, ctx, tx),
    async read(tx, { ChangeSetName, StackName, NextToken }) {
      if (NextToken !== undefined) throw badToken()
      const { set, of } = await changeSetOf(tx, ChangeSetName, StackName)
      return {
        ChangeSetId: set.id,
        ChangeSetName: set.name,
        StackId: of.id,
        StackName: of.name,
        Status: set.status === 'FAILED' ? ('UNAVAILABLE' as const) : ('PLANNED' as const),
        Hooks: [],
      }
    },
  },

  ListHookResults: {
    authorize: ({ TargetType, TargetId }, ctx, tx) =>
      TargetId === undefined || (TargetType !== 'STACK' && TargetType !== 'CHANGE_SET')
        ? onAnything('ListHookResults')
        : TargetType === 'STACK'
          ? onStack('ListHookResults', TargetId, {}, ctx, tx)
          : onChangeSet('ListHookResults', TargetId, undefined, ctx, tx),
    read(_tx, { TargetType, TargetId, TypeArn, Status, NextToken }) {
      if ((TargetType === undefined) !== (TargetId === undefined))
        throw invalid('TargetType and TargetId must be specified together.')
      if (Status !== undefined && TypeArn === undefined) throw invalid('Status can only be specified with TypeArn.')
      if (NextToken !== undefined) throw badToken()
      return { TargetType, TargetId, HookResults: [] }
    },
  },

  GetHookResult: {
    authorize: () => onAnything('GetHookResult'),
    read(_tx, { HookResultId }) {
      if (HookResultId === undefined) throw invalid('HookResultId must be specified.')
      throw awsError('HookResultNotFoundException', `Hook result [${HookResultId}] does not exist`)
    },
  },
})
