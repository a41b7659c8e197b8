import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { isAwsError } from '../../../kernel/errors.ts'
import { lookUntil } from '../../../kernel/look-again.ts'
import { type ResourceCtx, ResourceFailure, type ResourceState, resource } from '../../../kernel/resource.ts'
import { type Tags, tagsOfList } from '../../../kernel/tag-list.ts'
import { tagList } from '../input.ts'
import { added, batches, changed, type Group, instancesIn, removed } from './groups.ts'
import { readSet } from './stack-set-read.ts'

export interface StackSetProperties {
  readonly StackSetName: string
  readonly PermissionModel: string
  readonly Description?: string
  readonly TemplateBody?: string
  readonly TemplateURL?: string
  readonly Parameters?: readonly { readonly ParameterKey: string; readonly ParameterValue: string }[]
  readonly Capabilities?: readonly string[]
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly AdministrationRoleARN?: string
  readonly ExecutionRoleName?: string
  readonly ManagedExecution?: { readonly Active?: boolean }
  readonly OperationPreferences?: object
  readonly CallAs?: string
  readonly StackInstancesGroup?: readonly Group[]
}

/**
 * A stack set with its instances: what is made, changed and deleted waits for the set's operations.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stackset.html
 */
export const stackSetType = resource<StackSetProperties>({
  properties: [
    ...(['StackSetName', 'PermissionModel', 'Description', 'TemplateBody', 'TemplateURL', 'Parameters'] as const),
    ...(['Capabilities', 'Tags', 'AdministrationRoleARN', 'ExecutionRoleName', 'ManagedExecution'] as const),
    ...(['OperationPreferences', 'CallAs', 'StackInstancesGroup'] as const),
  ],
  async create(props, rx) {
    const { StackSetName, PermissionModel } = props
    const [input, how, wanted] = [settings(props, rx.tags), preferences(props), instancesIn(props)]
    const given = { StackSetName, PermissionModel, ClientRequestToken: rx.clientToken, ...input }
    const { StackSetId } = await rx.invoke<{ StackSetId: string }>('cloudformation:CreateStackSet', given)
    rx.created(StackSetId)
    for (const batch of batches([...wanted.values()])) {
      await carriedOut('CreateStackInstances', { StackSetName: StackSetId, ...how, ...batch }, rx)
    }
    return stateOf(StackSetId)
  },

  async update(id, props, previous, rx) {
    const [input, how, wanted] = [settings(props, rx.tags), preferences(props), instancesIn(props)]
    const there = instancesIn(previous)
    const on = { StackSetName: id, ...how }
    for (const { ParameterOverrides: _, ...batch } of batches(removed(there, wanted))) {
      await carriedOut('DeleteStackInstances', { ...on, ...batch, RetainStacks: false }, rx)
    }
    if (!isDeepStrictEqual(input, settings(previous, rx.previousTags))) {
      await carriedOut('UpdateStackSet', { ...on, ...input }, rx)
    }
    for (const batch of batches(added(there, wanted))) await carriedOut('CreateStackInstances', { ...on, ...batch }, rx)
    for (const batch of batches(changed(there, wanted))) {
      await carriedOut('UpdateStackInstances', { ...on, ...batch }, rx)
    }
    return stateOf(id)
  },

  async delete(id, props, rx) {
    const how = preferences(props)
    try {
      await lookUntil(rx, async () => ((await busy(id, rx)) ? undefined : true))
      const found = await readSet(id, rx)
      if (!found) return
      const all = { ParameterOverrides: [] }
      const there = found.instances.map(({ account, region }) => ({ ...all, account, region }))
      for (const { ParameterOverrides: _, ...batch } of batches(there)) {
        await carriedOut('DeleteStackInstances', { StackSetName: id, ...how, ...batch, RetainStacks: false }, rx)
      }
      await rx.invoke('cloudformation:DeleteStackSet', { StackSetName: id })
    } catch (error) {
      if (!isAwsError(error, 'StackSetNotFoundException')) throw error
    }
  },

  read: async (id, props, rx) => (await readSet(id, rx))?.live(props),

  adopt: (id) => stateOf(id),
})

function settings(props: StackSetProperties, tags: Tags) {
  const { Description, TemplateBody, TemplateURL, Capabilities, AdministrationRoleARN, ExecutionRoleName } = props
  const inherited = Object.entries(tags).filter(([key]) => !key.startsWith('aws:'))
  return {
    Description,
    TemplateBody,
    TemplateURL,
    Capabilities,
    AdministrationRoleARN,
    ExecutionRoleName,
    Parameters: props.Parameters ?? [],
    ManagedExecution: { Active: props.ManagedExecution?.Active ?? false },
    Tags: tagList({ ...Object.fromEntries(inherited), ...tagsOfList(props.Tags) }),
    ...(props.CallAs === undefined ? {} : { CallAs: props.CallAs }),
  }
}

function preferences({ OperationPreferences, CallAs }: StackSetProperties) {
  return { ...(OperationPreferences && { OperationPreferences }), ...(CallAs === undefined ? {} : { CallAs }) }
}

function stateOf(id: string): ResourceState {
  return { id, attributes: { StackSetId: id } }
}

interface Result {
  readonly Account: string
  readonly Region: string
  readonly Status: string
  readonly StatusReason?: string
}

/** Begins an operation, known by what it asks for when this is done again, and waits until it has ended well. */
async function carriedOut(
  name: string,
  input: Readonly<Record<string, unknown>> & { StackSetName: string },
  rx: ResourceCtx,
): Promise<void> {
  const OperationId = `${rx.clientToken}-${hash('sha256', name + JSON.stringify(input), 'hex').slice(0, 16)}`
  await rx.invoke(`cloudformation:${name}`, { ...input, OperationId })
  const which = { StackSetName: input.StackSetName, OperationId }
  const status = await lookUntil(rx, async () => {
    const { StackSetOperation } = await rx.invoke<{ StackSetOperation: { Status: string; EndTimestamp?: unknown } }>(
      'cloudformation:DescribeStackSetOperation',
      which,
    )
    return StackSetOperation.EndTimestamp === undefined ? undefined : StackSetOperation.Status
  })
  if (status === 'SUCCEEDED') return
  const { Summaries } = await rx.invoke<{ Summaries: Result[] }>('cloudformation:ListStackSetOperationResults', which)
  const reasons = Summaries.filter(({ Status }) => Status === 'FAILED').map(
    ({ Account, Region, StatusReason }) => `Account: [${Account}], Region: [${Region}]: ${StatusReason ?? ''}`,
  )
  throw new ResourceFailure(
    `Stack set operation [${OperationId}] was unexpectedly stopped or failed. status reason(s): [${reasons.join('; ')}]`,
  )
}

/** Whether something is still done with a set. */
async function busy(StackSetName: string, rx: ResourceCtx): Promise<boolean> {
  const { Summaries } = await rx.invoke<{ Summaries: { EndTimestamp?: unknown }[] }>(
    'cloudformation:ListStackSetOperations',
    { StackSetName },
  )
  return Summaries.some(({ EndTimestamp }) => EndTimestamp === undefined)
}
