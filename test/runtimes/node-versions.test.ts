import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addRuntime } from '../../src/functions/add-runtime.ts'
import { type Fixture, startRunner } from '../../src/functions/runner.fixture.ts'
import { have, scratch } from './tools.ts'

/** Node from before `module.registerHooks` (22.15), by which newer ones find the SDK and files as they were deployed. */
const versions = [
  ['nodejs18.x', 'nodejs18.x'],
  ['nodejs20.x', 'nodejs20'],
] as const

describe.runIf(have('npm')).each(versions)('%s', (runtime, name) => {
  let folder: Awaited<ReturnType<typeof scratch>>
  let f: Fixture
  let version = ''
  beforeAll(async () => {
    folder = await scratch()
    const added = await addRuntime(name, folder.path)
    expect(added.runtime).toBe(runtime)
    version = added.version
    f = await startRunner({ runtimesDir: folder.path, maxInstances: 4 })
  })
  afterAll(async () => {
    await f[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })
  const run = async (files: Record<string, string>, event: unknown = {}, more: object = {}) =>
    f.run(await f.spec(files, { runtime, ...more }), event)

  test('CommonJS sees itself as it was deployed, and what it needs beside it', async () => {
    const source = `const { Client } = require('own'), fs = require('fs')
      exports.handler = async (event) => ({
        version: process.version, file: __filename, cwd: process.cwd(), own: Client, event,
        trace: new Error().stack.split('\\n')[1].trim(), imported: (await import('./more.mjs')).default,
      })`
    const { value, lines } = await run(
      {
        'index.js': source,
        'more.mjs': 'export default import.meta.url',
        'node_modules/own/index.js': 'exports.Client = __dirname',
      },
      { a: 1 },
    )
    expect(value).toMatchObject({
      version: `v${version}`,
      file: '/var/task/index.js',
      cwd: '/var/task',
      own: '/var/task/node_modules/own',
      trace: expect.stringContaining('/var/task/index.js:4:'),
      imported: 'file:///var/task/more.mjs',
      event: { a: 1 },
    })
    expect(lines.join('\n')).not.toMatch(/warning/i)
  })

  test('modules may await at their top level, by name and by type', async () => {
    const source = `import { readFile } from 'node:fs/promises'
      import { other } from './lib/other.js'
      const own = await readFile(new URL(import.meta.url), 'utf8')
      export const handler = async () => ({ url: import.meta.url, own: own.length > 0, other })`
    const other = { 'lib/other.js': 'export const other = import.meta.url', 'lib/package.json': '{"type":"module"}' }
    for (const files of [{ 'index.mjs': source }, { 'index.js': source, 'package.json': '{"type":"module"}' }]) {
      const { value, lines } = await run({ ...files, ...other })
      const [name] = Object.keys(files)
      expect(value).toEqual({ url: `file:///var/task/${name}`, own: true, other: 'file:///var/task/lib/other.js' })
      expect(lines.join('\n')).not.toMatch(/warning/i)
    }
    const missing = await run({ 'index.mjs': "import 'nope'; export const handler = 1" })
    expect(missing.value).toMatchObject({ errorMessage: expect.stringContaining("Cannot find package 'nope'") })
  })

  test('the SDK is there for those who do not bring it', async () => {
    const use = (get: string) => `${get}
      const { SignatureV4 } = await import('@smithy/signature-v4')
      return [new SQSClient({ region: 'us-east-1' }).config.serviceId, typeof SignatureV4]`
    const common = await run({
      'index.js': `exports.handler = async () => {${use("const { SQSClient } = require('@aws-sdk/client-sqs')")}}`,
    })
    expect(common.value).toEqual(['SQS', 'function'])
    const modern = await run({
      'index.mjs': `import { SQSClient } from '@aws-sdk/client-sqs'; export const handler = async () => {${use('')}}`,
    })
    expect(modern.value).toEqual(['SQS', 'function'])
    const own = await run({
      'index.js': "exports.handler = async () => require('@aws-sdk/client-sqs').mine",
      'node_modules/@aws-sdk/client-sqs/index.js': 'exports.mine = true',
    })
    expect(own.value).toBe(true)
    const missing = await run({ 'index.js': "exports.handler = async () => require('@aws-sdk/client-nope')" })
    expect(missing.value).toMatchObject({ errorMessage: expect.stringContaining('@aws-sdk/client-nope') })
  })

  test('callbacks, answers that never come, and streams are as in Lambda', async () => {
    const late = "exports.handler = (event, context, callback) => setTimeout(() => callback(null, 'late'), 20)"
    expect((await run({ 'index.js': late })).value).toBe('late')
    expect((await run({ 'index.js': 'exports.handler = () => {}' })).value).toBeNull()
    const never = await run({ 'index.mjs': 'export const handler = async () => { await new Promise(() => {}) }' })
    expect(never.value).toMatchObject({ errorType: 'Runtime.NodeJsExit' })
    const streamed = await run({
      'index.mjs': `export const handler = awslambda.streamifyResponse(async (event, stream) => {
        stream.write('"str'); stream.end('eam"') })`,
    })
    expect(streamed).toMatchObject({ value: 'stream', streamed: {} })
  })

  test('traces lead to sources; what a long file was compiled to is kept', async () => {
    const map = { version: 3, sources: ['src/orders.ts'], names: [], mappings: 'AAEA' }
    const files = {
      'index.js': "exports.handler = async () => { throw new Error('mapped') }\n//# sourceMappingURL=index.js.map\n",
      'index.js.map': JSON.stringify(map),
    }
    const { value } = await run(files, {}, { environment: { NODE_OPTIONS: '--enable-source-maps' } })
    expect((value as { trace: string[] }).trace.join('\n')).toMatch(/src\/orders\.ts:3:1/)
    const long = `${'// long\n'.repeat(2_000)}exports.handler = async () => (await import('./b.mjs')).b`
    const spec = await f.spec({ 'index.js': long, 'b.mjs': 'export const b = 2' }, { runtime })
    expect([(await f.run(spec)).value, (await f.run({ ...spec, version: '2' })).value]).toEqual([2, 2])
  })
})
