import { cp, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr'
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { installed } from '../installed.ts'
import { type Folder, temporaryFolder } from './folder.ts'
import { run } from './process.ts'

const root = join(import.meta.dirname, '../..')

/** One story, with nothing but the environment pointing at the node. */
describe('the CDK, with a REST API, a queue, functions, a table and a bucket', { timeout: 180_000 }, () => {
  let node: TestNode
  let app: Folder
  let cli: string

  beforeAll(async () => {
    const modules = await installed('cdk')
    cli = join(modules, 'aws-cdk/bin/cdk')
    node = await startNode({ isolation: false })
    app = await temporaryFolder()
    await cp(join(root, 'test/e2e/stacked'), app.path, { recursive: true })
    await symlink(modules, join(app.path, 'node_modules'))
  }, 180_000)
  afterAll(async () => {
    await node?.close()
    await app?.[Symbol.asyncDispose]()
  })

  const cdk = async (...args: string[]) => {
    const env = {
      AWS_ENDPOINT_URL: node.endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    }
    const program = `"${process.execPath}" app.mjs`
    const { code, out, err } = await run([cli, ...args, '--app', program], { cwd: app.path, env })
    expect(code, out + err).toBe(0)
    return out + err
  }
  const deploy = async (...args: string[]) => {
    const said = await cdk('deploy', '--all', '--require-approval', 'never', '--outputs-file', 'outputs.json', ...args)
    const { Shop } = JSON.parse(await readFile(join(app.path, 'outputs.json'), 'utf8'))
    return { said, outputs: Shop as { Table: string; ApiId: string } }
  }
  const greeting = ['--context', 'greeting=moin']
  const moved = ['--context', 'moved=yes']
  const take = async (ApiId: string, body: string) => {
    const answer = await fetch(`${node.endpoint}/_aws/execute-api/${ApiId}/prod/`, { method: 'POST', body })
    return [answer.status, await answer.text()]
  }

  test('bootstraps an environment', async () => {
    expect(await cdk('bootstrap', 'aws://000000000000/us-east-1')).toContain('bootstrapped')
    const asked = new GetParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' })
    expect(Number((await node.client(SSMClient).send(asked)).Parameter?.Value)).toBeGreaterThan(20)
    const { repositories = [] } = await node.client(ECRClient).send(new DescribeRepositoriesCommand({}))
    expect(repositories.map(({ repositoryName }) => repositoryName)).toEqual([
      'cdk-hnb659fds-container-assets-000000000000-us-east-1',
    ])
  })

  test('deploys a stack through the roles of the bootstrap, and it works', async () => {
    const { said, outputs } = await deploy()
    expect(said).not.toContain('could not be used to assume')
    expect(await take(outputs.ApiId, 'order-1')).toEqual([202, 'hello'])
    await vi.waitFor(
      async () => {
        const { Items } = await node.client(DynamoDBClient).send(new ScanCommand({ TableName: outputs.Table }))
        expect(Items).toEqual([{ id: { S: 'order-1' } }])
      },
      { timeout: 45_000, interval: 100 },
    )
  })

  test('deploys what changed', async () => {
    const { outputs } = await deploy(...greeting)
    expect(await take(outputs.ApiId, 'order-2')).toEqual([202, 'moin'])
  })

  test('moves what has another name, or is in another stack, without making it anew', async () => {
    const said = await cdk('refactor', '--unstable=refactor', '--force', ...greeting, ...moved)
    expect(said).toContain('Stack refactor complete')
    const cfn = node.client(CloudFormationClient)
    const tableOf = async (StackName: string) => {
      const { StackResources = [] } = await cfn.send(new DescribeStackResourcesCommand({ StackName }))
      return StackResources.find(({ ResourceType }) => ResourceType === 'AWS::DynamoDB::Table')?.PhysicalResourceId
    }
    expect(await tableOf('Shop')).toBeUndefined()
    const { Items } = await node.client(DynamoDBClient).send(new ScanCommand({ TableName: await tableOf('Store') }))
    expect(Items).toHaveLength(2)
  })

  test('destroys it', async () => {
    expect(await cdk('destroy', '--all', '--force', ...moved)).toContain('destroyed')
  })
})
