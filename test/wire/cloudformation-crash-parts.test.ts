import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { type KillableNode, killableNode } from '../crash/killable.ts'

/** What is asked of a node that is killed. */
function asked(node: KillableNode) {
  const [cfn, sqs, s3] = [node.client(CloudFormationClient), node.client(SQSClient), node.client(S3Client)]
  const status = async (StackName: string) =>
    (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!.StackStatus!
  return {
    ...{ cfn, sqs, s3, status },
    /** Resolves once the stack's events are that many, or its deployment is over. */
    async until(StackName: string, count: number) {
      for (;;) {
        const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName }))
        if (StackEvents!.length >= count || !(await status(StackName)).endsWith('IN_PROGRESS')) return
      }
    },
    async settled(StackName: string) {
      for (;;) {
        const now = await status(StackName)
        if (!now.endsWith('IN_PROGRESS')) return now
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  }
}

const queues = (count: number, delay: number) =>
  Array.from({ length: count }, (_, i) => {
    const after = i >= 2 ? `DependsOn: Q${i - 2}, ` : ''
    return `  Q${i}: {Type: AWS::SQS::Queue, ${after}Properties: {DelaySeconds: ${delay}}}`
  }).join('\n')
const child = (delay: number) => `Resources:\n${queues(12, delay)}\nOutputs: {Delay: {Value: '${delay}'}}`
const provider = `
    const response = require('cfn-response')
    exports.handler = (event, context) => setTimeout(() => response.send(event, context, response.SUCCESS, { Said: event.ResourceProperties.Say }, 'it'), 150)`
const parent = (delay: number) => `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
  Provider:
    Type: AWS::Lambda::Function
    Properties: {Runtime: nodejs22.x, Handler: index.handler, Role: !GetAtt Role.Arn, Code: {ZipFile: ${JSON.stringify(provider)}}}
  Custom: {Type: Custom::It, Properties: {ServiceToken: !GetAtt Provider.Arn, Say: word-${delay}}}
  Child: {Type: AWS::CloudFormation::Stack, DependsOn: Custom, Properties: {TemplateURL: 'https://s3.amazonaws.com/templates/child-${delay}.yml'}}
  Last: {Type: Custom::It, DependsOn: Child, Properties: {ServiceToken: !GetAtt Provider.Arn, Say: last-${delay}}}
Outputs:
  Said: {Value: !GetAtt Custom.Said}
  Delay: {Value: !GetAtt Child.Outputs.Delay}`

test('a node killed at any step of nested stacks and custom resources finishes them when it is back', async () => {
  await using killed = await killableNode()
  const node = asked(killed)
  const again = async () => {
    await killed.kill()
    await killed.start()
  }
  await node.s3.send(new CreateBucketCommand({ Bucket: 'templates' }))
  for (const delay of [1, 2]) {
    await node.s3.send(new PutObjectCommand({ Bucket: 'templates', Key: `child-${delay}.yml`, Body: child(delay) }))
  }
  /** Everything is there once, as the template says. */
  const consistent = async (delay: number) => {
    const { Outputs } = (await node.cfn.send(new DescribeStacksCommand({ StackName: 's' }))).Stacks![0]!
    expect(Outputs!.map(({ OutputValue }) => OutputValue).sort()).toEqual([String(delay), `word-${delay}`])
    const { QueueUrls = [] } = await node.sqs.send(new ListQueuesCommand({}))
    expect(QueueUrls).toHaveLength(12)
    for (const QueueUrl of QueueUrls) {
      const attributes = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['DelaySeconds'] })
      expect((await node.sqs.send(attributes)).Attributes!.DelaySeconds).toBe(String(delay))
    }
    expect((await node.cfn.send(new DescribeStacksCommand({}))).Stacks).toHaveLength(2)
  }

  const Capabilities = ['CAPABILITY_IAM' as const]
  const made = { StackName: 's', Capabilities }
  const { StackId } = await node.cfn.send(new CreateStackCommand({ ...made, TemplateBody: parent(1) }))
  for (const events of [2, 7, 10, 14, 17]) {
    await node.until('s', events)
    await again()
  }
  expect(await node.settled('s')).toBe('CREATE_COMPLETE')
  await consistent(1)

  const before = (await node.cfn.send(new DescribeStackEventsCommand({ StackName: 's' }))).StackEvents!.length
  await node.cfn.send(new UpdateStackCommand({ ...made, TemplateBody: parent(2) }))
  for (const events of [2, 4, 6]) {
    await node.until('s', before + events)
    await again()
  }
  expect(await node.settled('s')).toBe('UPDATE_COMPLETE')
  await consistent(2)

  await node.cfn.send(new DeleteStackCommand({ StackName: 's' }))
  await again()
  await node.until(StackId!, before + 14)
  await again()
  expect(await node.settled(StackId!)).toBe('DELETE_COMPLETE')
  expect((await node.sqs.send(new ListQueuesCommand({}))).QueueUrls ?? []).toEqual([])
  expect((await node.cfn.send(new DescribeStacksCommand({}))).Stacks).toEqual([])
})
