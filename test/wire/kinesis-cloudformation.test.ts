import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation'
import { DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { expect, test } from 'vitest'
import { startNode } from '../harness.ts'

test('a stream on demand of a template becomes a provisioned one, and is gone with its stack', async () => {
  await using node = await startNode({ ephemeral: true })
  const [cfn, kinesis] = [node.client(CloudFormationClient), node.client(KinesisClient)]
  const waiting = { client: cfn, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }
  const StackName = 'streams'
  const template = (Properties: object) =>
    JSON.stringify({
      Resources: { Stream: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 's', ...Properties } } },
    })
  const found = async () =>
    (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 's' }))).StreamDescriptionSummary
  const onDemand = template({ StreamModeDetails: { StreamMode: 'ON_DEMAND' }, MaxRecordSizeInKiB: 2_048 })
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody: onDemand }))
  await waitUntilStackCreateComplete(waiting, { StackName })
  expect(await found()).toMatchObject({
    ...{ StreamModeDetails: { StreamMode: 'ON_DEMAND' }, OpenShardCount: 4, MaxRecordSizeInKiB: 2_048 },
  })
  const provisioned = template({ StreamModeDetails: { StreamMode: 'PROVISIONED' }, ShardCount: 2 })
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: provisioned }))
  await waitUntilStackUpdateComplete(waiting, { StackName })
  expect(await found()).toMatchObject({
    ...{ StreamModeDetails: { StreamMode: 'PROVISIONED' }, OpenShardCount: 2, MaxRecordSizeInKiB: 1_024 },
  })
  await cfn.send(new DeleteStackCommand({ StackName }))
  await waitUntilStackDeleteComplete(waiting, { StackName })
  await expect.poll(() => found().catch((error: Error) => error.name)).toBe('ResourceNotFoundException')
  for (const client of [cfn, kinesis]) client.destroy()
})
