import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attach, type Debugger, type Paused } from './cdp.ts'
import { copyOfService, temporaryFolder } from './folder.ts'
import { background, landfall } from './process.ts'

interface Event {
  readonly event: string
  readonly function: string
  readonly address: string
  readonly configuration: { readonly port: number; readonly type: string }
  readonly functions: readonly string[]
}

const show = (factor: number) => `interface Input { readonly n: number }
interface Output { readonly product: number }

export async function handler({ n }: Input): Promise<Output> {
  if (n < 0) throw new Error('negative')
  const product: number = n * ${factor}
  return { product }
}
`

test('landfall dev --inspect says where to attach; stack traces and stops are those of the TypeScript, reloads included', {
  timeout: 120_000,
}, async () => {
  await using service = await copyOfService('examples/orders')
  await using data = await temporaryFolder()
  const source = join(service.path, 'src/show.ts')
  await writeFile(source, show(2))
  await using dev = background([
    ...['dev', service.path, '--port', '0', '--no-isolation', '--data', data.path],
    ...['--inspect', 'show', '--inspect-port', '0'],
  ])
  const invoke = async (n: number) => {
    const args = ['invoke', 'show', '--payload', `{"n":${n}}`, '--data', data.path, '--json']
    const { out } = await landfall(args, { cwd: service.path })
    return JSON.parse(out).payload as Record<string, unknown> & { readonly trace?: readonly string[] }
  }
  const { function: key, address, configuration } = await dev.line<Event>(({ event }) => event === 'inspecting')
  expect(key).toBe('show')
  const port = Number(new URL(`http://${address}`).port)
  expect(configuration).toMatchObject({ type: 'node', request: 'attach', port, restart: true })
  expect((await invoke(-1)).trace?.join('\n')).toMatch(/src\/show\.ts:5:\d+/)

  await using client = await attach(port)
  await client.send('Debugger.enable')
  const stopWhereItMultiplies = async (debugged: Debugger) => {
    const { scriptId, sourceMapURL } = await debugged.event<{ scriptId: string; url: string; sourceMapURL: string }>(
      'Debugger.scriptParsed',
      ({ url }) => url.endsWith('/src/show.js'),
    )
    expect(sourceMapURL).not.toBe('')
    const { scriptSource } = await debugged.send<{ scriptSource: string }>('Debugger.getScriptSource', { scriptId })
    const lineNumber = scriptSource.split('\n').findIndex((line) => line.includes('const product ='))
    await debugged.send('Debugger.setBreakpoint', { location: { scriptId, lineNumber } })
  }
  await stopWhereItMultiplies(client)
  const stopped = invoke(21)
  const { callFrames } = await client.event<Paused>('Debugger.paused')
  const { result } = await client.send<{ result: { value: unknown } }>('Debugger.evaluateOnCallFrame', {
    callFrameId: callFrames[0]?.callFrameId,
    expression: 'n * 100',
  })
  expect(result.value).toBe(2100)
  await client.send('Debugger.resume')
  expect(await stopped).toEqual({ product: 42 })

  await writeFile(source, `// A line more.\n${show(3)}`)
  expect((await dev.line<Event>(({ event }) => event === 'updated')).functions).toEqual(['show'])
  await client.gone
  expect((await invoke(-1)).trace?.join('\n')).toMatch(/src\/show\.ts:6:\d+/)
  expect(await invoke(5)).toEqual({ product: 15 })
  expect(await dev.stop('SIGINT')).toBe(0)
})

test('only landfall dev has --inspect, and for functions that there are', async () => {
  const started = await landfall(['start', '--inspect', 'show'])
  expect(started).toMatchObject({ code: 2 })
  expect(started.err).toContain('landfall start has no option --inspect')
  await using service = await temporaryFolder()
  const yaml =
    'service: small\nprovider: { name: aws, runtime: nodejs22.x }\nfunctions: { show: { handler: show.handler } }\n'
  await writeFile(join(service.path, 'serverless.yml'), yaml)
  await writeFile(join(service.path, 'show.js'), 'exports.handler = async () => 1')
  await using data = await temporaryFolder()
  const options = ['--port', '0', '--no-isolation', '--data', data.path, '--inspect-port', '0']
  const { code, err } = await landfall(['dev', service.path, ...options, '--inspect', 'sho'])
  expect(code).toBe(2)
  expect(err).toContain('This service has no function "sho".\nDid you mean: --inspect show')
})
