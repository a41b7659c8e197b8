import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  type PublishCommandInput,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { altered, patiently, startNode, type TestNode } from '../harness.ts'
import { installed } from '../installed.ts'

type Json = Record<string, string>
interface Got {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let node: TestNode
let sns: SNSClient
let server: Server
let base = ''
let serial = 0
const got: Got[] = []
/** What paths answer, one after the other; 200 when there is nothing left. */
const answers = new Map<string, number[]>()

beforeAll(async () => {
  node = await startNode()
  sns = node.client(SNSClient)
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const path = request.url ?? ''
    got.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString() })
    const status = answers.get(path)?.shift() ?? 200
    response.writeHead(status, status === 302 ? { location: `${base}/elsewhere` } : {}).end('thanks')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await node.close()
})

/** The posts to a path, once there are so many. */
async function posts(path: string, count: number): Promise<Got[]> {
  return vi.waitFor(
    () => {
      const found = got.filter((one) => one.path === path)
      expect(found.length, `posts to ${path}`).toBeGreaterThanOrEqual(count)
      return found
    },
    { timeout: 45_000, interval: 20 },
  )
}
const json = ({ body }: Got) => JSON.parse(body) as Json

async function makeTopic(Attributes: Record<string, string> = {}) {
  return (await sns.send(new CreateTopicCommand({ Name: `t${++serial}`, Attributes }))).TopicArn!
}

async function subscribe(TopicArn: string, Attributes: Record<string, string> = {}) {
  const path = `/hook${++serial}`
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({
      ...{ TopicArn, Protocol: 'http', Endpoint: base + path, Attributes, ReturnSubscriptionArn: true },
    }),
  )
  return { path, arn: SubscriptionArn! }
}

/** A subscription whose endpoint followed the link it was sent. */
async function confirmed(topic: string, attributes: Record<string, string> = {}) {
  const made = await subscribe(topic, attributes)
  const [asked] = await posts(made.path, 1)
  expect((await fetch(json(asked!).SubscribeURL!)).status).toBe(200)
  return made
}
const publish = (TopicArn: string, Message: string, more: Partial<PublishCommandInput> = {}) =>
  sns.send(new PublishCommand({ TopicArn, Message, ...more }))
const attributesOf = async (SubscriptionArn: string) =>
  (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes!

describe('an HTTP endpoint', () => {
  test('is asked to confirm, gets nothing before it has, and then messages with the documented headers', async () => {
    const topic = await makeTopic()
    const { path, arn } = await subscribe(topic)
    const [asked] = await posts(path, 1)
    expect(asked!.headers).toMatchObject({
      'x-amz-sns-message-type': 'SubscriptionConfirmation',
      'x-amz-sns-topic-arn': topic,
      'content-type': 'text/plain; charset=UTF-8',
    })
    expect(asked!.headers).not.toHaveProperty('x-amz-sns-subscription-arn')
    const question = json(asked!)
    expect(question).toMatchObject({ Type: 'SubscriptionConfirmation', TopicArn: topic, SignatureVersion: '1' })
    expect((await attributesOf(arn)).PendingConfirmation).toBe('true')
    await publish(topic, 'too early')

    const answered = await fetch(question.SubscribeURL!)
    expect([answered.status, await answered.text()]).toEqual([200, expect.stringContaining(arn)])
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'order' } }
    await publish(topic, 'hello', { Subject: 'greeting', MessageAttributes })
    const [, told] = await posts(path, 2)
    const message = json(told!)
    expect(message).toMatchObject({ Type: 'Notification', Message: 'hello', Subject: 'greeting', TopicArn: topic })
    expect(message.MessageAttributes).toEqual({ kind: { Type: 'String', Value: 'order' } })
    expect(told!.headers).toMatchObject({
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': message.MessageId,
      'x-amz-sns-subscription-arn': arn,
    })
  })

  test('is asked again by another Subscribe, confirms by its token, and not by any other', async () => {
    const topic = await makeTopic()
    const { path } = await subscribe(topic)
    const Endpoint = base + path
    await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'http', Endpoint }))
    const [first, second] = (await posts(path, 2)).map(json)
    expect(second!.Token).toBe(first!.Token)
    const wrong = new ConfirmSubscriptionCommand({ TopicArn: topic, Token: altered(first!.Token!) })
    await expect(sns.send(wrong)).rejects.toMatchObject({ message: 'Invalid parameter: Token' })
    expect((await fetch(first!.SubscribeURL!.replace(first!.Token!, 'x'))).status).toBe(400)
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn: topic, Token: first!.Token! }))
    await publish(topic, 'hello')
    expect(json((await posts(path, 3))[2]!).Message).toBe('hello')
  })

  test('loses its subscription when it does not confirm in time', async () => {
    await using other = await startNode()
    const client = other.client(SNSClient)
    const { TopicArn } = await client.send(new CreateTopicCommand({ Name: 'late' }))
    const path = `/late${++serial}`
    await client.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: base + path }))
    const [asked] = await posts(path, 1)
    other.clock.advance(172_800_001)
    await vi.waitFor(async () => {
      const { Subscriptions } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
      expect(Subscriptions ?? []).toEqual([])
    }, patiently)
    expect((await fetch(json(asked!).SubscribeURL!)).status).toBe(400)
  })

  test('gets the message itself when raw, in the content type of its policy', async () => {
    const topic = await makeTopic()
    const DeliveryPolicy = JSON.stringify({ requestPolicy: { headerContentType: 'application/json' } })
    const { path } = await confirmed(topic, { RawMessageDelivery: 'true', DeliveryPolicy })
    const Message = JSON.stringify({ default: 'all', http: '{"a":1}' })
    await publish(topic, Message, { MessageStructure: 'json' })
    const [, told] = await posts(path, 2)
    expect(told!.body).toBe('{"a":1}')
    expect(told!.headers).toMatchObject({ 'x-amz-sns-rawdelivery': 'true', 'content-type': 'application/json' })
  })

  test('ends its subscription by the link of a message, and is told how to take that back', async () => {
    const topic = await makeTopic()
    const { path, arn } = await confirmed(topic)
    await publish(topic, 'one')
    const link = json((await posts(path, 2))[1]!).UnsubscribeURL!
    expect((await fetch(link.replace(/Token=[^&]*/, 'Token=guessed'))).status).toBe(400)
    expect((await fetch(link)).status).toBe(200)
    const [, , farewell] = await posts(path, 3)
    expect(farewell!.headers['x-amz-sns-message-type']).toBe('UnsubscribeConfirmation')
    expect((await attributesOf(arn)).PendingConfirmation).toBe('true')
    await fetch(json(farewell!).SubscribeURL!)
    await publish(topic, 'two')
    expect(json((await posts(path, 4))[3]!).Message).toBe('two')
  })

  test('that confirmed with AuthenticateOnUnsubscribe gets no link to end it', async () => {
    const topic = await makeTopic()
    const { path, arn } = await subscribe(topic)
    const { Token } = json((await posts(path, 1))[0]!)
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn: topic, Token, AuthenticateOnUnsubscribe: 'true' }))
    expect((await attributesOf(arn)).ConfirmationWasAuthenticated).toBe('true')
    await publish(topic, 'one')
    expect(json((await posts(path, 2))[1]!)).not.toHaveProperty('UnsubscribeURL')
  })
})

describe('signatures', () => {
  test.each(['1', '2'])('of version %s are good for a published validator, and for nothing else', async (version) => {
    const topic = await makeTopic({ SignatureVersion: version })
    const { path } = await confirmed(topic)
    await publish(topic, 'hello', { Subject: 'greeting' })
    const [asked, told] = (await posts(path, 2)).map(json)
    const Validator = createRequire(join(await installed('sns-validator'), 'x.js'))('sns-validator') as new (
      host: RegExp,
    ) => { validate(message: object, done: (error: Error | null) => void): void }
    const validator = new Validator(/^127\.0\.0\.1:\d+$/)
    // It fetches certificates by https alone, as from AWS: a proxy with TLS in front of the node is left out here.
    const fetching = vi
      .spyOn(https, 'get')
      .mockImplementation(((url: string, done: () => void) =>
        createRequire(import.meta.url)('node:http').get(url.replace('https:', 'http:'), done)) as typeof https.get)
    const check = (message: Json) =>
      new Promise<string>((resolve) => {
        const SigningCertURL = message.SigningCertURL!.replace('http:', 'https:')
        validator.validate({ ...message, SigningCertURL }, (error) => resolve(error?.message ?? 'valid'))
      })
    try {
      expect(await check(asked!)).toBe('valid')
      expect(await check(told!)).toBe('valid')
      expect(await check({ ...told!, Message: 'forged' })).toBe('The message signature is invalid.')
    } finally {
      fetching.mockRestore()
    }
  })

  test('are by a key that stays the same when the node restarts', async () => {
    await using other = await startNode()
    const certificate = async () => {
      const client = other.client(SNSClient)
      const { TopicArn } = await client.send(new CreateTopicCommand({ Name: 'kept' }))
      const path = `/kept${++serial}`
      await client.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: base + path }))
      return (await fetch(json((await posts(path, 1))[0]!).SigningCertURL!)).text()
    }
    const before = await certificate()
    expect(before).toContain('BEGIN CERTIFICATE')
    await other.restart()
    expect(await certificate()).toBe(before)
    expect((await fetch(`${other.endpoint}/_aws/sns/SimpleNotificationService-0.pem`)).status).toBe(404)
  })
})

describe('an endpoint that fails', () => {
  const twice = { numRetries: 2, minDelayTarget: 5, maxDelayTarget: 5 }

  async function makeDeadLetterQueue() {
    const QueueName = `dead${++serial}`
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: deadLetterTargetArn },
    })
    const made = new CreateQueueCommand({ QueueName, Attributes: { Policy } })
    const { QueueUrl } = await node.client(SQSClient).send(made)
    return { QueueUrl, deadLetterTargetArn }
  }

  test('is left alone while it is down, and after an hour all that waited for it is in the dead-letter queue', async () => {
    const topic = await makeTopic()
    const { QueueUrl, deadLetterTargetArn } = await makeDeadLetterQueue()
    const { path } = await confirmed(topic, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn }) })
    answers.set(
      path,
      Array.from({ length: 1_000 }, () => 503),
    )
    for (let n = 0; n < 40; n++) await publish(topic, `message ${n}`)
    await posts(path, 11)
    const sqs = node.client(SQSClient)
    const attributes = { QueueUrl, AttributeNames: ['ApproximateNumberOfMessages' as const] }
    await vi.waitFor(
      async () => {
        // Again and again: what is being tried while the hour passes begins its own afterwards.
        node.clock.advance(3_700_000)
        const { Attributes } = await sqs.send(new GetQueueAttributesCommand(attributes))
        expect(Attributes).toEqual({ ApproximateNumberOfMessages: '40' })
      },
      { timeout: 45_000, interval: 50 },
    )
    expect((await posts(path, 11)).length, 'far fewer than four attempts for each').toBeLessThan(100)
  })

  test('gets the message again after the delays of the delivery policy, then the dead-letter queue does', async () => {
    const topic = await makeTopic()
    const { QueueUrl, deadLetterTargetArn } = await makeDeadLetterQueue()
    const { path, arn } = await confirmed(topic, {
      DeliveryPolicy: JSON.stringify({ healthyRetryPolicy: twice }),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn }),
    })
    expect(JSON.parse((await attributesOf(arn)).EffectiveDeliveryPolicy!)).toMatchObject({ healthyRetryPolicy: twice })
    answers.set(path, [503, 429, 500, 404])
    await publish(topic, 'hard')
    for (const attempts of [2, 3]) {
      await posts(path, attempts)
      await new Promise((settled) => setTimeout(settled, 200))
      expect((await posts(path, attempts)).length, 'posts before the delay is over').toBe(attempts)
      node.clock.advance(5_000)
    }
    await posts(path, 4)
    const asked = { QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] }
    const receive = () => node.client(SQSClient).send(new ReceiveMessageCommand(asked))
    const [dead] = (await receive()).Messages ?? []
    expect(JSON.parse(dead!.Body!)).toMatchObject({ Message: 'hard' })
    expect(dead!.MessageAttributes).toMatchObject({ ErrorCode: { StringValue: '500' } })
    // What the endpoint calls the sender's fault is not tried again.
    await publish(topic, 'refused')
    const [refused] = (await receive()).Messages ?? []
    expect(refused!.MessageAttributes).toMatchObject({ ErrorCode: { StringValue: '404' } })
    expect(await posts(path, 5)).toHaveLength(5)
  })

  test('is not followed elsewhere, and a policy that says too little or too much is refused', async () => {
    const topic = await makeTopic()
    const { path, arn } = await confirmed(topic)
    answers.set(path, [302])
    await publish(topic, 'moved')
    await posts(path, 2)
    expect(got.some((one) => one.path === '/elsewhere')).toBe(false)
    const set = (policy: object) =>
      sns.send(
        new SetSubscriptionAttributesCommand({
          ...{ SubscriptionArn: arn, AttributeName: 'DeliveryPolicy', AttributeValue: JSON.stringify(policy) },
        }),
      )
    for (const policy of [
      { healthyRetryPolicy: { numRetries: 101 } },
      { healthyRetryPolicy: { minDelayTarget: 30 } },
      { healthyRetryPolicy: { numRetries: 100, minDelayTarget: 60, maxDelayTarget: 60 } },
      { healthyRetryPolicy: { backoffFunction: 'random' } },
      { throttlePolicy: { maxReceivesPerSecond: 0 } },
      { requestPolicy: { headerContentType: 'image/png' } },
      { unknown: {} },
    ]) {
      await expect(set(policy), JSON.stringify(policy)).rejects.toMatchObject({ name: 'InvalidParameterException' })
    }
    const AttributeValue = JSON.stringify({
      http: { defaultHealthyRetryPolicy: { numRetries: 7 }, disableSubscriptionOverrides: true },
    })
    await set({ healthyRetryPolicy: twice })
    await sns.send(new SetTopicAttributesCommand({ TopicArn: topic, AttributeName: 'DeliveryPolicy', AttributeValue }))
    const effective = JSON.parse((await attributesOf(arn)).EffectiveDeliveryPolicy!)
    expect(effective.healthyRetryPolicy.numRetries).toBe(7)
  })

  test('gets no more messages a second than its throttle policy lets through', async () => {
    const topic = await makeTopic()
    const DeliveryPolicy = JSON.stringify({ throttlePolicy: { maxReceivesPerSecond: 1 } })
    const { path } = await confirmed(topic, { DeliveryPolicy, RawMessageDelivery: 'true' })
    await Promise.all(['a', 'b', 'c'].map((text) => publish(topic, text)))
    await posts(path, 2)
    for (let count = 3; count <= 4; count++) {
      node.clock.advance(1_000)
      await posts(path, count)
    }
    const bodies = (await posts(path, 4)).slice(1).map(({ body }) => body)
    expect(bodies.sort()).toEqual(['a', 'b', 'c'])
  })
})

test('a template subscribes an endpoint with a delivery policy', async () => {
  const cloudformation = node.client(CloudFormationClient)
  const path = `/stack${++serial}`
  const DeliveryPolicy = { healthyRetryPolicy: { numRetries: 1 } }
  const Resources = {
    Topic: { Type: 'AWS::SNS::Topic' },
    Hook: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'http', Endpoint: base + path, DeliveryPolicy },
    },
  }
  const TemplateBody = JSON.stringify({ Resources })
  await cloudformation.send(new CreateStackCommand({ StackName: 'hooked', TemplateBody }))
  await waitUntilStackCreateComplete(
    { client: cloudformation, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
    { StackName: 'hooked' },
  )
  expect(json((await posts(path, 1))[0]!).Type).toBe('SubscriptionConfirmation')
})

test.each([
  ['http', 'https://example.com/', 'Endpoint must match the specified protocol'],
  ['https', 'arn:aws:sqs:us-east-1:000000000000:q', 'Endpoint must match the specified protocol'],
  ['http', 'http://', 'HTTP(S) Endpoint'],
])('a subscription of %s to %s is refused', async (Protocol, Endpoint, message) => {
  const TopicArn = await makeTopic()
  await expect(sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint }))).rejects.toMatchObject({
    message: `Invalid parameter: ${message}`,
  })
})
