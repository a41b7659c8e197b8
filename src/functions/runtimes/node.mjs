// The program of every Node instance. It starts unspecialised, waits for code, environment and handler on descriptor 3
// (frames: see ../frames.ts), and then serves one request at a time. It runs as plain JavaScript, in another process and
// as another user: nothing of Landfall can be imported here.
import module from 'node:module'
import { Socket } from 'node:net'
import process from 'node:process'
import { useCompiledCode } from './compiled-code.mjs'
import { closeInherited, empty, encode, frameReader, type, writeAll } from './frames.mjs'
import { reachOverHttps } from './node-answer-url.mjs'
import { createConsole } from './node-console.mjs'
import { contextOf, withCallbacks } from './node-context.mjs'
import { describe, isError, RuntimeError } from './node-errors.mjs'
import { load } from './node-load.mjs'
import { provideSdk, showTaskRoot } from './node-resolve.mjs'
import { createResponseStream, ended, offerStreaming } from './node-stream.mjs'

const outputFd = 4
const maxResponseBytes = 6_291_556
const exit = process.reallyExit.bind(process)
const soon = setImmediate
const channel = new Socket({ fd: 3, readable: true, writable: true })
const requireProvided = provideSdk(process.argv[2])
const preload = JSON.parse(process.argv[3] ?? '[]')
const debugged = process.argv[5] === 'inspect'
closeInherited(JSON.parse(process.argv[4] ?? '[]'))

/** The one invocation in progress; `id` 0 outside of any. */
let current = { id: 0, requestId: undefined }
let settings
/** Answers what was compiled, for the node to keep; undefined when nobody asked, or asks any more. */
let takeCompiled
let handler
/** From Node 24 on there are no callbacks, what a handler returns is its answer, and nothing is waited for beyond it. */
let modern = false
let isAsync = false
let streaming

// --- frames ---------------------------------------------------------------------------------------------------------

/** False when the node does not take what is sent as fast as it comes. */
function send(kind, id, payload) {
  let ready = true
  for (const part of encode(kind, id, payload)) ready = channel.write(part)
  return ready
}

/** Whether anything was printed since the output pipe was last said to be drained. */
let printed = false

/** Output that the node does not take yet holds the function up. */
function writeOutput(kind, id, payload) {
  printed = kind === type.line
  writeAll(outputFd, encode(kind, id, payload))
}

const onBytes = frameReader(({ kind, id, payload }) => {
  if (kind === type.invoke) invoke(id, payload)
  else if (kind === type.init) void initialise(JSON.parse(payload))
})

const output = createConsole({
  write: (bytes) => writeOutput(type.line, current.id, bytes),
  requestId: () => current.requestId,
})

// --- failures -------------------------------------------------------------------------------------------------------

/** Ends the process after telling why; the frame is written synchronously, since nothing runs afterwards. */
function die(title, error, code) {
  const failure = describe(error)
  output.failure(title, error)
  output.flush()
  const failed = handler ? type.crash : type.initFailed
  writeOutput(type.drained, current.id)
  try {
    // In the midst of what waits to be written it would be taken for a part of that.
    if (channel.writableLength === 0) writeAll(3, encode(failed, current.id, Buffer.from(JSON.stringify(failure))))
  } catch {
    // The channel is full or gone: the node sees the exit alone, and says so.
  }
  exit(code)
}

process.on('uncaughtException', (error) => die('Uncaught Exception', error, 129))
process.on('unhandledRejection', (reason) => {
  let message
  try {
    message = String(reason)
  } catch {
    message = typeof reason
  }
  const type = 'Runtime.UnhandledPromiseRejection'
  const frames = isError(reason) ? reason.stack.split('\n').filter((frame) => frame.startsWith('    at ')) : []
  const error = new RuntimeError(type, message, [`${type}: ${message}`, ...frames].join('\n'))
  die('Unhandled Promise Rejection', Object.assign(error, { reason }), 128)
})

process.on('exit', output.flush)

// --- loading --------------------------------------------------------------------------------------------------------

async function initialise(specialisation) {
  settings = specialisation
  Object.assign(process.env, settings.environment)
  // Node reads it when it begins, which this program has done already.
  if (process.env.NODE_PATH) module._initPaths()
  process.chdir(settings.taskRoot)
  showTaskRoot(settings.taskRoot)
  process.argv.length = 1
  output.capture(settings)
  modern = Number(/nodejs(\d+)/.exec(settings.environment.AWS_EXECUTION_ENV)?.[1]) >= 24
  offerStreaming()
  // A debugger wants to see it as Node compiles it.
  const { taskRoot: root, handler: name, compiledFile: keptAt } = settings
  const compiled = debugged ? undefined : useCompiledCode({ root, handler: name, keptAt })
  if (settings.keepsCompiled) takeCompiled = compiled?.taken
  try {
    const loaded = await load(root, name, modern)
    compiled?.loaded()
    streaming = loaded.streaming
    isAsync = loaded.isAsync
    handler = loaded.handler
  } catch (error) {
    return die('Uncaught Exception', error, 129)
  }
  send(type.initialised, 0)
}

/** After the first answer: nobody waits for it. */
function giveCompiled() {
  const bytes = takeCompiled?.()
  takeCompiled = undefined
  if (bytes) send(type.compiled, 0, bytes)
}

// --- invocations ----------------------------------------------------------------------------------------------------

function invoke(id, payload) {
  const headerBytes = payload.readUInt32BE(0)
  const header = JSON.parse(payload.subarray(4, 4 + headerBytes))
  current = { id, requestId: header.requestId }
  if (header.traceId) process.env._X_AMZN_TRACE_ID = header.traceId
  else delete process.env._X_AMZN_TRACE_ID
  const answer = makeAnswer(id)
  process.once('beforeExit', answer.onEmpty)
  channel.unref()
  let event
  try {
    event = JSON.parse(payload.subarray(4 + headerBytes))
    if (typeof event?.ResponseURL === 'string' && typeof event.RequestType === 'string')
      reachOverHttps(event.ResponseURL)
  } catch (error) {
    return answer.fail(error)
  }
  if (streaming)
    return void serveStream(id, event, contextOf(header, settings.environment, { modern, waits: !modern }), answer)
  try {
    if (modern) {
      const returned = handler(event, contextOf(header, settings.environment, { modern }))
      if (isPromise(returned)) returned.then(answer.succeed, answer.fail)
      else answer.succeed(returned)
      return
    }
    const { context, callback } = withCallbacks(header, settings.environment, answer)
    const returned = handler(event, context, callback)
    // What a handler returns that is no promise is not its answer: that is null, once nothing is left to do.
    if (isPromise(returned)) returned.then(context.succeed, context.fail)
  } catch (error) {
    answer.fail(error)
  }
}

const isPromise = (value) => typeof value?.then === 'function'

/** The one answer to a request: what comes first is sent, the rest ignored. */
function makeAnswer(id) {
  let settled = false
  const finish = (kind, bytes) => {
    settled = true
    process.removeListener('beforeExit', answer.onEmpty)
    channel.ref()
    if (takeCompiled) soon(giveCompiled)
    output.flush()
    // Nothing printed: the answer says so, and the node need not hear from the other pipe.
    if (!printed) return send(kind === type.result ? type.quietResult : type.quietFailure, id, bytes)
    writeOutput(type.drained, id, empty)
    send(kind, id, bytes)
  }
  const answer = {
    succeed(value) {
      if (settled) return
      let text
      try {
        text = JSON.stringify(value === undefined ? null : value) ?? 'null'
      } catch {
        const message = 'Unable to stringify response body'
        return answer.fail(modern ? new RuntimeError('Runtime.JSONStringifyError', message) : new Error(message))
      }
      const bytes = Buffer.from(text)
      if (bytes.length <= maxResponseBytes) return finish(type.result, bytes)
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`
      const failure = { errorType: 'Function.ResponseSizeTooLarge', errorMessage }
      finish(type.failure, Buffer.from(JSON.stringify(failure)))
    },
    fail(error) {
      if (settled) return
      output.failure('Invoke Error', error)
      finish(type.failure, Buffer.from(JSON.stringify(describe(error))))
    },
    /** The end of an answer that was streamed. */
    end() {
      if (!settled) finish(type.result, empty)
    },
    /** Called when nothing is left to do, and so nothing would ever answer. */
    onEmpty() {
      if (isAsync || modern) answer.fail(neverSettled())
      else answer.succeed(null)
    },
  }
  return answer
}

const neverSettled = () =>
  new RuntimeError(
    'Runtime.NodeJsExit',
    [
      'The Lambda runtime client detected an unexpected Node.js exit code.',
      'This is most commonly caused by a Promise that was never settled.',
      'For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
    ].join(' '),
  )

async function serveStream(id, event, context, answer) {
  // It is the stream's end that answers; without one the request waits until its time is up.
  channel.ref()
  process.removeListener('beforeExit', answer.onEmpty)
  const mine = () => current.id === id
  let begun = false
  const stream = createResponseStream({
    highWaterMark: streaming.highWaterMark,
    begin(contentType) {
      begun = true
      if (mine()) send(type.streamStart, id, Buffer.from(JSON.stringify({ contentType })))
    },
    piece: (bytes) => !mine() || send(type.streamChunk, id, bytes),
    drained: (go) => channel.once('drain', go),
    failed: (errorType, message) => new RuntimeError(errorType, message),
  })
  try {
    const returned = handler(event, stream, context)
    if (!isPromise(returned)) throw asThrown('Streaming does not support non-async handlers.')
    if ((await returned) !== undefined) console.warn('Streaming handlers ignore return values.')
    if (!(await ended(stream))) throw asThrown('Response stream is not finished.')
    if (!context.callbackWaitsForEmptyEventLoop) return answer.end()
    answer.onEmpty = answer.end
    process.once('beforeExit', answer.onEmpty)
    channel.unref()
  } catch (error) {
    // What was written before it goes out before it; where there is nothing, no stream begins.
    if (begun || stream.writableLength > 0) stream.end()
    else stream.destroy()
    await ended(stream)
    answer.fail(error)
  }
}

const asThrown = (message) => (modern ? new Error(message) : message)

// --- start ----------------------------------------------------------------------------------------------------------

/** What bundles of most functions ask Node for: a third of the time that they load. */
const usual = ['http', 'https', 'http2', 'crypto', 'stream', 'zlib', 'net', 'tls', 'dns', 'url', 'fs/promises', 'os']
const others = ['child_process', 'async_hooks', 'worker_threads', 'stream/promises']
const ahead = [...[...usual, ...others].map((name) => `node:${name}`), ...preload]

/** Loads one after the other for as long as there is no function: one that waits for this process may want none of them. */
function loadAhead() {
  const name = ahead.shift()
  if (name === undefined || settings) return
  try {
    requireProvided(name)
  } catch {
    // Loading ahead saves time and nothing else: a package that is not there is reported when a function asks for it.
  }
  soon(loadAhead)
}

if (debugged) {
  const inspector = requireProvided('node:inspector')
  inspector.open(0, '127.0.0.1')
  const report = { protocol: 'devtools', port: Number(new URL(inspector.url()).port) }
  send(type.inspector, 0, Buffer.from(JSON.stringify(report)))
}
channel.on('data', onBytes)
// The node is gone, or has ended this instance: there is nobody to answer.
channel.on('end', () => exit(0))
channel.on('error', () => exit(0))
send(type.ready, 0)
soon(loadAhead)
