import {
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  CreateSMSSandboxPhoneNumberCommand,
  CreateTopicCommand,
  DeleteEndpointCommand,
  DeletePlatformApplicationCommand,
  DeleteSMSSandboxPhoneNumberCommand,
  GetDataProtectionPolicyCommand,
  GetEndpointAttributesCommand,
  GetPlatformApplicationAttributesCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListPlatformApplicationsCommand,
  ListSMSSandboxPhoneNumbersCommand,
  PublishCommand,
  PutDataProtectionPolicyCommand,
  SetEndpointAttributesCommand,
  SNSClient,
  SubscribeCommand,
  VerifySMSSandboxPhoneNumberCommand,
} from '@aws-sdk/client-sns'
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askNode, type LetterPage, type OpenedLetter } from '../../src/control.ts'
import { startNode, type TestNode } from '../harness.ts'

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
let node: TestNode
let sns: SNSClient
beforeAll(async () => {
  node = await startNode()
  sns = node.client(SNSClient)
})
afterAll(() => node?.close())

async function application(Name: string, Platform = 'GCM') {
  const Attributes = { PlatformCredential: 'a secret of the push service' }
  return (await sns.send(new CreatePlatformApplicationCommand({ Name, Platform, Attributes }))).PlatformApplicationArn!
}

async function device(PlatformApplicationArn: string, Token: string, more: object = {}) {
  const asked = new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token, ...more })
  return (await sns.send(asked)).EndpointArn!
}

async function lettersTo(to: string): Promise<OpenedLetter[]> {
  const target = { endpoint: node.endpoint, region: 'us-east-1', credentials }
  const { letters } = await askNode<LetterPage>(target, '/_landfall/outbox')
  const ids = letters.filter((one) => one.to === to).map(({ id }) => id)
  return Promise.all(ids.map((id) => askNode<OpenedLetter>(target, `/_landfall/outbox/${id}`)))
}

test('an app on a device has one endpoint, whose attributes change', async () => {
  const app = await application('shop')
  expect(app).toBe('arn:aws:sns:us-east-1:000000000000:app/GCM/shop')
  expect(await application('shop')).toBe(app)
  const EndpointArn = await device(app, 'token-1', { CustomUserData: 'ann' })
  expect(EndpointArn).toMatch(/^arn:aws:sns:us-east-1:000000000000:endpoint\/GCM\/shop\/[\w-]{36}$/)
  expect(await device(app, 'token-1', { CustomUserData: 'ann' })).toBe(EndpointArn)
  // The ARN in this text is what programs take the endpoint's from.
  await expect(device(app, 'token-1', { CustomUserData: 'bob' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: `Invalid parameter: Token Reason: Endpoint ${EndpointArn} already exists with the same Token, but different attributes.`,
  })
  const set = (Attributes: Record<string, string>) =>
    sns.send(new SetEndpointAttributesCommand({ EndpointArn, Attributes }))
  await set({ Token: 'token-2', Enabled: 'false' })
  expect((await sns.send(new GetEndpointAttributesCommand({ EndpointArn }))).Attributes).toEqual({
    ...{ Enabled: 'false', Token: 'token-2', CustomUserData: 'ann' },
  })
  await expect(set({ Colour: 'red' })).rejects.toMatchObject({ name: 'InvalidParameterException' })
  const other = await device(app, 'token-1')
  expect(other).not.toBe(EndpointArn)
  await expect(set({ Token: 'token-1' })).rejects.toMatchObject({ name: 'InvalidParameterException' })

  await node.restart()
  sns = node.client(SNSClient)
  const { Endpoints } = await sns.send(new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: app }))
  expect(Endpoints!.map((one) => one.EndpointArn).sort()).toEqual([EndpointArn, other].sort())
  await sns.send(new DeleteEndpointCommand({ EndpointArn }))
  await sns.send(new DeleteEndpointCommand({ EndpointArn }))
  await expect(sns.send(new GetEndpointAttributesCommand({ EndpointArn }))).rejects.toMatchObject({
    name: 'NotFoundException',
  })
  await sns.send(new DeletePlatformApplicationCommand({ PlatformApplicationArn: app }))
  await expect(device(app, 'token-3')).rejects.toMatchObject({ name: 'NotFoundException' })
  await expect(sns.send(new GetEndpointAttributesCommand({ EndpointArn: other }))).rejects.toThrow('does not exist')
})

test('applications come in pages, and tell no credentials', async () => {
  const arns = []
  for (let i = 0; i < 101; i++) arns.push(await application(`app-${String(i).padStart(3, '0')}`, 'ADM'))
  const first = await sns.send(new ListPlatformApplicationsCommand({}))
  const second = await sns.send(new ListPlatformApplicationsCommand({ NextToken: first.NextToken }))
  const all = [...first.PlatformApplications!, ...second.PlatformApplications!]
  expect(all.map((one) => one.PlatformApplicationArn)).toEqual(arns)
  expect(second.NextToken).toBeUndefined()
  const told = await sns.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arns[0]! }))
  expect(told.Attributes).toEqual({ Enabled: 'true' })
  await expect(application('none', 'PIGEON')).rejects.toMatchObject({ name: 'InvalidParameterException' })
  const events = { PlatformCredential: 'x', EventEndpointCreated: 'arn:aws:sns:us-east-1:000000000000:t' }
  await expect(
    sns.send(new CreatePlatformApplicationCommand({ Name: 'n', Platform: 'ADM', Attributes: events })),
  ).rejects.toThrow('EventEndpointCreated is not supported by Landfall so far.')
})

test('what is published to a device is kept in the outbox, unless it is disabled', async () => {
  const TargetArn = await device(await application('news', 'APNS'), 'token')
  const Message = JSON.stringify({ default: 'plain', APNS: '{"aps":{"alert":"to the phone"}}' })
  await sns.send(new PublishCommand({ TargetArn, Message, MessageStructure: 'json' }))
  expect(await lettersTo(TargetArn)).toMatchObject([{ channel: 'push', text: '{"aps":{"alert":"to the phone"}}' }])
  const { MessageId } = await sns.send(new PublishCommand({ TargetArn, Message: 'as it is' }))
  expect(MessageId).toBeTruthy()
  expect((await lettersTo(TargetArn)).map(({ text }) => text)).toContain('as it is')
  await sns.send(new SetEndpointAttributesCommand({ EndpointArn: TargetArn, Attributes: { Enabled: 'false' } }))
  await expect(sns.send(new PublishCommand({ TargetArn, Message: 'x' }))).rejects.toMatchObject({
    name: 'EndpointDisabledException',
    message: 'Endpoint is disabled',
  })
  const gone = `${TargetArn.slice(0, -1)}x`
  await expect(sns.send(new PublishCommand({ TargetArn: gone, Message: 'x' }))).rejects.toMatchObject({
    name: 'NotFoundException',
  })
})

test('apps on devices are subscribed: to each what its platform is told, and to those that are disabled nothing', async () => {
  const TopicArn = (await sns.send(new CreateTopicCommand({ Name: 'offers' }))).TopicArn!
  const phone = await device(await application('offers', 'APNS'), 'phone')
  const [tablet, off] = [
    await device(await application('offers'), 'tablet'),
    await device(await application('offers'), 'off'),
  ]
  const dead = await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'dead' }))
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead' })
  const Policy = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
    ],
  })
  const QueueUrl = dead.QueueUrl!
  await node.client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  const subscribe = (Endpoint: string, Attributes: Record<string, string> = {}) =>
    sns.send(new SubscribeCommand({ TopicArn, Protocol: 'application', Endpoint, Attributes }))
  // Whoever owns the endpoint need not be asked.
  expect((await subscribe(phone)).SubscriptionArn).toMatch(/:offers:/)
  await subscribe(tablet, { FilterPolicy: JSON.stringify({ kind: ['tea'] }) })
  await subscribe(off, { RedrivePolicy })
  await sns.send(new SetEndpointAttributesCommand({ EndpointArn: off, Attributes: { Enabled: 'false' } }))
  await expect(subscribe(`${phone.slice(0, -1)}x`)).rejects.toMatchObject({ name: 'NotFoundException' })
  await expect(subscribe('arn:aws:sqs:us-east-1:000000000000:dead')).rejects.toMatchObject({
    name: 'InvalidParameterException',
  })
  await expect(subscribe(tablet, { RawMessageDelivery: 'true' })).rejects.toThrow('raw message delivery')

  const Message = JSON.stringify({ default: 'plain', APNS: '{"aps":{"alert":"tea"}}' })
  const kind = (StringValue: string) => ({ MessageAttributes: { kind: { DataType: 'String', StringValue } } })
  await sns.send(new PublishCommand({ TopicArn, Message, MessageStructure: 'json', Subject: 'News', ...kind('tea') }))
  await sns.send(new PublishCommand({ TopicArn, Message: 'of cups', ...kind('cups') }))
  const texts = async (to: string) => (await lettersTo(to)).map(({ text }) => text).sort()
  await expect.poll(() => texts(phone)).toEqual(['of cups', '{"aps":{"alert":"tea"}}'])
  expect(await texts(tablet)).toEqual(['plain'])
  expect(await lettersTo(tablet)).toMatchObject([{ channel: 'push', subject: 'News', source: TopicArn }])
  const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] })
  const { Messages } = await node.client(SQSClient).send(receive)
  expect(Messages![0]!.MessageAttributes!.ErrorCode!.StringValue).toBe('EndpointDisabledException')
  expect(await texts(off)).toEqual([])
})

test('of an application that is deleted nothing is left for one that is made again', async () => {
  const [app, again] = [await application('twice'), () => application('twice')]
  const endpoints = await Promise.all(Array.from({ length: 20 }, (_, i) => device(app, `token-${i}`)))
  await sns.send(new DeletePlatformApplicationCommand({ PlatformApplicationArn: app }))
  expect(await again()).toBe(app)
  const listed = await sns.send(new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: app }))
  expect(listed.Endpoints).toEqual([])
  expect(endpoints).not.toContain(await device(app, 'token-0'))
  const published = sns.send(new PublishCommand({ TargetArn: endpoints[1]!, Message: 'x' }))
  await expect(published).rejects.toMatchObject({ name: 'NotFoundException' })
})

test('a number of the sandbox is verified by the password that was sent to it', async () => {
  const PhoneNumber = '+4915112345678'
  const numbers = async () => (await sns.send(new ListSMSSandboxPhoneNumbersCommand({}))).PhoneNumbers
  const verify = (OneTimePassword: string) =>
    sns.send(new VerifySMSSandboxPhoneNumberCommand({ PhoneNumber, OneTimePassword }))
  await expect(verify('123456')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await sns.send(new CreateSMSSandboxPhoneNumberCommand({ PhoneNumber }))
  expect(await numbers()).toEqual([{ PhoneNumber, Status: 'Pending' }])
  const [letter] = await lettersTo(PhoneNumber)
  const password = /\d{6}/.exec(letter!.text)![0]
  await expect(verify(password === '000000' ? '111111' : '000000')).rejects.toMatchObject({
    name: 'VerificationException',
  })
  await verify(password)
  expect(await numbers()).toEqual([{ PhoneNumber, Status: 'Verified' }])
  const remove = () => sns.send(new DeleteSMSSandboxPhoneNumberCommand({ PhoneNumber }))
  await expect(remove()).rejects.toMatchObject({ name: 'UserErrorException' })
  node.clock.advance(25 * 3_600_000)
  await remove()
  expect(await numbers()).toEqual([])
})

test('policies for the protection of data are refused by name', async () => {
  const ResourceArn = (await sns.send(new CreateTopicCommand({ Name: 'protected' }))).TopicArn!
  const DataProtectionPolicy = JSON.stringify({ Name: 'p', Version: '2021-06-01', Statement: [] })
  await expect(
    sns.send(new PutDataProtectionPolicyCommand({ ResourceArn, DataProtectionPolicy })),
  ).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: 'Invalid parameter: DataProtectionPolicy Reason: It is not supported by Landfall.',
  })
  const { DataProtectionPolicy: none } = await sns.send(new GetDataProtectionPolicyCommand({ ResourceArn }))
  expect(none).toBeUndefined()
})
