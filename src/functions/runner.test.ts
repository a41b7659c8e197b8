import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, type Fixture, programsNamed, startRunner, zipOf } from './runner.fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await startRunner({ maxInstances: 8, initLimitMs: 1500 })
})
afterAll(async () => {
  await f[Symbol.asyncDispose]()
})

const node = (body: string) => ({ 'index.js': `exports.handler = ${body}` })
const isRoot = process.getuid?.() === 0

describe('Node handlers', () => {
  test('get the event and answer with what they return', async () => {
    const spec = await f.spec(node('async (event) => ({ got: event })'))
    const { value, error } = await f.run(spec, { a: [1, 'ä'] })
    expect(value).toEqual({ got: { a: [1, 'ä'] } })
    expect(error).toBeUndefined()
  })

  test('answer null for undefined; fail with a promise that nothing will settle', async () => {
    expect((await f.run(await f.spec(node('async () => undefined')))).value).toBeNull()
    const never = await f.run(await f.spec(node('async () => new Promise(() => {})')))
    expect(never).toMatchObject({ error: 'Unhandled', value: { errorType: 'Runtime.NodeJsExit' } })
  })

  test('may be in folders, be modules with top-level await, or be nested exports', async () => {
    const nested = await f.spec(
      { 'src/a/b.js': 'exports.api = { get: async () => __filename }' },
      { handler: 'src/a/b.api.get' },
    )
    expect((await f.run(nested)).value).toMatch(/\/src\/a\/b\.js$/)
    const esm = await f.spec({
      'index.mjs': 'const v = await Promise.resolve(7); export const handler = async () => [v, import.meta.filename]',
    })
    expect((await f.run(esm)).value).toEqual([7, expect.stringMatching(/index\.mjs$/)])
    const typed = await f.spec({
      'package.json': '{"type":"module"}',
      'index.js': 'const v = await 8; export const handler = () => Promise.resolve(v)',
    })
    expect((await f.run(typed)).value).toBe(8)
  })

  test('may answer through the callback up to Node 22: once the event loop is empty, or at once when told so', async () => {
    const before24 = { runtime: 'nodejs22.x' }
    const waits = await f.spec(
      node("(event, context, callback) => { callback(null, 'x'); setTimeout(() => console.log('later'), 30) }"),
      before24,
    )
    const waited = await f.run(waits)
    expect(waited.value).toBe('x')
    expect(waited.lines.join()).toContain('later')
    const quick = await f.spec(
      node(`(event, context, callback) => {
        context.callbackWaitsForEmptyEventLoop = false
        setInterval(() => {}, 1000)
        callback(null, 'y')
      }`),
      before24,
    )
    expect((await f.run(quick)).value).toBe('y')
    const failing = await f.spec(node("(event, context, callback) => callback(new TypeError('no'))"), before24)
    expect(await f.run(failing)).toMatchObject({
      error: 'Unhandled',
      value: { errorType: 'TypeError', errorMessage: 'no' },
    })
    const done = await f.spec(node("(event, context) => context.succeed({ via: 'context' })"), before24)
    expect((await f.run(done)).value).toEqual({ via: 'context' })
  })

  test('see the whole context', async () => {
    const spec = await f.spec(
      node(
        'async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID })',
      ),
      { functionName: 'ctx', memoryMb: 192 },
    )
    const requestId = randomUUID()
    const invokedArn = `${spec.functionArn}:live`
    const { value, logStream } = await f.run(
      spec,
      {},
      {
        requestId,
        invokedArn,
        clientContext: '{"custom":{"a":1}}',
        traceId: 'Root=1-2',
      },
    )
    expect(value).toMatchObject({
      functionName: 'ctx',
      functionVersion: '$LATEST',
      memoryLimitInMB: '192',
      awsRequestId: requestId,
      invokedFunctionArn: invokedArn,
      logGroupName: '/aws/lambda/ctx',
      logStreamName: logStream,
      clientContext: { custom: { a: 1 } },
      trace: 'Root=1-2',
    })
    expect(logStream).toMatch(/^\d{4}\/\d{2}\/\d{2}\/\[\$LATEST\][0-9a-f]{32}$/)
    const { left } = value as { left: number }
    expect(left > 0 && left <= 10_000).toBe(true)
  })

  test('get the SDK that Lambda brings, by require and by import, as user code would name it', async () => {
    const cjs = await f.spec(node("async () => require('@aws-sdk/client-sqs').SQSClient.name"))
    expect((await f.run(cjs)).value).toBe('SQSClient')
    const seen: string[] = []
    await using server = createServer((request, response) => {
      seen.push(String(request.headers['x-amz-security-token']), String(request.headers.authorization))
      response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"QueueUrls":["one"]}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    // Of the host's loopback an instance reaches the node's endpoint alone.
    await using g = await startRunner({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    const esm = await g.spec({
      'index.mjs': `import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
          export const handler = async () => (await new SQSClient({}).send(new ListQueuesCommand({}))).QueueUrls`,
    })
    expect((await g.run(esm)).value).toEqual(['one'])
    expect(seen[0]).toBe('token')
    expect(seen[1]).toContain('Credential=ASIAEXAMPLE/')
    const other = await f.spec(node("async () => require('lmdb')"))
    expect((await f.run(other)).error).toBe('Unhandled')
  })

  test('see their environment and nothing of ours', async () => {
    process.env.LANDFALL_TEST_SECRET = 'never'
    try {
      const spec = await f.spec(node('async () => ({ ...process.env })'), {
        environment: { STAGE: 'dev', NODE_OPTIONS: '--stack-trace-limit=5' },
      })
      const { value } = await f.run(spec)
      expect(value).toMatchObject({
        STAGE: 'dev',
        AWS_REGION: 'us-east-1',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
        _HANDLER: 'index.handler',
        TZ: ':UTC',
      })
      expect(value).not.toHaveProperty('LANDFALL_TEST_SECRET')
      const limit = await f.spec(node('async () => Error.stackTraceLimit'), {
        environment: { NODE_OPTIONS: '--stack-trace-limit=5' },
      })
      expect((await f.run(limit)).value).toBe(5)
    } finally {
      delete process.env.LANDFALL_TEST_SECRET
    }
  })

  test('are warm the second time, one request at a time', async () => {
    const spec = await f.spec({
      'index.js':
        'let n = 0; let busy = 0; exports.handler = async () => { const b = busy++; await new Promise(r => setTimeout(r, 20)); busy--; return [++n, b] }',
    })
    const first = await f.run(spec)
    expect(first.initMs).toBeGreaterThan(0)
    expect(first.value).toEqual([1, 0])
    const many = await Promise.all(Array.from({ length: 20 }, () => f.run(spec)))
    expect(many.every(({ value }) => (value as number[])[1] === 0)).toBe(true)
    expect(many.some(({ initMs }) => initMs === undefined)).toBe(true)
    expect(f.runner.count(spec.functionArn)).toBeLessThanOrEqual(8)
  })
})

describe('failures', () => {
  test('of the handler come back as Lambda writes them, and are logged', async () => {
    const spec = await f.spec(node("async () => { throw new RangeError('too far') }"))
    const { value, error, lines, tail } = await f.run(spec)
    expect(error).toBe('Unhandled')
    expect(value).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far' })
    expect((value as { trace: string[] }).trace[0]).toBe('RangeError: too far')
    expect(lines.find((line) => line.includes('\tERROR\tInvoke Error \t{"errorType":"RangeError"'))).toBeDefined()
    expect(tail).toContain('END RequestId')
    const text = await f.run(await f.spec(node("async () => { throw 'plain' }")))
    expect(text.value).toEqual({ errorType: 'string', errorMessage: 'plain', trace: [] })
    expect((await f.run(spec)).value).toMatchObject({ errorType: 'RangeError' })
  })

  test.each([
    ['a file that is not there', { 'other.js': '' }, 'Runtime.ImportModuleError', "Error: Cannot find module 'index'"],
    [
      'a package that is not there',
      { 'index.js': "require('nope')" },
      'Runtime.ImportModuleError',
      "Cannot find module 'nope'",
    ],
    [
      'an export that is not there',
      { 'index.js': 'exports.other = 1' },
      'Runtime.HandlerNotFound',
      'index.handler is undefined',
    ],
    [
      'an export that is no function',
      { 'index.js': 'exports.handler = 1' },
      'Runtime.HandlerNotFound',
      'is not a function',
    ],
    ['a syntax error', { 'index.js': 'exports.handler = (' }, 'Runtime.UserCodeSyntaxError', 'SyntaxError'],
    ['an error while loading', { 'index.js': "throw new TypeError('at load')" }, 'TypeError', 'at load'],
    ['an exit while loading', { 'index.js': 'process.exit(3)' }, 'Runtime.ExitError', 'exit status 3'],
  ])('to load: %s', async (_name, files, errorType, message) => {
    const { value, error, lines, maxMemoryMb } = await f.run(await f.spec(files as Record<string, string>))
    expect(error).toBe('Unhandled')
    expect(value).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) })
    expect(lines.some((line) => line.startsWith('REPORT RequestId'))).toBe(true)
    expect(maxMemoryMb).toBeGreaterThan(10)
    // One that has ended by itself may leave nothing to be read.
    if (errorType !== 'Runtime.ExitError') expect(maxMemoryMb).toBeLessThan(256)
  })

  test('to load in time count against the request', async () => {
    const spec = await f.spec(
      { 'index.mjs': 'await new Promise((r) => setInterval(() => {}, 1000)); export const handler = 1' },
      { timeoutMs: 300 },
    )
    const { value } = await f.run(spec)
    expect(value).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/timed out after 0\.30 seconds$/),
    })
  })

  test('a response that cannot be written, or is too large', async () => {
    const circular = await f.run(await f.spec(node('async () => { const a = {}; a.a = a; return a }')))
    expect(circular.value).toMatchObject({
      errorType: 'Runtime.JSONStringifyError',
      errorMessage: 'Unable to stringify response body',
    })
    const large = await f.run(await f.spec(node("async () => 'x'.repeat(6291556)")))
    expect(large.value).toMatchObject({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    })
    const fits = await f.run(await f.spec(node("async () => 'x'.repeat(6291554)")))
    expect((fits.value as string).length).toBe(6_291_554)
  })

  test('that end the process: an exit, an uncaught error, an unhandled rejection; the next request is served', async () => {
    const spec = await f.spec(
      node(`async (event) => {
        if (event.exit !== undefined) process.exit(event.exit)
        if (event.uncaught) { setTimeout(() => { throw new Error('loose') }, 0); await new Promise(() => {}) }
        if (event.rejection) { Promise.reject(new Error('forgotten')); await new Promise((r) => setTimeout(r, 1000)) }
        return 'fine'
      }`),
    )
    expect((await f.run(spec, { exit: 1 })).value).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: .* Error: Runtime exited with error: exit status 1$/),
    })
    expect((await f.run(spec, { exit: 0 })).value).toMatchObject({
      errorMessage: expect.stringMatching(/Runtime exited without providing a reason$/),
    })
    expect((await f.run(spec, { uncaught: true })).value).toMatchObject({ errorType: 'Error', errorMessage: 'loose' })
    expect((await f.run(spec, { rejection: true })).value).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'Error: forgotten',
    })
    expect((await f.run(spec)).value).toBe('fine')
  })
})

describe('what a function may use', () => {
  test('time: one that never answers is ended, with what it started', async () => {
    const spec = await f.spec(
      node(`async () => {
        process.title = 'landfall-time'
        const options = { argv0: 'landfall-time-child', detached: true, stdio: 'ignore' }
        console.log('child ' + require('child_process').spawn('sleep', ['1000'], options).pid)
        for (;;) {}
      }`),
      { timeoutMs: 2_000 },
    )
    const { value, lines, durationMs, error } = await f.run(spec)
    expect(error).toBe('Unhandled')
    expect(value).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]+ Error: Task timed out after 2\.00 seconds$/),
    })
    expect(durationMs).toBe(2_000)
    expect(lines.some((line) => line.includes('Task timed out after 2.00 seconds'))).toBe(true)
    expect(lines.at(-1)).toContain('Status: timeout')
    expect(lines.join('\n')).toMatch(/child \d+/)
    // Only a sandbox or a user of its own lets us find what left the process group.
    if (f.runner.isolation.kind !== 'none') expect(await programsNamed('landfall-time')).toEqual([])
  })

  test('memory: one that allocates without end is killed, and the node stays small', async () => {
    const spec = await f.spec(
      node(
        'async () => { const held = []; for (;;) { held.push(Buffer.alloc(4_000_000, 1)); await new Promise(setImmediate) } }',
      ),
      { memoryMb: 128 },
    )
    const before = process.memoryUsage().rss
    const { value, error } = await f.run(spec)
    expect(error).toBe('Unhandled')
    expect(value).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('Runtime exited with error: signal: killed'),
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000)
  })

  test('output: one that prints a gigabyte is slowed, its log is cut, and others do not notice', async () => {
    const spec = await f.spec(
      node(
        "async () => { const line = 'x'.repeat(100_000); for (let i = 0; i < 10_000; i++) console.log(line); return 'printed' }",
      ),
      { timeoutMs: 4000 },
    )
    const other = await f.spec(node('async () => 1'))
    let kept = 0
    const before = process.memoryUsage().rss
    const printing = f.runner.run(spec, {
      requestId: randomUUID(),
      payload: Buffer.from('{}'),
      onLog: (_stream, batch) => {
        for (const { message } of batch) kept += message.length
      },
    })
    for (let i = 0; i < 20; i += 1) expect((await f.run(other)).value).toBe(1)
    const outcome = await printing
    expect(outcome.error).toBe('Unhandled')
    expect(kept).toBeLessThan(17_000_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
    expect(Buffer.byteLength(outcome.tail)).toBeLessThanOrEqual(4096)
  })

  test('lines: what is printed past the console is kept, and one line is at most 256 KB', async () => {
    const spec = await f.spec(
      node(`async () => {
        process.stdout.write('one\\ntw'); process.stdout.write('o\\nrest')
        process.stderr.write('err\\n')
        require('child_process').execSync('echo from-child', { stdio: 'inherit' })
        console.log('y'.repeat(300_000))
      }`),
    )
    const { lines } = await f.run(spec)
    expect(lines).toEqual(expect.arrayContaining(['one', 'two', 'rest', 'err', 'from-child']))
    expect(Math.max(...lines.map((line) => line.length))).toBe(262_144)
  })

  test('descriptors: only its own', async () => {
    const spec = await f.spec(
      node(`async () => {
        const fs = require('fs')
        return fs.readdirSync('/proc/self/fd').flatMap((fd) => { try { return [fs.readlinkSync('/proc/self/fd/' + fd)] } catch { return [] } })
      }`),
    )
    const names = (await f.run(spec)).value as string[]
    expect(names.filter((name) => name.startsWith('/') && name !== '/dev/null')).toEqual([])
    expect(names.filter((name) => name.startsWith('socket:')).length).toBeLessThanOrEqual(4)
  })

  test('a program that writes nonsense to the channel is ended', async () => {
    const spec = await f.spec(
      node(
        "async () => { require('fs').writeSync(3, Buffer.alloc(64, 255)); await new Promise((r) => setTimeout(r, 5000)) }",
      ),
    )
    expect((await f.run(spec)).value).toMatchObject({ errorType: 'Runtime.ExitError' })
  })
})

describe.runIf(isRoot)('users of their own, where there is no sandbox', () => {
  let f: Fixture
  beforeAll(async () => {
    f = await startRunner({ isolation: 'uid' })
  })
  afterAll(() => f[Symbol.asyncDispose]())

  test('instances cannot read the node, each other, or write their code', async () => {
    expect(f.runner.isolation.kind).toBe('uid')
    await mkdir(join(f.dir, 'data'), { mode: 0o700 })
    await writeFile(join(f.dir, 'data', 'secret'), 'secret')
    const body = `async (event) => {
      const fs = require('fs')
      const attempt = (fn) => { try { fn(); return 'done' } catch (error) { return error.code } }
      fs.writeFileSync('/tmp/mine', 'x')
      return {
        uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(),
        tmp: fs.readdirSync('/tmp'),
        secret: attempt(() => fs.readFileSync(event.secret)),
        code: attempt(() => fs.writeFileSync(__filename, '')),
        root: attempt(() => process.setuid(0)),
        environ: attempt(() => fs.readFileSync('/proc/' + event.node + '/environ')),
        signal: attempt(() => process.kill(event.node, 0)),
        store: attempt(() => fs.readdirSync(require('path').dirname(process.env.LAMBDA_TASK_ROOT))),
        privileges: /NoNewPrivs:\\s+(\\d)/.exec(fs.readFileSync('/proc/self/status', 'latin1'))?.[1],
        capabilities: /CapBnd:\\s+(\\w+)/.exec(fs.readFileSync('/proc/self/status', 'latin1'))?.[1],
      }
    }`
    const event = { secret: join(f.dir, 'data', 'secret'), node: process.pid }
    const [one, two] = await Promise.all([
      f.run(await f.spec(node(body)), event),
      f.run(await f.spec(node(body)), event),
    ])
    const first = one.value as Record<string, unknown>
    const second = two.value as Record<string, unknown>
    expect(first.uid).not.toBe(second.uid)
    expect(first.uid).toBeGreaterThan(1000)
    expect(first).toMatchObject({
      gid: first.uid,
      code: 'EACCES',
      root: 'EPERM',
      environ: 'EACCES',
      signal: 'EPERM',
      store: 'EACCES',
      privileges: '1',
    })
    expect(['EACCES', 'ENOENT']).toContain(first.secret)
    expect(first.groups).toEqual([first.gid])
    expect(Number.parseInt(first.capabilities as string, 16)).toBe(0)
  })
})

describe('the life of instances', () => {
  test('an update ends idle ones; busy ones finish their request first', async () => {
    const spec = await f.spec(
      node(`async (event) => {
        process.title = 'landfall-update'
        await new Promise((r) => setTimeout(r, event.ms ?? 0))
        return 'finished'
      }`),
    )
    await f.run(spec)
    expect(f.runner.count(spec.functionArn)).toBe(1)
    const [pid] = await programsNamed('landfall-update')
    const busy = f.run(spec, { ms: 200 })
    f.runner.retire(spec.functionArn)
    expect((await busy).value).toBe('finished')
    await ended(pid as number)
    const next = await f.run({ ...spec, version: '2' })
    expect(next.initMs).toBeGreaterThan(0)
  })

  test('one without work ends when the clock passes its idle time, or its credentials near their end', async () => {
    const spec = await f.spec(
      node("async () => { process.title = 'landfall-idle'; return globalThis.calls = (globalThis.calls ?? 0) + 1 }"),
    )
    expect((await f.run(spec)).value).toBe(1)
    const [first] = await programsNamed('landfall-idle')
    f.clock.advance(11 * 60_000)
    await ended(first as number)
    expect((await f.run(spec)).value).toBe(1)
    let issued = 0
    const short = await f.spec(node('async () => process.env.AWS_ACCESS_KEY_ID'), {
      credentials: async () => {
        issued += 1
        return {
          accessKeyId: `ASIA${issued}`,
          secretAccessKey: 's',
          sessionToken: 't',
          expiresAtMs: f.clock.nowMs() + 120_000,
        }
      },
    })
    expect((await f.run(short)).value).toBe('ASIA1')
    expect((await f.run(short)).value).toBe('ASIA1')
    f.clock.advance(60_000)
    expect((await f.run(short)).value).toBe('ASIA2')
  })

  test('credentials that cannot be had reject the request, since that is not the function’s doing', async () => {
    const spec = await f.spec(node('async () => 1'), {
      credentials: () => Promise.reject(new Error('The role defined for the function cannot be assumed by Lambda.')),
    })
    await expect(f.run(spec)).rejects.toThrow('cannot be assumed')
    expect(f.runner.count(spec.functionArn)).toBe(0)
  })

  test('a package that is no zip fails the request', async () => {
    const { value, error } = await f.run(await f.zipSpec(Buffer.from('not a zip')))
    expect(error).toBe('Unhandled')
    expect(value).toMatchObject({ errorType: 'InvalidZipFileException' })
  })

  test('more functions than there is room for take turns', async () => {
    const specs = await Promise.all(Array.from({ length: 12 }, (_, i) => f.spec(node(`async () => ${i}`))))
    const values = await Promise.all(specs.map(async (spec) => (await f.run(spec)).value))
    expect(values).toEqual(specs.map((_, i) => i))
    expect(f.runner.count()).toBeLessThanOrEqual(8)
  })

  test('nothing is left when the runner is disposed of, not even a request in flight', async () => {
    const own = await startRunner()
    const spec = await own.spec(
      node(`async () => {
        process.title = 'landfall-disposed'
        console.log('started')
        await new Promise((r) => setTimeout(r, 60_000))
      }`),
    )
    const started = Promise.withResolvers<void>()
    const running = own.runner.run(spec, {
      requestId: randomUUID(),
      payload: Buffer.from('{}'),
      onLog: (_stream, lines) => {
        if (lines.some(({ message }) => message.endsWith('started'))) started.resolve()
      },
    })
    await started.promise
    expect(await programsNamed('landfall-disposed')).toHaveLength(1)
    await own.runner[Symbol.asyncDispose]()
    expect((await running).error).toBe('Unhandled')
    expect(await programsNamed('landfall-disposed')).toEqual([])
    expect(own.runner.count()).toBe(0)
    expect(await readdir(join(own.dir, 'functions', 'code'))).toEqual([])
    await own[Symbol.asyncDispose]()
    const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '')
    expect(mounts).not.toContain(own.dir)
  })
})

test('a node that is killed leaves nothing running', async () => {
  const script = `
    const { startRunner } = await import(${JSON.stringify(new URL('./runner.fixture.ts', import.meta.url).href)})
    const f = await startRunner()
    console.log('dir ' + f.dir)
    const body = 'exports.handler = async () => { process.title = "landfall-killed"; console.log("looping"); for (;;) {} }'
    const files = { 'index.js': body }
    const spec = await f.spec(files, { timeoutMs: 60000 })
    const onLog = (stream, lines) => lines.forEach(({ message }) => console.log(message))
    await f.runner.run(spec, { requestId: 'x', payload: Buffer.from('{}'), onLog })`
  const node = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  for await (const chunk of node.stdout) {
    out += chunk
    if (/looping/.test(out)) break
  }
  const [pid] = await programsNamed('landfall-killed')
  node.kill('SIGKILL')
  await ended(pid as number)
  await rm(/dir (\S+)/.exec(out)?.[1] ?? '', { recursive: true })
})

describe('without isolation, as the node’s own user', () => {
  let own: Fixture
  beforeAll(async () => {
    own = await startRunner({ isolation: false })
  })
  afterAll(() => own[Symbol.asyncDispose]())

  test('functions run, and the reason is told', async () => {
    expect(own.runner.isolation).toEqual({ kind: 'none', reason: expect.stringContaining('--no-isolation') })
    const spec = await own.spec(
      node("async () => { require('fs').writeFileSync(process.env.TMPDIR + '/x', 'x'); return process.getuid() }"),
    )
    expect((await own.run(spec)).value).toBe(process.getuid?.())
    const sdk = await own.spec(node("async () => require('@aws-sdk/client-sqs').SQSClient.name"))
    expect((await own.run(sdk)).value).toBe('SQSClient')
  })

  test('the node’s log says so, once', () => {
    expect(own.warnings).toEqual([{ event: 'functions.not-isolated', fields: { reason: own.runner.isolation.reason } }])
  })

  test('code is CommonJS also where the data folder is inside a package of modules', async () => {
    await writeFile(join(own.dir, 'package.json'), '{ "type": "module" }')
    expect((await own.run(await own.spec(node("async () => typeof require('os')")))).value).toBe('object')
  })

  test('time and memory are limited all the same', async () => {
    const loop = await own.spec(node('async () => { for (;;) {} }'), { timeoutMs: 300 })
    expect((await own.run(loop)).value).toMatchObject({ errorType: 'Sandbox.Timedout' })
    const hungry = await own.spec(
      node(
        'async () => { const held = []; for (;;) { held.push(Buffer.alloc(4_000_000, 1)); await new Promise((r) => setTimeout(r, 5)) } }',
      ),
      { memoryMb: 128 },
    )
    expect((await own.run(hungry)).value).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('signal: killed'),
    })
  })
})

describe('log formats', () => {
  test('text names the time, the request and the level', async () => {
    const spec = await f.spec(
      node("async () => { console.debug('d'); console.warn('w %s', 1); console.error(new Error('e')) }"),
    )
    const requestId = randomUUID()
    const { lines } = await f.run(spec, {}, { requestId })
    expect(lines[0]).toBe(`START RequestId: ${requestId} Version: $LATEST`)
    expect(lines[1]).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\t${requestId}\\tDEBUG\\td$`))
    expect(lines[2]).toContain('\tWARN\tw 1')
    expect(lines[3]).toContain('\tERROR\tError: e')
    expect(lines.at(-2)).toBe(`END RequestId: ${requestId}`)
    expect(lines.at(-1)).toMatch(
      /^REPORT RequestId: .*\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tMax Memory Used: \d+ MB/,
    )
  })

  test('JSON has an object a line, from the level asked for', async () => {
    const spec = await f.spec(
      node("async () => { console.info('i'); console.warn({ a: 1 }); console.error('bad', new TypeError('t')) }"),
      {
        logFormat: 'JSON',
        applicationLogLevel: 'WARN',
      },
    )
    const requestId = randomUUID()
    const { lines } = await f.run(spec, {}, { requestId })
    const entries = lines.map((line) => JSON.parse(line))
    expect(entries).toEqual([
      expect.objectContaining({ type: 'platform.start', record: expect.objectContaining({ requestId }) }),
      expect.objectContaining({ level: 'WARN', requestId, message: { a: 1 } }),
      expect.objectContaining({ level: 'ERROR', errorType: 'TypeError', errorMessage: 't' }),
      expect.objectContaining({ type: 'platform.report', record: expect.objectContaining({ status: 'success' }) }),
    ])
  })
})

describe('Python handlers', () => {
  const python = { runtime: 'python3.12', handler: 'app.handler' }

  test('get event and context, and their prints and logs are kept', async () => {
    const spec = await f.spec(
      {
        'app.py': `import logging, os
import helper
def handler(event, context):
    print('printed', event['a'])
    logging.getLogger().warning('warned %s', 2)
    return {'id': context.aws_request_id, 'left': context.get_remaining_time_in_millis() > 0, 'name': context.function_name,
            'stage': os.environ['STAGE'], 'helped': helper.value, 'ä': 'ö'}`,
        'helper.py': 'value = 5',
      },
      { ...python, environment: { STAGE: 'dev' }, functionName: 'py' },
    )
    const requestId = randomUUID()
    const { value, lines } = await f.run(spec, { a: 1 }, { requestId })
    expect(value).toEqual({ id: requestId, left: true, name: 'py', stage: 'dev', helped: 5, ä: 'ö' })
    expect(lines).toContain('printed 1')
    expect(
      lines.find((line) => line.startsWith('[WARNING]\t') && line.endsWith(`\t${requestId}\twarned 2`)),
    ).toBeDefined()
    expect((await f.run(spec, { a: 2 })).initMs).toBeUndefined()
  })

  test.each([
    ['an exception', 'def handler(e, c):\n  raise ValueError("no")', 'ValueError', 'no'],
    [
      'a module that cannot be imported',
      'import nothing_here',
      'Runtime.ImportModuleError',
      "Unable to import module 'app': No module named 'nothing_here'",
    ],
    ['a handler that is not there', 'x = 1', 'Runtime.HandlerNotFound', "Handler 'handler' missing on module 'app'"],
    ['a syntax error', 'def handler(', 'Runtime.UserCodeSyntaxError', "Syntax error in module 'app'"],
    [
      'an answer that is no JSON',
      'def handler(e, c):\n  return {1, 2}',
      'Runtime.MarshalError',
      'Unable to marshal response',
    ],
    ['an exit', 'import sys\ndef handler(e, c):\n  sys.exit(4)', 'Runtime.ExitError', 'exit status 4'],
  ])('fail as Lambda’s do: %s', async (_name, code, errorType, message) => {
    const { value, error } = await f.run(await f.spec({ 'app.py': code }, python))
    expect(error).toBe('Unhandled')
    expect(value).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) })
  })

  test('have a traceback of their own frames', async () => {
    const spec = await f.spec(
      { 'app.py': 'def inner():\n  raise KeyError("k")\ndef handler(e, c):\n  inner()' },
      python,
    )
    const { value, lines } = await f.run(spec)
    const { stackTrace } = value as { stackTrace: string[] }
    expect(stackTrace).toHaveLength(2)
    expect(stackTrace[0]).toContain('in handler')
    expect(lines.some((line) => line.startsWith('[ERROR] KeyError'))).toBe(true)
  })
})

test('a package of 3,000 files is unpacked once for all instances', async () => {
  const files: Record<string, string> = node('async () => require("./lib/f2999.js")')
  for (let i = 0; i < 3000; i += 1) files[`lib/f${i}.js`] = `module.exports = ${i}`
  const spec = await f.zipSpec(await zipOf(files))
  expect((await f.run(spec)).value).toBe(2999)
})
