import { connect } from 'node:net'
import { LambdaClient, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda'
import { expect, test } from 'vitest'
import { startNode } from '../harness.ts'
import { call, makeFunction, makeRole, zipOf } from '../wire/lambda-support.ts'
import { attach, type Debugger, type Paused } from './cdp.ts'

const source = (factor: number) => `exports.handler = async (event) => {
  const doubled = event.n * ${factor}
  return { doubled }
}`
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`

/** Stops in the handler's second line from now on. */
async function breakInHandler(client: Debugger): Promise<void> {
  await client.send('Debugger.enable')
  await client.send('Debugger.setBreakpointByUrl', { lineNumber: 2, urlRegex: '.*/index\\.js$' })
}

/** As someone who looks around for longer than the function may run. */
async function lookAround(client: Debugger, limitMs: number): Promise<unknown> {
  const { callFrames } = await client.event<Paused>('Debugger.paused')
  expect(callFrames[0]?.location.lineNumber).toBe(2)
  await new Promise((resolve) => setTimeout(resolve, limitMs * 1.5))
  const { result } = await client.send<{ result: { value: unknown } }>('Debugger.evaluateOnCallFrame', {
    callFrameId: callFrames[0]?.callFrameId,
    expression: 'doubled',
  })
  await client.send('Debugger.resume')
  return result.value
}

test('a debugger stops a function, looks at it for longer than its time limit, and lets it go on', async () => {
  await using node = await startNode()
  const lambda = node.client(LambdaClient)
  const role = await makeRole(node, 'debugged')
  await makeFunction(lambda, 'debugged', role, source(2), { Timeout: 1 })
  await call(lambda, 'debugged', { n: 1 })
  await using inspection = await node.node.host.functions.inspect(arn('debugged'), 0)

  // Before there is a request there is a process to attach to.
  const client = await attach(inspection.port)
  expect(inspection.attached).toBe(true)
  await breakInHandler(client)
  const answer = call(lambda, 'debugged', { n: 21 }, { LogType: 'Tail' })
  expect(await lookAround(client, 1_000)).toBe(42)
  const { value, log } = await answer
  expect(value).toEqual({ doubled: 42 })
  expect(log).not.toContain('timed out')

  // The process stays, for the next request to be stopped in; requests come one at a time.
  const second = Promise.all([call(lambda, 'debugged', { n: 3 }), call(lambda, 'debugged', { n: 4 })])
  expect(await lookAround(client, 100)).toBe(6)
  expect(await lookAround(client, 100)).toBe(8)
  expect((await second).map(({ value }) => value)).toEqual([{ doubled: 6 }, { doubled: 8 }])
  expect(node.node.host.functions.count(arn('debugged'))).toBe(1)

  // New code is a new process at the same address.
  await lambda.send(
    new UpdateFunctionCodeCommand({ FunctionName: 'debugged', ZipFile: await zipOf({ 'index.js': source(10) }) }),
  )
  await client.gone
  await using again = await attach(inspection.port)
  await breakInHandler(again)
  const changed = call(lambda, 'debugged', { n: 5 })
  expect(await lookAround(again, 100)).toBe(50)
  expect((await changed).value).toEqual({ doubled: 50 })
})

test('the time limit holds while no debugger is attached', async () => {
  await using node = await startNode()
  const lambda = node.client(LambdaClient)
  const role = await makeRole(node, 'alone')
  await makeFunction(lambda, 'alone', role, 'exports.handler = () => new Promise(() => setInterval(() => {}, 1000))', {
    Timeout: 1,
  })
  await using inspection = await node.node.host.functions.inspect(arn('alone'), 0)
  // Asking what there is to attach to is not attaching.
  await fetch(`http://127.0.0.1:${inspection.port}/json/version`)
  const { error, value } = await call(lambda, 'alone')
  expect(error).toBe('Unhandled')
  expect(value).toMatchObject({ errorType: 'Sandbox.Timedout' })
})

test('a function that needs a supervisor runs without a debugger, and says what of it needs one', async () => {
  await using node = await startNode()
  const lambda = node.client(LambdaClient)
  const source = 'exports.handler = async () => process.env.AWS_LAMBDA_RUNTIME_API !== undefined'
  await makeFunction(lambda, 'supervised', await makeRole(node, 'supervised'), source)
  await using inspection = await node.node.host.functions.inspect(arn('supervised'), 0)
  const { problem } = await inspection.ready()
  for (const reason of ['/opt/extensions', 'AWS_LAMBDA_EXEC_WRAPPER', 'AWS_LAMBDA_RUNTIME_API'])
    expect(problem).toContain(reason)
  expect((await call(lambda, 'supervised')).value).toBe(true)
})

/** Stands for debugpy: it listens, and whoever connects is a debugger. */
const listening = `import socket, threading
def listen(address):
    server = socket.create_server(address)
    def serve():
        held = []
        while True:
            held.append(server.accept())
    threading.Thread(target=serve, daemon=True).start()
    return server.getsockname()
`
const sleeping = `import time
def handler(event, context):
    time.sleep(event["seconds"])
    return "awake"
`

test('a Python function is debugged where debugpy is, and says so where it is not', async () => {
  await using node = await startNode()
  const lambda = node.client(LambdaClient)
  const role = await makeRole(node, 'python')
  const make = async (name: string, debugpy: string) => {
    const ZipFile = await zipOf({ 'index.py': sleeping, 'debugpy.py': debugpy })
    await makeFunction(lambda, name, role, '', { Runtime: 'python3.12', Timeout: 1, Code: { ZipFile } })
    return node.node.host.functions.inspect(arn(name), 0)
  }
  await using inspection = await make('snake', listening)
  expect((await call(lambda, 'snake', { seconds: 0 })).value).toBe('awake')
  expect(await inspection.ready()).toMatchObject({ protocol: 'debug-adapter', port: expect.any(Number) })
  const socket = connect(inspection.port, '127.0.0.1')
  await expect.poll(() => inspection.attached).toBe(true)
  expect((await call(lambda, 'snake', { seconds: 1.5 })).value).toBe('awake')
  socket.destroy()
  await expect.poll(() => inspection.attached).toBe(false)
  expect((await call(lambda, 'snake', { seconds: 3 })).value).toMatchObject({ errorType: 'Sandbox.Timedout' })

  await using without = await make('worm', 'raise ImportError("none here")')
  expect((await call(lambda, 'worm', { seconds: 0 })).value).toBe('awake')
  expect((await without.ready()).problem).toContain('There is no debugpy')
})
