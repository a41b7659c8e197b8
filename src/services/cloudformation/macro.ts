import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { isListType, splitList } from '../../stacks/parameters.ts'
import { invalid, isMap, own, type Value, type ValueMap } from '../../stacks/value.ts'
import type { Surroundings } from './expand.ts'
import { stackUuid } from './find.ts'
import { calledVia } from './lineage.ts'
import { macro } from './state.ts'

interface MacroProperties {
  readonly Name: string
  readonly FunctionName: string
  readonly Description?: string
}

/**
 * A name under which templates can have a function change them.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-macro.html
 */
export const macroType = resource<MacroProperties>({
  properties: ['Name', 'FunctionName', 'Description'],
  async create(props, rx) {
    await define(props, rx)
    return { id: props.Name, attributes: { Id: props.Name } }
  },
  async update(id, props, _previous, rx) {
    await define(props, rx)
    return { id, attributes: { Id: id } }
  },
  async delete(id, _props, rx) {
    const owner = ownerOf(rx)
    await rx.write('drop the macro', async (tx) => {
      if ((await tx.get(macro(id)))?.owner === owner) tx.delete(macro(id))
    })
  },
})

function define({ Name, FunctionName, Description }: MacroProperties, rx: ResourceCtx): Promise<void> {
  const owner = ownerOf(rx)
  return rx.write('define the macro', async (tx) => {
    const there = await tx.get(macro(Name))
    if (there && there.owner !== owner) throw awsError('AlreadyExistsException', `Macro ${Name} already exists`)
    tx.set(macro(Name), { functionName: FunctionName, description: Description, owner })
  })
}

function ownerOf({ stackId, logicalId }: ResourceCtx): string {
  return `${stackUuid(stackId)}/${logicalId}`
}

/**
 * What a macro's function, invoked as the caller, makes of a part of a template. Throws ValidationError when there is
 * no such macro, when it fails, and when its answer is none.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
 */
export async function callMacro(
  name: string,
  parameters: ValueMap,
  fragment: ValueMap,
  around: Surroundings,
  ctx: Ctx,
): Promise<Value> {
  const transformId = `${ctx.account}::${name}`
  const found = await ctx.read((tx) => tx.get(macro(name)))
  if (!found) throw invalid(`No transform named ${transformId} found.`)
  const requestId = ctx.newId()
  const event = {
    region: ctx.region,
    accountId: ctx.account,
    fragment,
    transformId,
    params: parameters,
    requestId,
    templateParameterValues: valuesOf(around),
  }
  const input = { FunctionName: found.functionName, Payload: Buffer.from(JSON.stringify(event)) }
  const { as, scope, signal, context } = { as: ctx.principal, scope: ctx.scope, signal: ctx.signal, context: calledVia }
  const outcome = await ctx.host
    .invoke<{ FunctionError?: string; Payload?: Uint8Array }>('lambda:Invoke', input, { as, scope, signal, context })
    .catch((error: unknown) => {
      if (isAwsError(error)) throw invalid(`Failed to execute transform ${transformId}: ${error.message}`)
      throw error
    })
  const reply = outcome.FunctionError === undefined ? readReply(outcome.Payload) : undefined
  const status = reply && own(reply, 'status')
  if (!reply || typeof status !== 'string' || own(reply, 'requestId') !== requestId) {
    throw invalid(`Received malformed response from transform ${transformId}`)
  }
  if (status.toLowerCase() !== 'success') {
    const message = own(reply, 'errorMessage')
    throw invalid(
      typeof message === 'string' && message !== ''
        ? `Transform ${transformId} failed with: ${message}`
        : `Transform ${transformId} failed without an error message.`,
    )
  }
  const made = own(reply, 'fragment')
  if (made === undefined) throw invalid(`Received malformed response from transform ${transformId}`)
  return made
}

function readReply(payload: Uint8Array | undefined): ValueMap | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload ?? []).toString('utf8'))
    return isMap(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Lists as lists, all else as text. */
function valuesOf({ declared, parameters }: Surroundings): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, text]) => {
      const type = own(declared, name)?.type
      return [name, type !== undefined && isListType(type) ? splitList(text) : text]
    }),
  )
}
