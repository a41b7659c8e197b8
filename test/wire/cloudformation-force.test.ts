import {
  CloudFormationClient,
  ContinueUpdateRollbackCommand,
  CreateStackCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
beforeAll(async () => {
  node = await startNode({ ephemeral: true })
})
afterAll(() => node.close())

const StackName = 'forced'

test('a rollback that a nested stack can’t follow is ended by force', async () => {
  const cfn = node.client(CloudFormationClient)
  const s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'forced' }))
  const put = (DelaySeconds: number) => {
    const Resources = { Q: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'forced', DelaySeconds } } }
    return s3.send(new PutObjectCommand({ Bucket: 'forced', Key: 'child', Body: JSON.stringify({ Resources }) }))
  }
  const TemplateURL = 'https://s3.amazonaws.com/forced/child'
  const Child = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL } }
  const Handle = { Type: 'AWS::CloudFormation::WaitConditionHandle' }
  const Wait = {
    Type: 'AWS::CloudFormation::WaitCondition',
    DependsOn: 'Child',
    Properties: { Handle: { Ref: 'Handle' }, Timeout: '60' },
  }
  await put(1)
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources: { Child } }) }))
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('CREATE_COMPLETE')
  const statusOf = async (logicalId: string) => {
    const { StackResourceSummaries = [] } = await cfn.send(new ListStackResourcesCommand({ StackName }))
    return StackResourceSummaries.find(({ LogicalResourceId }) => LogicalResourceId === logicalId)
  }

  await put(2)
  const TemplateBody = JSON.stringify({ Resources: { Child, Handle, Wait } })
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody }))
  await expect.poll(async () => (await statusOf('Wait'))?.ResourceStatus).toBe('CREATE_IN_PROGRESS')
  await node.client(SQSClient).send(new DeleteQueueCommand({ QueueUrl: `${node.endpoint}/000000000000/forced` }))
  const child = (await statusOf('Child'))!.PhysicalResourceId!
  const ended = await settledStack(cfn, StackName, () => node.clock.advance(1_000))
  expect(ended.StackStatus).toBe('UPDATE_ROLLBACK_FAILED')

  const both = { StackName, ForceRollback: true, ResourcesToSkip: ['Child'] }
  await expect(cfn.send(new ContinueUpdateRollbackCommand(both))).rejects.toThrow('mutually exclusive')
  await cfn.send(new ContinueUpdateRollbackCommand({ StackName, ForceRollback: true }))
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect((await statusOf('Child'))!.ResourceStatus).toBe('UPDATE_COMPLETE')
  expect((await describeStack(cfn, child)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
})
