import { operations } from '../../kernel/operation.ts'
import { invalid } from '../../stacks/value.ts'
import { onStack } from './access.ts'
import type { Api } from './api.ts'
import { begin } from './begin.ts'
import { checkUnused } from './conclude.ts'
import { addEvent, stackLine } from './event-log.ts'
import { findStack, liveStack } from './find.ts'
import { lineageIn } from './lineage.ts'
import { closeOperation, openOperation } from './operation-log.ts'
import { repeated } from './stacks.ts'
import { deployment, resource, type Stack, stack } from './state.ts'

/** Stacks deleted, and deployments called off or taken back. */
export const endings = operations<Api>()({
  DeleteStack: {
    authorize: (input, ctx, tx) => onStack('DeleteStack', input.StackName, input, ctx, tx),
    async write(tx, input, ctx) {
      if (input.DeletionMode === 'FORCE_DELETE_STACK') {
        throw invalid('DeletionMode FORCE_DELETE_STACK is not supported by Landfall yet. Use RetainResources.')
      }
      const of = await findStack(tx, input.StackName)
      if (!of || of.status === 'DELETE_COMPLETE') return {}
      if (input.ClientRequestToken !== undefined && of.lastRequest?.token === input.ClientRequestToken) {
        repeated(of, 'DeleteStack')
        return {}
      }
      if (of.terminationProtection) {
        throw invalid(`Stack [${of.name}] cannot be deleted while TerminationProtection is enabled`)
      }
      const retain = input.RetainResources ?? []
      if (retain.length > 0 && of.status !== 'DELETE_FAILED') {
        throw invalid(
          `Invalid operation on stack [${of.id}]. The specified RetainResources can only be used on a stack in DELETE_FAILED state.`,
        )
      }
      for (const id of retain) {
        if (!(await tx.get(resource(of.uuid, id))))
          throw invalid(`RetainResources names ${id}, which stack [${of.name}] does not have`)
      }
      await checkUnused(tx, of.outputs, 'deleted')
      const running = await tx.get(deployment(of.uuid))
      if (running) {
        if (of.status === 'DELETE_IN_PROGRESS') return {}
        await closeOperation(tx, of.uuid, running.operation, 'FAILED')
        const opened = openOperation(tx, of, 'DELETE_STACK', ctx.ids)
        const now: Stack = {
          ...of,
          status: 'DELETE_IN_PROGRESS',
          reason: 'User Initiated',
          lastOperations: [opened, ...(of.lastOperations ?? []).slice(0, 1)],
        }
        tx.set(stack(of.uuid), now)
        tx.set(deployment(of.uuid), { ...running, request: 'delete', operation: opened.id })
        const cause = { clientRequestToken: input.ClientRequestToken, operation: opened.id }
        await addEvent(tx, of, ctx.host, stackLine(now), ctx.nowMs, cause)
        return {}
      }
      const lineage = await lineageIn(tx, ctx)
      await begin(
        tx,
        of,
        {
          status: 'DELETE_IN_PROGRESS',
          kind: 'delete',
          phase: 'remove',
          roleArn: input.RoleARN ?? of.roleArn,
          token: input.ClientRequestToken,
          action: 'DeleteStack',
          ...(lineage?.parentId === of.parentId
            ? { undoes: lineage?.undoes, retainExceptOnCreate: lineage?.retainExceptOnCreate }
            : {}),
          skip: retain,
        },
        ctx,
      )
      return {}
    },
  },

  CancelUpdateStack: {
    authorize: (input, ctx, tx) => onStack('CancelUpdateStack', input.StackName, {}, ctx, tx),
    async write(tx, { StackName }) {
      const of = await liveStack(tx, StackName)
      const running = await tx.get(deployment(of.uuid))
      if (of.status !== 'UPDATE_IN_PROGRESS' || !running) {
        throw invalid(`CancelUpdateStack cannot be called from current stack status`)
      }
      tx.set(deployment(of.uuid), { ...running, request: 'cancel' })
      return {}
    },
  },

  ContinueUpdateRollback: {
    authorize: (input, ctx, tx) => onStack('ContinueUpdateRollback', input.StackName, input, ctx, tx),
    async write(tx, input, ctx) {
      const of = await liveStack(tx, input.StackName)
      if (input.ForceRollback && (input.ResourcesToSkip ?? []).length > 0)
        throw invalid('ForceRollback and ResourcesToSkip are mutually exclusive.')
      if (of.status !== 'UPDATE_ROLLBACK_FAILED') {
        throw invalid(`Stack:${of.id} is in ${of.status} state and can not continue an update rollback.`)
      }
      for (const id of input.ResourcesToSkip ?? []) {
        const found = await tx.get(resource(of.uuid, id))
        if (found?.status !== 'UPDATE_FAILED') {
          throw invalid(
            `ResourcesToSkip names ${id}, which is not a resource in UPDATE_FAILED state of stack [${of.name}]`,
          )
        }
      }
      const lineage = await lineageIn(tx, ctx)
      await begin(
        tx,
        of,
        {
          status: 'UPDATE_ROLLBACK_IN_PROGRESS',
          kind: 'update',
          phase: 'rollback',
          force: input.ForceRollback ?? (lineage?.parentId === of.parentId && lineage?.force),
          roleArn: input.RoleARN ?? of.roleArn,
          token: input.ClientRequestToken,
          action: 'ContinueUpdateRollback',
          skip: input.ResourcesToSkip,
        },
        ctx,
      )
      return {}
    },
  },

  RollbackStack: {
    authorize: (input, ctx, tx) => onStack('RollbackStack', input.StackName, input, ctx, tx),
    async write(tx, input, ctx) {
      const of = await liveStack(tx, input.StackName)
      const created = of.status === 'CREATE_FAILED'
      if (!created && of.status !== 'UPDATE_FAILED') {
        throw invalid(`Stack:${of.id} is in ${of.status} state and can not be rolled back.`)
      }
      const begun = await begin(
        tx,
        of,
        {
          status: created ? 'ROLLBACK_IN_PROGRESS' : 'UPDATE_ROLLBACK_IN_PROGRESS',
          kind: created ? 'create' : 'update',
          phase: created ? 'remove' : 'rollback',
          retainExceptOnCreate: input.RetainExceptOnCreate,
          roleArn: input.RoleARN ?? of.roleArn,
          token: input.ClientRequestToken,
          action: 'RollbackStack',
        },
        ctx,
      )
      return { StackId: of.id, OperationId: begun.lastOperations?.[0]?.id }
    },
  },
})
