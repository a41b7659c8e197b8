import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation'
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  DeleteParameterCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { bodies, makeQueue, unique } from './scheduler-support.ts'
import { settledStack } from './stack-support.ts'

interface Said {
  readonly 'detail-type': string
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

const account = '000000000000'
let node: TestNode
let s3: S3Client

beforeAll(async () => {
  node = await startNode()
  s3 = node.client(S3Client)
})
afterAll(() => node?.close())

/** A queue that gets what the default bus has of a pattern. */
async function queueOf(pattern: object): Promise<string> {
  const { arn, url: QueueUrl } = await makeQueue(node)
  const Statement = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: '*', Resource: arn }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await node.client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  const events = node.client(EventBridgeClient)
  const Name = unique('rule')
  await events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern) }))
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'q', Arn: arn }] }))
  return QueueUrl
}

const said = async (queue: string, count: number) =>
  (await bodies(node, queue, count)).map((body) => JSON.parse(body ?? '{}') as Said)

async function tellingBucket() {
  const Bucket = unique('bucket')
  const queue = await queueOf({ source: ['aws.s3'], detail: { bucket: { name: [Bucket] } } })
  await s3.send(new CreateBucketCommand({ Bucket }))
  const NotificationConfiguration = { EventBridgeConfiguration: {} }
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
  return { Bucket, queue }
}

describe('a bucket with an EventBridgeConfiguration', () => {
  test('tells the default bus of all that happens to its objects, and nobody when that is taken away', async () => {
    const { Bucket, queue } = await tellingBucket()
    const asked = new GetBucketNotificationConfigurationCommand({ Bucket })
    expect(await s3.send(asked)).toMatchObject({ EventBridgeConfiguration: {} })
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a b', Body: 'hello' }))
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/a%20b` }))
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'c', Tagging: { TagSet: [{ Key: 'k', Value: 'v' }] } }))
    await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'c' }))
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'c' }))
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'was never there' }))
    const found = await said(queue, 5)
    const of = (type: string, reason?: string) =>
      found.find((one) => one['detail-type'] === type && one.detail.reason === reason)
    expect(of('Object Created', 'PutObject')).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account,
      time: expect.stringMatching(/^[\d-]+T[\d:]+Z$/),
      region: 'us-east-1',
      resources: [`arn:aws:s3:::${Bucket}`],
      detail: {
        version: '0',
        bucket: { name: Bucket },
        object: {
          key: 'a b',
          size: 5,
          etag: '5d41402abc4b2a76b9719d911017c592',
          sequencer: expect.stringMatching(/^[0-9A-F]{16}$/),
        },
        'request-id': expect.any(String),
        requester: account,
        'source-ip-address': '127.0.0.1',
        reason: 'PutObject',
      },
    })
    expect(of('Object Created', 'CopyObject')).toMatchObject({ detail: { object: { key: 'c' } } })
    expect(of('Object Tags Added')?.detail).not.toHaveProperty('object.sequencer')
    expect(of('Object Tags Deleted')?.detail).toMatchObject({ object: { key: 'c', size: 5 } })
    const gone = of('Object Deleted', 'DeleteObject')?.detail
    expect(gone).toMatchObject({ 'deletion-type': 'Permanently Deleted', object: { key: 'c' } })
    expect(gone).not.toHaveProperty('object.size')

    const NotificationConfiguration = {}
    await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
    expect(await s3.send(asked)).not.toHaveProperty('EventBridgeConfiguration')
    await s3.send(new PutObjectCommand({ Bucket, Key: 'untold', Body: 'x' }))
    expect(await bodies(node, queue, 0)).toEqual([])
  })

  test('tells which version, and of delete markers', async () => {
    const { Bucket, queue } = await tellingBucket()
    const VersioningConfiguration = { Status: 'Enabled' as const }
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'v', Body: '1' }))
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'v' }))
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'v', VersionId }))
    const details = (await said(queue, 3)).map(({ detail }) => detail)
    const object = (versionId: string | undefined, more = {}) => ({ key: 'v', 'version-id': versionId, ...more })
    expect(details).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ object: expect.objectContaining(object(VersionId, { size: 1 })) }),
        expect.objectContaining({
          'deletion-type': 'Delete Marker Created',
          object: expect.objectContaining(object(marker.VersionId)),
        }),
        expect.objectContaining({
          'deletion-type': 'Permanently Deleted',
          object: expect.objectContaining(object(VersionId)),
        }),
      ]),
    )
    const order = details.map(({ object: of }) => (of as { sequencer: string }).sequencer)
    expect(new Set(order).size).toBe(3)
  })
})

test('a bucket tells of what becomes of archived objects, and of what its lifecycle rules do', async () => {
  const { Bucket, queue } = await tellingBucket()
  const Rules = [{ ID: 'old', Status: 'Enabled' as const, Filter: { Prefix: 'old/' }, Expiration: { Days: 1 } }]
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'cold', Body: 'hello', StorageClass: 'GLACIER' }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'old/k', Body: 'x' }))
  await s3.send(new RestoreObjectCommand({ Bucket, Key: 'cold', RestoreRequest: { Days: 1 } }))
  const found = await said(queue, 3)
  const details = () => Object.fromEntries(found.map((one) => [one['detail-type'], one.detail]))
  expect(details()['Object Restore Initiated']).toMatchObject({ requester: account, 'source-storage-class': 'GLACIER' })
  while (found.length < 6) {
    node.clock.advance(24 * 3_600_000)
    found.push(...(await said(queue, 0)))
  }
  const byS3 = { requester: 's3.amazonaws.com' }
  expect(details()['Object Restore Completed']).toMatchObject({
    ...byS3,
    'source-storage-class': 'GLACIER',
    'restore-expiry-time': expect.stringMatching(/T00:00:00Z$/),
  })
  expect(details()['Object Restore Expired']).toMatchObject({ ...byS3, object: { key: 'cold' } })
  const expired = details()['Object Deleted']
  expect(expired).toMatchObject({ ...byS3, reason: 'Lifecycle Expiration', object: { key: 'old/k' } })
  expect(expired).not.toHaveProperty('source-ip-address')
})

test('CloudFormation tells of a stack and of each of its resources', async () => {
  const queue = await queueOf({ source: ['aws.cloudformation'] })
  const cfn = node.client(CloudFormationClient)
  const StackName = unique('stack')
  const Name = unique('bucket')
  const properties = {
    BucketName: Name,
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  }
  const TemplateBody = JSON.stringify({ Resources: { Files: { Type: 'AWS::S3::Bucket', Properties: properties } } })
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody, ClientRequestToken: 'made-by-a-test' }))
  const { StackId = '', StackStatus } = await settledStack(cfn, StackName)
  expect(StackStatus).toBe('CREATE_COMPLETE')
  const asked = new GetBucketNotificationConfigurationCommand({ Bucket: Name })
  expect(await s3.send(asked)).toMatchObject({ EventBridgeConfiguration: {} })
  // The resource has a line more once its name is known.
  const found = await said(queue, 5)
  const of = (status: string) => ({ status, 'status-reason': expect.any(String) })
  const token = { 'client-request-token': 'made-by-a-test' }
  expect(found.filter((one) => one['detail-type'] === 'CloudFormation Stack Status Change')).toEqual(
    expect.arrayContaining(
      ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'].map((status) =>
        expect.objectContaining({
          resources: [StackId],
          detail: { 'stack-id': StackId, 'status-details': of(status), ...token },
        }),
      ),
    ),
  )
  expect(found).toContainEqual(
    expect.objectContaining({
      'detail-type': 'CloudFormation Resource Status Change',
      detail: {
        'stack-id': StackId,
        'logical-resource-id': 'Files',
        'physical-resource-id': Name,
        'resource-type': 'AWS::S3::Bucket',
        'status-details': of('CREATE_COMPLETE'),
        ...token,
      },
    }),
  )
  await cfn.send(new DeleteStackCommand({ StackName: StackId }))
  await settledStack(cfn, StackId)
})

test('Parameter Store tells of what is made, changed, labelled and deleted, and never of values', async () => {
  const queue = await queueOf({ source: ['aws.ssm'], 'detail-type': ['Parameter Store Change'] })
  const ssm = node.client(SSMClient)
  const put = { Name: '/shop/key', Value: 'a-secret-value', Type: 'SecureString' as const, Description: 'of the shop' }
  await ssm.send(new PutParameterCommand(put))
  await ssm.send(new PutParameterCommand({ ...put, Overwrite: true }))
  await ssm.send(new LabelParameterVersionCommand({ Name: put.Name, Labels: ['now'] }))
  await ssm.send(new DeleteParameterCommand({ Name: put.Name }))
  const found = await said(queue, 4)
  const detail = { name: put.Name, type: put.Type, description: put.Description }
  expect(found.map((one) => one.detail)).toEqual(
    expect.arrayContaining(
      ['Create', 'Update', 'LabelParameterVersion', 'Delete'].map((operation) => ({ operation, ...detail })),
    ),
  )
  expect(found[0]?.resources).toEqual([`arn:aws:ssm:us-east-1:${account}:parameter/shop/key`])
  expect(JSON.stringify(found)).not.toContain(put.Value)
})

test('nobody but services says that an event is from AWS', async () => {
  const entry = { Source: 'aws.s3', DetailType: 'Object Created', Detail: '{}' }
  const { Entries } = await node.client(EventBridgeClient).send(new PutEventsCommand({ Entries: [entry] }))
  expect(Entries).toEqual([expect.objectContaining({ ErrorCode: 'NotAuthorizedForSource' })])
})
