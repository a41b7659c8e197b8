import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fixture, startRunner } from './runner.fixture.ts'

let f: Fixture
beforeAll(async () => {
  // Without a sandbox a function's process id is that of the host.
  f = await startRunner({ isolation: false })
})
afterAll(() => f[Symbol.asyncDispose]())

/** The processes that this one has started: those of functions, and those that wait. Not what bounds their memory. */
const started = () =>
  readdirSync('/proc').flatMap((name) => {
    const read = (of: string) =>
      existsSync(`/proc/${name}/${of}`) ? readFileSync(`/proc/${name}/${of}`, 'latin1') : undefined
    const stat = /^\d+$/.test(name) ? read('stat') : undefined
    const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return parent === process.pid && !read('cmdline')?.startsWith('prlimit') ? [Number(name)] : []
  })

describe.runIf(existsSync('/proc/self/stat'))('processes that wait for a function', () => {
  test('become the next one’s of their kind, whoever’s it is, and never a second one’s', async () => {
    const source = { 'index.js': 'exports.handler = async () => process.pid' }
    const pids: number[] = []
    for (let n = 0; n < 3; n += 1) {
      const spec = await f.spec(source, { environment: { N: String(n) } })
      const waiting = n === 0 ? undefined : started().filter((pid) => !pids.includes(pid))
      const pid = (await f.run(spec)).value as number
      if (waiting) expect(waiting).toContain(pid)
      expect(pids).not.toContain(pid)
      pids.push(pid)
      await expect.poll(() => started().filter((one) => !pids.includes(one)).length).toBe(1)
    }
  })

  test('of another kind are not taken: options of a function’s own are a kind of their own', async () => {
    const spec = await f.spec(
      { 'index.js': 'exports.handler = async () => process.pid' },
      { environment: { NODE_OPTIONS: '--no-warnings' } },
    )
    const waiting = started()
    expect(waiting).not.toContain((await f.run(spec)).value)
  })
})
