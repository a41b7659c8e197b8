import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
  paginateListStackResources,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { type KillableNode, killableNode } from '../crash/killable.ts'

/** What is asked of a node that is killed. */
function asked(node: KillableNode) {
  const [cfn, sqs] = [node.client(CloudFormationClient), node.client(SQSClient)]
  return {
    cfn,
    sqs,
    async status(StackName: string) {
      return (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!.StackStatus!
    },
    /** Resolves once the stack's events say `wanted` that many times, or its deployment is over. */
    async until(StackName: string, wanted: string, count: number) {
      for (;;) {
        let found = 0
        for await (const { StackEvents } of paginateDescribeStackEvents({ client: cfn }, { StackName }))
          found += StackEvents!.filter(({ ResourceStatus }) => ResourceStatus === wanted).length
        if (found >= count) return
        if (!(await this.status(StackName)).endsWith('IN_PROGRESS')) return
      }
    },
    async settled(StackName: string) {
      for (;;) {
        const now = await this.status(StackName)
        if (!now.endsWith('IN_PROGRESS')) return now
      }
    },
    /** Signals the handle of a wait condition. */
    async tell(StackName: string, LogicalResourceId: string) {
      const { StackResourceDetail } = await cfn.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId }))
      const body = JSON.stringify({ Status: 'SUCCESS', UniqueId: 'one', Reason: 'told', Data: '' })
      const answer = await fetch(StackResourceDetail!.PhysicalResourceId!, { method: 'PUT', body })
      expect(answer.status).toBe(200)
    },
  }
}

/**
 * Queues in chains, so that work is always both running and waiting, and a condition that waits to be told: the
 * creation is not over before that.
 */
function template(from: number, to: number, delay: number): string {
  const queues = Array.from({ length: to - from }, (_, i) => {
    const n = from + i
    const after = n - 4 >= from ? `DependsOn: Q${n - 4}, ` : ''
    return `  Q${n}: {Type: AWS::SQS::Queue, ${after}Properties: {DelaySeconds: ${delay}}}`
  })
  return `Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Told: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: {Ref: Handle}, Timeout: 3600}}
${queues.join('\n')}`
}

test('a node killed in the middle of making, changing and deleting a stack finishes it when it is back', async () => {
  await using killed = await killableNode()
  const node = asked(killed)
  const again = async () => {
    await killed.kill()
    await killed.start()
  }
  /** The queues that exist are those the stack knows, each once. */
  const consistent = async (delay: number, count: number) => {
    const known: string[] = []
    for await (const { StackResourceSummaries } of paginateListStackResources(
      { client: node.cfn },
      { StackName: 's' },
    )) {
      const queues = StackResourceSummaries!.filter(({ ResourceType }) => ResourceType === 'AWS::SQS::Queue')
      known.push(...queues.map(({ PhysicalResourceId }) => PhysicalResourceId!.split('/').at(-1)!))
    }
    const { QueueUrls = [] } = await node.sqs.send(new ListQueuesCommand({ MaxResults: 1000 }))
    expect(QueueUrls.map((url) => url.split('/').at(-1)!).sort()).toEqual(known.sort())
    expect(known).toHaveLength(count)
    for (const QueueUrl of QueueUrls) {
      const { Attributes } = await node.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['DelaySeconds'] }),
      )
      expect(Attributes!.DelaySeconds).toBe(String(delay))
    }
  }

  const { StackId } = await node.cfn.send(new CreateStackCommand({ StackName: 's', TemplateBody: template(0, 120, 1) }))
  await node.until('s', 'CREATE_COMPLETE', 10)
  expect(await node.status('s')).toBe('CREATE_IN_PROGRESS')
  await again()
  await node.until('s', 'CREATE_COMPLETE', 40)
  await again()
  await node.tell('s', 'Handle')
  expect(await node.settled('s')).toBe('CREATE_COMPLETE')
  await consistent(1, 120)

  await node.cfn.send(new UpdateStackCommand({ StackName: 's', TemplateBody: template(40, 160, 2) }))
  await node.until('s', 'UPDATE_COMPLETE', 10)
  await again()
  await node.until('s', 'DELETE_COMPLETE', 5)
  await again()
  expect(await node.settled('s')).toBe('UPDATE_COMPLETE')
  await consistent(2, 120)

  await node.cfn.send(new DeleteStackCommand({ StackName: 's' }))
  await node.until(StackId!, 'DELETE_COMPLETE', 40)
  await again()
  expect(await node.settled(StackId!)).toBe('DELETE_COMPLETE')
  expect((await node.sqs.send(new ListQueuesCommand({}))).QueueUrls ?? []).toEqual([])
})
