import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  DeleteStackInstancesCommand,
  DescribeStackSetOperationCommand,
  DescribeStacksCommand,
  ListStackInstancesCommand,
  ListStackSetOperationResultsCommand,
  UpdateStackSetCommand,
} from '@aws-sdk/client-cloudformation'
import { IAMClient } from '@aws-sdk/client-iam'
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { type KillableNode, killableNode } from '../crash/killable.ts'
import { account, administrationRole, ended, executionRole, tell } from './cloudformation-stacksets-support.ts'

const Regions = ['us-east-1', 'eu-west-1', 'sa-east-1', 'ap-south-1', 'ca-central-1', 'eu-north-1']
const stopsAt = 'sa-east-1'

/** What is asked of a node that is killed. */
function asked(node: KillableNode) {
  const cfn = node.client(CloudFormationClient)
  return {
    ...{ cfn, iam: node.client(IAMClient) },
    in: (region: string) => ({
      sqs: node.client(SQSClient, { region }),
      cfn: node.client(CloudFormationClient, { region }),
    }),
    /** Resolves once so many instances have ended well, or the operation is over. */
    async until(OperationId: string | undefined, count: number) {
      for (;;) {
        const which = { StackSetName: 'set', OperationId }
        const { Summaries = [] } = await cfn.send(new ListStackSetOperationResultsCommand(which))
        if (Summaries.filter(({ Status }) => Status === 'SUCCEEDED').length >= count) return
        const { StackSetOperation } = await cfn.send(new DescribeStackSetOperationCommand(which))
        if (StackSetOperation!.EndTimestamp) return
      }
    },
  }
}

/** Queues, and in one Region a condition that waits to be told: the creation is not over before that. */
const template = (delay: number) =>
  JSON.stringify({
    Conditions: { Waits: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, stopsAt] } },
    Resources: {
      One: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: delay } },
      Two: { Type: 'AWS::SQS::Queue', DependsOn: 'One', Properties: { DelaySeconds: delay } },
      Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle', Condition: 'Waits' },
      Told: {
        Type: 'AWS::CloudFormation::WaitCondition',
        Condition: 'Waits',
        Properties: { Handle: { Ref: 'Handle' }, Timeout: '3600' },
      },
    },
  })

test('an operation goes on after kill -9, and makes, changes and deletes everything once', async () => {
  await using killed = await killableNode()
  const node = asked(killed)
  const again = async () => {
    await killed.kill()
    await killed.start()
  }
  const OperationPreferences = { RegionOrder: Regions }
  const all = { StackSetName: 'set', Accounts: [account], Regions, OperationPreferences }
  const succeeded = { status: 'SUCCEEDED', results: Regions.map((region) => `${account} ${region} SUCCEEDED`) }
  const consistent = async (delay: number) => {
    const { Summaries } = await node.cfn.send(new ListStackInstancesCommand({ StackSetName: 'set' }))
    expect(Summaries!.map(({ Status }) => Status)).toEqual(Regions.map(() => 'CURRENT'))
    for (const region of Regions) {
      const { sqs, cfn } = node.in(region)
      const { Stacks } = await cfn.send(new DescribeStacksCommand({}))
      expect(Stacks!.map(({ StackId }) => StackId)).toEqual([
        Summaries!.find(({ Region }) => Region === region)!.StackId,
      ])
      const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}))
      expect(QueueUrls).toHaveLength(2)
      for (const QueueUrl of QueueUrls) {
        const attributes = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['DelaySeconds'] })
        expect((await sqs.send(attributes)).Attributes!.DelaySeconds).toBe(String(delay))
      }
    }
  }
  await administrationRole(node.iam)
  await executionRole(node.iam)
  await node.cfn.send(new CreateStackSetCommand({ StackSetName: 'set', TemplateBody: template(1) }))

  const made = await node.cfn.send(new CreateStackInstancesCommand(all))
  await again()
  await node.until(made.OperationId, 2)
  await again()
  await tell(killed.endpoint, node.cfn, 'set', stopsAt)
  expect(await ended(node.cfn, 'set', made.OperationId)).toMatchObject(succeeded)
  await consistent(1)

  const change = { StackSetName: 'set', TemplateBody: template(2), OperationPreferences }
  const changed = await node.cfn.send(new UpdateStackSetCommand(change))
  await node.until(changed.OperationId, 1)
  await again()
  expect(await ended(node.cfn, 'set', changed.OperationId)).toMatchObject(succeeded)
  await consistent(2)

  const gone = await node.cfn.send(new DeleteStackInstancesCommand({ ...all, RetainStacks: false }))
  await node.until(gone.OperationId, 2)
  await again()
  expect(await ended(node.cfn, 'set', gone.OperationId)).toMatchObject(succeeded)
  for (const region of Regions) {
    const { QueueUrls = [] } = await node.in(region).sqs.send(new ListQueuesCommand({}))
    expect(QueueUrls).toEqual([])
  }
})
