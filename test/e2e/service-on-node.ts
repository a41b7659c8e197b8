import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, expect } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { copyOfService, type Folder } from './folder.ts'
import { osls } from './process.ts'

export interface ServiceOnNode {
  readonly node: TestNode
  /** Runs `osls ARGS` in the service's folder, which must end well. */
  succeeds(...args: string[]): Promise<void>
  /** What a resource of the service's stack is called. */
  physicalId(logicalId: string): Promise<string>
}

/** For all tests of a file: a node, and a copy of the service in a folder of the checkout to deploy to it. */
export function serviceOnNode(dir: string, stackName: string): ServiceOnNode {
  let node: TestNode
  let service: Folder
  beforeAll(async () => {
    node = await startNode({ isolation: false })
    service = await copyOfService(dir)
  })
  afterAll(async () => {
    await node?.close()
    await service?.[Symbol.asyncDispose]()
  })
  return {
    get node() {
      return node
    },
    async succeeds(...args) {
      const { code, out, err } = await osls(args, node.endpoint, service.path)
      expect([code, out + err]).toEqual([0, expect.not.stringContaining('Error:')])
    },
    async physicalId(LogicalResourceId) {
      const asked = new DescribeStackResourceCommand({ StackName: stackName, LogicalResourceId })
      return (await node.client(CloudFormationClient).send(asked)).StackResourceDetail!.PhysicalResourceId!
    },
  }
}
