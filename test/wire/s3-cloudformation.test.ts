import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  CreateBucketCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let s3: S3Client

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  cfn = node.client(CloudFormationClient)
  s3 = node.client(S3Client)
})
afterAll(() => node.close())

const stackOf = (name: string) => describeStack(cfn, name)
const settled = async (name: string) => (await settledStack(cfn, name)).StackStatus!
const template = (Resources: object, Outputs: object = {}) => JSON.stringify({ Resources, Outputs })
async function create(StackName: string, Resources: object, Outputs?: object): Promise<string> {
  const { StackId } = await cfn.send(new CreateStackCommand({ StackName, TemplateBody: template(Resources, Outputs) }))
  return settled(StackId!)
}
const reasons = async (StackName: string) =>
  (await cfn.send(new DescribeStackEventsCommand({ StackName })))
    .StackEvents!.map(({ ResourceStatusReason }) => ResourceStatusReason ?? '')
    .join('\n')

describe('buckets of templates', () => {
  test('are made with their settings, changed, and deleted', async () => {
    const bucket = (Properties: object) => ({ Type: 'AWS::S3::Bucket', Properties })
    const policy = {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: 'Files' },
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:DeleteObject',
              Resource: { 'Fn::Join': ['/', [{ 'Fn::GetAtt': 'Files.Arn' }, 'kept/*']] },
            },
          ],
        },
      },
    }
    const rule = { AllowedMethods: ['GET'], AllowedOrigins: ['*'], ExposedHeaders: ['ETag'], MaxAge: 60, Id: 'r' }
    const first = bucket({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: true },
        ],
      },
      CorsConfiguration: { CorsRules: [rule] },
      PublicAccessBlockConfiguration: { BlockPublicPolicy: true },
      Tags: [{ Key: 'team', Value: 'a' }],
    })
    const outputs = {
      Name: { Value: { Ref: 'Files' } },
      Arn: { Value: { 'Fn::GetAtt': ['Files', 'Arn'] } },
      Domain: { Value: { 'Fn::GetAtt': 'Files.RegionalDomainName' } },
    }
    expect(await create('files', { Files: first, Policy: policy }, outputs)).toBe('CREATE_COMPLETE')
    const [Name, Arn, Domain] = (await stackOf('files')).Outputs!.map(({ OutputValue }) => OutputValue!)
    const Bucket = Name!
    expect(Bucket).toMatch(/^files-files-[a-z0-9]{12}$/)
    expect([Arn, Domain]).toEqual([`arn:aws:s3:::${Bucket}`, `${Bucket}.s3.us-east-1.amazonaws.com`])
    expect(
      (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0]
        ?.BucketKeyEnabled,
    ).toBe(true)
    expect((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual([
      { ID: 'r', AllowedMethods: ['GET'], AllowedOrigins: ['*'], ExposeHeaders: ['ETag'], MaxAgeSeconds: 60 },
    ])
    expect((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration).toMatchObject({
      BlockPublicPolicy: true,
      BlockPublicAcls: false,
    })
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(
      expect.arrayContaining([
        { Key: 'team', Value: 'a' },
        { Key: 'aws:cloudformation:logical-id', Value: 'Files' },
      ]),
    )
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toContain(`arn:aws:s3:::${Bucket}/kept/*`)

    await cfn.send(
      new UpdateStackCommand({
        StackName: 'files',
        TemplateBody: template({ Files: bucket({ Tags: [{ Key: 'team', Value: 'b' }] }) }, { Name: outputs.Name }),
      }),
    )
    expect(await settled('files')).toBe('UPDATE_COMPLETE')
    await expect(s3.send(new GetBucketCorsCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchCORSConfiguration',
    })
    await expect(s3.send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' })
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toContainEqual({ Key: 'team', Value: 'b' })
    expect((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration).toMatchObject({
      BlockPublicAcls: true,
    })

    const { StackId } = await stackOf('files')
    await cfn.send(new DeleteStackCommand({ StackName: 'files' }))
    expect(await settled(StackId!)).toBe('DELETE_COMPLETE')
    await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotFound' })
  })

  test('a bucket that exists is not taken over, and one with objects is not deleted', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'already-mine' }))
    expect(await create('taken', { B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'already-mine' } } })).toBe(
      'ROLLBACK_COMPLETE',
    )
    await s3.send(new HeadBucketCommand({ Bucket: 'already-mine' }))

    expect(await create('full', { B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'full-bucket' } } })).toBe(
      'CREATE_COMPLETE',
    )
    await s3.send(new PutObjectCommand({ Bucket: 'full-bucket', Key: 'k', Body: 'x' }))
    await cfn.send(new DeleteStackCommand({ StackName: 'full' }))
    expect(await settled('full')).toBe('DELETE_FAILED')
    expect(await reasons('full')).toContain('not empty')
  })

  test('a setting that fails rolls the bucket back', async () => {
    const Properties = {
      BucketName: 'rolled-back',
      AccessControl: 'Private',
      CorsConfiguration: { CorsRules: [{ AllowedMethods: ['PATCH'], AllowedOrigins: ['*'] }] },
    }
    expect(await create('failing', { B: { Type: 'AWS::S3::Bucket', Properties } })).toBe('ROLLBACK_COMPLETE')
    expect(await reasons('failing')).toContain('PATCH')
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'rolled-back' }))).rejects.toMatchObject({ name: 'NotFound' })
  })
})
