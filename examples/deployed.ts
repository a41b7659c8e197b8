/** What the tests of the examples share. Like a team's own tests in CI it uses the command `landfall`, and nothing of its sources. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, vi } from 'vitest'

const landfall = join(import.meta.dirname, '../bin/landfall')
/** For `vi.waitFor`: what is awaited comes at once; a busy machine may take longer. */
export const soon = { timeout: 45_000, interval: 50 }

export interface DeployedService {
  /** The outputs of the service's stack. */
  readonly outputs: Readonly<Record<string, string>>
  /** The URL of the route that is `METHOD /path/{parameter}` in serverless.yml, its parameters filled in. */
  url(route: string, parameters?: Readonly<Record<string, string>>): string
  /** An SDK client of the node, with its well-known development key. */
  client<C>(ctor: new (config: object) => C): C
  /** Has time pass on the node. Functions keep the time of the machine. */
  passes(seconds: number): Promise<void>
  /** The first message of a queue, once it has one; `everySec` pass on the node between looking and looking again. */
  firstMessage(QueueUrl: string, everySec?: number): Promise<Message>
}

interface Deployment {
  readonly routes: readonly { readonly method: string; readonly url: string }[]
  readonly outputs: Readonly<Record<string, string>>
}

/** For all tests of a file: a node with an empty data folder, and the service in `dir` deployed to it by osls. */
export function deployedService(dir: string, environment: () => NodeJS.ProcessEnv = () => ({})): DeployedService {
  let data: string
  let node: ReturnType<typeof spawn>
  let endpoint: string
  let deployment: Deployment

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'landfall-example-'))
    const options = ['--dev', '--no-isolation', '--port', '0', '--data', data, '--json']
    node = spawn(process.execPath, [landfall, 'start', ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(node, 'exit').then(([code]) => Promise.reject(new Error(`The node ended with ${code}.`)))
    const [ready] = await Promise.race([once(createInterface({ input: node.stdout! }), 'line'), ended])
    endpoint = JSON.parse(ready).endpoint
    const deploy = [landfall, 'deploy', dir, '--data', data, '--json']
    const { stdout } = await promisify(execFile)(process.execPath, deploy, {
      env: { ...process.env, ...environment() },
    })
    deployment = JSON.parse(stdout)
  }, 120_000)

  afterAll(async () => {
    if (node.kill('SIGTERM')) await once(node, 'exit')
    await rm(data, { recursive: true, force: true })
  })

  const service: DeployedService = {
    get outputs() {
      return deployment.outputs
    },
    url(route, parameters = {}) {
      const [method, path] = route.split(' ')
      const found = deployment.routes.find((known) => known.method === method && known.url.endsWith(path!))
      if (!found) throw new Error(`There is no route ${route} among ${JSON.stringify(deployment.routes)}.`)
      return found.url.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parameters[name]!))
    },
    client: (ctor) =>
      new ctor({
        endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        forcePathStyle: true,
      }),
    async passes(seconds) {
      await fetch(`${endpoint}/_landfall/clock`, {
        method: 'POST',
        body: JSON.stringify({ advanceMs: seconds * 1000 }),
      })
    },
    firstMessage: (QueueUrl, everySec = 0) =>
      vi.waitFor(async () => {
        if (everySec > 0) await service.passes(everySec)
        const { Messages } = await service.client(SQSClient).send(new ReceiveMessageCommand({ QueueUrl }))
        expect(Messages).toHaveLength(1)
        return Messages![0]!
      }, soon),
  }
  return service
}
