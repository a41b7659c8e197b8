import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeResourceScanCommand,
  ListResourceScanResourcesCommand,
  StartResourceScanCommand,
} from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'
import { killableNode } from '../crash/killable.ts'
import { settledStack } from './stack-support.ts'

test('a scan goes on after its node was killed, and has everything once', async () => {
  await using node = await killableNode()
  const cfn = node.client(CloudFormationClient)
  const ids = Array.from({ length: 40 }, (_, i) => `Q${i}`)
  const Resources = Object.fromEntries(ids.map((id) => [id, { Type: 'AWS::SQS::Queue' }]))
  await cfn.send(new CreateStackCommand({ StackName: 'all', TemplateBody: JSON.stringify({ Resources }) }))
  expect((await settledStack(cfn, 'all')).StackStatus).toBe('CREATE_COMPLETE')
  const { ResourceScanId } = await cfn.send(new StartResourceScanCommand({}))
  const described = () => cfn.send(new DescribeResourceScanCommand({ ResourceScanId }))
  await node.kill()
  await node.start()
  while ((await described()).Status === 'IN_PROGRESS') {}
  expect((await described()).Status).toBe('COMPLETE')
  const queues = { ResourceScanId, ResourceTypePrefix: 'AWS::SQS::Queue' }
  const found = await cfn.send(new ListResourceScanResourcesCommand(queues))
  expect(
    found.Resources!.filter(({ ResourceIdentifier }) => ResourceIdentifier?.QueueUrl?.includes('/all-Q')),
  ).toHaveLength(40)
})
