import { setTimeout } from 'node:timers/promises'
import {
  CloudFormationClient,
  CreateStackCommand,
  CreateStackRefactorCommand,
  DescribeStackRefactorCommand,
  DescribeStackResourcesCommand,
  ExecuteStackRefactorCommand,
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

const perGroup = 20
const idsOf = (group: number) => Array.from({ length: perGroup }, (_, i) => `G${group}Q${i}`)
const body = (groups: readonly number[]) =>
  JSON.stringify({
    Resources: Object.fromEntries(groups.flatMap(idsOf).map((id) => [id, { Type: 'AWS::SQS::Queue' }])),
  })

test('a node killed while it executes a refactor has moved all resources, or none', async () => {
  await using folder = await temporaryFolder()
  let node = await started(folder.path)
  let left = [0, 1, 2, 3]
  await node.cfn.send(new CreateStackCommand({ StackName: 'all', TemplateBody: body(left) }))
  expect((await settledStack(node.cfn, 'all')).StackStatus).toBe('CREATE_COMPLETE')
  const resourcesOf = async (StackName: string) => {
    const { StackResources } = await node.cfn.send(new DescribeStackResourcesCommand({ StackName }))
    return StackResources!.map((one) => `${one.LogicalResourceId} ${one.PhysicalResourceId?.split('/').at(-1)}`).sort()
  }
  const before = await resourcesOf('all')
  const moved: string[] = []
  for (const [group, waitMs] of [0, 4, 16].entries()) {
    const rest = left.filter((other) => other !== group)
    const { StackRefactorId } = await node.cfn.send(
      new CreateStackRefactorCommand({
        EnableStackCreation: true,
        StackDefinitions: [
          { StackName: 'all', TemplateBody: body(rest) },
          { StackName: `part${group}`, TemplateBody: body([group]) },
        ],
      }),
    )
    const executed = node.cfn.send(new ExecuteStackRefactorCommand({ StackRefactorId })).catch(() => undefined)
    await setTimeout(waitMs)
    await node.kill()
    const answered = (await executed) !== undefined
    node = await started(folder.path)
    const { ExecutionStatus } = await node.cfn.send(new DescribeStackRefactorCommand({ StackRefactorId }))
    const names = new Set(idsOf(group))
    const wanted = before.filter((line) => names.has(line.split(' ')[0]!))
    if (answered) expect(ExecutionStatus).toBe('EXECUTE_COMPLETE')
    if (ExecutionStatus === 'EXECUTE_COMPLETE') {
      moved.push(...wanted)
      left = rest
      expect(await resourcesOf(`part${group}`)).toEqual(wanted)
    } else {
      expect(ExecutionStatus).toBe('AVAILABLE')
      await expect(resourcesOf(`part${group}`)).rejects.toThrow('does not exist')
    }
    expect(await resourcesOf('all')).toEqual(before.filter((line) => !moved.includes(line)))
  }
  await node.kill()
}, 60_000)
