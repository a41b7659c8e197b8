import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fixture, startRunner } from './runner.fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await startRunner({ maxInstances: 4 })
})
afterAll(async () => {
  await f[Symbol.asyncDispose]()
})

const python = { runtime: 'python3.12', handler: 'app.handler' }
const spec = (code: string, more: object = {}) => f.spec({ 'app.py': code }, { ...python, ...more })
const run = async (code: string, more: object = {}, event: unknown = {}) => f.run(await spec(code, more), event)

test('the context has what Lambda’s has, the client’s part and an identity included', async () => {
  const code = `def handler(event, context):
    client = context.client_context
    return [type(context).__name__, client.custom, client.env, client.client.app_title, client.client.installation_id,
            context.identity.cognito_identity_id, context.tenant_id, context.memory_limit_in_mb, context.function_version,
            repr(context).startswith('LambdaContext([aws_request_id=')]`
  const clientContext = '{"custom":{"a":1},"env":{"b":"2"},"client":{"app_title":"t"}}'
  const { value } = await f.run(await spec(code), {}, { clientContext })
  expect(value).toEqual(['LambdaContext', { a: 1 }, { b: '2' }, 't', null, null, null, '256', '$LATEST', true])
})

test('answers: numbers of DynamoDB are numbers, bytes are the answer as they are', async () => {
  const decimals = `from decimal import Decimal
def handler(event, context):
    return {'whole': Decimal('3'), 'part': Decimal('1.50'), 'big': Decimal('12345678901234567890')}`
  const outcome = await run(decimals)
  expect(Buffer.from(outcome.payload).toString()).toBe('{"whole": 3, "part": 1.5, "big": 12345678901234567890}')
  expect((await run("def handler(e, c):\n  return b'[1]'")).value).toEqual([1])
  const { value } = await run('def handler(e, c):\n  return {"at": {1}}')
  expect(value).toMatchObject({
    errorType: 'Runtime.MarshalError',
    errorMessage: 'Unable to marshal response: Object of type set is not JSON serializable',
    stackTrace: [],
  })
})

test('an event that is no JSON is an error, not the end of the instance', async () => {
  const made = await spec('def handler(e, c):\n  return 1')
  const outcome = await f.runner.run(made, { requestId: randomUUID(), payload: Buffer.from('{') })
  expect(JSON.parse(Buffer.from(outcome.payload).toString())).toMatchObject({ errorType: 'Runtime.UnmarshalError' })
  expect((await f.run(made)).initMs).toBeUndefined()
})

test('handlers in packages and folders are found, built-in modules are none', async () => {
  const files = {
    'pkg/__init__.py': '',
    'pkg/sub/app.py': 'from pkg import other\ndef handler(e, c):\n  return other.x',
    'pkg/other.py': 'x = 6',
  }
  expect((await f.run(await f.spec(files, { ...python, handler: 'pkg/sub/app.handler' }))).value).toBe(6)
  expect((await f.run(await f.spec(files, { ...python, handler: 'pkg.sub.app.handler' }))).value).toBe(6)
  expect((await run('', { handler: 'sys.exit' })).value).toMatchObject({
    errorType: 'Runtime.BuiltInModuleConflict',
    errorMessage: 'Cannot use built-in module sys as a handler module',
  })
})

test('an exit while loading, or with a message, ends the process as Python does', async () => {
  expect((await run('import sys\nsys.exit(3)')).value).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringContaining('exit status 3'),
  })
  const { value, lines } = await run('import sys\ndef handler(e, c):\n  sys.exit("that is it")')
  expect(value).toMatchObject({ errorMessage: expect.stringContaining('exit status 1') })
  expect(lines).toContain('that is it')
})

test('bytes that are printed are lines like any others, whatever their pieces', async () => {
  const code = `import sys
def handler(e, c):
    for piece in (b'z', b'w\\xc3', b'\\xb6lf\\n', b'last'):
        sys.stdout.buffer.write(piece)
    sys.stdout.flush()`
  const { lines } = await run(code)
  expect(lines).toEqual(expect.arrayContaining(['zwölf', 'last']))
})

test('functions may format their logs themselves', async () => {
  const code = `import logging
logging.getLogger().handlers[0].setFormatter(logging.Formatter('%(levelname)s|%(aws_request_id)s|%(message)s'))
def handler(event, context):
    logging.getLogger().error('mine')`
  const requestId = randomUUID()
  const { lines } = await f.run(await spec(code), {}, { requestId })
  expect(lines).toContain(`ERROR|${requestId}|mine`)
})

test('JSON logs have the level asked for, what extra brings, and exceptions in fields', async () => {
  const code = `import logging, os
log = logging.getLogger('orders')
def handler(event, context):
    log.debug('hidden')
    log.info('seen %s', 1, extra={'order': 7})
    try:
        {}['k']
    except KeyError:
        log.exception('failed')
    print(os.environ['AWS_LAMBDA_LOG_LEVEL'])
    raise ValueError('end')`
  const { lines } = await run(code, { logFormat: 'JSON', applicationLogLevel: 'INFO' })
  const own = lines.filter((line) => line.includes('"level"')).map((line) => JSON.parse(line) as object)
  expect(own).toMatchObject([
    { level: 'INFO', message: 'seen 1', logger: 'orders', order: 7, requestId: expect.any(String) },
    {
      level: 'ERROR',
      message: 'failed',
      errorType: 'KeyError',
      errorMessage: "'k'",
      stackTrace: expect.any(Array),
      location: expect.stringMatching(/app\.py:handler:9$/),
    },
    { level: 'ERROR', errorType: 'ValueError', errorMessage: 'end' },
  ])
  expect(Object.keys(own[0] ?? {})).toEqual(['timestamp', 'level', 'message', 'logger', 'requestId', 'order'])
  expect(lines).toContain('INFO')
})

test('memory that no control group bounds is refused beyond the room for threads, before anybody looks at it', async () => {
  await using bare = await startRunner({ isolation: false })
  // Never touched, so that it is never held.
  const code = `def handler(event, context):
    return len(bytearray(event['mb'] << 20)) >> 20`
  const own = await bare.spec({ 'app.py': code }, { ...python, memoryMb: 256 })
  expect((await bare.run(own, { mb: 200 })).value).toBe(200)
  expect((await bare.run(own, { mb: 1_000 })).value).toMatchObject({ errorType: 'MemoryError' })
})
