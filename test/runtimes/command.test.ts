import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { runCli } from '../../src/cli/run.ts'
import { scratch } from './tools.ts'

async function cli(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const status = await runCli(['runtimes', ...args], { stdout, stderr, signal: new AbortController().signal })
  stdout.end()
  stderr.end()
  return { status, stdout: await text(stdout), stderr: await text(stderr) }
}

test('landfall runtimes says what runs what, and what to do where nothing does', async () => {
  await using data = await scratch()
  const { status, stdout } = await cli('--data', data.path, '--json')
  expect(status).toBe(0)
  const found = JSON.parse(stdout) as { runtime: string; runsOn?: string; differs: boolean; missing?: string }[]
  expect(found).toContainEqual(expect.objectContaining({ runtime: 'nodejs24.x', differs: false, added: false }))
  expect(found).toContainEqual(expect.objectContaining({ runtime: 'nodejs22.x', differs: true }))
  expect(found.find(({ runtime }) => runtime === 'dotnet8')?.missing).toMatch(/provided\.al2023/)
  expect(found.find(({ runtime }) => runtime === 'java17')?.missing).toMatch(/add java17|Install it/)

  const refused = await cli('add', 'python3.12', '--data', data.path)
  expect(refused.status).toBe(1)
  expect(refused.stderr).toMatch(/No registry has python3\.12[\s\S]*Debian: python3\.12/)
  const wrong = await cli('remove', 'nodejs22.x', '--data', data.path)
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('runtimes remove nodejs22.x')])
})
