import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import type { Tx } from '../../../kernel/records.ts'
import type { ParameterInput } from '../../../stacks/parameters.ts'
import { invalid } from '../../../stacks/value.ts'
import type { Api } from '../api.ts'
import { checkName, readTags } from '../input.ts'
import { templateText } from '../template-source.ts'
import { beginOperation, refuseWhileBusy, repeatedOperation } from './begin.ts'
import { administrationRole, executionRole } from './execution-role.ts'
import { asked, liveSet, onSet, passedRole, refuseOrganizations } from './find.ts'
import { fromStack } from './from-stack.ts'
import { checkPreferences } from './preferences.ts'
import { activeSets, instance, type StackSet, setListed, setNamed, setTemplate, stackSet } from './state.ts'
import { accountsOf, instancesOf, onTags } from './targets.ts'
import { readSetTemplate } from './template.ts'

/** Stack sets of one administrator in a Region; AWS's quota. */
const mostSets = 1_000

/** Deleted sets can be described by id as long as deleted stacks. */
const rememberedMs = 90 * 24 * 3_600_000

/**
 * Sets of stacks in several accounts and Regions, with self-managed permissions.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/what-is-cfnstacksets.html
 */
export const sets = operations<Api>()({
  CreateStackSet: {
    authorize: (input, ctx) => [
      { action: 'cloudformation:CreateStackSet', resource: '*', context: asked(input) },
      ...passedRole(input),
      ...onTags('CreateStackSet', ctx.arn('cloudformation', `stackset/${input.StackSetName}:*`), {}, input.Tags),
    ],
    async call(input, ctx) {
      checkName(input.StackSetName, 'stackSetName')
      refuseOrganizations(input)
      const { StackId, ClientRequestToken: token } = input
      const source = StackId === undefined ? undefined : await fromStack(StackId, input, ctx)
      const text = source?.text ?? (await templateText(input, ctx))
      if (text === undefined) throw invalid('Either Template URL or Template Body must be specified.')
      const capabilities = input.Capabilities ?? []
      const given: readonly ParameterInput[] = input.Parameters ?? source?.parameters ?? []
      const read = await readSetTemplate(text, given, undefined, capabilities, ctx)
      return ctx.write(async (tx) => {
        const taken = await tx.get(setNamed(input.StackSetName))
        if (taken) return again(await tx.get(stackSet(taken.uuid)), token)
        if ((await tx.count(activeSets())) >= mostSets) {
          throw awsError('LimitExceededException', `There can be at most ${mostSets} stack sets.`)
        }
        const uuid = ctx.newId()
        const id = `${input.StackSetName}:${uuid}`
        const made: StackSet = {
          uuid,
          name: input.StackSetName,
          id,
          arn: ctx.arn('cloudformation', `stackset/${id}`),
          status: 'ACTIVE',
          description: input.Description,
          ...read,
          capabilities,
          tags: readTags(input.Tags),
          administrationRoleArn: input.AdministrationRoleARN ?? usualAdministrator(ctx),
          executionRoleName: input.ExecutionRoleName ?? executionRole,
          managedExecution: input.ManagedExecution?.Active ?? false,
          token,
          generation: 1,
          active: [],
          operations: 0,
        }
        tx.set(stackSet(uuid), made)
        tx.set(setNamed(made.name), { uuid })
        tx.set(setListed('ACTIVE', made.name, uuid), true)
        tx.set(setTemplate(uuid), { text })
        tx.add(activeSets(), 1)
        return { StackSetId: id }
      })
    },
  },

  UpdateStackSet: {
    authorize: async (input, ctx, tx) => {
      const asks = await onSet('UpdateStackSet', input.StackSetName, input, ctx, tx)
      const [{ resource = '*', resourceTags = {} } = {}] = asks
      return [...asks, ...onTags('UpdateStackSet', resource, resourceTags, input.Tags)]
    },
    async call(input, ctx) {
      const { DeploymentTargets, Regions, Tags } = input
      refuseOrganizations({ ...input, ...DeploymentTargets })
      const preferences = checkPreferences(input.OperationPreferences)
      const accounts = input.Accounts || DeploymentTargets ? await accountsOf(input, ctx) : undefined
      const given = await templateText(input, ctx)
      if ((given === undefined) === !input.UsePreviousTemplate) {
        throw invalid('Either Template URL, Template Body or UsePreviousTemplate must be specified.')
      }
      const administrationRoleArn = input.AdministrationRoleARN ?? usualAdministrator(ctx)
      for (;;) {
        const { before, previous } = await ctx.read(async (tx) => {
          const set = await liveSet(tx, input.StackSetName)
          return { before: set, previous: (await tx.get(setTemplate(set.uuid)))?.text ?? '' }
        })
        const text = given ?? previous
        const capabilities = input.Capabilities ?? (given === undefined ? before.capabilities : [])
        const read = await readSetTemplate(text, input.Parameters ?? kept(before), before.parameters, capabilities, ctx)
        const begun = await ctx.write(async (tx) => {
          const set = await liveSet(tx, input.StackSetName)
          const repeated = await repeatedOperation(tx, set, input.OperationId, input)
          if (repeated !== undefined) return { OperationId: repeated }
          refuseWhileBusy(set)
          // Another update came between: what this one keeps is to be of that.
          if (set.uuid !== before.uuid || set.generation !== before.generation) return undefined
          if (input.AdministrationRoleARN === undefined && set.administrationRoleArn !== administrationRoleArn) {
            throw invalid(
              `AdministrationRoleARN must be specified: StackSet ${set.name} has a customized administration role.`,
            )
          }
          const managed = input.ManagedExecution?.Active
          if (managed !== undefined && managed !== set.managedExecution && set.active.length > 0) {
            throw awsError(
              'InvalidOperationException',
              'ManagedExecution can not be changed while operations run or are queued.',
            )
          }
          const targets = await instancesOf(tx, set, accounts, Regions)
          const changed = given !== undefined || input.Parameters !== undefined
          const now: StackSet = {
            ...set,
            ...read,
            description: input.Description ?? set.description,
            capabilities,
            tags: Tags === undefined ? set.tags : readTags(Tags),
            administrationRoleArn,
            executionRoleName: input.ExecutionRoleName ?? set.executionRoleName,
            managedExecution: managed ?? set.managedExecution,
            generation: set.generation + (changed ? 1 : 0),
          }
          tx.set(setTemplate(set.uuid), { text })
          const id = input.OperationId ?? ctx.newId()
          const start = { id, action: 'UPDATE' as const, request: input, preferences, targets }
          return { OperationId: await beginOperation(tx, now, start, ctx) }
        })
        if (begun) return begun
      }
    },
  },

  DeleteStackSet: {
    authorize: ({ StackSetName }, ctx, tx) => onSet('DeleteStackSet', StackSetName, {}, ctx, tx),
    async write(tx, input, ctx) {
      refuseOrganizations(input)
      const set = await liveSet(tx, input.StackSetName)
      if (set.active.length > 0) {
        throw awsError('OperationInProgressException', `Another Operation on StackSet ${set.arn} is in progress`)
      }
      for await (const _ of tx.keys(instance.under(set.uuid), { limit: 1 })) {
        throw awsError('StackSetNotEmptyException', `StackSet ${set.arn} is not empty`)
      }
      removeSet(tx, set, ctx)
      return {}
    },
  },
})

/** What is deleted can still be described by its id, for a while. */
function removeSet(tx: Tx, set: StackSet, ctx: Ctx): void {
  ctx.host.deliveries.schedule(tx, {
    kind: 'cloudformation:forgetStackSet',
    scope: ctx.scope,
    dueAtMs: ctx.nowMs + rememberedMs,
    data: { uuid: set.uuid },
  })
  tx.set(stackSet(set.uuid), { ...set, status: 'DELETED' })
  tx.delete(setNamed(set.name))
  tx.delete(setListed('ACTIVE', set.name, set.uuid))
  tx.set(setListed('DELETED', set.name, set.uuid), true)
  tx.add(activeSets(), -1)
}

function again(existing: StackSet | undefined, token: string | undefined): { StackSetId: string } {
  if (existing && token !== undefined && existing.token === token) return { StackSetId: existing.id }
  throw awsError('NameAlreadyExistsException', `StackSet ${existing?.name} already exists`)
}

function usualAdministrator({ account }: Ctx): string {
  return `arn:aws:iam::${account}:role/${administrationRole}`
}

/** The values that the set has, as if they were given again. */
function kept({ parameters }: StackSet): ParameterInput[] {
  return Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }))
}
