import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeEventsCommand,
  paginateDescribeStackEvents,
  type StackEvent,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { startNode } from '../harness.ts'
import { settledStack } from './stack-support.ts'

const template = (delay: number) =>
  JSON.stringify({
    Resources: Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [
        `Q${i}`,
        { Type: 'AWS::SQS::Queue', Properties: { QueueName: `many-${i}`, DelaySeconds: delay } },
      ]),
    ),
  })

test('two hundred resources are made at the same time, changed and deleted, each once', async () => {
  await using node = await startNode({ ephemeral: true })
  const cfn = node.client(CloudFormationClient)
  const sqs = node.client(SQSClient)
  const queues = async () => (await sqs.send(new ListQueuesCommand({ MaxResults: 1_000 }))).QueueUrls ?? []
  const StackName = 'many'

  const { StackId } = await cfn.send(new CreateStackCommand({ StackName, TemplateBody: template(1) }))
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('CREATE_COMPLETE')
  expect(await queues()).toHaveLength(200)

  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template(2) }))
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('UPDATE_COMPLETE')
  const delays = await Promise.all(
    (await queues()).map(async (QueueUrl) => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['DelaySeconds'] }),
      )
      return Attributes!.DelaySeconds
    }),
  )
  expect(delays).toEqual(Array.from({ length: 200 }, () => '2'))

  await cfn.send(new DeleteStackCommand({ StackName }))
  expect((await settledStack(cfn, StackId!)).StackStatus).toBe('DELETE_COMPLETE')
  expect(await queues()).toEqual([])

  // No request looks at all of the events for the failures among them; all together do.
  let [pages, NextToken] = [0, undefined as string | undefined]
  do {
    const asked = { StackName: StackId, Filters: { FailedEvents: true }, NextToken }
    const page = await cfn.send(new DescribeEventsCommand(asked))
    expect(page.OperationEvents).toEqual([])
    NextToken = page.NextToken
    pages += 1
  } while (NextToken !== undefined)
  expect(pages).toBeGreaterThan(1)

  const counts = new Map<string, number>()
  let [running, most] = [0, 0]
  const newestFirst: StackEvent[] = []
  for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client: cfn }, { StackName: StackId }))
    newestFirst.push(...StackEvents.filter(({ ResourceType }) => ResourceType === 'AWS::SQS::Queue'))
  for (const { ResourceStatus = '' } of newestFirst.reverse()) {
    counts.set(ResourceStatus, (counts.get(ResourceStatus) ?? 0) + 1)
    if (ResourceStatus === 'DELETE_IN_PROGRESS') running += 1
    if (ResourceStatus === 'DELETE_COMPLETE') running -= 1
    most = Math.max(most, running)
  }
  expect(Object.fromEntries(counts)).toMatchObject({
    CREATE_COMPLETE: 200,
    UPDATE_COMPLETE: 200,
    DELETE_IN_PROGRESS: 200,
    DELETE_COMPLETE: 200,
  })
  expect(most).toBeGreaterThan(1)
})
