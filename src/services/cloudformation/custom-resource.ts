import { parseArn } from '../../kernel/arn.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { type ResourceCtx, ResourceFailure, type ResourceState, resource } from '../../kernel/resource.ts'
import { stackUuid } from './find.ts'
import { type Answer, answer } from './state.ts'

type Properties = Readonly<Record<string, unknown>>

const longestTimeoutSec = 3_600

interface Request {
  readonly RequestType: 'Create' | 'Update' | 'Delete'
  readonly props: Properties
  readonly PhysicalResourceId?: string
  readonly OldResourceProperties?: Properties
}

/**
 * A resource that a function of the template's author makes: asked by an asynchronous invocation, answered by a PUT to
 * the request's ResponseURL, within ServiceTimeout.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
 */
export const customResource = resource<Properties>({
  properties: ['ServiceToken', 'ServiceTimeout'],
  open: true,
  async create(props, rx) {
    const reply = await ask({ RequestType: 'Create', props }, rx)
    if (reply.status === 'FAILED') {
      // What it may have made all the same is deleted by this name.
      rx.created(reply.physicalId ?? rx.name())
      throw failed(reply, rx)
    }
    return stateOf(reply)
  },
  async update(id, props, previous, rx) {
    if (props.ServiceToken !== previous.ServiceToken) {
      throw new ResourceFailure('Modifying service token is not allowed.')
    }
    const request = { RequestType: 'Update', props, PhysicalResourceId: id, OldResourceProperties: previous } as const
    const reply = await ask(request, rx)
    if (reply.status === 'FAILED') throw failed(reply, rx)
    return stateOf(reply)
  },
  async delete(id, props, rx) {
    const reply = await ask({ RequestType: 'Delete', props, PhysicalResourceId: id }, rx)
    if (reply.status === 'FAILED') throw failed(reply, rx)
  },
})

/** Sends the request, at least once, and waits for the answer to it: one that came before a restart counts. */
async function ask(request: Request, rx: ResourceCtx): Promise<Answer> {
  const { props } = request
  const untilMs = rx.nowMs + timeoutSec(props) * 1_000
  const uuid = stackUuid(rx.stackId)
  const range = answer.under(uuid, rx.clientToken)
  const there = await rx.found(range, async (tx) => (await tx.get(answer(uuid, rx.clientToken))) ?? null, {
    untilMs: rx.nowMs + longestTimeoutSec * 1_000,
    persists: true,
  })
  if (there) return there
  await send(request, untilMs, rx)
  const reply = await rx.found(range, (tx) => tx.get(answer(uuid, rx.clientToken)), { untilMs, persists: true })
  if (reply) return reply
  if (request.RequestType === 'Create') rx.created(rx.name())
  throw new ResourceFailure(
    `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${rx.clientToken}].`,
  )
}

async function send({ RequestType, props, ...rest }: Request, untilMs: number, rx: ResourceCtx): Promise<void> {
  const target = functionOf(props.ServiceToken)
  const { PhysicalResourceId, OldResourceProperties } = rest
  const event = {
    RequestType,
    ServiceToken: props.ServiceToken,
    ResponseURL: rx.answerUrl('custom-resource', untilMs),
    StackId: rx.stackId,
    RequestId: rx.clientToken,
    LogicalResourceId: rx.logicalId,
    ...(PhysicalResourceId === undefined ? {} : { PhysicalResourceId }),
    ResourceType: rx.type,
    ResourceProperties: asText(props),
    ...(OldResourceProperties === undefined ? {} : { OldResourceProperties: asText(OldResourceProperties) }),
  }
  const input = { FunctionName: target.arn, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(event)) }
  try {
    await rx.invoke('lambda:Invoke', input, { scope: target.scope })
  } catch (error) {
    // A function that is gone cannot be asked to delete what it made; CloudFormation fails then too.
    if (isAwsError(error)) throw new ResourceFailure(`${error.message} (${error.code})`)
    throw error
  }
}

function functionOf(token: unknown) {
  const arn = typeof token === 'string' ? parseArn(token) : undefined
  if (arn?.service === 'lambda') {
    return { arn: token as string, scope: { account: arn.account, region: arn.region } }
  }
  throw new ResourceFailure(
    arn?.service === 'sns'
      ? 'ServiceToken names an SNS topic, which Landfall does not call yet: use the ARN of a Lambda function.'
      : 'Invalid service token.',
  )
}

function timeoutSec({ ServiceTimeout }: Properties): number {
  const given = ServiceTimeout === undefined ? longestTimeoutSec : Number(ServiceTimeout)
  if (!Number.isInteger(given) || given < 1 || given > longestTimeoutSec) {
    throw new ResourceFailure(`ServiceTimeout must be between 1 and ${longestTimeoutSec}.`)
  }
  return given
}

/** Scalars reach the provider as text, as they do from CloudFormation. */
function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asText)
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item)]))
}

function failed({ reason }: Answer, rx: ResourceCtx): ResourceFailure {
  return new ResourceFailure(
    `Received response status [FAILED] from custom resource. Message returned: ${reason} (RequestId: ${rx.clientToken})`,
  )
}

function stateOf({ physicalId, data, noEcho }: Answer): ResourceState {
  return { id: physicalId ?? '', attributes: data ?? {}, ...(noEcho ? { noEcho } : {}) }
}
