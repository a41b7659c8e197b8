import { type ResourceCtx, ResourceFailure, resource } from '../../kernel/resource.ts'
import { stackUuid } from './find.ts'
import { resourceSignal, type Signal } from './state.ts'

interface WaitProperties {
  readonly Handle?: string
  readonly Timeout?: string
  readonly Count?: number
}

const mostPerCondition = 1_000
const longestSec = 43_200
/** A handle's URL is good for as long as its stack may take. */
const handleMs = 10 * 365 * 24 * 3_600_000

/**
 * A resource that is complete once as many signals have come as it asks for: PUT to its handle's URL, or sent with
 * SignalResource when it has a CreationPolicy.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-waitcondition.html
 */
export const waitCondition = resource<WaitProperties>({
  properties: ['Handle', 'Timeout', 'Count'],
  create: wait,
  async update(id, props, previous, rx) {
    const same = (['Handle', 'Timeout', 'Count'] as const).every((name) => props[name] === previous[name])
    if (!same) throw new ResourceFailure('Update to resource type AWS::CloudFormation::WaitCondition is not supported.')
    return { id, attributes: { Id: id, Data: await dataOf(id, rx) } }
  },
  delete: async () => {},
})

/** The URL that signals are PUT to. */
export const waitConditionHandle = resource<Record<string, never>>({
  properties: [],
  create: async (_, rx) => ({ id: rx.answerUrl('wait', rx.nowMs + handleMs) }),
  update: async (id) => ({ id }),
  delete: async () => {},
})

async function wait({ Handle, Timeout, Count = 1 }: WaitProperties, rx: ResourceCtx) {
  const policy = rx.creationPolicy
  const waitsAs = policy ? rx.logicalId : handleToken(Handle)
  const count = policy?.count ?? Number(Count)
  const seconds = policy?.timeoutSec ?? Number(Timeout)
  if (!waitsAs) throw new ResourceFailure('A wait condition needs a Handle and a Timeout, or a CreationPolicy.')
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > longestSec) {
    throw new ResourceFailure(`Timeout must be a number of seconds from 1 to ${longestSec}.`)
  }
  if (!Number.isInteger(count) || count < 1 || count > mostPerCondition) {
    throw new ResourceFailure(`Count must be a number from 1 to ${mostPerCondition}.`)
  }
  const range = resourceSignal.under(stackUuid(rx.stackId), waitsAs)
  const signals = await rx.found(
    range,
    async (tx) => {
      const found: Signal[] = []
      for await (const { value } of tx.range(range, { limit: mostPerCondition })) found.push(value)
      const enough = found.filter(({ status }) => status === 'SUCCESS').length >= count
      return enough || found.some(({ status }) => status === 'FAILURE') ? found : undefined
    },
    { untilMs: rx.nowMs + seconds * 1_000 },
  )
  if (!signals) {
    throw new ResourceFailure(
      policy
        ? `Failed to receive ${count} resource resourceSignal(s) within the specified duration`
        : `WaitCondition timed out. Received 0 conditions when expecting ${count}`,
    )
  }
  const failure = signals.find(({ status }) => status === 'FAILURE')
  if (failure) {
    throw new ResourceFailure(
      policy
        ? `Received FAILURE signal with UniqueId ${failure.uniqueId}`
        : `WaitCondition received failed message: '${failure.reason}' for uniqueId: ${failure.uniqueId}`,
    )
  }
  const id = `${rx.stackId}/${rx.logicalId}/${waitsAs}`
  const data = Object.fromEntries(signals.map(({ uniqueId, data }) => [uniqueId, data]))
  return { id, attributes: { Id: id, Data: JSON.stringify(data) } }
}

/** What signals said, as it was recorded. */
async function dataOf(id: string, rx: ResourceCtx): Promise<string> {
  const range = resourceSignal.under(stackUuid(rx.stackId), id.slice(id.lastIndexOf('/') + 1))
  const data = await rx.found(
    range,
    async (tx) => {
      const found: [string, string][] = []
      for await (const { value } of tx.range(range, { limit: mostPerCondition }))
        found.push([value.uniqueId, value.data])
      return Object.fromEntries(found)
    },
    { untilMs: rx.nowMs },
  )
  return JSON.stringify(data ?? {})
}

/** Which handle a URL is of: its next to last part. */
function handleToken(url: string | undefined): string | undefined {
  return url?.split('/').at(-2)
}
