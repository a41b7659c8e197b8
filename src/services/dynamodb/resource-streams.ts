import { isAwsError } from '../../kernel/errors.ts'
import type { ResourceCtx } from '../../kernel/resource.ts'
import { describe, same } from './resource-description.ts'

interface Policy {
  readonly PolicyDocument: object
}

/** The properties of a template's table that say what its changes are told to, and who may use it from elsewhere. */
export interface StreamProperties {
  readonly StreamSpecification?: { readonly StreamViewType: string; readonly ResourcePolicy?: Policy }
  readonly ResourcePolicy?: Policy
}

/** As the API takes it: a template that has the property has a stream. */
export function streamInput({ StreamViewType }: NonNullable<StreamProperties['StreamSpecification']>): object {
  return { StreamEnabled: true, StreamViewType }
}

/** A stream with another view is another stream. */
export async function changeStream(
  TableName: string,
  { StreamSpecification: next }: StreamProperties,
  { StreamSpecification: before }: StreamProperties,
  rx: ResourceCtx,
): Promise<void> {
  const update = (StreamSpecification: object) => rx.invoke('dynamodb:UpdateTable', { TableName, StreamSpecification })
  if (next?.StreamViewType !== before?.StreamViewType) {
    // Asked, since an attempt that was broken off may have done the one and not the other.
    if ((await describe(TableName, rx)).StreamSpecification) await update({ StreamEnabled: false })
    if (next) await update(streamInput(next))
  } else if (same(next?.ResourcePolicy, before?.ResourcePolicy)) {
    return
  }
  if (!next) return
  const { LatestStreamArn } = await describe(TableName, rx)
  if (next.ResourcePolicy) await putPolicy(LatestStreamArn, next.ResourcePolicy, rx)
  else await deletePolicy(LatestStreamArn, rx)
}

export async function changePolicy(
  TableName: string,
  { ResourcePolicy: next }: StreamProperties,
  { ResourcePolicy: before }: StreamProperties,
  rx: ResourceCtx,
): Promise<void> {
  if (same(next, before)) return
  const { TableArn } = await describe(TableName, rx)
  if (next) await putPolicy(TableArn, next, rx)
  else await deletePolicy(TableArn, rx)
}

export async function putPolicy(
  ResourceArn: string | undefined,
  { PolicyDocument }: Policy,
  rx: ResourceCtx,
): Promise<void> {
  await rx.invoke('dynamodb:PutResourcePolicy', { ResourceArn, Policy: JSON.stringify(PolicyDocument) })
}

async function deletePolicy(ResourceArn: string | undefined, rx: ResourceCtx): Promise<void> {
  await rx.invoke('dynamodb:DeleteResourcePolicy', { ResourceArn }).catch((error: unknown) => {
    if (!isAwsError(error, 'PolicyNotFoundException')) throw error
  })
}
