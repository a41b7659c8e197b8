import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, type Fixture, startRunner, zipOf } from '../../src/functions/runner.fixture.ts'
import type { LogLine } from '../../src/kernel/telemetry.ts'
import { handlers, layerOf, speaks, wellBehaved } from './extension.fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await startRunner()
})
afterAll(() => f[Symbol.asyncDispose]())

const withExtensions = async (files: Record<string, string>, runtime = 'nodejs24.x', more = {}) => {
  const make = handlers[runtime]
  if (!make) throw new Error(runtime)
  const extensions = Object.fromEntries(Object.entries(files).map(([name, text]) => [`extensions/${name}`, text]))
  return make(f, { layers: [await layerOf(f, extensions)], timeoutMs: 8_000, ...more })
}

// Each waits more than it computes.
describe.each(Object.keys(handlers))('extensions beside %s', (runtime) => {
  test.concurrent('register, are told of each invocation, and hold its end up until they are done', async ({
    expect,
  }) => {
    const slow = wellBehaved.replace(
      '    if event["eventType"]',
      '    time.sleep(0.3); say(name, "done")\n    if event["eventType"]',
    )
    const spec = await withExtensions({ one: wellBehaved, two: slow }, runtime)
    const requestId = '11111111-2222-3333-4444-555555555555'
    const first = await f.run(spec, { a: 1 }, { requestId, traceId: 'Root=1-2-3' })
    expect(first.value).toEqual({ a: 1 })
    const text = first.lines.join('\n')
    expect(text).toMatch(
      /one registered 200 {"functionName": "f-\w+", "functionVersion": "\$LATEST", "handler": "[\w.]+"}/,
    )
    expect(text).toMatch(/EXTENSION\tName: one\tState: Ready\tEvents: \[INVOKE, SHUTDOWN\]/)
    expect(text).toMatch(/EXTENSION\tName: two\tState: Ready/)
    const [event] = /(?<=one got ){.*}(?= as 36)/.exec(text) ?? []
    expect(JSON.parse(event ?? '')).toEqual({
      eventType: 'INVOKE',
      deadlineMs: expect.any(Number),
      requestId,
      invokedFunctionArn: spec.functionArn,
      tracing: { type: 'X-Amzn-Trace-Id', value: 'Root=1-2-3' },
    })
    // All that is said is said within the invocation.
    expect(text).toMatch(/handling[\s\S]*two done[\s\S]*END RequestId/)
    const second = await f.run(spec, { fail: 'on purpose' })
    expect(second.value).toMatchObject({ errorMessage: 'on purpose' })
    expect(second.lines.join('\n')).toMatch(/one got[\s\S]*two done/)
    expect(second.lines.join('\n')).not.toContain('registered')
  })

  test.concurrent('one that fails while it starts, or crashes later, is what the caller hears of', async ({
    expect,
  }) => {
    const failing = `${speaks}
id = register(["INVOKE"])[1]["Lambda-Extension-Identifier"]
say(call("POST", ext + "/init/error", {"errorMessage": "no licence", "errorType": "x"}, {"Lambda-Extension-Identifier": id, "Lambda-Extension-Function-Error-Type": "Extension.NoLicence"})[0])
sys.exit(1)`
    const notStarted = await f.run(await withExtensions({ failing }, runtime))
    expect(notStarted.value).toMatchObject({
      errorType: 'Extension.NoLicence',
      errorMessage: expect.stringContaining('no licence'),
    })
    const early = await f.run(await withExtensions({ early: `${speaks}\nsys.exit(7)` }, runtime))
    expect(early.value).toMatchObject({
      errorType: 'Extension.Crash',
      errorMessage: expect.stringContaining('exit status 7'),
    })
    const crashing = `${speaks}
id = register(["INVOKE"])[1]["Lambda-Extension-Identifier"]
next_event(id)
sys.exit(3)`
    const crashed = await f.run(await withExtensions({ crashing }, runtime), { ms: 2_000 })
    expect(crashed.error).toBe('Unhandled')
    expect(crashed.value).toMatchObject({
      errorType: 'Extension.Crash',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: exit status 3$/),
    })
  })

  test.concurrent('are told when the runtime fails, and when time is up', async ({ expect }) => {
    const spec = await withExtensions({ watching: wellBehaved }, runtime, { timeoutMs: 1_000 })
    const exited = await f.run(spec, { exit: 5 })
    expect(exited.value).toMatchObject({ errorType: 'Runtime.ExitError' })
    expect(exited.lines.join('\n')).toMatch(
      /watching got {"eventType": "SHUTDOWN", "shutdownReason": "failure", "deadlineMs": \d+}/,
    )
    const late = await f.run(spec, { ms: 5_000 })
    expect(late.value).toMatchObject({ errorType: 'Sandbox.Timedout' })
    expect(late.lines.join('\n')).toMatch(/watching got {"eventType": "SHUTDOWN", "shutdownReason": "timeout"/)
  })
})

describe('extensions', () => {
  test.each(['uid', false] as const)('work without a sandbox too (isolation: %s)', async (isolation) => {
    await using bare = await startRunner({ isolation })
    const spec = await handlers['python3.13']?.(bare, {
      layers: [await layerOf(bare, { 'extensions/one': wellBehaved })],
    })
    if (!spec) throw new Error('no handler')
    const { value, lines } = await bare.run(spec, { a: 1 })
    expect(value).toEqual({ a: 1 })
    expect(lines.join('\n')).toMatch(/one registered 200[\s\S]*one got/)
  })

  test('see all of a function that prints much and answers much, which loses nothing by it', async () => {
    const layers = [await layerOf(f, { 'extensions/one': wellBehaved })]
    const spec = await f.spec(
      {
        'index.js': `exports.handler = async ({ lines, bytes }) => {
          for (let i = 0; i < lines; i += 1) console.log('line ' + i + ' ' + 'x'.repeat(200))
          return 'y'.repeat(bytes)
        }`,
      },
      { layers },
    )
    const { value, lines } = await f.run(spec, { lines: 20_000, bytes: 6_000_000 })
    expect(value).toBe('y'.repeat(6_000_000))
    expect(lines.filter((line) => /\tline \d+ x{200}$/.test(line))).toHaveLength(20_000)
  })

  test('one that gives up says why, and may ask for the account', async () => {
    const leaving = `${speaks}
_, headers, body = register(["INVOKE"], more={"Lambda-Extension-Accept-Feature": "accountId"})
say("account", body["accountId"])
id = headers["Lambda-Extension-Identifier"]
next_event(id)
say("without a type", call("POST", ext + "/exit/error", {}, {"Lambda-Extension-Identifier": id})[0])
call("POST", ext + "/exit/error", {"errorMessage": "no more room"}, {"Lambda-Extension-Identifier": id, "Lambda-Extension-Function-Error-Type": "Extension.Full"})
sys.exit(1)`
    const { value, lines } = await f.run(await withExtensions({ leaving }), { ms: 2_000 })
    expect(value).toMatchObject({
      errorType: 'Extension.Full',
      errorMessage: expect.stringMatching(/Error: no more room$/),
    })
    expect(lines).toEqual(expect.arrayContaining(['account 000000000000', 'without a type 400']))
    expect(lines.join('\n')).toMatch(
      /EXTENSION\tName: leaving\tState: Exited\tEvents: \[INVOKE\]\tError Type: Extension\.Full/,
    )
  })

  test('a runtime that a signal ends has ended by that signal', async () => {
    await using bare = await startRunner({ isolation: false })
    const script =
      '#!/bin/sh\ncurl -sS "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"\nkill -TERM $$\n'
    const spec = await bare.zipSpec(await zipOf({ bootstrap: script }, 0o100755), { runtime: 'provided.al2023' })
    expect((await bare.run(spec)).value).toMatchObject({ errorMessage: expect.stringMatching(/signal: terminated$/) })
  })

  test.concurrent('have two seconds to end after the last invocation, and are ended then', async ({ expect }) => {
    await using bare = await startRunner({ isolation: false, idleMs: 1_000 })
    const path = join(bare.dir, 'said')
    const stubborn = `${speaks}
id = register(["SHUTDOWN"])[1]["Lambda-Extension-Identifier"]
event = next_event(id)[2]
open("${path}", "w").write(json.dumps([os.getpid(), event]))
time.sleep(60)`
    const node = handlers['nodejs24.x']
    const spec = await node?.(bare, { layers: [await layerOf(bare, { 'extensions/stubborn': stubborn })] })
    if (!spec) throw new Error('no handler')
    await bare.run(spec)
    bare.clock.advance(2_000)
    await expect.poll(() => readFile(path, 'utf8').catch(() => '')).toContain('SHUTDOWN')
    const [pid, event] = JSON.parse(await readFile(path, 'utf8')) as [number, object]
    expect(event).toMatchObject({ eventType: 'SHUTDOWN', shutdownReason: 'spindown' })
    await ended(pid)
  })

  test.concurrent.for([
    ['external', true],
    ['internal', false],
  ] as const)(
    '%s ones let the runtime end by itself: SIGTERM, and SIGKILL for one that does not',
    async ([_kind, external], { expect }) => {
      await using bare = await startRunner({ isolation: false, idleMs: 1_000 })
      const path = join(bare.dir, 'told')
      const source = `import { writeFileSync } from 'node:fs'
process.on('SIGTERM', () => writeFileSync('${path}', 'SIGTERM ' + process.pid))
setInterval(() => {}, 1000)
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension/'
const headers = { 'Lambda-Extension-Name': 'own' }
if (!${external}) {
  const registered = await fetch(api + 'register', { method: 'POST', headers, body: '{"events":[]}' })
  const id = registered.headers.get('lambda-extension-identifier')
  fetch(api + 'event/next', { headers: { 'Lambda-Extension-Identifier': id } }).catch(() => {})
}
export const handler = async () => 1`
      const layers = external ? [await layerOf(bare, { 'extensions/one': wellBehaved })] : []
      await bare.run(await bare.spec({ 'index.mjs': source }, { layers }))
      bare.clock.advance(2_000)
      await expect.poll(() => readFile(path, 'utf8').catch(() => '')).toMatch(/SIGTERM \d+/)
      await ended(Number((await readFile(path, 'utf8')).split(' ')[1]))
    },
  )

  test.concurrent('one that is not done when time is up ends the instance, whose caller has had the answer', async ({
    expect,
  }) => {
    const hanging = `${speaks}
id = register(["INVOKE"])[1]["Lambda-Extension-Identifier"]
next_event(id)
time.sleep(60)`
    const spec = await withExtensions({ hanging }, 'nodejs24.x', { timeoutMs: 1_000 })
    const outcome = await f.run(spec, { a: 1 })
    expect(outcome).toMatchObject({ value: { a: 1 } })
    expect(outcome.error).toBeUndefined()
    const { error, durationMs } = (await outcome.finished) ?? {}
    expect([error, durationMs]).toEqual(['Unhandled', 1_000])
    expect(outcome.lines.join('\n')).toMatch(/Task timed out after 1\.00 seconds[\s\S]*REPORT.*Status: timeout/)
    expect((await f.run(spec)).initMs).toBeDefined()
  })

  test.concurrent('one that goes on delays no answer, and the instance’s next request', async ({ expect }) => {
    // It waits for a file that comes when the answer is there: who answers later would never answer.
    await using bare = await startRunner({ isolation: false })
    const path = join(bare.dir, 'go-on')
    const slow = `${speaks}
id = register(["INVOKE"])[1]["Lambda-Extension-Identifier"]
while next_event(id):
    while not os.path.exists("${path}"): time.sleep(0.01)
    say("went on")`
    const layers = [await layerOf(bare, { 'extensions/slow': slow })]
    const spec = await handlers['nodejs24.x']?.(bare, { layers })
    if (!spec) throw new Error('no handler')
    const lines: string[] = []
    const request = {
      requestId: '11111111-2222-3333-4444-555555555555',
      payload: Buffer.from('{"a":1}'),
      onLog: (_stream: string, batch: readonly LogLine[]) => void lines.push(...batch.map((one) => one.message)),
    }
    const answered = await bare.runner.run(spec, request)
    expect(Buffer.from(answered.payload).toString()).toBe('{"a":1}')
    // It is not idle: the next request is another instance's.
    const other = bare.run(spec, { other: true })
    await expect.poll(() => bare.runner.count(spec.functionArn)).toBeGreaterThanOrEqual(2)
    await expect.poll(() => lines.join('\n')).toContain('handling')
    expect(lines.join('\n')).not.toMatch(/went on|END RequestId/)
    await writeFile(path, '')
    const whole = await answered.finished
    expect(whole?.billedMs).toBeGreaterThanOrEqual(answered.billedMs)
    await expect.poll(() => lines.join('\n')).toMatch(/went on\nEND RequestId[\s\S]*REPORT/)
    expect((await other).value).toEqual({ other: true })
  })

  test.concurrent('one that never registers, or never asks for its first event, is waited for as long as loading may take', async ({
    expect,
  }) => {
    await using quick = await startRunner({ initLimitMs: 300 })
    for (const text of ['time.sleep(60)', 'register([]); time.sleep(60)']) {
      const layers = [await layerOf(quick, { 'extensions/mute': `${speaks}\n${text}` })]
      const spec = await handlers['nodejs24.x']?.(quick, { layers, timeoutMs: 500 })
      if (!spec) throw new Error('no handler')
      expect((await quick.run(spec)).value).toMatchObject({ errorType: 'Sandbox.Timedout' })
    }
  })

  test('one that cannot be run is named', async () => {
    const spec = await withExtensions({ broken: '#!/no/such/program\n' })
    expect((await f.run(spec)).value).toMatchObject({ errorType: 'Extension.LaunchError' })
  })

  test.concurrent('of a function itself register from within, while it loads, ten at most', async ({ expect }) => {
    const spec = await f.spec({
      'index.mjs': `
        const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API
        const call = async (path, headers, body) => {
          const answer = await fetch(api + '/2020-01-01/extension/' + path, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) })
          return [answer.status, (await answer.json()).errorType, answer.headers.get('lambda-extension-identifier')]
        }
        const register = (name, events = ['INVOKE'], more = {}) => call('register', { ...(name && { 'Lambda-Extension-Name': name }), ...more }, { events })
        const said = {}
        said.noName = await register('')
        said.shutdown = await register('own', ['SHUTDOWN'])
        said.event = await register('own', ['SLEEP'])
        const own = await register('own')
        said.own = own[0]
        said.twice = await register('own')
        said.missing = await call('event/next', {})
        said.invalid = await call('event/next', { 'Lambda-Extension-Identifier': 'x' })
        said.unknown = await call('event/next', { 'Lambda-Extension-Identifier': '11111111-2222-3333-4444-555555555555' })
        const others = []
        for (let i = 2; i <= 10; i += 1) others.push(await register('own-' + i, []))
        said.others = others.map(([status]) => status)
        said.tooMany = await register('own-11', [])
        const events = []
        const wait = async (id) => {
          for (;;) {
            const answer = await fetch(api + '/2020-01-01/extension/event/next', { headers: { 'Lambda-Extension-Identifier': id } })
            events.push((await answer.json()).eventType)
          }
        }
        for (const [, , id] of [own, ...others]) wait(id).catch(() => {})
        export const handler = async () => {
          await new Promise((resolve) => setTimeout(resolve, 50))
          return { ...said, late: await register('late'), events }
        }`,
    })
    const { value } = await f.run(spec)
    expect(value).toEqual({
      noName: [403, 'Extension.InvalidExtensionName', null],
      shutdown: [403, 'ShutdownEventNotSupportedForInternalExtension', null],
      event: [403, 'Extension.InvalidEventType', null],
      own: 200,
      twice: [403, 'Extension.InvalidExtensionState', null],
      missing: [403, 'Extension.MissingExtensionIdentifier', null],
      invalid: [403, 'Extension.InvalidExtensionIdentifier', null],
      unknown: [403, 'Extension.UnknownExtensionIdentifier', null],
      others: Array(9).fill(200),
      tooMany: [403, 'Extension.TooManyExtensions', null],
      late: [403, 'Extension.RegistrationClosed', null],
      events: ['INVOKE'],
    })
  })

  test('a wrapper script starts the runtime with its own arguments and environment', async () => {
    const layer = await layerOf(f, { wrap: '#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n' })
    const environment = { AWS_LAMBDA_EXEC_WRAPPER: '/opt/wrap' }
    const js = { 'index.js': 'exports.handler = async () => process.env.WRAPPED' }
    const py = { 'index.py': 'import os\ndef handler(e, c): return os.environ["WRAPPED"]' }
    expect((await f.run(await f.spec(js, { layers: [layer], environment }))).value).toBe('yes')
    expect((await f.run(await f.spec(py, { runtime: 'python3.13', layers: [layer], environment }))).value).toBe('yes')
  })
})
