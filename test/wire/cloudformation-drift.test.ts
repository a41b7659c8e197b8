import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceCommand,
  DescribeStackResourceDriftsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  DetectStackResourceDriftCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { DeleteQueueCommand, SetQueueAttributesCommand, SQSClient, TagQueueCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
beforeAll(async () => {
  node = await startNode()
})
afterAll(() => node.close())

const cfn = () => node.client(CloudFormationClient)
const sqs = () => node.client(SQSClient)
const template = (delay: number) =>
  JSON.stringify({
    Parameters: { Secret: { Type: 'String', NoEcho: true, Default: 'hush-hush' } },
    Resources: {
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'drifting',
          DelaySeconds: delay,
          Tags: [
            { Key: 'team', Value: 'a' },
            { Key: 'secret', Value: { Ref: 'Secret' } },
          ],
        },
      },
      Other: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'lost' } },
      Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
    },
  })
const url = (name: string) => `${node.endpoint}/000000000000/${name}`
const stack = async () => (await cfn().send(new DescribeStacksCommand({ StackName: 'drift' }))).Stacks![0]!
const settled = (status: string) => expect.poll(async () => (await stack()).StackStatus).toBe(status)
const detect = async () => {
  const { StackDriftDetectionId } = await cfn().send(new DetectStackDriftCommand({ StackName: 'drift' }))
  const status = () => cfn().send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }))
  await expect.poll(async () => (await status()).DetectionStatus).toBe('DETECTION_COMPLETE')
  return status()
}

test('drift is told of a stack, its resources and their properties, until the stack is updated', async () => {
  const made = { StackName: 'drift', TemplateBody: template(5), Tags: [{ Key: 'stage', Value: 'dev' }] }
  await cfn().send(new CreateStackCommand(made))
  await settled('CREATE_COMPLETE')
  expect((await stack()).DriftInformation).toEqual({ StackDriftStatus: 'NOT_CHECKED' })
  expect(await detect()).toMatchObject({ StackDriftStatus: 'IN_SYNC', DriftedStackResourceCount: 0 })

  await sqs().send(new SetQueueAttributesCommand({ QueueUrl: url('drifting'), Attributes: { DelaySeconds: '9' } }))
  await sqs().send(new TagQueueCommand({ QueueUrl: url('drifting'), Tags: { added: 'hush-hush' } }))
  await sqs().send(new DeleteQueueCommand({ QueueUrl: url('lost') }))
  expect(await detect()).toMatchObject({ StackDriftStatus: 'DRIFTED', DriftedStackResourceCount: 2 })
  expect((await stack()).DriftInformation).toMatchObject({ StackDriftStatus: 'DRIFTED' })

  const drifts = async (StackResourceDriftStatusFilters?: ('MODIFIED' | 'DELETED')[]) =>
    (
      await cfn().send(
        new DescribeStackResourceDriftsCommand({
          StackName: 'drift',
          ...(StackResourceDriftStatusFilters && { StackResourceDriftStatusFilters }),
        }),
      )
    ).StackResourceDrifts
  // What can't be read is not among them.
  expect((await drifts())?.map(({ LogicalResourceId }) => LogicalResourceId)).toEqual(['Other', 'Queue'])
  expect(await drifts(['DELETED'])).toMatchObject([{ LogicalResourceId: 'Other' }])
  const [queue] = (await drifts(['MODIFIED']))!
  expect(queue?.PropertyDifferences).toEqual([
    { PropertyPath: '/DelaySeconds', ExpectedValue: '5', ActualValue: '9', DifferenceType: 'NOT_EQUAL' },
    {
      PropertyPath: '/Tags/2',
      ExpectedValue: 'null',
      ActualValue: '{"Key":"added","Value":"****"}',
      DifferenceType: 'ADD',
    },
  ])
  expect(JSON.stringify(queue)).not.toContain('hush-hush')

  // What was found is kept.
  await node.restart()
  expect(await drifts(['MODIFIED'])).toHaveLength(1)
  const of = { StackName: 'drift', LogicalResourceId: 'Queue' }
  const info = async () =>
    (await cfn().send(new DescribeStackResourceCommand(of))).StackResourceDetail?.DriftInformation
  expect(await info()).toMatchObject({ StackResourceDriftStatus: 'MODIFIED' })

  const update = {
    ...made,
    TemplateBody: template(6),
    Parameters: [{ ParameterKey: 'Secret', UsePreviousValue: true }],
  }
  node.clock.advance(1)
  await cfn().send(new UpdateStackCommand(update))
  await settled('UPDATE_COMPLETE')
  expect((await stack()).DriftInformation).toEqual({ StackDriftStatus: 'NOT_CHECKED' })
  expect(await info()).toEqual({ StackResourceDriftStatus: 'NOT_CHECKED' })
})

test('what can not be checked is refused', async () => {
  const ask = (LogicalResourceId: string) =>
    cfn().send(new DetectStackResourceDriftCommand({ StackName: 'drift', LogicalResourceId }))
  await expect(ask('Handle')).rejects.toMatchObject({ name: 'ValidationError' })
  await expect(ask('Nothing')).rejects.toMatchObject({ name: 'ValidationError' })
  const some = { StackName: 'drift', LogicalResourceIds: ['Nothing'] }
  await expect(cfn().send(new DetectStackDriftCommand(some))).rejects.toMatchObject({ name: 'ValidationError' })
  await expect(cfn().send(new DetectStackDriftCommand({ StackName: 'none' }))).rejects.toMatchObject({
    name: 'ValidationError',
  })
  const unknown = { StackDriftDetectionId: 'none' }
  await expect(cfn().send(new DescribeStackDriftDetectionStatusCommand(unknown))).rejects.toMatchObject({
    name: 'ValidationError',
  })
})
