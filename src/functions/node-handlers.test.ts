import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fixture, startRunner } from './runner.fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await startRunner({ maxInstances: 4 })
})
afterAll(async () => {
  await f[Symbol.asyncDispose]()
})

const before24 = { runtime: 'nodejs22.x' }
const file = (source: string) => ({ 'index.js': source })
const handler = (body: string) => file(`exports.handler = ${body}`)
const run = async (files: Record<string, string>, more: object = {}, event: unknown = {}) =>
  f.run(await f.spec(files, more), event)

describe('up to Node 22', () => {
  test('callback(error), done, succeed and fail answer at once; what is left goes on with the next request', async () => {
    const spec = await f.spec(
      handler(`(event, context, callback) => {
        if (event.how === 'seen') return void context.succeed(globalThis.seen ?? 'unset')
        // Longer than a test waits: an answer does not wait for it.
        const timer = setTimeout(() => {}, 60_000)
        setTimeout(() => { clearTimeout(timer); globalThis.seen = event.how }, 20)
        const error = new RangeError('no')
        if (event.how === 'error') callback(error)
        if (event.how === 'done') context.done(null, 'd')
        if (event.how === 'fail') context.fail(error)
        if (event.how === 'nothing') context.fail()
        context.succeed('second')
      }`),
      before24,
    )
    expect((await f.run(spec, { how: 'error' })).value).toMatchObject({ errorType: 'RangeError', errorMessage: 'no' })
    expect((await f.run(spec, { how: 'done' })).value).toBe('d')
    expect((await f.run(spec, { how: 'fail' })).value).toMatchObject({ errorType: 'RangeError' })
    expect((await f.run(spec, { how: 'nothing' })).value).toEqual({
      errorType: 'string',
      errorMessage: 'handled',
      trace: [],
    })
    await expect.poll(async () => (await f.run(spec, { how: 'seen' })).value).toBe('nothing')
  })

  test('a returned value that is no promise is not the answer, and no answer at all is null', async () => {
    expect((await run(handler("() => 'x'"), before24)).value).toBeNull()
    expect((await run(handler('() => new Promise(() => {})'), before24)).value).toBeNull()
    const late = handler("(event, context, callback) => { setTimeout(() => callback(null, 'late'), 20) }")
    expect((await run(late, before24)).value).toBe('late')
  })

  test('an async function whose promise never settles is told so', async () => {
    const { value } = await run(handler('async () => { await new Promise(() => {}) }'), before24)
    expect(value).toMatchObject({
      errorType: 'Runtime.NodeJsExit',
      errorMessage: expect.stringContaining('a Promise that was never settled'),
    })
  })

  test('an answer that cannot be written is a plain Error', async () => {
    const { value, error } = await run(handler('async () => 1n'), before24)
    expect(error).toBe('Unhandled')
    expect(value).toMatchObject({ errorType: 'Error', errorMessage: 'Unable to stringify response body' })
  })
})

describe('from Node 24 on', () => {
  test('what is returned is the answer, and nothing is waited for beyond it', async () => {
    expect((await run(handler("() => 'x'"))).value).toBe('x')
    const { value, lines } = await run(handler("async () => { setTimeout(() => console.log('later'), 200); return 1 }"))
    expect(value).toBe(1)
    expect(lines.join()).not.toContain('later')
  })

  test('callbacks are refused, and the context has none', async () => {
    const { value } = await run(handler('(event, context, callback) => callback(null, 1)'))
    expect(value).toMatchObject({ errorType: 'Runtime.CallbackHandlerDeprecated' })
    const context = handler('async (event, context) => Object.keys(context).concat(typeof context.done)')
    const keys = (await run(context)).value as string[]
    expect(keys).toContain('getRemainingTimeInMillis')
    expect(keys).not.toContain('callbackWaitsForEmptyEventLoop')
    expect(keys.at(-1)).toBe('undefined')
  })

  test('TypeScript is run as it is', async () => {
    const files = { 'index.ts': 'export const handler = async (event: { n: number }): Promise<number> => event.n + 1' }
    expect((await run({ ...files, 'package.json': '{"type":"module"}' }, {}, { n: 1 })).value).toBe(2)
  })
})

describe('where a handler is', () => {
  test.each([
    ['a nested export in a folder', { 'src/a.js': 'exports.b = { handler: async () => 1 }' }, 'src/a.b.handler', 1],
    ['a CommonJS file by its ending', { 'a.cjs': 'exports.handler = async () => 2' }, 'a.handler', 2],
    ['a default export', { 'a.mjs': 'export default { handler: async () => 3 }' }, 'a.handler', 3],
    ['a folder', { 'a/index.js': 'exports.handler = async () => 4' }, 'a.handler', 4],
    [
      'a module in node_modules',
      { 'node_modules/w/dist/h.js': 'exports.handler = async () => 5' },
      'node_modules/w/dist/h.handler',
      5,
    ],
  ])('%s', async (_name, files, name, answer) => {
    expect((await run(files as Record<string, string>, { handler: name })).value).toBe(answer)
  })

  test.each([
    ['index', 'Runtime.MalformedHandlerName', 'Bad handler'],
    ['../x.handler', 'Runtime.MalformedHandlerName', "'../x.handler' is not a valid handler name."],
    ['nope.handler', 'Runtime.ImportModuleError', "Error: Cannot find module 'nope'"],
  ])('%s is refused', async (name, errorType, message) => {
    const { value } = await run(handler('async () => 1'), { handler: name })
    expect(value).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) })
  })

  test('a package that a module imports and that is not there is an Error with a code, as from Node', async () => {
    const { value, lines } = await run({ 'index.mjs': "import 'nope'; export const handler = 1" })
    expect(value).toMatchObject({
      errorType: 'Error',
      errorMessage: expect.stringContaining("Cannot find package 'nope'"),
    })
    expect(lines.join('\n')).toContain('"code":"ERR_MODULE_NOT_FOUND"')
  })
})

describe('errors', () => {
  test('of any kind are described, and logged with what else they hold', async () => {
    const { value, lines } = await run(
      handler(`async () => {
        throw Object.assign(new TypeError('bad'), { code: 'E_BAD', detail: { n: 1 }, inner: new Error('why') })
      }`),
    )
    expect(value).toMatchObject({ errorType: 'TypeError', errorMessage: 'bad' })
    expect(Object.keys(value as object)).toEqual(['errorType', 'errorMessage', 'trace'])
    const logged = lines.find((line) => line.includes('\tERROR\tInvoke Error \t')) ?? ''
    expect(JSON.parse(logged.split('\t').at(-1) ?? '')).toMatchObject({
      errorType: 'TypeError',
      code: 'E_BAD',
      detail: { n: 1 },
      inner: { errorType: 'Error', errorMessage: 'why' },
      stack: expect.arrayContaining(['TypeError: bad']),
    })
    expect((await run(handler('async () => { throw { a: 1 } }'))).value).toEqual({
      errorType: 'object',
      errorMessage: '[object Object]',
      trace: [],
    })
  })

  test('traces lead to TypeScript where NODE_OPTIONS asks for source maps', async () => {
    // Line 1 of the code is line 3 of the source.
    const map = { version: 3, sources: ['src/orders.ts'], names: [], mappings: 'AAEA' }
    const files = {
      'index.js': "exports.handler = async () => { throw new Error('mapped') }\n//# sourceMappingURL=index.js.map\n",
      'index.js.map': JSON.stringify(map),
    }
    const trace = async (more: object) => ((await run(files, more)).value as { trace: string[] }).trace.join('\n')
    expect(await trace({})).toMatch(/index\.js:1:/)
    expect(await trace({ environment: { NODE_OPTIONS: '--enable-source-maps' } })).toMatch(/src\/orders\.ts:3:1/)
  })

  test('that nobody waits for end the instance, also between two requests', async () => {
    const spec = await f.spec(
      handler(`async (event) => {
        if (event.after) setTimeout(() => { throw new Error('loose') }, 10)
        if (event.reject) { Promise.reject({ toString: () => 'odd' }); await new Promise((done) => setTimeout(done, 1000)) }
        return process.pid
      }`),
    )
    const first = await f.run(spec, { after: true })
    expect(first.error).toBeUndefined()
    await expect.poll(async () => (await f.run(spec)).initMs !== undefined).toBe(true)
    const { value } = await f.run(spec, { reject: true })
    expect(value).toMatchObject({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'odd' })
  })
})

test('bytes that are printed are lines like any others, whatever their pieces', async () => {
  const { lines } = await run(
    handler(`async () => {
      for (const piece of [[0x7a, 0x77, 0xc3], [0xb6, 0x6c, 0x66, 10], [0x78]]) process.stdout.write(Buffer.from(piece))
    }`),
  )
  expect(lines).toEqual(expect.arrayContaining(['zwölf', 'x']))
})

test('JSON logs: one value stays a value, errors have their fields, several values become text', async () => {
  const { lines } = await run(
    handler(`async () => {
      console.log('text')
      console.info({ a: [1] })
      console.warn(new RangeError('alone'))
      console.error('with', new TypeError('more'), 7)
      const loop = {}; loop.loop = loop
      console.log(loop)
      console.fatal('%s is %d', 'a', 1)
      console.debug('hidden')
      throw new Error('thrown')
    }`),
    { logFormat: 'JSON', applicationLogLevel: 'INFO' },
  )
  const own = lines.map((line) => JSON.parse(line)).filter((entry) => 'level' in entry)
  expect(own[0]).toMatchObject({ level: 'INFO', message: 'text', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  expect(own.slice(1)).toMatchObject([
    { level: 'INFO', message: { a: [1] } },
    { level: 'WARN', message: { errorType: 'RangeError', errorMessage: 'alone', stackTrace: expect.any(Array) } },
    {
      level: 'ERROR',
      errorType: 'TypeError',
      errorMessage: 'more',
      message: expect.stringMatching(/^with TypeError: more/),
    },
    { level: 'INFO', message: expect.stringContaining('[Circular *1]') },
    { level: 'FATAL', message: 'a is 1' },
    { level: 'ERROR', message: { errorType: 'Error', errorMessage: 'thrown' } },
  ])
  expect(own).toHaveLength(7)
})

test('options that Node does not start with are the function’s failure, and its log has what Node said', async () => {
  const spec = await f.spec(handler('async () => 1'), { environment: { NODE_OPTIONS: '--nope' } })
  const { error, value, lines } = await f.run(spec)
  expect(error).toBe('Unhandled')
  expect(value).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 9$/),
  })
  expect(lines.join('\n')).toMatch(/--nope is not allowed in NODE_OPTIONS/)
})
