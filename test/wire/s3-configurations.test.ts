import {
  CloudFormationClient,
  CreateStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketMetricsConfigurationCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketAnalyticsConfigurationCommand,
  GetBucketIntelligentTieringConfigurationCommand,
  GetBucketMetricsConfigurationCommand,
  GetBucketRequestPaymentCommand,
  GetObjectCommand,
  ListBucketMetricsConfigurationsCommand,
  PutBucketAccelerateConfigurationCommand,
  PutBucketAnalyticsConfigurationCommand,
  PutBucketIntelligentTieringConfigurationCommand,
  PutBucketMetricsConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureAdministrator } from '../../src/services/iam/bootstrap.ts'

import { type KeyPair, startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
let serial = 0

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
})
afterAll(() => node.close())

async function freshBucket() {
  const Bucket = `configured-${++serial}`
  await s3.send(new CreateBucketCommand({ Bucket }))
  return Bucket
}
const putMetrics = (Bucket: string, Id: string, rest: object = {}) =>
  s3.send(new PutBucketMetricsConfigurationCommand({ Bucket, Id, MetricsConfiguration: { Id, ...rest } }))
const listMetrics = async (Bucket: string, ContinuationToken?: string) =>
  s3.send(new ListBucketMetricsConfigurationsCommand({ Bucket, ContinuationToken }))

test('configurations are kept under their ids, told page by page, deleted, and go with their bucket', async () => {
  const Bucket = await freshBucket()
  await expect(s3.send(new GetBucketMetricsConfigurationCommand({ Bucket, Id: 'all' }))).rejects.toMatchObject({
    name: 'NoSuchConfiguration',
  })
  const Filter = { And: { Prefix: 'docs/', Tags: [{ Key: 'team', Value: 'a' }] } }
  await putMetrics(Bucket, 'all')
  await putMetrics(Bucket, 'some', { Filter })
  const { MetricsConfiguration } = await s3.send(new GetBucketMetricsConfigurationCommand({ Bucket, Id: 'some' }))
  expect(MetricsConfiguration).toEqual({ Id: 'some', Filter })
  for (let index = 0; index < 100; index++) await putMetrics(Bucket, `m${String(index).padStart(3, '0')}`)
  const first = await listMetrics(Bucket)
  expect(first).toMatchObject({ IsTruncated: true, NextContinuationToken: 'm098' })
  const second = await listMetrics(Bucket, first.NextContinuationToken)
  expect(second.IsTruncated).toBe(false)
  expect(second.MetricsConfigurationList?.map(({ Id }) => Id)).toEqual(['m099', 'some'])
  const deleteAll = () => s3.send(new DeleteBucketMetricsConfigurationCommand({ Bucket, Id: 'all' }))
  await deleteAll()
  await expect(deleteAll()).rejects.toMatchObject({ name: 'NoSuchConfiguration' })
  await s3.send(new DeleteBucketCommand({ Bucket }))
  await s3.send(new CreateBucketCommand({ Bucket }))
  expect((await listMetrics(Bucket)).MetricsConfigurationList).toBeUndefined()
})

test('analytics and tiers are kept as they were given', async () => {
  const Bucket = await freshBucket()
  const AnalyticsConfiguration = { Id: 'use', Filter: { Prefix: 'a/' }, StorageClassAnalysis: {} }
  await s3.send(new PutBucketAnalyticsConfigurationCommand({ Bucket, Id: 'use', AnalyticsConfiguration }))
  const analytics = await s3.send(new GetBucketAnalyticsConfigurationCommand({ Bucket, Id: 'use' }))
  expect(analytics.AnalyticsConfiguration).toMatchObject({ Id: 'use', Filter: { Prefix: 'a/' } })
  const IntelligentTieringConfiguration = {
    Id: 'old',
    Status: 'Enabled' as const,
    Tierings: [{ Days: 90, AccessTier: 'ARCHIVE_ACCESS' as const }],
  }
  const tier = (change: object = {}) =>
    s3.send(
      new PutBucketIntelligentTieringConfigurationCommand({
        ...{ Bucket, Id: 'old' },
        IntelligentTieringConfiguration: { ...IntelligentTieringConfiguration, ...change },
      }),
    )
  await tier()
  const tiering = await s3.send(new GetBucketIntelligentTieringConfigurationCommand({ Bucket, Id: 'old' }))
  expect(tiering.IntelligentTieringConfiguration).toEqual(IntelligentTieringConfiguration)
  await expect(tier({ Tierings: [{ Days: 10, AccessTier: 'ARCHIVE_ACCESS' }] })).rejects.toThrow('Days')
  await expect(tier({ Status: 'On' })).rejects.toMatchObject({ name: 'MalformedXML' })
})

test('wrong configurations are refused', async () => {
  const Bucket = await freshBucket()
  await expect(putMetrics(Bucket, 'no spaces')).rejects.toMatchObject({ name: 'InvalidArgument' })
  await expect(putMetrics(Bucket, 'x'.repeat(65))).rejects.toMatchObject({ name: 'InvalidArgument' })
  await expect(putMetrics(Bucket, 'one', { Filter: { And: { Prefix: 'x' } } })).rejects.toMatchObject({
    name: 'MalformedXML',
  })
  await expect(
    putMetrics(Bucket, 'one', { Filter: { AccessPointArn: 'arn:aws:s3:us-east-1:000000000000:accesspoint/a' } }),
  ).rejects.toMatchObject({ name: 'NotImplemented' })
  await expect(putMetrics('no-such-bucket-here', 'one')).rejects.toMatchObject({ name: 'NoSuchBucket' })
})

test('acceleration is remembered, and not for names with periods', async () => {
  const Bucket = await freshBucket()
  const status = async () => (await s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status
  expect(await status()).toBeUndefined()
  const AccelerateConfiguration = { Status: 'Enabled' as const }
  await s3.send(new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration }))
  expect(await status()).toBe('Enabled')
  await s3.send(new CreateBucketCommand({ Bucket: 'with.periods' }))
  await expect(
    s3.send(new PutBucketAccelerateConfigurationCommand({ Bucket: 'with.periods', AccelerateConfiguration })),
  ).rejects.toMatchObject({ name: 'InvalidRequest' })
})

test('where requesters pay, other accounts must say that they do, and strangers get nothing', async () => {
  const Bucket = await freshBucket()
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'paid' }))
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
  const Statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  const pays = (Payer: 'Requester' | 'BucketOwner') =>
    s3.send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer } }))
  await pays('Requester')
  expect((await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer).toBe('Requester')
  await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }))
  expect((await fetch(`${node.endpoint}/${Bucket}/k`)).status).toBe(403)
  const headers = { 'x-amz-request-payer': 'requester' }
  expect((await fetch(`${node.endpoint}/${Bucket}/k`, { headers })).status).toBe(403)
  const { host } = node.node
  const key = (await ensureAdministrator(host.records, host.ids, '111111111111', host.clock.nowMs())) as KeyPair
  const other = node.client(S3Client, { credentials: key })
  await expect(other.send(new GetObjectCommand({ Bucket, Key: 'k' }))).rejects.toMatchObject({ name: 'AccessDenied' })
  const paid = await other.send(new GetObjectCommand({ Bucket, Key: 'k', RequestPayer: 'requester' }))
  expect(await paid.Body?.transformToString()).toBe('paid')
  await pays('BucketOwner')
  expect((await fetch(`${node.endpoint}/${Bucket}/k`)).status).toBe(200)
})

test('templates set them, change them and take them away', async () => {
  const cfn = node.client(CloudFormationClient)
  const body = (Properties: object) =>
    JSON.stringify({
      Resources: { B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'templated', ...Properties } } },
    })
  const StackName = 'configured'
  const first = {
    AccelerateConfiguration: { AccelerationStatus: 'Enabled' },
    AnalyticsConfigurations: [{ Id: 'a', StorageClassAnalysis: {} }],
    IntelligentTieringConfigurations: [
      { Id: 't', Status: 'Enabled', Tierings: [{ AccessTier: 'DEEP_ARCHIVE_ACCESS', Days: 180 }] },
    ],
    MetricsConfigurations: [{ Id: 'all' }, { Id: 'some', Prefix: 'p/', TagFilters: [{ Key: 'k', Value: 'v' }] }],
  }
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody: body(first) }))
  const wait = { client: cfn, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 }
  await waitUntilStackCreateComplete(wait, { StackName })
  const Bucket = 'templated'
  expect((await listMetrics(Bucket)).MetricsConfigurationList).toEqual([
    { Id: 'all' },
    { Id: 'some', Filter: { And: { Prefix: 'p/', Tags: [{ Key: 'k', Value: 'v' }] } } },
  ])
  await cfn.send(
    new UpdateStackCommand({
      StackName,
      TemplateBody: body({ MetricsConfigurations: [{ Id: 'some', Prefix: 'q/' }] }),
    }),
  )
  await waitUntilStackUpdateComplete(wait, { StackName })
  expect((await listMetrics(Bucket)).MetricsConfigurationList).toEqual([{ Id: 'some', Filter: { Prefix: 'q/' } }])
  await expect(s3.send(new GetBucketAnalyticsConfigurationCommand({ Bucket, Id: 'a' }))).rejects.toMatchObject({
    name: 'NoSuchConfiguration',
  })
  expect((await s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status).toBe('Suspended')
})
