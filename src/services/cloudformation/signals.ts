import { operations } from '../../kernel/operation.ts'
import { invalid } from '../../stacks/value.ts'
import { onStack } from './access.ts'
import type { Api } from './api.ts'
import { liveStack } from './find.ts'
import { resource, resourceSignal } from './state.ts'

/** Signals to resources that wait for as many as their CreationPolicy says. */
export const signals = operations<Api>()({
  SignalResource: {
    authorize: ({ StackName }, ctx, tx) => onStack('SignalResource', StackName, {}, ctx, tx),
    async write(tx, { StackName, LogicalResourceId, UniqueId, Status }) {
      const of = await liveStack(tx, StackName)
      const found = await tx.get(resource(of.uuid, LogicalResourceId))
      if (!found) throw invalid(`Resource ${LogicalResourceId} does not exist for stack ${of.name}`)
      if (!found.status.endsWith('_IN_PROGRESS')) {
        throw invalid(`Resource ${LogicalResourceId} is in ${found.status} state and can not be signaled`)
      }
      if (!found.attempt?.target.creationPolicy) {
        throw invalid(`Resource ${LogicalResourceId} has no CreationPolicy that waits for signals`)
      }
      const signal = { status: Status, uniqueId: UniqueId, data: '', reason: '' } as const
      tx.set(resourceSignal(of.uuid, LogicalResourceId, UniqueId), signal)
      return {}
    },
  },
})
