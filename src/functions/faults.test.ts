import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cgroupName } from './cgroup.ts'
import { ended, type Fixture, programsNamed, startRunner } from './runner.fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startRunner({ initLimitMs: 400 })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const function_ = (body: string, more = {}) => fixture.spec({ 'index.js': body }, more)
const type = (value: unknown) => (value as { errorType: string }).errorType

/** What a handler does to the platform, what its caller sees, and that another function is served at once. */
async function suffers(body: string, more: object, event: object = {}) {
  const spec = await function_(body, more)
  const other = await function_('exports.handler = async () => "served"')
  const [bad, good] = await Promise.all([fixture.run(spec, event), fixture.run(other)])
  expect(good.value).toBe('served')
  return { ...bad, again: () => fixture.run(spec, { calm: true }) }
}

describe('a handler that', () => {
  test.each([
    [
      'throws where nobody catches',
      'setTimeout(() => { throw new Error("late") }); return new Promise(() => {})',
      /^Error$/,
    ],
    ['exits 0', 'process.exit(0)', /Runtime.ExitError/],
    ['kills itself', 'process.kill(process.pid, "SIGKILL"); return new Promise(() => {})', /Runtime.ExitError/],
    ['never answers and never yields', 'for (;;);', /Sandbox.Timedout/],
    ['prints without end', 'for (;;) console.log("x".repeat(100_000))', /Sandbox.Timedout/],
    // Which descriptors it has is not known: those that are none are no matter.
    [
      'closes its descriptors',
      'for (let fd = 3; fd < 64; fd += 1) try { require("fs").closeSync(fd) } catch {}; return new Promise(() => {})',
      /Sandbox.Timedout|Runtime.ExitError/,
    ],
    [
      'writes garbage to them',
      'for (let fd = 3; fd < 24; fd += 1) try { require("fs").writeSync(fd, Buffer.alloc(5000, 255)) } catch {}; return new Promise(() => {})',
      /Sandbox.Timedout|Runtime.ExitError/,
    ],
  ])('%s is ended, and the next request has another instance', async (_what, body, expected) => {
    const source = `exports.handler = async (event) => { if (event.calm) return 'calm'; ${body} }`
    const { error, value, again } = await suffers(source, { timeoutMs: 1_500 })
    expect(error).toBe('Unhandled')
    expect(type(value)).toMatch(expected)
    expect(await again()).toMatchObject({ value: 'calm' })
  })

  test('answers 100 MB gets the error of the limit, and stays', async () => {
    const source = `exports.handler = async ({ calm }) => calm ? 'calm' : 'x'.repeat(100_000_000)`
    const { value, again } = await suffers(source, { memoryMb: 1024 })
    expect(type(value)).toBe('Function.ResponseSizeTooLarge')
    expect(await again()).toMatchObject({ value: 'calm' })
  })

  test('answers twice has answered once', async () => {
    const source = `exports.handler = (event, context, callback) => {
      context.callbackWaitsForEmptyEventLoop = false
      callback(null, event.n)
      callback(null, 'again')
      setTimeout(() => callback(null, 'late'), 5)
    }`
    const spec = await function_(source, { runtime: 'nodejs22.x' })
    for (const n of [1, 2, 3]) expect((await fixture.run(spec, { n })).value).toBe(n)
  })

  test('leaks is ended at its memory, and begins anew', async () => {
    const source = `const kept = []
    exports.handler = async ({ calm }) => {
      if (calm) return kept.length
      for (;;) { kept.push(Buffer.alloc(8_000_000, 1)); await new Promise(setImmediate) }
    }`
    const { error, again } = await suffers(source, { memoryMb: 128, timeoutMs: 8_000 })
    expect(error).toBe('Unhandled')
    expect(await again()).toMatchObject({ value: 0 })
  })

  test('fills /tmp meets its end there, and the host does not', async () => {
    const source = `const fs = require('fs')
    exports.handler = async ({ calm }) => {
      if (calm) return 'calm'
      try { for (let i = 0; ; i += 1) fs.writeFileSync('/tmp/' + i, Buffer.alloc(16_000_000, 1)) }
      catch (error) { return error.code }
    }`
    const { value, again } = await suffers(source, { memoryMb: 256, ephemeralStorageMb: 512, timeoutMs: 9_000 })
    if (fixture.runner.isolation.kind === 'bubblewrap') expect(value).toBe('ENOSPC')
    expect((await again()).error).toBeUndefined()
  })

  test('opens files without end has no more than 1,024, and serves on once it has closed them', async () => {
    const source = `const fs = require('fs'), open = []
    exports.handler = async ({ calm }) => {
      if (calm) return 'calm'
      try { for (;;) open.push(fs.openSync('/dev/null')) }
      catch (error) { return [error.code, Math.max(...open), open.splice(0).forEach((fd) => fs.closeSync(fd))] }
    }`
    const { value, again } = await suffers(source, {})
    expect(value).toEqual(['EMFILE', 1023, null])
    expect(await again()).toMatchObject({ value: 'calm' })
  })

  test('leaves children behind has none when its instance ends', async () => {
    const spec = await function_(`const { spawn } = require('child_process')
    exports.handler = async () => {
      for (let i = 0; i < 5; i += 1) spawn('sleep', ['7654.25'], { detached: true, stdio: 'ignore' }).unref()
    }`)
    await fixture.run(spec)
    const left = await programsNamed('sleep\x007654.25')
    expect(left).toHaveLength(5)
    fixture.runner.retire(spec.functionArn)
    await Promise.all(left.map(ended))
  })
})

test('one that closes its channel once it has answered costs the next request nothing', async () => {
  const spec = await function_(
    `exports.handler = async ({ calm }) => {
      if (!calm) setTimeout(() => { for (let fd = 3; fd < 24; fd += 1) try { require('fs').closeSync(fd) } catch {} }, 5)
      return process.uptime()
    }`,
    { timeoutMs: 300_000 },
  )
  await fixture.run(spec)
  await once(AbortSignal.timeout(60), 'abort')
  expect((await fixture.run(spec, { calm: true })).error).toBeUndefined()
})

test('one that prints without a line end is cut into lines', async () => {
  const spec = await function_(
    `const text = 'x'.repeat(1_000_000)
    exports.handler = async () => { for (let n = 0; n < 8; n += 1) process.stdout.write(text); return 'printed' }`,
  )
  const { value, lines } = await fixture.run(spec)
  expect(value).toBe('printed')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(300_000)
})

test('one that says for itself what it has compiled spoils nothing for those that come', async () => {
  const garbage = `const send = (kind, id, text) => {
    const payload = Buffer.from(text), head = Buffer.alloc(9)
    head.writeUInt32BE(payload.length + 5); head[4] = kind; head.writeUInt32BE(id, 5)
    require('fs').writeSync(3, Buffer.concat([head, payload]))
  }
  exports.handler = async () => { for (const text of ['', '{', '\\0'.repeat(99), 'x'.repeat(9999)]) send(23, 0, text); return 'served' }
  ${Array.from({ length: 400 }, (_, i) => `function unused${i}() { return ${i} }`).join('\n')}`
  const spec = await function_(garbage)
  for (const version of ['1', '2', '3']) expect((await fixture.run({ ...spec, version })).value).toBe('served')
})

test('an instance that is killed in the middle fails its request, and the next one has another', async () => {
  const title = 'landfall-killed-in-the-middle'
  const spec = await function_(
    `process.title = '${title}'
  exports.handler = ({ calm }) => calm ? Promise.resolve('calm') : new Promise(() => setInterval(() => {}, 1000))`,
    {
      timeoutMs: 60_000,
    },
  )
  const hung = fixture.run(spec)
  let pids: number[] = []
  while (pids.length === 0) {
    await once(AbortSignal.timeout(20), 'abort')
    pids = await programsNamed(title)
  }
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  expect(type((await hung).value)).toBe('Runtime.ExitError')
  expect((await fixture.run(spec, { calm: true })).value).toBe('calm')
})

test('a program that never loads is tried twice: ahead of the request, and within its time', async () => {
  const spec = await function_('for (;;);', { timeoutMs: 500 })
  const { value, error } = await fixture.run(spec)
  expect(error).toBe('Unhandled')
  expect(type(value)).toBe('Sandbox.Timedout')
})

test('a hundred at once of one function are served, by no more instances than there is room for', async () => {
  const small = await startRunner({ maxInstances: 6 })
  try {
    const spec = await small.spec({ 'index.js': 'exports.handler = async ({ n }) => n' })
    const others = await Promise.all(
      [1, 2, 3].map(() => small.spec({ 'index.js': 'exports.handler = async () => "other"' })),
    )
    const many = Promise.all(Array.from({ length: 100 }, (_, n) => small.run(spec, { n })))
    const few = await Promise.all(others.map((other) => small.run(other)))
    expect(few.map(({ value }) => value)).toEqual(['other', 'other', 'other'])
    expect((await many).map(({ value }) => value)).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(small.runner.count()).toBeLessThanOrEqual(6)
  } finally {
    await small[Symbol.asyncDispose]()
  }
})

test('idle instances are given up while memory is short, and requests are served all the same', async () => {
  let short = false
  const tight = await startRunner({ memoryIsShort: () => short })
  try {
    const specs = await Promise.all([1, 2, 3].map(() => tight.spec({ 'index.js': 'exports.handler = async () => 1' })))
    for (const spec of specs) await tight.run(spec)
    expect(tight.runner.count()).toBe(3)
    short = true
    while (tight.runner.count() > 0) await once(AbortSignal.timeout(20), 'abort')
    expect((await tight.run(specs[0] as (typeof specs)[number])).value).toBe(1)
  } finally {
    await tight[Symbol.asyncDispose]()
  }
})

/** Where the host has control groups of processors, and what one that gets a whole processor when they are scarce has there. */
const [cpuRoot, shareFile, wholeCore] = existsSync('/sys/fs/cgroup/cgroup.controllers')
  ? ['/sys/fs/cgroup', 'cpu.weight', '100']
  : ['/sys/fs/cgroup/cpu', 'cpu.shares', '1024']
const ours = () => readdirSync(cpuRoot).filter((name) => name.startsWith(cgroupName(process.pid, '')))
describe.runIf(existsSync(`${cpuRoot}/cpu.stat`) && process.getuid?.() === 0)('processor time', () => {
  const spin = `exports.handler = async ({ ms }) => {
    const used = process.cpuUsage()
    for (const from = Date.now(); Date.now() - from < ms; );
    const { user, system } = process.cpuUsage(used)
    return (user + system) / 1000 / ms
  }`

  test('is shared out by memory', async () => {
    const spec = await function_(spin, { memoryMb: 1769 })
    await fixture.run(spec, { ms: 1 })
    const shares = ours().flatMap((name) =>
      readdirSync(`${cpuRoot}/${name}`)
        .filter((child) => /^i\d+$/.test(child))
        .map((child) => readFileSync(`${cpuRoot}/${name}/${child}/${shareFile}`, 'utf8').trim()),
    )
    expect(shares).toContain(wholeCore)
  })

  test('is no more than the memory buys, where that is asked for', async () => {
    const exact = await startRunner({ cpu: 'exact' })
    try {
      const spec = await exact.spec({ 'index.js': spin }, { memoryMb: 177 })
      const { value } = await exact.run(spec, { ms: 1_000 })
      expect(value).toBeLessThan(0.3)
    } finally {
      await exact[Symbol.asyncDispose]()
    }
  })
})
