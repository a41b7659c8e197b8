import type { ResourceCtx } from '../../kernel/resource.ts'
import { same } from './resource-description.ts'

/** Where a template sends a table's changes. */
export interface KinesisProperties {
  readonly StreamArn: string
  readonly ApproximateCreationDateTimePrecision?: string
}

export async function enableDestination(TableName: string, properties: KinesisProperties, rx: ResourceCtx) {
  const { StreamArn, ...configuration } = properties
  await rx.invoke('dynamodb:EnableKinesisStreamingDestination', {
    TableName,
    StreamArn,
    ...(Object.keys(configuration).length > 0 && { EnableKinesisStreamingConfiguration: configuration }),
  })
}

/** Another stream, or none, or the same with another precision: each is a destination that begins anew. */
export async function changeDestination(
  TableName: string,
  next: KinesisProperties | undefined,
  previous: KinesisProperties | undefined,
  rx: ResourceCtx,
): Promise<void> {
  if (same(next, previous)) return
  if (previous) {
    const { StreamArn } = previous
    await rx.invoke('dynamodb:DisableKinesisStreamingDestination', { TableName, StreamArn })
  }
  if (next) await enableDestination(TableName, next, rx)
}
