import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpIntegration, type ResponseSink } from '../kernel/functions.ts'
import { type Fixture, startRunner } from './runner.fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await startRunner({ maxInstances: 4 })
})
afterAll(async () => {
  await f[Symbol.asyncDispose]()
})

const streams = (body: string) => ({
  'index.js': `const { Readable } = require('node:stream')
    const { pipeline } = require('node:stream/promises')
    const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
    exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {${body}})`,
})

/** Keeps what comes; with `hold` it takes no more until let go. */
function collector() {
  const chunks: Buffer[] = []
  const seen = { type: '', bytes: 0 }
  let held: PromiseWithResolvers<void> | undefined
  const sink: ResponseSink = {
    start({ contentType }) {
      seen.type = contentType
    },
    write(chunk) {
      chunks.push(Buffer.from(chunk))
      seen.bytes += chunk.length
      return held?.promise
    },
  }
  return {
    sink,
    seen,
    text: () => Buffer.concat(chunks).toString('utf8'),
    hold() {
      held = Promise.withResolvers()
    },
    release() {
      held?.resolve()
      held = undefined
    },
  }
}

/** Runs a function whose payload is no JSON. */
async function run(body: string, sink?: ResponseSink, more: object = {}, event: unknown = {}) {
  const spec = await f.spec(streams(body), more)
  const lines: string[] = []
  const outcome = await f.runner.run(spec, {
    requestId: crypto.randomUUID(),
    payload: Buffer.from(JSON.stringify(event)),
    onLog: (_stream, batch) => lines.push(...batch.map((one) => one.message)),
    ...(sink && { response: sink }),
  })
  return { ...outcome, text: Buffer.from(outcome.payload).toString('utf8'), lines }
}

test('a stream comes in pieces, with its type, and the log is whole before its end', async () => {
  const to = collector()
  const outcome = await run(
    "stream.setContentType('text/plain'); stream.write('a'); await sleep(5); console.log('between'); stream.write(new Uint8Array([98])); stream.write({ c: 1 }); stream.end()",
    to.sink,
  )
  expect(to.text()).toBe('ab{"c":1}')
  expect(to.seen.type).toBe('text/plain')
  expect(outcome).toMatchObject({ text: '', streamed: { contentType: 'text/plain' } })
  expect(outcome.error).toBeUndefined()
  expect(outcome.lines.join('\n')).toContain('between')
})

test('metadata goes ahead of the first write, and its type can no longer be changed', async () => {
  const to = collector()
  const outcome = await run(
    `stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, cookies: ['a=1'] })
     stream.write('body')
     try { stream.setContentType('x/y') } catch (error) { stream.write(error.name + ': ' + error.message) }
     stream.end()`,
    to.sink,
  )
  expect(to.seen.type).toBe(httpIntegration)
  expect(to.text()).toBe(
    `{"statusCode":201,"cookies":["a=1"]}${'\0'.repeat(8)}bodyRuntime.InvalidStreamingOperation: Cannot set content-type, too late.`,
  )
  expect(outcome.error).toBeUndefined()
})

test('who takes slowly holds the function up, which holds no more than a little', async () => {
  const to = collector()
  to.hold()
  const running = run(
    `let made = 0
     await pipeline(Readable.from((function* () { for (; made < 200; made += 1) yield Buffer.alloc(100_000, 1) })()), stream)
     console.log('rss ' + process.memoryUsage().rss)`,
    to.sink,
    { memoryMb: 512 },
  )
  while (to.seen.bytes === 0) await sleep(5)
  await sleep(200)
  // What is in pipes and sockets; not the 20 MB.
  expect(to.seen.bytes).toBeLessThan(3_000_000)
  to.release()
  expect((await running).error).toBeUndefined()
  expect(to.seen.bytes).toBe(20_000_000)
})

test('without anyone to take it, a stream is gathered, and bounded as other answers', async () => {
  const short = await run("stream.end('whole')")
  expect(short).toMatchObject({ text: 'whole', streamed: { contentType: 'application/octet-stream' } })
  const long = await run("stream.end('x'.repeat(6_291_557))")
  expect(JSON.parse(long.text)).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' })
  expect(long.error).toBe('Unhandled')
})

test('errors before the first byte are errors alone; later ones break the stream off', async () => {
  const before = collector()
  const first = await run("throw new TypeError('early')", before.sink)
  expect(JSON.parse(first.text)).toMatchObject({ errorType: 'TypeError', errorMessage: 'early' })
  expect(before.seen).toEqual({ type: '', bytes: 0 })
  expect(first.streamed).toBeUndefined()
  const after = collector()
  const later = await run("stream.write('some'); throw new RangeError('late')", after.sink)
  expect(after.text()).toBe('some')
  expect(later).toMatchObject({ error: 'Unhandled', streamed: {} })
  expect(JSON.parse(later.text)).toMatchObject({ errorType: 'RangeError', errorMessage: 'late' })
  const piped = collector()
  const source = await run(
    "await pipeline(Readable.from((function* () { yield 'one'; throw new Error('source') })()), stream)",
    piped.sink,
  )
  expect(JSON.parse(source.text)).toMatchObject({ errorMessage: 'source' })
})

test('time that is up, and an exit, end a stream where it is', async () => {
  const slow = collector()
  const timedOut = await run("stream.write('begun'); await sleep(10_000)", slow.sink, { timeoutMs: 2_000 })
  expect(slow.text()).toBe('begun')
  expect(JSON.parse(timedOut.text)).toMatchObject({ errorType: 'Sandbox.Timedout' })
  const gone = collector()
  const exited = await run("stream.write('begun', () => process.exit(3)); await sleep(10_000)", gone.sink)
  expect(gone.text()).toBe('begun')
  expect(JSON.parse(exited.text)).toMatchObject({ errorType: 'Runtime.ExitError' })
  const open = collector()
  const never = await run("stream.write('open')", open.sink, { timeoutMs: 400 })
  expect(JSON.parse(never.text)).toMatchObject({ errorType: 'Sandbox.Timedout' })
})

test('an instance serves streams one after another, and drops what an earlier one still writes', async () => {
  const spec = await f.spec(
    streams(
      "if (event.keep) globalThis.kept = stream; else globalThis.kept?.write?.('stale'); stream.end('n' + event.n)",
    ),
  )
  const texts: string[] = []
  for (const event of [{ n: 1, keep: true }, { n: 2 }, { n: 3 }]) {
    const to = collector()
    const { error } = await f.runner.run(spec, {
      requestId: crypto.randomUUID(),
      payload: Buffer.from(JSON.stringify(event)),
      response: to.sink,
    })
    expect(error).toBeUndefined()
    texts.push(to.text())
  }
  expect(texts).toEqual(['n1', 'n2', 'n3'])
})

test('handlers that are no streams as Lambda knows them fail in its words', async () => {
  const sync = await f.spec({ 'index.js': 'exports.handler = awslambda.streamifyResponse(() => 1)' })
  expect((await f.run(sync)).value).toMatchObject({ errorMessage: 'Streaming does not support non-async handlers.' })
  const both = await f.spec({
    'index.js':
      "exports.handler = async () => 1; exports.handler[Symbol.for('aws.lambda.runtime.handler.streaming')] = 'request'",
  })
  expect((await f.run(both)).value).toMatchObject({ errorType: 'Runtime.MalformedStreamingHandler' })
})

test('a function may stream 200 MB and no more', async () => {
  let bytes = 0
  const sink: ResponseSink = {
    start: () => undefined,
    write(chunk) {
      bytes += chunk.length
      return undefined
    },
  }
  const outcome = await run(
    `const piece = Buffer.alloc(1_048_576)
     await pipeline(Readable.from((function* () { for (let n = 0; n <= event.mb; n += 1) yield n < event.mb ? piece : Buffer.alloc(1) })()), stream)`,
    sink,
    { memoryMb: 512, timeoutMs: 60_000 },
    { mb: 200 },
  )
  expect(JSON.parse(outcome.text)).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' })
  expect(bytes).toBe(200 * 1_048_576)
})
