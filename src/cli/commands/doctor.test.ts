import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { HostLayers } from '../../doctor.ts'
import { runCli } from '../run.ts'

async function doctor(...argv: string[]) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const code = await runCli(['doctor', ...argv], { stdout, stderr, signal: new AbortController().signal })
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), err: await text(stderr) }
}

test('says what keeps functions apart, layer by layer, and fails where nothing does', async () => {
  const { code, out, err } = await doctor('--json')
  expect(err).toBe('')
  const { isolation, layers } = JSON.parse(out) as HostLayers
  expect(code).toBe(isolation.kind === 'none' ? 1 : 0)
  expect(layers.map(({ name }) => name)).toEqual([
    ...['user namespaces', 'bubblewrap', 'seccomp filter', 'a user per instance', 'memory limit'],
    ...['processor share'],
    ...['freezing when idle', 'network of its own', 'files', 'container images'],
  ])
  const active = (name: string) => layers.find((layer) => layer.name === name)?.active
  expect(layers.every(({ detail }) => detail.length > 0)).toBe(true)
  // A sandbox is all three of them, or none.
  for (const name of ['user namespaces', 'bubblewrap', 'seccomp filter'])
    expect({ name, active: active(name) }).toEqual({ name, active: isolation.kind === 'bubblewrap' })
  // Those of root alone, where nftables are.
  if (process.getuid?.() !== 0) expect(active('network of its own')).toBe(false)
})

test('as text: a line for the whole, one for each layer, and what would give more', async () => {
  const { isolation, layers } = JSON.parse((await doctor('--json')).out) as HostLayers
  const { out } = await doctor()
  const lines = out.split('\n')
  expect(lines[0]).toBe(`isolation ${isolation.kind}: ${isolation.reason}`)
  for (const { name, active } of layers)
    expect(lines.some((line) => line.startsWith(`  ${active ? '+' : '-'} ${name}`))).toBe(true)
  for (const { next } of layers) if (next) expect(out).toContain(next)
})
