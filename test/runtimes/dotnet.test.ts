import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fixture, startRunner } from '../../src/functions/runner.fixture.ts'
import { scratch } from './tools.ts'

/**
 * No registry at hand has .NET 8, so `dotnet` is a stand-in here: what is shown is which runtime of a host is chosen, what
 * it is started with, and that a program that speaks the Runtime API then serves; not .NET.
 */
const standIn = `#!${process.execPath}
const args = process.argv.slice(2)
if (args[0] === '--list-runtimes') {
  for (const one of ['AspNetCore.App 8.0.1', 'NETCore.App 6.0.36', 'NETCore.App 10.0.0', 'NETCore.App 9.0.2'])
    console.log('Microsoft.' + one + ' [' + __dirname + ']')
  process.exit()
}
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/'
const serve = async () => {
  for (;;) {
    const event = await fetch(api + 'next')
    await event.text()
    const id = event.headers.get('lambda-runtime-aws-request-id')
    await fetch(api + id + '/response', { method: 'POST', body: JSON.stringify({ args, cwd: process.cwd() }) })
  }
}
serve()
`

let folder: Awaited<ReturnType<typeof scratch>>
let f: Fixture
beforeAll(async () => {
  folder = await scratch()
  await mkdir(join(folder.path, 'dotnet'))
  await writeFile(join(folder.path, 'dotnet', 'dotnet'), standIn, { mode: 0o755 })
  // Without a sandbox, in which the stand-in would not find what runs it.
  f = await startRunner({ isolation: false, runtimesDir: folder.path })
})
afterAll(async () => {
  await f[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const served = async (names: readonly string[], handler: string) => {
  const files = Object.fromEntries(names.map((name) => [name, 'x']))
  const { value } = await f.run(await f.spec(files, { runtime: 'dotnet8', handler }))
  const { args, cwd, errorMessage } = value as { args?: string[]; cwd: string; errorMessage?: string }
  return errorMessage ?? args?.map((arg) => arg.replace(cwd, '{task}'))
}
const exec = ['exec', '--roll-forward', 'Major']

describe('a .NET function', () => {
  test('whose handler is an executable assembly is run as one, by the oldest runtime that is new enough', async () => {
    expect(await served(['Func.dll'], 'Func')).toEqual([...exec, '{task}/Func.dll'])
    expect(await served(['Func.dll'], 'Func.dll')).toEqual([...exec, '{task}/Func.dll'])
    expect(f.warnings.find(({ event }) => event === 'functions.runtime-differs')?.fields).toEqual({
      runtime: 'dotnet8',
      runsOn: '.NET 9.0.2',
    })
    expect(await served(['Other.dll'], 'Func')).toMatch(/executable assembly .*Func\.dll or binary .* not found/)
  })

  test('whose handler is a method is run by the runtime support in its package, or told what it lacks', async () => {
    const handler = 'Func::Func.Function::Handle'
    const support = 'Amazon.Lambda.RuntimeSupport.dll'
    for (const name of ['Func', 'Main']) {
      const [deps, config] = [`${name}.deps.json`, `${name}.runtimeconfig.json`]
      expect(await served(['Func.dll', support, deps, config], handler)).toEqual([
        ...[...exec, '--depsfile', `{task}/${deps}`, '--runtimeconfig', `{task}/${config}`],
        ...[`{task}/${support}`, handler],
      ])
    }
    expect(await served(['Func.dll'], handler)).toMatch(/make the function an executable assembly/)
    expect(await served(['Func.dll', support], handler)).toBe('the package has no Func.deps.json')
  })
})
