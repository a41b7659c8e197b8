import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fixture, programsNamed, startRunner } from './runner.fixture.ts'

/** The state that /proc gives: `T` is stopped. */
async function stateOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => 'State:\tgone')
  return /^State:\s+(\S+)/m.exec(status)?.[1] ?? ''
}
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await once(AbortSignal.timeout(10), 'abort')
}

describe('an instance without work', () => {
  let fixture: Fixture
  beforeAll(async () => {
    fixture = await startRunner()
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const counting = (title: string) => `process.title = '${title}'
    const { spawn } = require('child_process')
    // A session of its own: what leaves the group of processes is stopped all the same.
    const child = spawn('sleep', ['4321.75'], { detached: true, stdio: 'ignore' })
    let ticks = 0
    setInterval(() => { ticks += 1 }, 1).unref()
    exports.handler = async () => { const before = ticks; return { before, after: ticks, child: child.pid } }`

  test('is frozen, what it started included: its timers do not run; it serves the next request all the same', async () => {
    const title = 'landfall-frozen-a'
    const spec = await fixture.spec({ 'index.js': counting(title) })
    await fixture.run(spec)
    const [pid = 0] = await programsNamed(title)
    await until(async () => (await stateOf(pid)) === 'T')
    const processes = await programsNamed('sleep\x004321.75')
    const children = await Promise.all(processes.map(stateOf))
    expect(children).toContain('T')
    const stat = async () => (await readFile(`/proc/${pid}/stat`, 'latin1')).split(' ').slice(13, 15)
    const used = await stat()
    await once(AbortSignal.timeout(100), 'abort')
    expect(await stat()).toEqual(used)
    const again = await fixture.run(spec)
    expect(again.error).toBeUndefined()
    expect(again.initMs).toBeUndefined()
  })

  test('that dies while it is frozen is noticed, and the next request has another', async () => {
    const title = 'landfall-frozen-b'
    const spec = await fixture.spec({ 'index.js': counting(title) })
    await fixture.run(spec)
    const [pid = 0] = await programsNamed(title)
    await until(async () => (await stateOf(pid)) === 'T')
    process.kill(pid, 'SIGKILL')
    await until(async () => fixture.runner.count(spec.functionArn) === 0)
    const again = await fixture.run(spec)
    expect(again.error).toBeUndefined()
    expect(again.initMs).toBeGreaterThan(0)
  })
})
