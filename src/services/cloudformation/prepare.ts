import type { Ctx } from '../../kernel/context.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { FoundResourceType } from '../../kernel/host.ts'
import { dependencyGraph } from '../../stacks/graph.ts'
import type { Names } from '../../stacks/intrinsics.ts'
import { type ResourceValues, templateNames } from '../../stacks/names.ts'
import { openOutputs } from '../../stacks/outputs.ts'
import { type ParameterInput, resolveParameters } from '../../stacks/parameters.ts'
import { plan, type ResourceChange } from '../../stacks/plan.ts'
import { checkReferences } from '../../stacks/references.ts'
import type { StackResource } from '../../stacks/resource.ts'
import { checkRules } from '../../stacks/rules.ts'
import { readDeclarations, readTemplate, type Template } from '../../stacks/template.ts'
import { refuseExtensions } from '../../stacks/transforms/language-extensions.ts'
import { declaredTransforms } from '../../stacks/transforms/snippets.ts'
import { invalid, sameValue, Unresolved, type ValueMap } from '../../stacks/value.ts'
import { checkCapabilities, checkExpansion } from './capabilities.ts'
import { expand } from './expand.ts'
import { parseText } from './parse-text.ts'
import { findResourceType } from './resource-type.ts'
import { resource, type Settings, type Stack } from './state.ts'
import { storedParameters } from './stored-parameters.ts'
import { type Look, withExports } from './with-exports.ts'

export interface Wanted {
  readonly text: string
  /** What transforms have made of it already, to be used as it is. */
  readonly processed?: string | undefined
  readonly parameters: readonly ParameterInput[]
  readonly tags: Readonly<Record<string, string>>
  readonly capabilities: readonly string[]
  readonly resourceTypes: readonly string[] | undefined
  readonly roleArn: string | undefined
  /** It is for a change set: what transforms make of it is seen before it is done. */
  readonly reviewed?: boolean
}

/** A template read with its parameters: all that can be said without looking at resource types and the stack. */
export interface Read {
  readonly template: Template
  readonly settings: Settings
  readonly text: string
  /** What transforms have made of the text, as JSON. */
  readonly processed?: string
}

/**
 * Reads a template for a stack, its transforms applied, and resolves its parameters; `previous` answers
 * UsePreviousValue. Throws ValidationError, InsufficientCapabilitiesException.
 */
export async function readWanted(
  wanted: Wanted,
  of: Pick<Stack, 'id' | 'name'>,
  previous: Readonly<Record<string, string>> | undefined,
  ctx: Ctx,
): Promise<Read> {
  const { root, expanded } = await expandedRoot(wanted, of, previous, ctx)
  const template = readTemplate(root)
  checkReferences(template)
  const { parameters, stored } = await resolved(template.parameters, wanted.parameters, previous, ctx)
  checkRules(template.rules, { declared: template.parameters, values: { ...parameters, ...stored } })
  checkCapabilities(template, wanted.capabilities)
  checkTypesAllowed(template, wanted.resourceTypes)
  return {
    template,
    text: wanted.text,
    ...(expanded ? { processed: JSON.stringify(root) } : {}),
    settings: {
      ...(template.description === undefined ? {} : { description: template.description }),
      parameters,
      stored,
      noEcho: Object.entries(template.parameters).flatMap(([name, { noEcho }]) => (noEcho ? [name] : [])),
      tags: wanted.tags,
      capabilities: wanted.capabilities,
      ...(wanted.roleArn === undefined ? {} : { roleArn: wanted.roleArn }),
    },
  }
}

/** The template with its transforms applied, or as it was made of the same text before. */
export async function expandedRoot(
  {
    text,
    processed,
    parameters: given,
    capabilities,
    reviewed,
  }: Pick<Wanted, 'text' | 'processed' | 'parameters' | 'capabilities' | 'reviewed'>,
  of: Pick<Stack, 'id' | 'name'>,
  previous: Readonly<Record<string, string>> | undefined,
  ctx: Ctx,
): Promise<{ root: ValueMap; expanded: boolean }> {
  if (processed !== undefined) return { root: await parseText(processed, ctx.host.workers), expanded: true }
  const root = await parseText(text, ctx.host.workers)
  if (declaredTransforms(root).length === 0) {
    refuseExtensions(root)
    return { root, expanded: false }
  }
  if (!reviewed) checkExpansion(capabilities)
  const { parameters: declared } = readDeclarations(root)
  // Transforms may declare more: what is given for those is looked at when they are there.
  const known = given.filter(({ ParameterKey: key }) => key !== undefined && Object.hasOwn(declared, key))
  const { parameters, stored } = await resolved(declared, known, previous, ctx)
  return { root: await expand(root, { of, declared, parameters: { ...parameters, ...stored } }, ctx), expanded: true }
}

async function resolved(
  declared: Template['parameters'],
  given: readonly ParameterInput[],
  previous: Readonly<Record<string, string>> | undefined,
  ctx: Ctx,
) {
  const parameters = await resolveParameters(declared, given, previous, (pattern, text) => matches(pattern, text, ctx))
  return { parameters, stored: await storedParameters(declared, parameters, ctx) }
}

/** A user's pattern may backtrack without end: it runs in a worker, for a while. */
export async function matches(pattern: string, text: string, ctx: Ctx): Promise<boolean> {
  try {
    return await ctx.host.workers.run<boolean>('matches', { pattern, text }, { timeoutMs: 500, signal: ctx.signal })
  } catch (error) {
    ctx.signal.throwIfAborted()
    throw invalid(
      `Template format error: the AllowedPattern ${pattern} cannot be used: ${error instanceof Error ? error.message : error}`,
    )
  }
}

function checkTypesAllowed(template: Template, allowed: readonly string[] | undefined): void {
  if (allowed === undefined || allowed.length === 0) return
  const covers = (type: string) =>
    allowed.some((item) => (item.endsWith('*') ? type.startsWith(item.slice(0, -1)) : item === type))
  const wrong = [...new Set(Object.values(template.resources).map(({ type }) => type))].filter((type) => !covers(type))
  if (wrong.length > 0) throw invalid(`Resource type(s) not permitted by ResourceTypes: [${wrong.join(', ')}]`)
}

export interface Planned {
  readonly changes: readonly ResourceChange[]
  /** False when the stack is like that already: no resource, output or tag would change. */
  readonly changed: boolean
  readonly outputsChanged: boolean
  /** Names of other stacks' exports that it uses. */
  readonly imports: readonly string[]
}

/** Says what making the stack like that would do. Throws ValidationError for what could never work. */
export async function planFor(
  read: Read,
  of: Pick<Stack, 'uuid' | 'id' | 'name' | 'tags' | 'outputs'>,
  ctx: Ctx,
): Promise<Planned> {
  const types = await findTypes(read.template, ctx)
  const current = await ctx.read(async (tx) => {
    const found = new Map<string, StackResource>()
    for await (const { value } of tx.range(resource.under(of.uuid))) found.set(value.logicalId, value)
    return found
  })
  return withExports(ctx, (look) => planned(read, of, { types, current, look }, ctx))
}

interface Surroundings {
  readonly types: Map<string, FoundResourceType>
  readonly current: Map<string, StackResource>
  readonly look: Look
}

function planned(
  { template, settings }: Read,
  of: Pick<Stack, 'id' | 'name' | 'tags' | 'outputs'>,
  { types, current, look }: Surroundings,
  ctx: Ctx,
): Planned {
  const imports = new Set<string>()
  const environment = {
    account: ctx.account,
    region: ctx.region,
    stackId: of.id,
    stackName: of.name,
    notificationArns: [],
    parameters: { ...settings.parameters, ...settings.stored },
    exported(name: string) {
      imports.add(name)
      const found = look(name)
      return found instanceof Unresolved ? found : found?.value
    },
  }
  const names = (resources: ResourceValues): Names => templateNames(template, environment, resources)
  const truths = names({ ref: () => '', getAtt: () => '' })
  const graph = dependencyGraph(template, truths.condition)
  const { changes, values } = plan({ template, graph, types, names, current, tags: settings.tags })
  const outputs = openOutputs(template, names(values))
  const unfinished = [...current.values()].some(({ attempt, before }) => attempt !== undefined || before !== undefined)
  const outputsChanged =
    outputs.some(({ value }) => typeof value !== 'string') || !sameValue(outputs as never, of.outputs as never)
  const changed = changes.length > 0 || unfinished || outputsChanged || !sameValue(settings.tags, of.tags)
  return { changes, changed, outputsChanged, imports: [...imports] }
}

/** The resource types that a template names. Throws ValidationError for those there are not. */
export async function findTypes(template: Template, ctx: Ctx): Promise<Map<string, FoundResourceType>> {
  const byType = new Map<string, string>()
  for (const [id, { type }] of Object.entries(template.resources)) if (!byType.has(type)) byType.set(type, id)
  const found = await Promise.all(
    [...byType.keys()].map(async (type) => [type, await findResourceType(ctx.host, type)] as const),
  )
  const types = new Map<string, FoundResourceType>()
  const [unknown, lacking] = [[] as string[], [] as string[]]
  for (const [type, info] of found) {
    if (!info) unknown.push(type)
    else if (!info.type) lacking.push(type)
    else types.set(type, info)
  }
  if (unknown.length > 0) {
    const what = `Unrecognized resource types: [${unknown.join(', ')}]`
    throw invalid(
      `Template format error: ${what}. There are none of these here, or not yet: docs/parity.md lists those that are.`,
    )
  }
  if (lacking.length > 0) {
    const which = lacking.map((type) => `${type} (${byType.get(type)})`).join(', ')
    throw invalid(`Resource types not supported by Landfall yet: [${which}]. docs/parity.md lists those that are.`)
  }
  return types
}

/** The role can be used by CloudFormation, or ValidationError. */
export async function checkRole(roleArn: string | undefined, ctx: Ctx): Promise<void> {
  if (roleArn === undefined) return
  try {
    await ctx.host.assumeRole(roleArn, {
      service: 'cloudformation.amazonaws.com',
      sessionName: 'landfall-check',
      durationSec: 900,
    })
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw invalid(`Role ${roleArn} is invalid or cannot be assumed`)
  }
}
