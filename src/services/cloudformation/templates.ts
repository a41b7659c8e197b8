import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import { importIdentifier } from '../../stacks/import.ts'
import type { ParameterDeclaration } from '../../stacks/parameters.ts'
import { checkReferences } from '../../stacks/references.ts'
import { readDeclarations, readTemplate } from '../../stacks/template.ts'
import { refuseExtensions } from '../../stacks/transforms/language-extensions.ts'
import { declaredTransforms } from '../../stacks/transforms/snippets.ts'
import { invalid, isMap } from '../../stacks/value.ts'
import { onAnything, onStack } from './access.ts'
import type { Api } from './api.ts'
import { expansionCapabilities, neededCapabilities } from './capabilities.ts'
import { changeSetOf, liveStack, stackOf } from './find.ts'
import { parseText } from './parse-text.ts'
import { findResourceType } from './resource-type.ts'
import { liveSet, onSet, refuseOrganizations } from './stack-sets/find.ts'
import { setTemplate } from './stack-sets/state.ts'
import { type StoredTemplate, template } from './state.ts'
import { templateText } from './template-source.ts'

/** Templates checked, summed up and given back. */
export const templates = operations<Api>()({
  ValidateTemplate: {
    authorize: (input) => onAnything('ValidateTemplate', input),
    async call(input, ctx) {
      const read = await check(await given(input, ctx), ctx)
      return {
        Parameters: Object.entries(read.parameters).map(([name, declared]) => ({
          ParameterKey: name,
          DefaultValue: declared.defaultValue,
          NoEcho: declared.noEcho,
          Description: declared.description,
        })),
        Description: read.description,
        Capabilities: [...read.needed.capabilities],
        CapabilitiesReason: read.needed.reason,
        DeclaredTransforms: [...read.transforms],
      }
    },
  },

  GetTemplateSummary: {
    authorize: (input, ctx, tx) =>
      input.StackSetName !== undefined
        ? onSet('GetTemplateSummary', input.StackSetName, {}, ctx, tx)
        : input.StackName === undefined
          ? onAnything('GetTemplateSummary', input)
          : onStack('GetTemplateSummary', input.StackName, input, ctx, tx),
    async call(input, ctx) {
      refuseOrganizations(input)
      const { StackName, StackSetName } = input
      if (StackName !== undefined && StackSetName !== undefined)
        throw invalid('Only one of StackName and StackSetName may be specified.')
      const text =
        StackSetName !== undefined
          ? await ctx.read(async (tx) => (await tx.get(setTemplate((await liveSet(tx, StackSetName)).uuid)))?.text)
          : StackName === undefined
            ? await given(input, ctx)
            : await ctx.read(
                async (tx) => (await tx.get(template((await liveStack(tx, StackName)).uuid, 'stack')))?.text,
              )
      if (text === undefined) throw invalid(`Stack [${StackName}] has no template yet`)
      const read = await check(text, ctx)
      return {
        Parameters: Object.entries(read.parameters).map(([name, declared]) => declaration(name, declared)),
        Description: read.description,
        Capabilities: [...read.needed.capabilities],
        CapabilitiesReason: read.needed.reason,
        ResourceTypes: [...new Set(read.types.values())],
        ResourceIdentifierSummaries: await identifierSummaries(read.types, ctx),
        Version: '2010-09-09',
        Metadata: read.metadata === undefined ? undefined : JSON.stringify(read.metadata),
        DeclaredTransforms: [...read.transforms],
      }
    },
  },

  GetTemplate: {
    authorize: ({ StackName, ChangeSetName }, ctx, tx) =>
      onStack('GetTemplate', StackName, { ...(ChangeSetName === undefined ? {} : { ChangeSetName }) }, ctx, tx),
    async read(tx, { StackName, ChangeSetName, TemplateStage }) {
      const StagesAvailable: ('Original' | 'Processed')[] = ['Original', 'Processed']
      if (ChangeSetName !== undefined) {
        const { set, of } = await changeSetOf(tx, ChangeSetName, StackName)
        return {
          TemplateBody: atStage(await tx.get(template(of.uuid, `change-set/${set.uuid}`)), TemplateStage),
          StagesAvailable,
        }
      }
      if (StackName === undefined) throw invalid('Either StackName or ChangeSetName must be specified.')
      const of = await stackOf(tx, StackName)
      // A stack under review has nothing yet: an empty template, so that tools that compare see everything as new.
      return { TemplateBody: atStage(await tx.get(template(of.uuid, 'stack')), TemplateStage) ?? '{}', StagesAvailable }
    },
  },
})

/** The text that was given, or (unless that is asked for) what transforms have made of it. */
function atStage(stored: StoredTemplate | undefined, stage: string | undefined): string | undefined {
  return stage === 'Original' ? stored?.text : (stored?.processed ?? stored?.text)
}

async function given(input: { TemplateBody?: string; TemplateURL?: string }, ctx: Ctx): Promise<string> {
  const text = await templateText(input, ctx)
  if (text === undefined) throw invalid('Either Template URL or Template Body must be specified.')
  return text
}

/** What a template says of itself; of one with transforms, before they are applied. */
async function check(text: string, ctx: Ctx) {
  const root = await parseText(text, ctx.host.workers)
  const transforms = declaredTransforms(root)
  if (transforms.length === 0) {
    refuseExtensions(root)
    const read = readTemplate(root)
    checkReferences(read)
    const types = new Map(Object.entries(read.resources).map(([id, { type }]) => [id, type]))
    return { ...read, types, transforms, needed: neededCapabilities(read) }
  }
  const { Resources } = root
  const types = new Map(
    Object.entries(isMap(Resources) ? Resources : {}).flatMap(([id, value]) =>
      isMap(value) && typeof value.Type === 'string' ? [[id, value.Type] as const] : [],
    ),
  )
  return { ...readDeclarations(root), types, transforms, needed: expansionCapabilities(transforms) }
}

/** By what resources of the template would be imported; types that can't be are not listed. */
async function identifierSummaries(types: ReadonlyMap<string, string>, ctx: Ctx) {
  const summaries = await Promise.all(
    [...new Set(types.values())].map(async (ResourceType) => {
      const found = await findResourceType(ctx.host, ResourceType)
      const identifier = found && importIdentifier(found)
      if (identifier === undefined) return []
      const LogicalResourceIds = [...types].flatMap(([id, type]) => (type === ResourceType ? [id] : []))
      return [{ ResourceType, LogicalResourceIds, ResourceIdentifiers: [identifier] }]
    }),
  )
  return summaries.flat()
}

function declaration(name: string, declared: ParameterDeclaration) {
  return {
    ParameterKey: name,
    DefaultValue: declared.defaultValue,
    ParameterType: declared.type,
    NoEcho: declared.noEcho,
    Description: declared.description,
    ParameterConstraints: declared.allowedValues === undefined ? {} : { AllowedValues: [...declared.allowedValues] },
  }
}
