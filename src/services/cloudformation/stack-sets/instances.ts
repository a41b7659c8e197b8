import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import type { Tx } from '../../../kernel/records.ts'
import { invalid } from '../../../stacks/value.ts'
import type { Api } from '../api.ts'
import { fetchText } from '../template-source.ts'
import { type Beginning, beginOperation, mostInstances, refuseWhileBusy, repeatedOperation } from './begin.ts'
import { liveSet, onSet, refuseOrganizations } from './find.ts'
import { placeOfStack } from './from-stack.ts'
import { checkPreferences } from './preferences.ts'
import { instance, type StackSet } from './state.ts'
import { accountsOf, existing, pairs } from './targets.ts'
import { readOverrides } from './template.ts'

/** Stacks that one import may take over. */
const mostImported = 10

/** Instances of a set made, changed, deleted, imported and looked at: each answers an operation that goes on by itself. */
export const instances = operations<Api>()({
  CreateStackInstances: {
    authorize: (input, ctx, tx) => onSet('CreateStackInstances', input.StackSetName, input, ctx, tx),
    async call(input, ctx) {
      refuseOrganizations({ ...input, ...input.DeploymentTargets })
      const preferences = checkPreferences(input.OperationPreferences)
      const targets = pairs(await accountsOf(input, ctx), input.Regions)
      return ctx.write((tx) =>
        operationOn(tx, input, ctx, async (set) => {
          await refuseMany(tx, set, targets)
          const overrides = readOverrides(input.ParameterOverrides, set)
          return { action: 'CREATE', preferences, targets, overrides }
        }),
      )
    },
  },

  UpdateStackInstances: {
    authorize: (input, ctx, tx) => onSet('UpdateStackInstances', input.StackSetName, input, ctx, tx),
    async call(input, ctx) {
      refuseOrganizations({ ...input, ...input.DeploymentTargets })
      const preferences = checkPreferences(input.OperationPreferences)
      const wanted = pairs(await accountsOf(input, ctx), input.Regions)
      return ctx.write((tx) =>
        operationOn(tx, input, ctx, async (set) => {
          const targets = await existing(tx, set, wanted)
          const overrides = readOverrides(input.ParameterOverrides, set)
          return { action: 'UPDATE', preferences, targets, overrides }
        }),
      )
    },
  },

  DeleteStackInstances: {
    authorize: (input, ctx, tx) => onSet('DeleteStackInstances', input.StackSetName, input, ctx, tx),
    async call(input, ctx) {
      refuseOrganizations({ ...input, ...input.DeploymentTargets })
      const preferences = checkPreferences(input.OperationPreferences)
      const wanted = pairs(await accountsOf(input, ctx), input.Regions)
      return ctx.write((tx) =>
        operationOn(tx, input, ctx, async (set) => {
          const found = await tx.getMany(wanted.map(({ account, region }) => instance(set.uuid, account, region)))
          const targets = wanted.filter((_, index) => found[index] !== undefined)
          return { action: 'DELETE', preferences, targets, retainStacks: input.RetainStacks }
        }),
      )
    },
  },

  ImportStacksToStackSet: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('ImportStacksToStackSet', StackSetName, {}, ctx, tx),
    async call(input, ctx) {
      refuseOrganizations(input)
      const { StackIds, StackIdsUrl: url } = input
      if ((StackIds === undefined) === (url === undefined)) {
        throw invalid('Either StackIds or StackIdsUrl must be specified.')
      }
      const preferences = checkPreferences(input.OperationPreferences)
      const listed = url === undefined ? [] : (await fetchText(url, ctx)).split(/[\s,]+/).filter(Boolean)
      const ids = [...new Set(StackIds ?? listed)]
      if (ids.length === 0 || ids.length > mostImported) {
        throw invalid(`Between 1 and ${mostImported} stacks can be imported at a time.`)
      }
      const targets = ids.map((stackId) => ({ ...placeOfStack(stackId), stackId }))
      if (new Set(targets.map(({ account, region }) => `${account}/${region}`)).size < ids.length) {
        throw invalid('A stack set can have one stack in each account and Region.')
      }
      return ctx.write((tx) =>
        operationOn(tx, input, ctx, async (set) => {
          for (const { account, region } of targets) {
            const there = await tx.get(instance(set.uuid, account, region))
            if (there && there.detailed !== 'FAILED_IMPORT') {
              throw awsError(
                'InvalidOperationException',
                `StackSet ${set.name} has a stack instance in account ${account}, Region ${region} already`,
              )
            }
          }
          await refuseMany(tx, set, targets)
          return { action: 'CREATE', preferences, targets, imports: true }
        }),
      )
    },
  },

  DetectStackSetDrift: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('DetectStackSetDrift', StackSetName, {}, ctx, tx),
    async write(tx, input, ctx) {
      refuseOrganizations(input)
      const preferences = checkPreferences(input.OperationPreferences)
      return operationOn(tx, input, ctx, async (set) => {
        const targets = []
        for await (const { value } of tx.range(instance.under(set.uuid))) {
          if (value.stackId !== undefined) targets.push({ account: value.account, region: value.region })
        }
        return { action: 'DETECT_DRIFT', preferences, targets }
      })
    },
  },
})

/**
 * Answers with the operation that a request begins or, when it says the same as one before under the same id, began.
 * Throws OperationInProgressException before `what` looks at the set.
 */
async function operationOn(
  tx: Tx,
  input: { readonly StackSetName: string; readonly OperationId?: string | undefined },
  ctx: Ctx,
  what: (set: StackSet) => Promise<Omit<Beginning, 'id' | 'request'>>,
): Promise<{ OperationId: string }> {
  const set = await liveSet(tx, input.StackSetName)
  const repeated = await repeatedOperation(tx, set, input.OperationId, input)
  if (repeated !== undefined) return { OperationId: repeated }
  refuseWhileBusy(set)
  const begun = { ...(await what(set)), id: input.OperationId ?? ctx.newId(), request: input }
  return { OperationId: await beginOperation(tx, set, begun, ctx) }
}

/** Throws LimitExceededException when a set would have more instances than an operation may reach. */
async function refuseMany(
  tx: Tx,
  set: StackSet,
  more: readonly { readonly account: string; readonly region: string }[],
): Promise<void> {
  const all = new Set(more.map(({ account, region }) => `${account}/${region}`))
  for await (const [, account, region] of tx.keys(instance.under(set.uuid))) all.add(`${account}/${region}`)
  if (all.size > mostInstances) {
    throw awsError('LimitExceededException', `A stack set can have at most ${mostInstances} stack instances.`)
  }
}
