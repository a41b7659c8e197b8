import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signalProcess } from './kill-user.ts'
import { type Fixture, programsNamed, startRunner } from './runner.fixture.ts'

/** How often each is tried: LANDFALL_KILLS=500 is the long run. */
const rounds = Number(process.env.LANDFALL_KILLS ?? 4)

const read = (pid: number, name: string) => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return '' // it has ended
  }
}

/** Processes below this one that wait for a function: the program has not been given a title of its own yet. */
function waiting(): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  const parents = new Map(pids.map((pid) => [pid, Number(read(pid, 'stat').replace(/^.*\)/s, '').split(' ')[2])]))
  const isOurs = (pid: number): boolean => pid === process.pid || (pid > 1 && isOurs(parents.get(pid) ?? 0))
  const above = new Set(parents.values())
  return pids.filter((pid) => !above.has(pid) && isOurs(pid) && /\/node\.mjs\0/.test(read(pid, 'cmdline')))
}
const kill = (pids: readonly number[]) => {
  for (const pid of pids) signalProcess(pid, 'SIGKILL')
}

const source = (title: string) => `process.title = '${title}'
let calls = 0
exports.handler = async ({ die }) => {
  console.log('ran')
  if (die) process.kill(process.pid, 'SIGKILL')
  return ++calls
}`

describe.each([
  ['in a sandbox', {}],
  ['without one', { isolation: false }],
])('%s', (_where, options) => {
  let f: Fixture
  beforeAll(async () => {
    f = await startRunner(options)
  })
  afterAll(() => f[Symbol.asyncDispose]())

  test('a process that waits for a function and is killed costs no request', async () => {
    const files = { 'index.js': source('landfall-taken') }
    await f.run(await f.spec(files))
    for (let round = 0; round < rounds; round += 1) {
      await expect.poll(() => waiting().length, { interval: 5 }).toBe(1)
      // One that is still starting is waited for, and its end heard of.
      await sleep(100)
      const spec = await f.spec(files)
      const taken = {
        ...spec,
        // Read as the plan is made, and then a process is taken: nothing is heard in between.
        get ephemeralStorageMb() {
          kill(waiting())
          return spec.ephemeralStorageMb
        },
      }
      expect((await f.run(taken)).value).toBe(1)
      f.runner.retire(spec.functionArn)
    }
  })

  test('so does an instance that is killed while it has nothing to do, frozen or not', async () => {
    const title = 'landfall-killed-idle'
    const spec = await f.spec({ 'index.js': source(title) })
    await f.run(spec)
    for (let round = 0; round < rounds; round += 1) {
      expect((await f.run(spec)).value).toBe(2)
      if (round % 4 === 3) await sleep(150)
      kill(await programsNamed(title))
      if (round % 2 === 1) await sleep(round % 5)
      const { value, lines } = await f.run(spec)
      expect(value).toBe(1)
      expect(lines.filter((line) => line.endsWith('ran'))).toHaveLength(1)
    }
  })

  test('one that was given its event is not given it again, wherever it ends', async () => {
    const title = 'landfall-given'
    const spec = await f.spec({ 'index.js': source(title) })
    const { value, lines } = await f.run(spec, { die: true })
    expect(value).toMatchObject({ errorType: 'Runtime.ExitError' })
    expect(lines.filter((line) => line.endsWith('ran'))).toHaveLength(1)
    // Too large to be sent at once: killed before, within and after it.
    const event = { padding: 'x'.repeat(3_000_000) }
    for (let round = 0; round < rounds; round += 1) {
      await f.run(spec)
      const [pids, running] = [await programsNamed(title), f.run(spec, event)]
      await sleep(round % 12)
      kill(pids)
      const { lines, error } = await running
      const ran = lines.filter((line) => line.endsWith('ran')).length
      if (error) expect(ran).toBeLessThanOrEqual(1)
      else expect(ran).toBe(1)
    }
  })
})
