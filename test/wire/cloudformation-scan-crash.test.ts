import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeResourceScanCommand,
  ListResourceScanResourcesCommand,
  StartResourceScanCommand,
} from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../e2e/folder.ts'
import { background } from '../e2e/process.ts'
import { settledStack } from './stack-support.ts'

/** A node in a process of its own, to be killed, with its client. */
async function started(path: string) {
  const process_ = background(['start', '--dev', '--no-isolation', '--port', '0', '--data', path])
  const { endpoint } = await process_.line<{ endpoint: string }>((line) => line.endpoint !== undefined)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const cfn = new CloudFormationClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  const kill = async () => {
    await process_.stop('SIGKILL')
    cfn.destroy()
  }
  return { cfn, kill }
}

test('a scan goes on after its node was killed, and has everything once', async () => {
  await using folder = await temporaryFolder()
  let node = await started(folder.path)
  const ids = Array.from({ length: 40 }, (_, i) => `Q${i}`)
  const Resources = Object.fromEntries(ids.map((id) => [id, { Type: 'AWS::SQS::Queue' }]))
  await node.cfn.send(new CreateStackCommand({ StackName: 'all', TemplateBody: JSON.stringify({ Resources }) }))
  expect((await settledStack(node.cfn, 'all')).StackStatus).toBe('CREATE_COMPLETE')
  const { ResourceScanId } = await node.cfn.send(new StartResourceScanCommand({}))
  const described = () => node.cfn.send(new DescribeResourceScanCommand({ ResourceScanId }))
  await node.kill()
  node = await started(folder.path)
  while ((await described()).Status === 'IN_PROGRESS') {}
  expect((await described()).Status).toBe('COMPLETE')
  const queues = { ResourceScanId, ResourceTypePrefix: 'AWS::SQS::Queue' }
  const found = await node.cfn.send(new ListResourceScanResourcesCommand(queues))
  expect(
    found.Resources!.filter(({ ResourceIdentifier }) => ResourceIdentifier?.QueueUrl?.includes('/all-Q')),
  ).toHaveLength(40)
  await node.kill()
}, 60_000)
