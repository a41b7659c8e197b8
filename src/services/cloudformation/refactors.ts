import type { Ctx } from '../../kernel/context.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { invalid } from '../../stacks/value.ts'
import { onStack } from './access.ts'
import type { Api } from './api.ts'
import { findStack } from './find.ts'
import { checkName } from './input.ts'
import { closeRefactor, forgetRefactors } from './refactor-end.ts'
import { carryOut } from './refactor-execution.ts'
import { foundRefactor, onRefactor } from './refactor-find.ts'
import { planRefactor, type RefactorPlan, type Wished } from './refactor-plan.ts'
import {
  type RefactorMapping,
  type RefactorMember,
  refactorAction,
  refactorByAge,
  refactorOf,
  refactorTemplate,
  type StackRefactor,
  stackRefactor,
} from './refactor-state.ts'
import { templateText } from './template-source.ts'

/** As many as the service takes. */
const mostStacks = 5
/** In all stacks together: as many resources as they may have. */
const mostMappings = 2_500

type Input = Api['CreateStackRefactor'][0]

/** Resources moved between stacks: said, looked at, then done, all in one transaction. */
export const refactors = operations<Api>()({
  CreateStackRefactor: {
    async authorize({ StackDefinitions = [] }, ctx, tx) {
      const names = StackDefinitions.slice(0, mostStacks).map(({ StackName }) => StackName)
      const asked = (names.length === 0 ? [undefined] : names).map((name) =>
        onStack('CreateStackRefactor', name, {}, ctx, tx),
      )
      return (await Promise.all(asked)).flat()
    },
    async call(input, ctx) {
      const wished = await readDefinitions(input, ctx)
      const members = wished.map(({ member }) => member)
      const mappings = readMappings(input.ResourceMappings ?? [], members)
      let plan: RefactorPlan | undefined
      let reason: string | undefined
      try {
        plan = await planRefactor(wished, mappings, ctx)
      } catch (error) {
        if (!isAwsError(error)) throw error
        reason = error.message
      }
      const made: StackRefactor = {
        id: ctx.newId(),
        createdAtMs: ctx.nowMs,
        description: input.Description,
        status: plan ? 'CREATE_COMPLETE' : 'CREATE_FAILED',
        reason,
        execution: plan ? 'AVAILABLE' : 'UNAVAILABLE',
        stacks: members,
        mappings,
      }
      return ctx.write(async (tx) => {
        await forgetRefactors(tx, ctx.nowMs)
        tx.set(stackRefactor(made.id), made)
        tx.set(refactorByAge(made.createdAtMs, made.id), true)
        for (const [index, action] of (plan ? actionsOf(plan, members) : []).entries())
          tx.set(refactorAction(made.id, index), action)
        for (const { of, stored } of plan?.stacks ?? []) {
          tx.set(refactorTemplate(made.id, of.uuid), stored)
          tx.set(refactorOf(of.uuid, made.id), true)
        }
        return { StackRefactorId: made.id }
      })
    },
  },

  ExecuteStackRefactor: {
    authorize: ({ StackRefactorId }, ctx, tx) => onRefactor('ExecuteStackRefactor', StackRefactorId, ctx, tx),
    async call({ StackRefactorId: id }, ctx) {
      const { found, wished } = await ctx.read(async (tx) => {
        const refactor = await executable(tx, id)
        const stored = await tx.getMany(refactor.stacks.map(({ uuid }) => refactorTemplate(id, uuid)))
        return {
          found: refactor,
          wished: refactor.stacks.map((member, index): Wished => ({ member, stored: stored[index] ?? { text: '' } })),
        }
      })
      try {
        const plan = await planRefactor(wished, found.mappings, ctx)
        await ctx.write(async (tx) => {
          // Any change of its stacks since would have made it obsolete.
          closeRefactor(tx, { ...(await executable(tx, id)), execution: 'EXECUTE_COMPLETE' })
          await carryOut(tx, plan, ctx)
        })
      } catch (error) {
        if (!isAwsError(error)) throw error
        await ctx.write(async (tx) => {
          const now = await executable(tx, id)
          closeRefactor(tx, { ...now, execution: 'EXECUTE_FAILED', executionReason: error.message })
        })
      }
      return {}
    },
  },
})

async function executable(tx: ReadTx, id: string): Promise<StackRefactor> {
  const found = await foundRefactor(tx, id)
  if (found.execution !== 'AVAILABLE')
    throw invalid(`Stack refactor [${id}] cannot be executed in its current execution status of [${found.execution}]`)
  return found
}

async function readDefinitions(input: Input, ctx: Ctx): Promise<Wished[]> {
  const definitions = input.StackDefinitions ?? []
  if (definitions.length === 0 || definitions.length > mostStacks)
    throw invalid(`A stack refactor has from 1 to ${mostStacks} stack definitions, found ${definitions.length}.`)
  const wished: Wished[] = []
  for (const { StackName: name, ...source } of definitions) {
    if (name === undefined) throw invalid('Each of StackDefinitions must have a StackName.')
    const text = await templateText(
      {
        ...(source.TemplateBody === undefined ? {} : { TemplateBody: source.TemplateBody }),
        ...(source.TemplateURL === undefined ? {} : { TemplateURL: source.TemplateURL }),
      },
      ctx,
    )
    if (text === undefined) throw invalid('Either Template URL or Template Body must be specified.')
    const member = await memberNamed(name, input.EnableStackCreation === true, ctx)
    if (wished.some((other) => other.member.name === member.name))
      throw invalid(`Stack ${member.name} is in the stack definitions twice.`)
    wished.push({ member, stored: { text } })
  }
  return wished
}

async function memberNamed(nameOrId: string, creates: boolean, ctx: Ctx): Promise<RefactorMember> {
  const found = await ctx.read((tx) => findStack(tx, nameOrId))
  if (found && found.status !== 'DELETE_COMPLETE')
    return { uuid: found.uuid, id: found.id, name: found.name, fresh: false }
  if (!creates) throw invalid(`Stack [${nameOrId}] does not exist. To have it made, set EnableStackCreation.`)
  checkName(nameOrId, 'stackName')
  const uuid = ctx.newId()
  return { uuid, id: ctx.arn('cloudformation', `stack/${nameOrId}/${uuid}`), name: nameOrId, fresh: true }
}

function readMappings(
  given: NonNullable<Input['ResourceMappings']>,
  members: readonly RefactorMember[],
): RefactorMapping[] {
  if (given.length > mostMappings) throw invalid(`A stack refactor has at most ${mostMappings} resource mappings.`)
  const place = (at: { StackName?: string | undefined; LogicalResourceId?: string | undefined } | undefined) => {
    const member = members.find(({ name, id }) => at?.StackName === name || at?.StackName === id)
    if (!member || at?.LogicalResourceId === undefined)
      throw invalid(`The stack ${at?.StackName} of the resource mappings is not in the stack definitions.`)
    return { uuid: member.uuid, logicalId: at.LogicalResourceId }
  }
  return given.map(({ Source, Destination }) => ({ source: place(Source), destination: place(Destination) }))
}

function actionsOf({ refactored: { moves } }: RefactorPlan, members: readonly RefactorMember[]) {
  const ids = new Map(members.map(({ uuid, id }) => [uuid, id]))
  const at = ({ uuid, logicalId }: { uuid: string; logicalId: string }) => ({ stackId: ids.get(uuid) ?? '', logicalId })
  return [
    ...members.flatMap(({ id, name, fresh }) =>
      fresh ? [{ physicalId: id, mapped: false, to: { stackId: id, logicalId: name } }] : [],
    ),
    ...moves.map(({ from, to, physicalId, mapped }) => ({ physicalId, mapped, from: at(from), to: at(to) })),
  ]
}
