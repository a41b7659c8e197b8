import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  GetBucketAclCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectLockConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patiently, startNode, type TestNode } from '../harness.ts'
import { settledStack } from './stack-support.ts'

const account = '000000000000'
let node: TestNode
let cfn: CloudFormationClient
let s3: S3Client

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  cfn = node.client(CloudFormationClient)
  s3 = node.client(S3Client)
})
afterAll(() => node.close())

const settled = (name: string) => settledStack(cfn, name)
async function create(StackName: string, Resources: object, Outputs: object = {}) {
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources, Outputs }) }))
  return settled(StackName)
}
async function update(StackName: string, Resources: object) {
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }))
  return settled(StackName)
}
const bucket = (Properties: object, more = {}) => ({ Type: 'AWS::S3::Bucket', Properties, ...more })

test('a bucket of a template has versions, rules, a website and an ACL, and loses them with the template', async () => {
  const BucketName = 'everything'
  const made = await create(
    'everything',
    {
      Files: bucket({
        BucketName,
        AccessControl: 'PublicRead',
        OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
        PublicAccessBlockConfiguration: { BlockPublicAcls: false, IgnorePublicAcls: false },
        VersioningConfiguration: { Status: 'Enabled' },
        LifecycleConfiguration: {
          Rules: [
            {
              Id: 'tmp',
              Status: 'Enabled',
              Prefix: 'tmp/',
              TagFilters: [{ Key: 'a', Value: 'b' }],
              ExpirationInDays: 90,
              Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays: 30 }],
              NoncurrentVersionExpirationInDays: 7,
            },
            { Id: 'uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
          ],
        },
        WebsiteConfiguration: {
          IndexDocument: 'index.html',
          ErrorDocument: 'error.html',
          RoutingRules: [
            { RoutingRuleCondition: { KeyPrefixEquals: 'a/' }, RedirectRule: { ReplaceKeyPrefixWith: 'b/' } },
          ],
        },
      }),
    },
    { Url: { Value: { 'Fn::GetAtt': ['Files', 'WebsiteURL'] } } },
  )
  expect(made.StackStatus).toBe('CREATE_COMPLETE')
  const Bucket = BucketName
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled')
  expect((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toEqual([
    {
      ID: 'tmp',
      Status: 'Enabled',
      Filter: { And: { Prefix: 'tmp/', Tags: [{ Key: 'a', Value: 'b' }] } },
      Expiration: { Days: 90 },
      Transitions: [{ Days: 30, StorageClass: 'STANDARD_IA' }],
      NoncurrentVersionExpiration: { NoncurrentDays: 7 },
    },
    expect.objectContaining({ ID: 'uploads', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
  ])
  expect(await s3.send(new GetBucketWebsiteCommand({ Bucket }))).toMatchObject({
    IndexDocument: { Suffix: 'index.html' },
    RoutingRules: [{ Condition: { KeyPrefixEquals: 'a/' }, Redirect: { ReplaceKeyPrefixWith: 'b/' } }],
  })
  expect((await s3.send(new GetBucketAclCommand({ Bucket }))).Grants).toHaveLength(2)
  const url = made.Outputs!.find(({ OutputKey }) => OutputKey === 'Url')!.OutputValue!
  expect((await fetch(`${url}/missing`)).headers.get('content-type')).toContain('text/html')

  const after = await update('everything', {
    Files: bucket({ BucketName, OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] } }),
  })
  expect(after.StackStatus).toBe('UPDATE_COMPLETE')
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Suspended')
  expect((await s3.send(new GetBucketAclCommand({ Bucket }))).Grants).toHaveLength(1)
  await expect(s3.send(new GetBucketWebsiteCommand({ Bucket }))).rejects.toMatchObject({
    name: 'NoSuchWebsiteConfiguration',
  })
  await expect(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).rejects.toMatchObject({
    name: 'NoSuchLifecycleConfiguration',
  })
})

test('objects of a bucket of a template are locked when it says so', async () => {
  const rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 5 } }
  const { StackStatus } = await create('locks', {
    Files: bucket({
      BucketName: 'locks',
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: rule },
    }),
  })
  expect(StackStatus).toBe('CREATE_COMPLETE')
  expect(
    (await s3.send(new GetObjectLockConfigurationCommand({ Bucket: 'locks' }))).ObjectLockConfiguration?.Rule,
  ).toEqual(rule)
})

test('a bucket tells a queue of the same template, once the queue lets it', async () => {
  const queueArn = `arn:aws:sqs:us-east-1:${account}:template-told`
  const { StackStatus } = await create('telling', {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'template-told' } },
    Policy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'Queue' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 's3.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: queueArn,
              Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::template-telling' } },
            },
          ],
        },
      },
    },
    Files: bucket(
      {
        BucketName: 'template-telling',
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              Queue: queueArn,
              Event: 's3:ObjectCreated:*',
              Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'in/' }] } },
            },
          ],
        },
      },
      { DependsOn: 'Policy' },
    ),
  })
  expect(StackStatus).toBe('CREATE_COMPLETE')
  const { QueueConfigurations } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket: 'template-telling' }),
  )
  expect(QueueConfigurations).toMatchObject([{ QueueArn: queueArn, Events: ['s3:ObjectCreated:*'] }])
  await s3.send(new PutObjectCommand({ Bucket: 'template-telling', Key: 'in/x', Body: 'x' }))
  const sqs = node.client(SQSClient)
  const bodies: string[] = []
  await vi.waitFor(async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: `${node.endpoint}/${account}/template-told`, MaxNumberOfMessages: 10 }),
    )
    bodies.push(...Messages.map(({ Body }) => Body!))
    expect(bodies.some((body) => body.includes('ObjectCreated:Put'))).toBe(true)
  }, patiently)
})

test('what a bucket of a template cannot have is refused by name', async () => {
  const { StackStatus } = await create('refused', {
    Files: bucket({ MetadataTableConfiguration: { S3TablesDestination: { TableBucketArn: 'arn', TableName: 't' } } }),
  }).catch((error: Error) => ({ StackStatus: error.message }))
  const { StackEvents = [] } = await cfn
    .send(new DescribeStackEventsCommand({ StackName: 'refused' }))
    .catch(() => ({ StackEvents: [] }))
  const reasons = StackEvents.map(({ ResourceStatusReason }) => ResourceStatusReason).join('\n')
  expect(`${StackStatus}\n${reasons}`).toContain('MetadataTableConfiguration')
})
