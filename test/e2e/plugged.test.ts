import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InvokeCommand, LambdaClient, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { installed } from '../installed.ts'
import { copyOfService, type Folder } from './folder.ts'
import { framework3 } from './framework-3.ts'
import { osls } from './process.ts'

const root = join(import.meta.dirname, '../..')
const plugins = [
  'serverless-dotenv-plugin',
  'serverless-esbuild',
  'serverless-iam-roles-per-function',
  'serverless-prune-plugin',
  'serverless-python-requirements',
]

/**
 * One service that has them all: each test looks at what one of them has done. serverless-prune-plugin 2.1 asks for what
 * osls 4 has no more (`provider.request`), so it comes with osls 3, which deploys the same service anew.
 */
describe('plugins of osls', { timeout: 180_000 }, () => {
  let node: TestNode
  let lambda: LambdaClient
  let service: Folder

  const invoke = async (name: string, event: object = {}) => {
    const asked = new InvokeCommand({ FunctionName: `plugged-dev-${name}`, Payload: JSON.stringify(event) })
    return JSON.parse((await lambda.send(asked)).Payload!.transformToString())
  }

  beforeAll(async () => {
    const modules = await installed('serverless-plugins')
    node = await startNode({ isolation: false })
    lambda = node.client(LambdaClient)
    service = await copyOfService('test/e2e/plugged', {
      ...Object.fromEntries(plugins.map((name) => [name, join(modules, name)])),
      '@aws-sdk': join(root, 'node_modules/@aws-sdk'),
    })
    await writeFile(join(service.path, '.env'), 'CURRENCY=EUR\n')
    const { code, out, err } = await osls(['deploy'], node.endpoint, service.path)
    expect(code, out + err).toBe(0)
  }, 300_000)
  afterAll(async () => {
    await node?.close()
    await service?.[Symbol.asyncDispose]()
  })

  test('esbuild: TypeScript of several files runs; dotenv: with what .env says in its environment', async () => {
    expect(await invoke('price', { amount: 100 })).toEqual({ price: 125, currency: 'EUR' })
  })

  test('iam-roles-per-function: each function may do what its own role says', async () => {
    expect(await invoke('send')).toMatch(/^[0-9a-f-]{36}$/)
    expect(await invoke('sendWithout')).toMatchObject({
      errorType: expect.stringMatching(/AccessDenied/),
      errorMessage: expect.stringContaining('sqs:SendMessage'),
    })
  })

  test('python-requirements: what requirements.txt names can be imported', async () => {
    expect(await invoke('version')).toEqual({ six: '1.17.0' })
  })

  test('prune: of the versions of a function the last one is left', async () => {
    const change = async (file: string, from: string, to: string) => {
      const path = join(service.path, file)
      await writeFile(path, (await readFile(path, 'utf8')).replace(from, to))
    }
    await change('src/tax.ts', '0.25', '0.5')
    await change('serverless.yml', 'plugins:\n', 'plugins:\n  - serverless-prune-plugin\n')
    const { code, out, err } = await framework3('osls', ['deploy'], node, service.path)
    expect(code, out + err).toBe(0)
    expect((await invoke('price', { amount: 100 })).price).toBe(150)
    const { Versions = [] } = await lambda.send(
      new ListVersionsByFunctionCommand({ FunctionName: 'plugged-dev-price' }),
    )
    expect(Versions.map(({ Version }) => Version)).toEqual(['$LATEST', '2'])
  })
})
