import { validatePolicy } from '../../authz/validate.ts'
import type { ResourcePolicyLookup } from '../../kernel/authorization.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { readChannelArn } from './channels/names.ts'
import { channel } from './channels/state.ts'
import { type Asked, checkActive, invalid, locateHolder, readArn, refuse } from './names.ts'
import { consumer, stream } from './state.ts'

const mostBytes = 20 * 1_024

/** Policies of streams and consumers: https://docs.aws.amazon.com/streams/latest/dev/resource-based-policy-examples.html */
export const policies = operations<Api>()({
  PutResourcePolicy: {
    authorize: (input) => asking('PutResourcePolicy', input),
    async write(tx, { ResourceARN, Policy }) {
      checkPolicy(Policy, ResourceARN)
      await keep(tx, ResourceARN, Policy)
      return {}
    },
  },

  GetResourcePolicy: {
    authorize: (input) => asking('GetResourcePolicy', input),
    async read(tx, { ResourceARN }) {
      const { stream: of, consumer: own } = await locateHolder(tx, ResourceARN)
      // Without a policy the service answers an empty one.
      return { Policy: (own ?? of).policy ?? '{}' }
    },
  },

  DeleteResourcePolicy: {
    authorize: (input) => asking('DeleteResourcePolicy', input),
    async write(tx, { ResourceARN }) {
      await keep(tx, ResourceARN, undefined)
      return {}
    },
  },
})

/** The policy and tags of the stream or consumer of an ARN; of a channel its tags, as it has no policy. */
export const policyOf: ResourcePolicyLookup = async (tx, arn) => {
  const ofChannel = readChannelArn(arn)
  if (ofChannel) {
    const found = await tx.snapshot.in(ofChannel.scope).get(channel(ofChannel.id))
    return found && { tags: { ...found.tags } }
  }
  const read = readArn(arn)
  const found = read && (await tx.snapshot.in(read.scope).get(stream(read.name)))
  if (!found || !read.consumer) return found && { policy: found.policy, tags: { ...found.tags } }
  const own = await tx.snapshot.in(read.scope).get(consumer(found.id, read.consumer.name))
  return own && { policy: own.policy, tags: { ...own.tags } }
}

function asking(operation: string, input: Asked & { readonly ResourceARN: string }) {
  refuse(input, 'StreamId')
  return [{ action: `kinesis:${operation}`, resource: input.ResourceARN }]
}

async function keep(tx: Tx, arn: string, policy: string | undefined): Promise<void> {
  const at = await locateHolder(tx, arn)
  checkActive(at)
  const own = tx.in(at.scope)
  if (at.consumer) own.set(consumer(at.stream.id, at.consumer.name), { ...at.consumer, policy })
  else own.set(stream(at.stream.name), { ...at.stream, policy })
}

/** Throws InvalidArgumentException for what is no policy of this resource. */
function checkPolicy(text: string, arn: string): void {
  if (Buffer.byteLength(text) > mostBytes) throw invalid(`Resource policies can have at most ${mostBytes} bytes.`)
  try {
    for (const { Action = [], Resource = [] } of validatePolicy(text, 'resource').Statement) {
      const other = Action.find((action) => !/^kinesis:/i.test(action))
      if (other !== undefined) throw invalid(`The policy names ${other}, which is no action of Kinesis.`)
      if (Resource.some((one) => one !== arn)) throw invalid(`The policy may name no resource but ${arn}.`)
    }
  } catch (error) {
    throw isAwsError(error, 'MalformedPolicyDocument') ? invalid(error.message) : error
  }
}
