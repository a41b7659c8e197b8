import type { Ctx } from '../../kernel/context.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { FoundResourceType } from '../../kernel/host.ts'
import { type RefactorStack, refactor } from '../../stacks/refactor.ts'
import { checkReferences } from '../../stacks/references.ts'
import { readTemplate, type Template } from '../../stacks/template.ts'
import { invalid, own, sameValue, type Value } from '../../stacks/value.ts'
import { parseText } from './parse-text.ts'
import { expandedRoot, findTypes } from './prepare.ts'
import type { RefactorMapping, RefactorMember } from './refactor-state.ts'
import { newStack, refuseUnlessUpdatable } from './stacks.ts'
import { resource, type Settings, type Stack, type StoredTemplate, stack, template } from './state.ts'
import { withExports } from './with-exports.ts'

/** What a new stack may not have: there is nobody to give parameters, and nothing else of it is looked at. */
const existingOnly = ['conditions', 'mappings', 'parameters', 'rules'] as const

/** A stack with the template that it is to have. */
export interface Wished {
  readonly member: RefactorMember
  readonly stored: StoredTemplate
}

export interface RefactorPlan {
  readonly stacks: readonly {
    readonly of: Stack
    readonly stored: StoredTemplate
    readonly settings: Settings
  }[]
  readonly refactored: ReturnType<typeof refactor>
}

/** The stack that a member of a refactor is, or is to be. Throws ValidationError for one that is gone, or came since. */
export async function memberStack(member: RefactorMember, ctx: Ctx): Promise<Stack> {
  if (member.fresh) return { ...newStack(member.name, ctx), uuid: member.uuid, id: member.id }
  const found = await ctx.read((tx) => tx.get(stack(member.uuid)))
  if (!found || found.status === 'DELETE_COMPLETE') throw invalid(`Stack [${member.name}] does not exist`)
  return found
}

/** Says what a refactor would do; changes nothing. Throws ValidationError, beginning with the stack's ARN where one is at fault. */
export async function planRefactor(
  wished: readonly Wished[],
  mappings: readonly RefactorMapping[],
  ctx: Ctx,
): Promise<RefactorPlan> {
  const read = []
  for (const item of wished) {
    read.push(await about(item.member.id, () => readOne(item, ctx)))
  }
  const types = new Map<string, FoundResourceType>()
  for (const { input } of read) {
    const found = await about(input.id, () => findTypes(input.template, ctx))
    for (const [name, type] of found) types.set(name, type)
  }
  const stacks = read.map((one) => one.input)
  const refactored = await withExports(ctx, (exported) => refactor({ stacks, types, exported, mappings }))
  for (const { of } of read) refuseNewOutputs(of, refactored)
  return {
    stacks: read.map(({ of, stored, settings }) => ({ of, stored, settings })),
    refactored,
  }
}

/** The parent of a nested stack has its outputs as attributes. */
function refuseNewOutputs(of: Stack, { stacks }: RefactorPlan['refactored']): void {
  const outputs = stacks.find(({ uuid }) => uuid === of.uuid)?.outputs
  if (of.parentId === undefined || sameValue(outputs as never, of.outputs as never)) return
  throw invalid(`${of.id}: The outputs of a nested stack cannot change in a refactor. Change them by its parent.`)
}

/** What is said of one stack begins with its ARN, as in the service's own reasons. */
async function about<T>(stackId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw invalid(`${stackId}: ${error.message}`)
  }
}

async function readOne({ member, stored: { text, processed } }: Wished, ctx: Ctx) {
  const of = await memberStack(member, ctx)
  if (!member.fresh) refuseUnlessUpdatable(of)
  const before = member.fresh ? undefined : await currentTemplate(of, ctx)
  const given = Object.keys(of.parameters).map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true }))
  // Capabilities acknowledge what a template makes, and a refactor makes nothing.
  const wanted = { text, processed, parameters: given, capabilities: [], reviewed: true }
  const { root, expanded } = await expandedRoot(wanted, of, of.parameters, ctx)
  const read = readTemplate(root)
  refuseSections(read, before)
  checkReferences(read)
  const current = await ctx.read(async (tx) => {
    const found = []
    for await (const { value } of tx.range(resource.under(of.uuid))) found.push(value)
    return found
  })
  const unfinished = current.find(({ attempt, before: was }) => attempt !== undefined || was !== undefined)
  if (unfinished) throw invalid(`Resource ${unfinished.logicalId} is not settled. Update the stack first.`)
  const { description, parameters, tags, noEcho, capabilities, stored, roleArn } = of
  const settings: Settings = {
    parameters,
    noEcho,
    stored,
    tags,
    capabilities,
    roleArn,
    description: read.description ?? (member.fresh ? undefined : description),
  }
  const { account, region } = ctx
  const input: RefactorStack = {
    uuid: of.uuid,
    id: of.id,
    name: of.name,
    template: read,
    // Parameters that name others are as they were when the stack was made or updated last.
    environment: {
      account,
      region,
      stackId: of.id,
      stackName: of.name,
      notificationArns: [],
      parameters: { ...parameters, ...stored },
    },
    current,
  }
  return { of, settings, input, stored: { text, ...(expanded ? { processed: JSON.stringify(root) } : {}) } }
}

async function currentTemplate(of: Stack, ctx: Ctx): Promise<Template> {
  const stored = await ctx.read((tx) => tx.get(template(of.uuid, 'stack')))
  if (!stored) throw invalid(`Stack [${of.name}] has no template yet`)
  return readTemplate(await parseText(stored.processed ?? stored.text, ctx.host.workers))
}

/** Parameters, conditions and mappings are neither added nor changed. */
function refuseSections(after: Template, before: Template | undefined): void {
  if (!before) {
    const given = existingOnly.filter((section) => Object.keys(after[section]).length > 0)
    if (given.length === 0) return
    const names = given.map((section) => section.charAt(0).toUpperCase() + section.slice(1)).join(', ')
    throw invalid(`Following template sections are not allowed when creating a stack while refactoring: ${names}`)
  }
  for (const section of ['parameters', 'conditions', 'mappings'] as const) {
    for (const [name, value] of Object.entries<unknown>(after[section])) {
      if (sameValue(value as Value, own<unknown>(before[section], name) as Value | undefined)) continue
      throw invalid(`A stack refactor can neither add nor change ${section}: ${name}.`)
    }
  }
}
