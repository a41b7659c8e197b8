import type { Ctx } from '../../kernel/context.ts'
import type { FoundResourceType } from '../../kernel/host.ts'
import { importIdentifier, lookUp, missing } from '../../stacks/import.ts'
import type { ResourceChange } from '../../stacks/plan.ts'
import type { ResourceDeclaration, Template } from '../../stacks/template.ts'
import { invalid, own } from '../../stacks/value.ts'
import { readerOf } from './looking.ts'
import { ownersOf, refuseOwned } from './owners.ts'
import type { Planned } from './prepare.ts'
import { findResourceType } from './resource-type.ts'

/** Resources looked for at once. */
const concurrency = 8

/** Primary identifiers by logical id. */
type Identifiers = Readonly<Record<string, string>>

interface Asked {
  readonly ResourceType?: string | undefined
  readonly LogicalResourceId?: string | undefined
  readonly ResourceIdentifier?: Readonly<Record<string, string>> | undefined
}

interface ImportInput {
  readonly ResourcesToImport?: readonly Asked[]
  readonly ImportExistingResources?: boolean
  readonly OnStackFailure?: string
  readonly DeploymentConfig?: { readonly DisableRollback?: boolean }
}

/** Members of a change set that go, or do not go, with its being an import. Throws ValidationError. */
export function checkImport(type: string, input: ImportInput): void {
  const any = (input.ResourcesToImport ?? []).length > 0
  if (type !== 'IMPORT') {
    if (any) throw invalid('ResourcesToImport can only be specified for a change set of the type IMPORT.')
    return
  }
  if (!any) throw invalid('ResourcesToImport must be specified for a change set of the type IMPORT.')
  if (input.ImportExistingResources) throw noImportFailure('ImportExistingResources')
  if (input.OnStackFailure !== undefined) throw noImportFailure('OnStackFailure')
  if (input.DeploymentConfig?.DisableRollback) throw noImportFailure('DisableRollback')
}

export function noImportFailure(name: string) {
  return invalid(`${name} can not be specified for a change set of the type IMPORT.`)
}

/** ResourcesToImport, checked against the template. Throws ValidationError. */
export async function readImports(asked: readonly Asked[], template: Template, ctx: Ctx): Promise<Identifiers> {
  const out = new Map<string, string>()
  const seen = new Set<string>()
  for (const { ResourceType: type, LogicalResourceId: id, ResourceIdentifier: given } of asked) {
    if (type === undefined || id === undefined || given === undefined)
      throw invalid('Each of ResourcesToImport must have ResourceType, LogicalResourceId and ResourceIdentifier.')
    const declared = own(template.resources, id)
    if (declared?.type !== type) throw invalid(`Resource ${id} of type ${type} to import is not in the template.`)
    const name = identifierOf(type, await findResourceType(ctx.host, type))
    const identifier = own(given, name)
    if (identifier === undefined || Object.keys(given).length !== 1)
      throw invalid(`Resources of type ${type} are identified by [${name}], and nothing else.`)
    const [key, stated] = [`${type} ${identifier}`, own(declared.properties, name)]
    if (out.has(id) || seen.has(key)) throw invalid(`Resource ${id} to import, or its identifier, is named twice.`)
    if (typeof stated === 'string' && stated !== identifier)
      throw invalid(`Resource ${id} to import has the ${name} ${identifier}, but ${stated} in the template.`)
    seen.add(key)
    out.set(id, identifier)
  }
  const bare = [...out.keys()].filter((id) => !template.resources[id]?.deletionPolicyGiven)
  if (bare.length > 0) {
    const which = `[${bare.join(', ')}]`
    throw invalid(
      `The following resources to import ${which} must have DeletionPolicy attribute specified in the template.`,
    )
  }
  return Object.fromEntries(out)
}

function identifierOf(type: string, found: FoundResourceType | undefined): string {
  const name = found && importIdentifier(found)
  if (name === undefined) throw invalid(`The following resource types are not supported for resource import: ${type}`)
  return name
}

/** What a change set takes over: what was asked for (IMPORT), or what exists of what it would make. */
export interface WantedImports {
  readonly asked: Identifiers | undefined
  readonly existing: boolean
}

export interface FoundImports {
  readonly toImport?: Identifiers | undefined
  /** Those of the plan, with what is taken over instead of made. */
  readonly changes: readonly ResourceChange[]
}

/** Looks for what is to be taken over. Throws ValidationError for what is not there, or belongs to a stack. */
export async function findImports(
  changes: readonly ResourceChange[],
  { asked, existing }: WantedImports,
  template: Template,
  ctx: Ctx,
): Promise<FoundImports> {
  if (!asked && !existing) return { changes }
  const out = changes.map((change): Taken => ({ change }))
  for (let at = 0; at < out.length; at += concurrency) {
    await Promise.all(
      out.slice(at, at + concurrency).map(async (item) => {
        const { change } = item
        if (change.action !== 'Add') return
        const found = await findResourceType(ctx.host, change.type)
        const identifier = asked ? own(asked, change.logicalId) : found && stated(change, found)
        const state = found && identifier !== undefined ? await lookUp(found, identifier, readerOf(ctx)) : undefined
        if (identifier !== undefined && asked) {
          if (!state) throw missing(change.type, identifier)
          await ctx.read((tx) => refuseOwned(tx, state.id, change.type))
        }
        // What another stack has is not taken from it: to make it fails.
        if (
          !state ||
          identifier === undefined ||
          (await ctx.read((tx) => ownersOf(tx, state.id, change.type))).length > 0
        )
          return
        item.as = { name: found && importIdentifier(found), identifier }
        item.change = { ...change, action: 'Import', physicalId: state.id }
      }),
    )
  }
  if (!asked) refuseUnkept(out, template)
  const toImport = out.flatMap(({ change, as }) => (as ? [[change.logicalId, as.identifier] as const] : []))
  return { toImport: Object.fromEntries(toImport), changes: out.map(({ change }) => change) }
}

interface Taken {
  change: ResourceChange
  /** By what it is taken over, if it is. */
  as?: { readonly name: string | undefined; readonly identifier: string }
}

/** The identifier that the template itself gives: without a name of its own, a resource is always made. */
function stated({ afterProperties }: ResourceChange, found: FoundResourceType): string | undefined {
  const name = importIdentifier(found)
  const value = name === undefined ? undefined : own(afterProperties ?? {}, name)
  return typeof value === 'string' ? value : undefined
}

function refuseUnkept(taken: readonly Taken[], { resources }: Template): void {
  const bare = taken.filter(
    ({ change, as }) => as && (resources[change.logicalId] as ResourceDeclaration).deletionPolicy === 'Delete',
  )
  if (bare.length === 0) return
  const which = bare.map(({ change, as }) => `${change.logicalId} ({${as?.name}=${as?.identifier}})`).join(', ')
  throw invalid(
    `CloudFormation is attempting to import some resources because they already exist in your account. The resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for successful import. The affected resources are ${which}`,
  )
}

/** An import changes nothing else. Throws ValidationError. */
export function refuseOtherChanges({ changes, outputsChanged }: Planned, toImport: Identifiers): void {
  const added = new Set(changes.flatMap(({ action, logicalId }) => (action === 'Add' ? [logicalId] : [])))
  const there = Object.keys(toImport).filter((id) => !added.has(id))
  if (there.length > 0) throw invalid(`Resources to import [${there.join(', ')}] are in the stack already.`)
  const others = changes.flatMap(({ logicalId }) => (Object.hasOwn(toImport, logicalId) ? [] : [logicalId]))
  if (others.length > 0) {
    const what = `You have modified resources [${others.join(', ')}] in your template that are not being imported.`
    throw invalid(`${what} Update, create or delete operations cannot be executed during import operations.`)
  }
  if (outputsChanged) throw invalid('As part of the import operation, you cannot modify or add [Outputs]')
}
