import { isAwsError } from '../../kernel/errors.ts'
import { type ResourceCtx, ResourceFailure, type ResourceState, resource } from '../../kernel/resource.ts'
import { stackUuid } from './find.ts'
import { nested } from './lineage.ts'
import { type Stack, stack } from './state.ts'

interface NestedProperties {
  readonly TemplateURL?: string
  readonly Parameters?: Readonly<Record<string, string>>
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly TimeoutInMinutes?: number
}

/** A child is waited for as long as it takes: its own timeout ends it. */
const foreverMs = 366 * 24 * 3_600_000

/**
 * A stack within a stack. Its deployment is its own; this one waits for it. In a rollback it gets the template back that
 * it had, not what its URL says now.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
 */
export const nestedStack = resource<NestedProperties>({
  properties: ['TemplateURL', 'Parameters', 'Tags', 'TimeoutInMinutes'],
  follows: true,
  async create(props, rx) {
    const input = {
      StackName: rx.name({ maxLength: 128 }),
      TemplateURL: props.TemplateURL,
      ...settings(props, rx),
      ...(props.TimeoutInMinutes === undefined ? {} : { TimeoutInMinutes: props.TimeoutInMinutes }),
      // What it has made is deleted with it, by the rollback of its parent.
      OnFailure: 'DO_NOTHING',
    }
    const { StackId } = await rx.invoke<{ StackId: string }>('cloudformation:CreateStack', input, nested(rx))
    rx.created(StackId)
    const made = await settled(StackId, rx)
    if (made?.status === 'CREATE_COMPLETE') return stateOf(made)
    throw new ResourceFailure(`Embedded stack ${StackId} was not successfully created: ${made?.reason ?? ''}`)
  },

  async update(id, props, _previous, rx) {
    const begun = (await look(id, rx))?.lastRequest?.token === rx.clientToken
    if (!begun) {
      if (rx.restoring) await calmDown(id, rx)
      await settled(id, rx)
      const template = rx.restoring ? { UsePreviousTemplate: true } : { TemplateURL: props.TemplateURL }
      const input = { StackName: id, ...template, ...settings(props, rx) }
      try {
        await rx.invoke('cloudformation:UpdateStack', input, nested(rx))
      } catch (error) {
        const nothing = isAwsError(error, 'ValidationError') && error.message === 'No updates are to be performed.'
        if (!nothing) throw error
        return stateOf((await look(id, rx)) as Stack)
      }
    }
    const now = await settled(id, rx)
    if (now?.status === 'UPDATE_COMPLETE') return stateOf(now)
    throw new ResourceFailure(
      `Embedded stack ${id} was not successfully updated. Currently in ${now?.status} with reason: ${now?.reason ?? ''}`,
    )
  },

  async delete(id, _props, rx) {
    const there = await look(id, rx)
    if (!there || there.status === 'DELETE_COMPLETE') return
    await rx.invoke('cloudformation:DeleteStack', { StackName: id, ClientRequestToken: rx.clientToken }, nested(rx))
    const left = await settled(id, rx)
    if (!left || left.status === 'DELETE_COMPLETE') return
    throw new ResourceFailure(`Embedded stack ${id} was not successfully deleted: ${left.reason ?? ''}`)
  },
})

/** Ends what the child is doing, so that it can be taken back. The same two requests each time: what they find differs. */
async function calmDown(id: string, rx: ResourceCtx): Promise<void> {
  for (const operation of ['cloudformation:CancelUpdateStack', 'cloudformation:ContinueUpdateRollback']) {
    await rx.invoke(operation, { StackName: id }, nested(rx)).catch((error: unknown) => {
      // It is in no state for that.
      if (!isAwsError(error, 'ValidationError')) throw error
    })
    await settled(id, rx)
  }
}

function settings(props: NestedProperties, rx: ResourceCtx) {
  const inherited = Object.entries(rx.tags).filter(([key]) => !key.startsWith('aws:'))
  const tags = new Map([...inherited, ...(props.Tags ?? []).map(({ Key, Value }) => [Key, Value] as const)])
  return {
    Parameters: Object.entries(props.Parameters ?? {}).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
    Tags: [...tags].map(([Key, Value]) => ({ Key, Value })),
    ClientRequestToken: rx.clientToken,
  }
}

/** The child once nothing is being done to it; undefined when it is gone. */
async function settled(id: string, rx: ResourceCtx): Promise<Stack | undefined> {
  const uuid = stackUuid(id)
  const found = await rx.found(
    stack.under(uuid),
    async (tx) => {
      const now = await tx.get(stack(uuid))
      return now?.status.endsWith('_IN_PROGRESS') ? undefined : (now ?? null)
    },
    { untilMs: rx.nowMs + foreverMs },
  )
  return found ?? undefined
}

async function look(id: string, rx: ResourceCtx): Promise<Stack | undefined> {
  const uuid = stackUuid(id)
  const options = { untilMs: rx.nowMs + foreverMs }
  return (await rx.found(stack.under(uuid), async (tx) => (await tx.get(stack(uuid))) ?? null, options)) ?? undefined
}

function stateOf({ id, outputs }: Stack): ResourceState {
  return { id, attributes: { Outputs: Object.fromEntries(outputs.map(({ key, value }) => [key, value])) } }
}
