// The program of instances whose runtime is a program of its own, or that have extensions: it waits for code and
// environment on descriptor 3 (frames: see ../frames.ts), starts extensions and runtime, is their Runtime, Extensions,
// Telemetry and Logs API over HTTP on a port of its own, and tells the node how it went.
// Plain JavaScript in another process and as another user: nothing of Landfall can be imported here.
import { Socket } from 'node:net'
import { constants as os } from 'node:os'
import process from 'node:process'
import { startServer } from './api-server.mjs'
import { containerRuntime } from './container-runtime.mjs'
import { customRuntime } from './custom-runtime.mjs'
import { createExtensions, extensionsIn } from './extensions-api.mjs'
import { closeInherited, encode, frameReader, type } from './frames.mjs'
import { managedRuntime } from './managed-runtime.mjs'
import { createOutput } from './output.mjs'
import { createTelemetry } from './telemetry-api.mjs'

const exit = process.reallyExit.bind(process)
const channel = new Socket({ fd: 3, readable: true, writable: true })
const { inherited, sandbox, program, nodeOptions, command, dotnet, container } = JSON.parse(process.argv[2])
/** Of a container: its name, its user, and the file of its environment. */
const own = container && JSON.parse(process.argv[3])
closeInherited(inherited)

/** How long extensions and runtime have to end: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const shutdownMs = { external: 2_000, internal: 500 }
const runtimeShutdownMs = 300

let settings
let initStartedAt = 0
let initialising = true
let runtimeInitialised = false
/** The invocation under way: `{ id, header, event, trace, startedAt, answer }`. */
let current
let ending = false
const waitingForChange = []
const { promise: runtimeEnd, resolve: sawRuntimeEnd } = Promise.withResolvers()

const send = (kind, id, payload) => {
  let free = true
  for (const part of encode(kind, id, payload)) free = channel.write(part)
  return free
}
const json = (value) => Buffer.from(JSON.stringify(value))
const ms = (value) => Math.round(value * 1_000) / 1_000

const output = createOutput((kind, bytes) => telemetry.line(kind, bytes))
const extensions = createExtensions({
  settings: () => settings,
  output,
  onChange() {
    for (const look of waitingForChange.splice(0)) look()
  },
  onFailed: (failure, extension) => void failed(failure, extension),
})
const telemetry = createTelemetry({
  identified: extensions.identified,
  parsesJson: () => settings.logFormat === 'JSON',
  onSubscribed(api, { name }, types) {
    platform(api.subscription, { name, state: 'Subscribed', types })
    platformLine(`${api.name.toUpperCase()}\tName: ${name}\tState: Subscribed\tTypes: [${types.join(', ')}]`)
  },
})
const host = {
  output,
  onInitialised() {
    runtimeInitialised = true
    runtimeInitDone('success')
    for (const look of waitingForChange.splice(0)) look()
  },
  onInitFailed: (failure) => void failed(failure),
  onAnswer: (answer) => answered(answer),
  onCompiled: (payload) => void send(type.compiled, 0, payload),
  onCrash: (payload) => void send(type.crash, current?.id ?? 0, payload),
  onStreamStart(head) {
    current.streamStartedAt = performance.now()
    send(type.streamStart, current.id, json(head))
  },
  onStreamChunk(bytes) {
    current.producedBytes += bytes.length
    if (send(type.streamChunk, current.id, bytes)) return undefined
    return new Promise((resolve) => channel.once('drain', resolve))
  },
  onExit(code, signal) {
    sawRuntimeEnd()
    void runtimeEnded(code, signal)
  },
}
const runtime = program
  ? managedRuntime(program, { ...(nodeOptions && { NODE_OPTIONS: nodeOptions }) }, host)
  : container
    ? containerRuntime({ container, own, host })
    : customRuntime({ command, dotnet }, host)

function platform(event, record) {
  telemetry.emit(event, record)
}
/** A line of the platform in a log that is text; JSON logs have none of these. */
function platformLine(text) {
  if (settings.logFormat !== 'JSON') output.platform(text)
}
/** Resolves when the condition holds, which is looked at after every step of an extension or the runtime. */
async function until(condition) {
  while (!condition()) await new Promise((resolve) => waitingForChange.push(resolve))
}

// --- init -----------------------------------------------------------------------------------------------------------

const initPhase = { initializationType: 'on-demand', phase: 'init' }

async function initialise(given) {
  settings = given
  initStartedAt = performance.now()
  const { environment } = settings
  platform('platform.initStart', {
    ...initPhase,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    instanceId: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    instanceMaxMemory: Number(environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) * 1_048_576,
  })
  const port = await startServer([...runtime.routes, ...extensions.routes, ...telemetry.routes], {
    ownProcesses: sandbox,
    user: own?.uid,
  })
  const forAll = { ...environment, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` }
  extensions.launch(runtime.external?.(forAll) ?? extensionsIn(settings.layersRoot), forAll)
  await until(extensions.haveRegistered)
  if (ending) return
  await runtime.start(settings, forAll)
  await until(() => runtimeInitialised)
  extensions.closeRegistration()
  await until(extensions.areReady)
  if (ending) return
  initialising = false
  for (const { name, events } of extensions.all) {
    platform('platform.extension', { name, state: 'Ready', events })
    platformLine(`EXTENSION\tName: ${name}\tState: Ready\tEvents: [${events.join(', ')}]`)
  }
  platform('platform.initReport', { ...initPhase, status: 'success', metrics: { durationMs: sinceInit() } })
  telemetry.close()
  const limitMs = extensions.hasShutdown() ? shutdownMs.external : shutdownMs.internal
  send(type.initialised, 0, extensions.all.length > 0 ? json({ shutdownMs: limitMs + 300 }) : undefined)
}

const sinceInit = () => ms(performance.now() - initStartedAt)
function runtimeInitDone(status, errorType) {
  platform('platform.initRuntimeDone', { ...initPhase, status, ...(errorType && { errorType }) })
}

// --- failures and the end -------------------------------------------------------------------------------------------

/** Loading failed, or an extension did: the instance ends, and its caller is told why. */
async function failed(failure, extension) {
  if (ending) return
  ending = true
  const { errorType, errorMessage } = failure
  if (extension) {
    platform('platform.extension', { name: extension.name, state: 'Exited', events: extension.events, errorType })
    const state = `Exited\tEvents: [${(extension.events ?? []).join(', ')}]\tError Type: ${errorType}`
    platformLine(`EXTENSION\tName: ${extension.name}\tState: ${state}`)
  }
  const requestId = current?.header.requestId
  const document =
    extension && requestId ? { errorType, errorMessage: `RequestId: ${requestId} Error: ${errorMessage}` } : failure
  if (initialising) {
    if (!runtimeInitialised) runtimeInitDone('error', errorType)
    const metrics = { durationMs: sinceInit() }
    platform('platform.initReport', { ...initPhase, status: 'error', errorType, metrics })
  } else if (current) runtimeDone('failure', errorType)
  await shutDown('failure')
  await new Promise((resolve) => {
    const [frame] = encode(initialising ? type.initFailed : type.crash, current?.id ?? 0, json(document))
    channel.write(frame, resolve)
  })
  exit(1)
}

async function runtimeEnded(code, signal) {
  if (ending) return
  ending = true
  if (initialising) runtimeInitDone('error', 'Runtime.ExitError')
  else if (current) runtimeDone('error', 'Runtime.ExitError')
  await shutDown('failure')
  // As the runtime ended, so ends this.
  process.removeAllListeners('SIGTERM')
  if (signal) process.kill(process.pid, signal)
  exit(signal ? 128 + os.signals[signal] : code)
}

/** The node ends this instance. */
async function told(reason) {
  if (ending) return
  ending = true
  if (reason === 'timeout' && current) runtimeDone('timeout')
  await shutDown(reason)
  exit(0)
}

/** Ends runtime and extensions in the time they have: the runtime first, so that extensions see what it leaves. */
async function shutDown(reason) {
  if (extensions.all.length === 0) {
    runtime.kill('SIGKILL')
    return output.drain(current?.id ?? 0)
  }
  const limitMs = extensions.hasShutdown() ? shutdownMs.external : shutdownMs.internal
  const deadlineMs = Date.now() + limitMs
  const late = new Promise((resolve) => setTimeout(resolve, limitMs))
  if (reason === 'spindown') {
    runtime.kill('SIGTERM')
    await Promise.race([runtimeEnd, new Promise((resolve) => setTimeout(resolve, runtimeShutdownMs))])
  }
  runtime.kill('SIGKILL')
  await Promise.race([late, extensions.shutDown({ eventType: 'SHUTDOWN', shutdownReason: reason, deadlineMs })])
  await Promise.race([late, telemetry.flush()])
  await output.drain(current?.id ?? 0)
  return undefined
}
// --- invocations ----------------------------------------------------------------------------------------------------

function invoke(id, payload) {
  const headerBytes = payload.readUInt32BE(0)
  const header = JSON.parse(payload.subarray(4, 4 + headerBytes))
  const seconds = Math.floor(Date.now() / 1000).toString(16)
  const trace = header.traceId ?? `Root=1-${seconds}-${header.requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`
  const { requestId, deadlineMs, functionArn } = header
  current = { id, header, trace, payload, event: payload.subarray(4 + headerBytes), producedBytes: 0 }
  current.startedAt = performance.now()
  output.begin(id)
  const tracing = { type: 'X-Amzn-Trace-Id', value: trace }
  current.tracing = tracing
  const version = settings.environment.AWS_LAMBDA_FUNCTION_VERSION
  platform('platform.start', { requestId, version, functionVersion: version, tracing })
  extensions.invoke({ eventType: 'INVOKE', deadlineMs, requestId, invokedFunctionArn: functionArn, tracing })
  runtime.invoke(current)
}

/** The runtime has answered: its caller need not wait for extensions that go on, the next invocation has to. */
async function answered({ ok, payload }) {
  const invocation = current
  invocation.producedBytes += payload.length
  runtimeDone(ok ? 'success' : 'failure')
  await output.drain(invocation.id)
  if (ending) return
  send(ok ? type.result : type.failure, invocation.id, payload)
  if (extensions.all.length > 0) void settle(invocation)
}

async function settle({ id }) {
  await until(extensions.areReady)
  if (ending) return
  await output.drain(id)
  send(type.settled, id)
}

function runtimeDone(status, errorType) {
  if (current.isDone) return
  current.isDone = true
  const { header, startedAt, streamStartedAt, producedBytes, tracing } = current
  const now = performance.now()
  const wall = (at) => new Date(Date.now() - (now - at)).toISOString()
  const firstByteAt = streamStartedAt ?? now
  platform('platform.runtimeDone', {
    requestId: header.requestId,
    status,
    ...(errorType && { errorType }),
    metrics: { durationMs: ms(now - startedAt), producedBytes },
    tracing,
    spans: [
      { name: 'responseLatency', start: wall(startedAt), durationMs: ms(firstByteAt - startedAt) },
      { name: 'responseDuration', start: wall(firstByteAt), durationMs: ms(now - firstByteAt) },
    ],
  })
}

// --- start ----------------------------------------------------------------------------------------------------------

channel.on(
  'data',
  frameReader(({ kind, id, payload }) => {
    if (kind === type.invoke) invoke(id, payload)
    else if (kind === type.init) void initialise(JSON.parse(payload))
    else if (kind === type.report) platform('platform.report', { ...JSON.parse(payload), tracing: current?.tracing })
    else if (kind === type.shutdown) void told(JSON.parse(payload).reason)
  }),
)
// A frame that says why may be on its way.
process.on('SIGTERM', () => setTimeout(told, 20, 'spindown'))
// The node is gone, or has ended this instance: there is nobody to answer.
channel.on('end', () => exit(0))
channel.on('error', () => exit(0))
void runtime.ready.then(() => send(type.ready, 0))
