import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'

const dayMs = 86_400_000
const patient = { timeout: 45_000, interval: 50 }
const Bucket = 'aging'
let node: TestNode
let s3: S3Client

beforeEach(async () => {
  node = await startNode({ ephemeral: true, hostMs: earlyInTheHour() })
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterEach(() => node.close())

const put = (Key: string, more = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))
const rules = (...Rules: LifecycleRule[]) =>
  s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
const keys = async () => ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key)
const versions = () =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
const enabled = { Status: 'Enabled' as const, Filter: {} }

describe('lifecycle rules', () => {
  test('objects expire at midnight after their days, by prefix, tag and size', async () => {
    await put('logs/old')
    await put('kept')
    await put('tagged', { Tagging: 'temporary=yes' })
    await put('large', { Body: 'x'.repeat(2_000) })
    await rules(
      { ...enabled, ID: 'logs', Filter: { Prefix: 'logs/' }, Expiration: { Days: 3 } },
      { ...enabled, ID: 'tag', Filter: { Tag: { Key: 'temporary', Value: 'yes' } }, Expiration: { Days: 5 } },
      { ...enabled, ID: 'off', Status: 'Disabled', Expiration: { Days: 1 } },
      {
        ...enabled,
        ID: 'size',
        Filter: { And: { Prefix: '', ObjectSizeGreaterThan: 1_000 } },
        Expiration: { Days: 7 },
      },
    )
    const { Expiration } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'logs/old' }))
    const [, date, id] = /^expiry-date="(.*)", rule-id="(.*)"$/.exec(Expiration!)!
    const expected = Math.ceil((node.clock.nowMs() + 3 * dayMs) / dayMs) * dayMs
    expect([Date.parse(date!), id]).toEqual([expected, 'logs'])
    expect((await put('logs/new')).Expiration).toContain('rule-id="logs"')

    node.clock.advance(2 * dayMs)
    expect(await keys()).toContain('logs/old')
    node.clock.advance(2 * dayMs)
    await vi.waitFor(async () => expect(await keys()).toEqual(['kept', 'large', 'tagged']), patient)
    node.clock.advance(2 * dayMs)
    await vi.waitFor(async () => expect(await keys()).toEqual(['kept', 'large']), patient)
    node.clock.advance(2 * dayMs)
    await vi.waitFor(async () => expect(await keys()).toEqual(['kept']), patient)
  })

  test('with versioning an expiration marks, and versions and lone markers go by rules of their own', async () => {
    await versions()
    for (const body of ['1', '2', '3', '4']) await put('k', { Body: body })
    await put('gone')
    const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }))
    await rules(
      { ...enabled, ID: 'versions', NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 1 } },
      { ...enabled, ID: 'markers', Expiration: { ExpiredObjectDeleteMarker: true } },
    )
    const all = async () => {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
      return [Versions.map(({ Key }) => Key), DeleteMarkers.map((one) => [one.Key, one.VersionId])]
    }
    expect(await all()).toEqual([['gone', 'k', 'k', 'k', 'k'], [['gone', VersionId]]])
    node.clock.advance(4 * dayMs)
    // Of k the latest and one newer noncurrent version stay.
    await vi.waitFor(async () => expect((await all())[0]).toEqual(['gone', 'k', 'k']), patient)
    await rules(
      { ...enabled, ID: 'versions', NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
      {
        ...enabled,
        ID: 'markers',
        Expiration: { ExpiredObjectDeleteMarker: true },
      },
    )
    node.clock.advance(2 * dayMs)
    await vi.waitFor(async () => expect((await all())[0]).toEqual(['k']), patient)
    node.clock.advance(2 * dayMs)
    await vi.waitFor(async () => expect(await all()).toEqual([['k'], []]), patient)
  })

  test('objects move to colder classes, and unfinished uploads end', async () => {
    await put('cold', { Body: 'x'.repeat(200_000) })
    await put('small')
    await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'unfinished' }))
    await rules({
      ...enabled,
      Transitions: [
        { Days: 30, StorageClass: 'STANDARD_IA' },
        { Days: 60, StorageClass: 'GLACIER_IR' },
      ],
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    })
    const classOf = async (Key: string) => (await s3.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass
    node.clock.advance(32 * dayMs)
    await vi.waitFor(async () => expect(await classOf('cold')).toBe('STANDARD_IA'), patient)
    await vi.waitFor(
      async () => expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]),
      patient,
    )
    node.clock.advance(30 * dayMs)
    await vi.waitFor(async () => expect(await classOf('cold')).toBe('GLACIER_IR'), patient)
    expect(await classOf('small')).toBeUndefined()
  })

  test('hundreds of expired objects go over several pages', async () => {
    for (let batch = 0; batch < 600; batch += 100)
      await Promise.all(Array.from({ length: 100 }, (_, index) => put(`k${batch + index}`)))
    await rules({ ...enabled, Expiration: { Days: 1 } })
    node.clock.advance(3 * dayMs)
    await vi.waitFor(async () => expect(await keys()).toEqual([]), patient)
  })

  test('rules are told as they were given, and none are left after a deletion', async () => {
    const Rules: LifecycleRule[] = [
      {
        ID: 'all',
        Status: 'Enabled',
        Filter: { And: { Prefix: 'a/', Tags: [{ Key: 'x', Value: 'y' }], ObjectSizeLessThan: 10 } },
        Expiration: { Date: new Date('2099-01-01T00:00:00Z') },
        NoncurrentVersionTransitions: [{ NoncurrentDays: 30, StorageClass: 'ONEZONE_IA', NewerNoncurrentVersions: 2 }],
        NoncurrentVersionExpiration: { NoncurrentDays: 90 },
      },
      { ID: 'old form', Status: 'Disabled', Prefix: 'b/', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    ]
    await rules(...Rules)
    const read = () => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    expect((await read()).Rules).toEqual(Rules)
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket }))
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' })
  })

  test.each<[string, LifecycleRule, string]>([
    ['no action', { ...enabled }, 'InvalidRequest'],
    ['no filter', { Status: 'Enabled', Expiration: { Days: 1 } }, 'MalformedXML'],
    ['no day', { ...enabled, Expiration: { Days: 0 } }, 'InvalidArgument'],
    ['a time of day', { ...enabled, Expiration: { Date: new Date('2099-01-01T01:00:00Z') } }, 'InvalidArgument'],
    ['too early a move', { ...enabled, Transitions: [{ Days: 3, StorageClass: 'STANDARD_IA' }] }, 'InvalidArgument'],
    [
      'another kind of class',
      { ...enabled, Transitions: [{ Days: 3, StorageClass: 'OUTPOSTS' as 'GLACIER' }] },
      'MalformedXML',
    ],
  ])('a rule with %s is refused', async (_, rule, name) => {
    await expect(rules(rule)).rejects.toMatchObject({ name })
  })
})
