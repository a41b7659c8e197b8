import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  ExecuteChangeSetCommand,
  RollbackStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let sqs: SQSClient

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  cfn = node.client(CloudFormationClient)
  sqs = node.client(SQSClient)
})
afterAll(() => node.close())

/** A queue that there is, one that is made and retained, and one that can't be made. */
const template = (name: string, more = true) =>
  JSON.stringify({
    Resources: {
      First: { Type: 'AWS::SQS::Queue', Properties: { QueueName: `${name}-first` } },
      ...(more && {
        Kept: { Type: 'AWS::SQS::Queue', DeletionPolicy: 'Retain', Properties: { QueueName: `${name}-kept` } },
        Bad: { Type: 'AWS::SQS::Queue', DependsOn: ['First', 'Kept'], Properties: { DelaySeconds: 5_000 } },
      }),
    },
  })
const queuesOf = async (name: string) => {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: `${name}-` }))
  return QueueUrls.map((url) => url.split(`/${name}-`)[1]).sort()
}
const settled = async (name: string) => (await settledStack(cfn, name)).StackStatus!
const made = async (StackName: string) => {
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody: template(StackName, false) }))
  expect(await settled(StackName)).toBe('CREATE_COMPLETE')
}

describe.each([
  { RetainExceptOnCreate: false, rest: ['kept'] },
  { RetainExceptOnCreate: true, rest: [] },
])(
  'with RetainExceptOnCreate $RetainExceptOnCreate, of what is retained a rollback',
  ({ RetainExceptOnCreate, rest }) => {
    const named = (how: string) => `${how}${RetainExceptOnCreate}`

    test('of a creation leaves what it should', async () => {
      const StackName = named('create')
      await cfn.send(new CreateStackCommand({ StackName, TemplateBody: template(StackName), RetainExceptOnCreate }))
      expect([await settled(StackName), await queuesOf(StackName)]).toEqual(['ROLLBACK_COMPLETE', rest])
    })

    test('of an update leaves what it should', async () => {
      const StackName = named('update')
      await made(StackName)
      await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template(StackName), RetainExceptOnCreate }))
      expect([await settled(StackName), await queuesOf(StackName)]).toEqual([
        'UPDATE_ROLLBACK_COMPLETE',
        ['first', ...rest],
      ])
    })

    test('of a change set leaves what it should', async () => {
      const StackName = named('execute')
      await made(StackName)
      const ChangeSetName = 'more'
      await cfn.send(new CreateChangeSetCommand({ StackName, ChangeSetName, TemplateBody: template(StackName) }))
      await cfn.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName, RetainExceptOnCreate }))
      expect([await settled(StackName), await queuesOf(StackName)]).toEqual([
        'UPDATE_ROLLBACK_COMPLETE',
        ['first', ...rest],
      ])
    })

    test('asked for later leaves what it should', async () => {
      const StackName = named('rollback')
      await made(StackName)
      await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template(StackName), DisableRollback: true }))
      expect([await settled(StackName), await queuesOf(StackName)]).toEqual(['UPDATE_FAILED', ['first', 'kept']])
      await cfn.send(new RollbackStackCommand({ StackName, RetainExceptOnCreate }))
      expect([await settled(StackName), await queuesOf(StackName)]).toEqual([
        'UPDATE_ROLLBACK_COMPLETE',
        ['first', ...rest],
      ])
    })
  },
)

test.each([
  { RetainExceptOnCreate: false, rest: ['retained'] },
  { RetainExceptOnCreate: true, rest: [] },
])(
  'what a nested stack has made is taken back with it, RetainExceptOnCreate $RetainExceptOnCreate',
  async ({ RetainExceptOnCreate, rest }) => {
    const name = `nested${RetainExceptOnCreate}`
    const s3 = node.client(S3Client)
    await s3.send(new CreateBucketCommand({ Bucket: name.toLowerCase() }))
    const queue = (DeletionPolicy: string) => ({
      Type: 'AWS::SQS::Queue',
      DeletionPolicy,
      Properties: { QueueName: `${name}-${DeletionPolicy === 'Retain' ? 'retained' : 'except'}` },
    })
    const Body = JSON.stringify({ Resources: { A: queue('Retain'), B: queue('RetainExceptOnCreate') } })
    await s3.send(new PutObjectCommand({ Bucket: name.toLowerCase(), Key: 'child', Body }))
    s3.destroy()
    const TemplateURL = `https://s3.amazonaws.com/${name.toLowerCase()}/child`
    const Child = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL } }
    const Bad = { Type: 'AWS::SQS::Queue', DependsOn: 'Child', Properties: { DelaySeconds: 5_000 } }
    const make = { StackName: name, RetainExceptOnCreate, TemplateBody: JSON.stringify({ Resources: { Child, Bad } }) }
    await cfn.send(new CreateStackCommand(make))
    expect([await settled(name), await queuesOf(name)]).toEqual(['ROLLBACK_COMPLETE', rest])
  },
)

test.each([
  { RetainExceptOnCreate: false, rest: ['first', 'retained'] },
  { RetainExceptOnCreate: true, rest: ['first'] },
])(
  'what the update of a nested stack has made is taken back with it, RetainExceptOnCreate $RetainExceptOnCreate',
  async ({ RetainExceptOnCreate, rest }) => {
    const name = `updated${RetainExceptOnCreate}`
    const Bucket = name.toLowerCase()
    const s3 = node.client(S3Client)
    await s3.send(new CreateBucketCommand({ Bucket }))
    const queue = (called: string, DeletionPolicy: string) => ({
      Type: 'AWS::SQS::Queue',
      DeletionPolicy,
      Properties: { QueueName: `${name}-${called}` },
    })
    const put = (Resources: object) =>
      s3.send(new PutObjectCommand({ Bucket, Key: 'child', Body: JSON.stringify({ Resources }) }))
    const A = queue('first', 'Retain')
    await put({ A })
    const Child = {
      Type: 'AWS::CloudFormation::Stack',
      Properties: { TemplateURL: `https://s3.amazonaws.com/${Bucket}/child` },
    }
    const make = { StackName: name, TemplateBody: JSON.stringify({ Resources: { Child } }) }
    await cfn.send(new CreateStackCommand(make))
    expect(await settled(name)).toBe('CREATE_COMPLETE')

    await put({ A, B: queue('retained', 'Retain'), C: queue('except', 'RetainExceptOnCreate') })
    s3.destroy()
    const Bad = { Type: 'AWS::SQS::Queue', DependsOn: 'Child', Properties: { DelaySeconds: 5_000 } }
    const TemplateBody = JSON.stringify({ Resources: { Child, Bad } })
    await cfn.send(new UpdateStackCommand({ StackName: name, RetainExceptOnCreate, TemplateBody }))
    expect([await settled(name), await queuesOf(name)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', rest])
  },
)
