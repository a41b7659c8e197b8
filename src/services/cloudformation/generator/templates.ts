import type { Ctx } from '../../../kernel/context.ts'
import { countUpTo } from '../../../kernel/count-up-to.ts'
import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../../kernel/records.ts'
import { generatedId } from '../../../stacks/generate.ts'
import { importIdentifier } from '../../../stacks/import.ts'
import { invalid, own } from '../../../stacks/value.ts'
import { onAnything, onStack } from '../access.ts'
import type { Api } from '../api.ts'
import { stackOf } from '../find.ts'
import {
  type GeneratedTemplate,
  generatedBody,
  generatedNamed,
  generatedTemplate,
  generating,
  type TemplateResource,
  templateResource,
} from './template-state.ts'

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/generate-IaC.html */
const limits = { templates: 1_000, inProgress: 5, resources: 500 }

type Definitions = NonNullable<Api['CreateGeneratedTemplate'][0]['Resources']>

/** Templates that are made of resources that are there. */
export const generatedTemplates = operations<Api>()({
  CreateGeneratedTemplate: {
    // Whoever has the generated template has that of the stack.
    authorize: async ({ StackName }, ctx, tx) => [
      ...onAnything('CreateGeneratedTemplate'),
      ...(StackName === undefined ? [] : await onStack('GetTemplate', StackName, {}, ctx, tx)),
    ],
    async call({ GeneratedTemplateName: name, Resources = [], StackName, TemplateConfiguration: config }, ctx) {
      checkTemplateName(name)
      const base = StackName === undefined ? undefined : await ctx.read((tx) => baseOf(tx, StackName))
      const resources = await readDefinitions(Resources, ctx)
      return ctx.write(async (tx) => {
        if (await tx.get(generatedNamed(name))) throw taken(name)
        if ((await countUpTo(tx, generatedTemplate.under(), limits.templates)) >= limits.templates)
          throw awsError('LimitExceededException', `There can be at most ${limits.templates} generated templates.`)
        const uuid = ctx.newId()
        const made: GeneratedTemplate = {
          ...{ uuid, name, id: ctx.arn('cloudformation', `generatedTemplate/${uuid}`), status: 'CREATE_IN_PROGRESS' },
          ...{ createdAtMs: ctx.nowMs, updatedAtMs: ctx.nowMs, principal: ctx.principal, resources: 0 },
          deletionPolicy: config?.DeletionPolicy ?? 'RETAIN',
          updateReplacePolicy: config?.UpdateReplacePolicy ?? 'RETAIN',
          base,
        }
        tx.set(generatedNamed(name), { uuid })
        await begin(tx, made, resources, ctx)
        return { GeneratedTemplateId: made.id }
      })
    },
  },

  UpdateGeneratedTemplate: {
    authorize: () => onAnything('UpdateGeneratedTemplate'),
    async call({ GeneratedTemplateName: nameOrId, NewGeneratedTemplateName: newName, ...input }, ctx) {
      const { RefreshAllResources: refresh, RemoveResources: removed = [], TemplateConfiguration: config } = input
      if (newName !== undefined) checkTemplateName(newName)
      const added = await readDefinitions(input.AddResources ?? [], ctx)
      return ctx.write(async (tx) => {
        const of = await settledTemplate(tx, nameOrId)
        const { uuid } = of
        if (newName !== undefined && newName !== of.name) {
          if (await tx.get(generatedNamed(newName))) throw taken(newName)
          tx.delete(generatedNamed(of.name))
          tx.set(generatedNamed(newName), { uuid })
        }
        for (const id of removed) {
          if (!(await tx.get(templateResource(uuid, id))))
            throw invalid(`Resource ${id} is not in the generated template.`)
          tx.delete(templateResource(uuid, id))
        }
        for (const { logicalId } of added) {
          if (!removed.includes(logicalId) && (await tx.get(templateResource(uuid, logicalId))))
            throw invalid(`Resource ${logicalId} is in the generated template already.`)
        }
        if (refresh) {
          for await (const { value } of tx.range(templateResource.under(uuid)))
            tx.set(templateResource(uuid, value.logicalId), { ...value, status: 'PENDING' })
        }
        const next: GeneratedTemplate = {
          ...{ ...of, name: newName ?? of.name, status: 'UPDATE_IN_PROGRESS', reason: undefined },
          ...{ updatedAtMs: ctx.nowMs, principal: ctx.principal, resources: of.resources - removed.length },
          deletionPolicy: config?.DeletionPolicy ?? of.deletionPolicy,
          updateReplacePolicy: config?.UpdateReplacePolicy ?? of.updateReplacePolicy,
        }
        await begin(tx, next, added, ctx)
        return { GeneratedTemplateId: of.id }
      })
    },
  },

  DeleteGeneratedTemplate: {
    authorize: () => onAnything('DeleteGeneratedTemplate'),
    async write(tx, { GeneratedTemplateName: nameOrId }) {
      const { uuid, name } = await settledTemplate(tx, nameOrId)
      tx.delete(generatedNamed(name))
      tx.delete(generatedTemplate(uuid))
      tx.delete(generatedBody(uuid))
      tx.clear(templateResource.under(uuid))
      return {}
    },
  },
})

async function baseOf(tx: ReadTx, nameOrId: string): Promise<GeneratedTemplate['base']> {
  const { uuid, id, status } = await stackOf(tx, nameOrId, `Stack [${nameOrId}] does not exist`)
  if (status === 'DELETE_COMPLETE') throw invalid(`Stack [${nameOrId}] does not exist`)
  return { uuid, id }
}

/** By name or ARN. Throws GeneratedTemplateNotFoundException. */
export async function foundTemplate(tx: ReadTx, nameOrId: string): Promise<GeneratedTemplate> {
  const uuid = nameOrId.startsWith('arn:') ? nameOrId.split('/').at(-1) : (await tx.get(generatedNamed(nameOrId)))?.uuid
  const found = uuid === undefined ? undefined : await tx.get(generatedTemplate(uuid))
  if (!found || (nameOrId.startsWith('arn:') && found.id !== nameOrId))
    throw awsError('GeneratedTemplateNotFoundException', `Template ${nameOrId} does not exist`)
  return found
}

async function settledTemplate(tx: ReadTx, nameOrId: string): Promise<GeneratedTemplate> {
  const found = await foundTemplate(tx, nameOrId)
  if (!found.status.endsWith('_IN_PROGRESS')) return found
  throw awsError('ConcurrentResourcesLimitExceededException', `Generated template ${found.name} is in ${found.status}.`)
}

async function begin(tx: Tx, of: GeneratedTemplate, added: readonly TemplateResource[], ctx: Ctx): Promise<void> {
  const resources = of.resources + added.length
  if (resources > limits.resources)
    throw awsError('LimitExceededException', `A generated template can have at most ${limits.resources} resources.`)
  if ((await countUpTo(tx, generating.under(), limits.inProgress)) >= limits.inProgress) {
    const message = `At most ${limits.inProgress} templates can be generated at once.`
    throw awsError('ConcurrentResourcesLimitExceededException', message)
  }
  tx.set(generatedTemplate(of.uuid), { ...of, resources })
  tx.set(generating(of.uuid), true)
  for (const one of added) tx.set(templateResource(of.uuid, one.logicalId), one)
  ctx.host.deliveries.schedule(tx, {
    kind: 'cloudformation:generateTemplate',
    scope: ctx.scope,
    data: { uuid: of.uuid },
  })
}

async function readDefinitions(given: Definitions, ctx: Ctx): Promise<TemplateResource[]> {
  const out = new Map<string, TemplateResource>()
  for (const { ResourceType: type, LogicalResourceId, ResourceIdentifier: names } of given) {
    if (type === undefined || names === undefined)
      throw invalid('Each resource must have a ResourceType and a ResourceIdentifier.')
    const found = await ctx.host.resourceType(type)
    const name = found && importIdentifier(found)
    if (name === undefined) throw invalid(`Resources of type ${type} cannot be in templates that Landfall generates.`)
    const identifier = own(names, name)
    if (identifier === undefined || Object.keys(names).length !== 1)
      throw invalid(`Resources of type ${type} are identified by [${name}], and nothing else.`)
    const logicalId = LogicalResourceId ?? generatedId(type, identifier)
    if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId))
      throw invalid(`${logicalId} is not a logical id: it must be alphanumeric.`)
    if (out.has(logicalId)) throw invalid(`Resource ${logicalId} is named twice.`)
    out.set(logicalId, { logicalId, type, name, identifier, status: 'PENDING' })
  }
  return [...out.values()]
}

function checkTemplateName(name: string): void {
  if (!name.startsWith('arn:')) return
  throw invalid(`${name} is an ARN, not a name for a generated template.`)
}

const taken = (name: string) => awsError('AlreadyExistsException', `Template ${name} already exists`)
