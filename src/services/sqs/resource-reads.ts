import { isAwsError } from '../../kernel/errors.ts'
import { members, oddOne } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'

/** Deleting what is gone already is done; reading it finds nothing. */
export function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'QueueDoesNotExist')) throw error
}

/** A queue as its properties would say it. */
export async function readQueue(
  QueueUrl: string,
  names: readonly string[],
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const asked = { QueueUrl, AttributeNames: ['All'] }
  const found = await rx
    .invoke<{ Attributes: Record<string, string> }>('sqs:GetQueueAttributes', asked)
    .catch(ignoreMissing)
  if (!found) return undefined
  const { Tags } = await rx.invoke<{ Tags?: Record<string, string> }>('sqs:ListQueueTags', { QueueUrl })
  return {
    ...members(found.Attributes, names),
    FifoQueue: found.Attributes.FifoQueue,
    QueueName: QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1),
    Tags,
  }
}

/** The policy of queues that share one: the queues that have one, and one that differs if there is such. */
export async function readPolicies(queues: readonly string[], wanted: object | string, rx: ResourceReader) {
  const policies = new Map<string, string>()
  for (const QueueUrl of queues) {
    const asked = { QueueUrl, AttributeNames: ['Policy'] }
    const found = await rx
      .invoke<{ Attributes?: Record<string, string> }>('sqs:GetQueueAttributes', asked)
      .catch(ignoreMissing)
    const text = found?.Attributes?.Policy
    if (text) policies.set(QueueUrl, text)
  }
  if (policies.size === 0) return undefined
  return { Queues: [...policies.keys()], PolicyDocument: oddOne([...policies.values()], wanted) }
}
