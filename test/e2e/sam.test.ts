import { execFile } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { installedPython } from '../installed.ts'
import { succeeds } from '../wire/python.ts'
import { type Folder, temporaryFolder } from './folder.ts'

const service = join(import.meta.dirname, 'sam')
const hasVenv = succeeds('python3', '-c', 'import ensurepip, venv')

/** One story, with nothing but the environment pointing at the node. */
describe.runIf(hasVenv)('the SAM CLI, with a function behind a REST API', { timeout: 180_000 }, () => {
  let node: TestNode
  let app: Folder
  let python: string
  let cfn: CloudFormationClient

  beforeAll(async () => {
    python = await installedPython('sam')
    node = await startNode({ isolation: false })
    cfn = node.client(CloudFormationClient)
    // Of one that it makes itself, with --resolve-s3, it asks whether it is there every half minute.
    const s3 = node.client(S3Client)
    await s3.send(new CreateBucketCommand({ Bucket: 'artifacts' }))
    s3.destroy()
    app = await temporaryFolder()
    await cp(service, app.path, { recursive: true })
  }, 300_000)
  afterAll(async () => {
    cfn?.destroy()
    await node?.close()
    await app?.[Symbol.asyncDispose]()
  })

  const sam = async (...args: string[]) => {
    const env = {
      PATH: process.env.PATH,
      HOME: app.path,
      AWS_ENDPOINT_URL: node.endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: 'us-east-1',
      SAM_CLI_TELEMETRY: '0',
      SAM_CLI_POLL_DELAY: '0.1',
    }
    const running = promisify(execFile)(python, ['-m', 'samcli', ...args], { cwd: app.path, env })
    // What it asks is agreed to.
    running.child.stdin?.end('y\n')
    const { stdout, stderr } = await running
    return stdout + stderr
  }
  const deploy = () =>
    sam(
      'deploy',
      '--stack-name',
      'sam-app',
      ...['--s3-bucket', 'artifacts'],
      '--capabilities',
      'CAPABILITY_IAM',
      '--no-progressbar',
    )
  const hello = async () => {
    const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: 'sam-app' }))
    const api = Stacks![0]!.Outputs!.find(({ OutputKey }) => OutputKey === 'Api')!.OutputValue
    return (await fetch(`${node.endpoint}/_aws/execute-api/${api}/Prod/hello`)).text()
  }
  const say = async (text: string) => {
    const source = await readFile(join(service, 'src/app.js'), 'utf8')
    await writeFile(join(app.path, 'src/app.js'), source.replace("'hello'", `'${text}'`))
  }

  test('validates, builds and deploys', async () => {
    expect(await sam('validate')).toContain('is a valid SAM Template')
    expect(await sam('build')).toContain('Build Succeeded')
    expect(await deploy()).toContain('Successfully created/updated stack - sam-app in us-east-1')
    expect(await hello()).toBe('hello')
  })

  test('deploys what changed', async () => {
    await say('moin')
    await sam('build')
    expect(await deploy()).toContain('Successfully created/updated stack')
    expect(await hello()).toBe('moin')
    expect(await sam('remote', 'invoke', 'Hello', '--stack-name', 'sam-app')).toContain('moin')
  })

  test('syncs code without a deployment', async () => {
    await say('servus')
    const said = await sam('sync', '--code', '--no-watch', '--stack-name', 'sam-app', '--resource-id', 'Hello')
    expect(said).toContain('Finished syncing Lambda Function Hello')
    expect(await hello()).toBe('servus')
  })

  // `sam delete` looks every half minute: nothing of it but that is its own.
  test('leaves a stack that is deleted like any other', async () => {
    await cfn.send(new DeleteStackCommand({ StackName: 'sam-app' }))
    await expect
      .poll(async () => {
        const { StackSummaries } = await cfn.send(new ListStacksCommand({ StackStatusFilter: ['DELETE_COMPLETE'] }))
        return StackSummaries!.map(({ StackName }) => StackName)
      })
      .toEqual(['sam-app'])
  })
})
