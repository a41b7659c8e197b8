import { gunzipSync } from 'node:zlib'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeSubscriptionFiltersCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeLake, makeStream, objectsUnder } from './firehose-support.ts'
import { makeRole } from './lambda-support.ts'

let node: TestNode
const firehoseArn = (name: string) => `arn:aws:firehose:us-east-1:000000000000:deliverystream/${name}`
const kinesisArn = (name: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`
const putting = { Effect: 'Allow', Action: ['firehose:PutRecord*', 'kinesis:PutRecord*'], Resource: '*' }

beforeAll(async () => {
  node = await startNode()
  await makeLake(node)
})
afterAll(() => node?.close())

/** What was delivered by a stream, once it is as much text as that. */
async function delivered(name: string, isWhole: (text: string) => boolean): Promise<Buffer> {
  const look = async () => {
    node.clock.advance(60_000)
    return Buffer.concat([...(await objectsUnder(node, `${name}/`)).values()])
  }
  await expect.poll(async () => isWhole((await look()).toString('latin1'))).toBe(true)
  return look()
}

/** Records of a stream of one shard, once there are as many. */
async function recordsOf(StreamName: string, count: number) {
  const kinesis = node.client(KinesisClient)
  const look = async () => {
    const at = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' as const }
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(at))
    node.clock.advance(1_000)
    return (await kinesis.send(new GetRecordsCommand({ ShardIterator }))).Records ?? []
  }
  await expect.poll(async () => (await look()).length).toBe(count)
  return look()
}
const makeKinesis = (StreamName: string) =>
  node.client(KinesisClient).send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))

test('a topic gives its messages to a Firehose as the role of the subscription, in envelopes or raw', async () => {
  const sns = node.client(SNSClient)
  const SubscriptionRoleArn = await makeRole(node, 'topic', [putting], 'sns.amazonaws.com')
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'topic' }))
  await makeStream(node, 'told')
  const asked = { TopicArn, Protocol: 'firehose', Endpoint: firehoseArn('told'), ReturnSubscriptionArn: true }
  await expect(sns.send(new SubscribeCommand(asked))).rejects.toThrow('SubscriptionRoleArn')
  const { SubscriptionArn } = await sns.send(new SubscribeCommand({ ...asked, Attributes: { SubscriptionRoleArn } }))
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
  expect(Attributes).toMatchObject({ SubscriptionRoleArn, PendingConfirmation: 'false' })
  await sns.send(new PublishCommand({ TopicArn, Message: 'hello', Subject: 's' }))
  const text = (await delivered('told', (found) => found.endsWith('\n'))).toString()
  expect(JSON.parse(text)).toMatchObject({ Type: 'Notification', TopicArn, Subject: 's', Message: 'hello' })
  const raw = { SubscriptionArn, AttributeName: 'RawMessageDelivery', AttributeValue: 'true' }
  await sns.send(new SetSubscriptionAttributesCommand(raw))
  await sns.send(new PublishCommand({ TopicArn, Message: 'bare' }))
  await delivered('told', (found) => found.includes('}\nbare'))
})

test('a rule gives events to a Firehose, and to a Kinesis stream by the partition key that they have', async () => {
  const events = node.client(EventBridgeClient)
  const RoleArn = await makeRole(node, 'rule', [putting], 'events.amazonaws.com')
  await makeStream(node, 'ruled')
  await makeKinesis('ruled')
  await events.send(new PutRuleCommand({ Name: 'all', EventPattern: '{"source":["shop"]}' }))
  const streams = [
    { Id: 'firehose', Arn: firehoseArn('ruled') },
    { Id: 'kinesis', Arn: kinesisArn('ruled'), KinesisParameters: { PartitionKeyPath: '$.detail.customer' } },
  ]
  await expect(events.send(new PutTargetsCommand({ Rule: 'all', Targets: streams }))).rejects.toThrow('RoleArn')
  const InputPath = '$.detail'
  const Targets = streams.map((one) => ({ ...one, RoleArn, InputPath }))
  await events.send(new PutTargetsCommand({ Rule: 'all', Targets }))
  const Detail = '{"customer":"ann"}'
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'order', Detail }] }))
  expect((await delivered('ruled', (text) => text !== '')).toString()).toBe(Detail)
  const [record] = await recordsOf('ruled', 1)
  expect([record?.PartitionKey, Buffer.from(record?.Data ?? '').toString()]).toEqual(['ann', Detail])
})

test('a log group gives its events to a Firehose and to a Kinesis stream, compressed, as the role of the filter', async () => {
  const logs = node.client(CloudWatchLogsClient)
  const roleArn = await makeRole(node, 'filter', [putting], 'logs.amazonaws.com')
  const powerless = await makeRole(node, 'powerless', [], 'logs.amazonaws.com')
  await makeStream(node, 'logged')
  await makeKinesis('logged')
  const logGroupName = 'app'
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
  const put = (filterName: string, destinationArn: string, as: string | undefined) =>
    logs.send(
      new PutSubscriptionFilterCommand({
        logGroupName,
        filterName,
        filterPattern: 'ERROR',
        destinationArn,
        roleArn: as,
      }),
    )
  await expect(put('f', firehoseArn('logged'), undefined)).rejects.toThrow('roleArn')
  await expect(put('f', firehoseArn('logged'), powerless)).rejects.toThrow('Could not deliver test message')
  await expect(put('f', firehoseArn('missing'), roleArn)).rejects.toThrow('Could not deliver test message')
  await put('firehose', firehoseArn('logged'), roleArn)
  await put('kinesis', kinesisArn('logged'), roleArn)
  const { subscriptionFilters = [] } = await logs.send(new DescribeSubscriptionFiltersCommand({ logGroupName }))
  expect(subscriptionFilters.map((one) => one.roleArn)).toEqual([roleArn, roleArn])
  const timestamp = node.clock.nowMs()
  const logEvents = ['ERROR one', 'fine'].map((message) => ({ timestamp, message }))
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents }))
  const told = {
    messageType: 'DATA_MESSAGE',
    owner: '000000000000',
    logGroup: 'app',
    logStream: 's',
    logEvents: [{ timestamp, message: 'ERROR one' }],
  }
  // What was put when the filter was, to see whether it can be, comes first.
  const isWhole = (text: string) => text !== '' && gunzipSync(Buffer.from(text, 'latin1')).includes('DATA_MESSAGE')
  const texts = gunzipSync(await delivered('logged', isWhole))
    .toString()
    .replaceAll('}{', '}\n{')
    .split('\n')
  const ofFirehose = texts.map((text) => JSON.parse(text)).filter(({ messageType }) => messageType === 'DATA_MESSAGE')
  expect(ofFirehose).toMatchObject([{ ...told, subscriptionFilters: ['firehose'] }])
  const ofKinesis = (await recordsOf('logged', 2)).map(({ Data }) => JSON.parse(gunzipSync(Data!).toString()))
  expect(ofKinesis[0]).toMatchObject({ messageType: 'CONTROL_MESSAGE', owner: 'CloudwatchLogs' })
  expect(ofKinesis[1]).toMatchObject({ ...told, subscriptionFilters: ['kinesis'] })
})
