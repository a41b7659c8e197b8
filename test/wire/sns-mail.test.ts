import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import {
  CheckIfPhoneNumberIsOptedOutCommand,
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  GetSMSAttributesCommand,
  GetSubscriptionAttributesCommand,
  ListPhoneNumbersOptedOutCommand,
  ListSubscriptionsByTopicCommand,
  OptInPhoneNumberCommand,
  PublishCommand,
  SetSMSAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runCli } from '../../src/cli/run.ts'
import { ConfigError, readConfig } from '../../src/config.ts'
import { askNode, type LetterPage, type OpenedLetter } from '../../src/control.ts'
import { patiently, startNode, type TestNode } from '../harness.ts'

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
let serial = 0

const target = ({ endpoint }: TestNode) => ({ endpoint, region: 'us-east-1', credentials })

/** The letters to somebody, oldest first, once there are so many. */
async function letters(node: TestNode, to: string, count: number): Promise<OpenedLetter[]> {
  return vi.waitFor(
    async () => {
      const page = await askNode<LetterPage>(target(node), '/_landfall/outbox')
      const found = page.letters.filter((one) => one.to === to).reverse()
      expect(found.length, `letters to ${to}`).toBeGreaterThanOrEqual(count)
      return Promise.all(found.map(({ id }) => askNode<OpenedLetter>(target(node), `/_landfall/outbox/${id}`)))
    },
    { timeout: 45_000, interval: 20 },
  )
}

async function makeTopic(sns: SNSClient, Attributes: Record<string, string> = {}) {
  return (await sns.send(new CreateTopicCommand({ Name: `t${++serial}`, Attributes }))).TopicArn!
}

async function subscribe(sns: SNSClient, TopicArn: string, Protocol: string, Endpoint: string, Attributes = {}) {
  const asked = new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn: true })
  return (await sns.send(asked)).SubscriptionArn!
}

describe('without a mail server', () => {
  let node: TestNode
  let sns: SNSClient
  beforeAll(async () => {
    node = await startNode()
    sns = node.client(SNSClient)
  })
  afterAll(() => node.close())

  test('an address confirms by the link of its letter, gets messages, and ends them by theirs', async () => {
    const TopicArn = await makeTopic(sns, { DisplayName: 'The shop' })
    const to = 'ann@example.com'
    const SubscriptionArn = await subscribe(sns, TopicArn, 'email', to)
    await sns.send(new PublishCommand({ TopicArn, Message: 'before it was confirmed' }))
    const [asked] = await letters(node, to, 1)
    expect(asked).toMatchObject({ channel: 'email', from: 'The shop', source: TopicArn })
    expect(asked!.text).toContain(asked!.confirmUrl)
    expect((await fetch(asked!.confirmUrl!)).status).toBe(200)

    await sns.send(new PublishCommand({ TopicArn, Subject: 'Parcel', Message: 'It is on its way.' }))
    const [, message] = await letters(node, to, 2)
    expect(message).toMatchObject({ subject: 'Parcel', text: expect.stringMatching(/^It is on its way\./) })
    expect(message!.confirmUrl).toBeUndefined()

    const end = /http\S+Action=Unsubscribe\S*/.exec(message!.text)?.[0] ?? ''
    expect((await fetch(end)).status).toBe(200)
    const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
    expect(Attributes).toMatchObject({ PendingConfirmation: 'true', Protocol: 'email', Endpoint: to })
    await sns.send(new PublishCommand({ TopicArn, Message: 'after the end' }))
    const [, , ended] = await letters(node, to, 3)
    expect(ended!.subject).toContain('Unsubscribe')
    expect((await fetch(ended!.confirmUrl!)).status).toBe(200)
    await sns.send(new PublishCommand({ TopicArn, Message: 'had again' }))
    const all = await letters(node, to, 4)
    expect(all.map(({ text }) => text.split('\n')[0])).not.toContain('after the end')
    expect(all.at(-1)!.text).toContain('had again')
  })

  test('email-json gets the signed envelope, and can be confirmed by the token', async () => {
    const TopicArn = await makeTopic(sns)
    const to = 'json@example.com'
    const SubscriptionArn = await subscribe(sns, TopicArn, 'email-json', to)
    const [asked] = await letters(node, to, 1)
    const { Token, Type } = JSON.parse(asked!.text) as { Token: string; Type: string }
    expect(Type).toBe('SubscriptionConfirmation')
    const confirm = new ConfirmSubscriptionCommand({ TopicArn, Token, AuthenticateOnUnsubscribe: 'true' })
    expect((await sns.send(confirm)).SubscriptionArn).toBe(SubscriptionArn)
    const Message = JSON.stringify({ default: 'all', 'email-json': 'you' })
    await sns.send(new PublishCommand({ TopicArn, Message, MessageStructure: 'json' }))
    const [, message] = await letters(node, to, 2)
    const envelope = JSON.parse(message!.text) as Record<string, string>
    expect(envelope).toMatchObject({ Type: 'Notification', Message: 'you', SignatureVersion: '1' })
    // Ending it takes a signed request now.
    expect(envelope).not.toHaveProperty('UnsubscribeURL')
  })

  test('text messages are kept, to numbers and to subscribers, and are there after a restart', async () => {
    await sns.send(new SetSMSAttributesCommand({ attributes: { DefaultSenderID: 'Shop' } }))
    expect((await sns.send(new GetSMSAttributesCommand({}))).attributes).toEqual({ DefaultSenderID: 'Shop' })
    const TopicArn = await makeTopic(sns)
    await subscribe(sns, TopicArn, 'sms', '+49 151-0000001')
    await sns.send(new PublishCommand({ TopicArn, Message: 'to all' }))
    await sns.send(new PublishCommand({ PhoneNumber: '+491510000002', Message: 'to one' }))
    const text = (StringValue: string) => ({ DataType: 'String', StringValue })
    await sns.send(
      new PublishCommand({
        ...{ PhoneNumber: '+491510000004', Message: 'of another' },
        MessageAttributes: {
          'AWS.SNS.SMS.SenderID': text('Other'),
          'AWS.SNS.SMS.SMSType': text('Transactional'),
        },
      }),
    )
    const reserved = { Message: 'refused', MessageAttributes: { 'AWS.Other': text('x') } }
    await expect(sns.send(new PublishCommand({ TopicArn, ...reserved }))).rejects.toThrow(/'AWS.Other' is invalid/)
    await letters(node, '+491510000001', 1)
    await node.restart()
    sns = node.client(SNSClient)
    expect(await letters(node, '+491510000001', 1)).toMatchObject([
      { channel: 'sms', from: 'Shop', text: 'to all', source: TopicArn },
    ])
    expect(await letters(node, '+491510000002', 1)).toMatchObject([{ channel: 'sms', from: 'Shop', text: 'to one' }])
    expect(await letters(node, '+491510000004', 1)).toMatchObject([{ from: 'Other', text: 'of another' }])

    await sns.send(new PublishCommand({ PhoneNumber: '+491510000005', Message: 'red \u001b[31m and\u009b2J gone\n' }))
    const [{ id }] = (await letters(node, '+491510000005', 1)) as [OpenedLetter]
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const argv = ['outbox', 'show', id, '--endpoint', node.endpoint]
    expect(await runCli(argv, { stdout, stderr, signal: new AbortController().signal })).toBe(0)
    expect(String(stdout.read())).toContain('\n\nred \ufffd[31m and\ufffd2J gone\n')
  })

  test('who has opted out gets nothing, until opted in; the dead-letter queue of a subscription tells of it', async () => {
    const sqs = node.client(SQSClient)
    const phoneNumber = '+491510000003'
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({
        QueueName: 'dead',
        Attributes: {
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: {
              ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' } },
              ...{ Action: 'sqs:SendMessage', Resource: '*' },
            },
          }),
        },
      }),
    )
    const body = { phoneNumber }
    await askNode(target(node), '/_landfall/outbox/opt-out', {}, { method: 'POST', body })
    expect(await sns.send(new CheckIfPhoneNumberIsOptedOutCommand(body))).toMatchObject({ isOptedOut: true })
    expect((await sns.send(new ListPhoneNumbersOptedOutCommand({}))).phoneNumbers).toEqual([phoneNumber])
    const TopicArn = await makeTopic(sns)
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead' })
    await subscribe(sns, TopicArn, 'sms', phoneNumber, { RedrivePolicy })
    await sns.send(new PublishCommand({ TopicArn, Message: 'unwanted' }))
    await sns.send(new PublishCommand({ PhoneNumber: phoneNumber, Message: 'unwanted as well' }))
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] }),
    )
    expect(Messages[0]?.MessageAttributes?.ErrorCode?.StringValue).toBe('OptedOutException')
    await sns.send(new OptInPhoneNumberCommand({ phoneNumber }))
    await sns.send(new PublishCommand({ PhoneNumber: phoneNumber, Message: 'wanted' }))
    expect((await letters(node, phoneNumber, 1)).map(({ text }) => text)).toEqual(['wanted'])
  })

  test('bad addresses, numbers and attributes are refused', async () => {
    const TopicArn = await makeTopic(sns)
    await expect(subscribe(sns, TopicArn, 'email', 'nobody')).rejects.toThrow('Email address')
    await expect(subscribe(sns, TopicArn, 'email', 'a@b.c\r\nBcc: x@y.z')).rejects.toThrow('Email address')
    await expect(subscribe(sns, TopicArn, 'sms', '12')).rejects.toThrow('Invalid SMS endpoint: 12')
    await expect(subscribe(sns, TopicArn, 'email', 'a@b.c', { RawMessageDelivery: 'true' })).rejects.toThrow(
      'does not support raw message delivery',
    )
    await expect(sns.send(new PublishCommand({ PhoneNumber: '12', Message: 'x' }))).rejects.toThrow(
      'PhoneNumber Reason: 12 is not valid to publish to',
    )
    await expect(
      sns.send(new SetSMSAttributesCommand({ attributes: { UsageReportS3Bucket: 'b' } })),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('UsageReportS3Bucket'),
    })
    const fifo = (await sns.send(new CreateTopicCommand({ Name: 'm.fifo', Attributes: { FifoTopic: 'true' } })))
      .TopicArn!
    await expect(subscribe(sns, fifo, 'email', 'a@b.c')).rejects.toThrow('Only queues')
  })

  test('an unconfirmed address is forgotten after two days, letters after fourteen', async () => {
    const TopicArn = await makeTopic(sns)
    await subscribe(sns, TopicArn, 'email', 'late@example.com')
    await letters(node, 'late@example.com', 1)
    node.clock.advance(2 * 86_400_000)
    await vi.waitFor(
      async () => expect((await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions).toEqual([]),
      patiently,
    )
    node.clock.advance(13 * 86_400_000)
    expect(await askNode(target(node), '/_landfall/outbox')).toEqual({ letters: [] })
  })
})

/** A mail server that takes what it is given, and refuses what `answers` says. */
function smtpServer(answers: string[], taken: string[]): Promise<Server> {
  const talk = (socket: Socket) => {
    let letter: string | undefined
    socket.setEncoding('utf8').on('error', () => undefined)
    socket.write('220 here\r\n')
    socket.on('data', (chunk: string) => {
      if (letter !== undefined) {
        letter += chunk
        if (!letter.endsWith('\r\n.\r\n')) return
        taken.push(letter)
        letter = undefined
        socket.write('250 taken\r\n')
        return
      }
      for (const line of chunk.split('\r\n').filter(Boolean)) {
        if (/^DATA/i.test(line)) {
          letter = ''
          socket.write('354 go on\r\n')
        } else if (/^RCPT/i.test(line)) socket.write(`${answers.shift() ?? '250 fine'}\r\n`)
        else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
        else socket.write('250 fine\r\n')
      }
    })
  }
  const server = createServer(talk)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

test('a mail server gets the mail, is tried again, and what it refuses for good is a dead letter', async () => {
  const [answers, taken]: [string[], string[]] = [[], []]
  const server = await smtpServer(answers, taken)
  const { port } = server.address() as AddressInfo
  const mailServer = { host: '127.0.0.1', port, from: 'node@example.com', security: 'none' as const }
  await using node = await startNode({ mailServer })
  const sns = node.client(SNSClient)
  const TopicArn = await makeTopic(sns, { DisplayName: 'The shop' })
  answers.push('451 later')
  await subscribe(sns, TopicArn, 'email', 'bob@example.com')
  await vi.waitFor(() => expect(answers).toEqual([]), { timeout: 45_000 })
  const token = await vi.waitFor(
    () => {
      node.clock.advance(20_000)
      const found = /Token=3D([0-9A-Za-z=\r\n]+)/.exec(taken[0] ?? '')?.[1]?.replaceAll('=\r\n', '')
      expect(found).toBeDefined()
      return found
    },
    { timeout: 45_000 },
  )
  expect(taken[0]).toContain('From: The shop <node@example.com>')
  await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: token?.split(/\s/)[0] }))
  await sns.send(new PublishCommand({ TopicArn, Subject: 'Parcel', Message: 'It is on its way.' }))
  await vi.waitFor(() => expect(taken[1]).toContain('It is on its way.'), { timeout: 45_000 })
  expect(taken[1]).toContain('Subject: Parcel')

  answers.push('550 nobody here')
  await sns.send(new PublishCommand({ TopicArn, Message: 'refused' }))
  await vi.waitFor(() => expect(answers).toEqual([]), { timeout: 45_000 })
  await sns.send(new PublishCommand({ TopicArn, Message: 'taken again' }))
  await vi.waitFor(() => expect(taken[2]).toContain('taken again'), { timeout: 45_000 })
  expect(await askNode(target(node), '/_landfall/outbox')).toEqual({ letters: [] })
  expect(taken).toHaveLength(3)
  server.close()
})

test('links in mails lead to where people reach the node, by the name that a proxy passes on', async () => {
  await using node = await startNode({ publicUrl: 'https://cloud.example.com' })
  const sns = node.client(SNSClient)
  const SubscriptionArn = await subscribe(sns, await makeTopic(sns), 'email', 'eve@example.com')
  const [asked] = await letters(node, 'eve@example.com', 1)
  const link = new URL(asked!.confirmUrl!)
  expect(link.origin).toBe('https://cloud.example.com')
  expect(asked!.text).toContain(link.href)
  // As a proxy in front of the node asks it.
  const status = await new Promise((answered, failed) => {
    const headers = { host: link.host }
    get(`${node.endpoint}${link.pathname}${link.search}`, { headers }, (answer) => {
      answer.resume()
      answered(answer.statusCode)
    }).on('error', failed)
  })
  expect(status).toBe(200)
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
  expect(Attributes).toMatchObject({ PendingConfirmation: 'false' })
  sns.destroy()
})

test('a URL that is no place for links is refused when the node starts', () => {
  const given = (LANDFALL_PUBLIC_URL: string) => readConfig({}, { LANDFALL_PUBLIC_URL })
  expect(given('https://Cloud.example.com:8443/')).toMatchObject({
    ...{ publicUrl: 'https://cloud.example.com:8443', names: ['cloud.example.com'] },
  })
  for (const text of ['cloud.example.com', 'ftp://x', 'https://x/path', 'https://u:p@x', 'https://x?y']) {
    expect(() => given(text)).toThrow('LANDFALL_PUBLIC_URL')
  }
})

test('a mail server is configured by the environment, and passwords are not given away', () => {
  const given = { LANDFALL_SMTP_HOST: 'mail.example.com', LANDFALL_SMTP_FROM: 'node@example.com' }
  expect(readConfig({}, given).mailServer).toMatchObject({ port: 587, security: 'starttls', from: 'node@example.com' })
  expect(readConfig({}, { ...given, LANDFALL_SMTP_SECURITY: 'tls' }).mailServer?.port).toBe(465)
  expect(readConfig({}, {}).mailServer).toBeUndefined()
  const readable = { ...given, LANDFALL_SMTP_SECURITY: 'none', LANDFALL_SMTP_USER: 'u' }
  expect(() => readConfig({}, readable)).toThrow(ConfigError)
  expect(() => readConfig({}, { LANDFALL_SMTP_HOST: 'h' })).toThrow('LANDFALL_SMTP_FROM')
})
