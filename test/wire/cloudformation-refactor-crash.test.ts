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
import { killableNode } from '../crash/killable.ts'
import { settledStack } from './stack-support.ts'

const perGroup = 20
const idsOf = (group: number) => Array.from({ length: perGroup }, (_, i) => `G${group}Q${i}`)
const body = (groups: readonly number[]) =>
  JSON.stringify({
    Resources: Object.fromEntries(groups.flatMap(idsOf).map((id) => [id, { Type: 'AWS::SQS::Queue' }])),
  })

test('a node killed while it executes a refactor has moved all resources, or none', async () => {
  await using node = await killableNode()
  const cfn = node.client(CloudFormationClient)
  let left = [0, 1, 2, 3]
  await cfn.send(new CreateStackCommand({ StackName: 'all', TemplateBody: body(left) }))
  expect((await settledStack(cfn, 'all')).StackStatus).toBe('CREATE_COMPLETE')
  const resourcesOf = async (StackName: string) => {
    const { StackResources } = await cfn.send(new DescribeStackResourcesCommand({ StackName }))
    return StackResources!.map((one) => `${one.LogicalResourceId} ${one.PhysicalResourceId?.split('/').at(-1)}`).sort()
  }
  const before = await resourcesOf('all')
  const moved: string[] = []
  for (const [group, waitMs] of [0, 4, 16].entries()) {
    const rest = left.filter((other) => other !== group)
    const { StackRefactorId } = await cfn.send(
      new CreateStackRefactorCommand({
        EnableStackCreation: true,
        StackDefinitions: [
          { StackName: 'all', TemplateBody: body(rest) },
          { StackName: `part${group}`, TemplateBody: body([group]) },
        ],
      }),
    )
    const executed = cfn.send(new ExecuteStackRefactorCommand({ StackRefactorId })).catch(() => undefined)
    await setTimeout(waitMs)
    await node.kill()
    const answered = (await executed) !== undefined
    await node.start()
    const { ExecutionStatus } = await cfn.send(new DescribeStackRefactorCommand({ StackRefactorId }))
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
})
