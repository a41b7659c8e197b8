// The program of every Node instance. It starts unspecialised, waits for code, environment and handler on descriptor 3
// (frames: see ../frames.ts), and then serves one request at a time. It runs as plain JavaScript, in another process and
// as another user: nothing of Landfall can be imported here.
import { closeSync, fstatSync, realpathSync, writeSync } from 'node:fs'
import module, { createRequire, registerHooks } from 'node:module'
import { Socket } from 'node:net'
import { join, resolve as resolvePath } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { format, types } from 'node:util'
import { useCompiledCode } from './compiled-code.mjs'
import { createResponseStream, ended, offerStreaming, streamingOf } from './node-stream.mjs'

const outputFd = 4
const maxResponseBytes = 6_291_556
const maxLineBytes = 262_144
const type = {
  init: 1,
  invoke: 2,
  ready: 10,
  initialised: 11,
  initFailed: 12,
  result: 13,
  failure: 14,
  crash: 15,
  quietResult: 16,
  quietFailure: 17,
  streamStart: 18,
  streamChunk: 19,
  line: 20,
  drained: 21,
  inspector: 22,
  compiled: 23,
}

const now = Date.now
const exit = process.reallyExit.bind(process)
const soon = setImmediate
const channel = new Socket({ fd: 3, readable: true, writable: true })
const sdkRoot = process.argv[2]
const preload = JSON.parse(process.argv[3] ?? '[]')
const debugged = process.argv[5] === 'inspect'
/** What the node itself had inherited, and so handed on. */
for (const [fd, dev, ino] of JSON.parse(process.argv[4] ?? '[]')) {
  try {
    const at = fstatSync(fd)
    if (at.dev === dev && at.ino === ino) closeSync(fd)
  } catch {
    // The node has closed it since, and the number is free.
  }
}

/** The one invocation in progress; `id` 0 outside of any. */
let current = { id: 0, requestId: undefined, finish: undefined }
let settings
/** Answers what was compiled, for the node to keep; undefined when nobody asked, or asks any more. */
let takeCompiled
let handler
/** From Node 24 on there are no callbacks, what a handler returns is its answer, and nothing is waited for beyond it. */
let modern = false
let isAsync = false
let streaming

// --- frames ---------------------------------------------------------------------------------------------------------

function encode(kind, id, payload) {
  const head = Buffer.allocUnsafe(9)
  head.writeUInt32BE(payload.length + 5, 0)
  head.writeUInt8(kind, 4)
  head.writeUInt32BE(id, 5)
  return payload.length < 65_536 ? [Buffer.concat([head, payload])] : [head, payload]
}

/** False when the node does not take what is sent as fast as it comes. */
function send(kind, id, payload) {
  let ready = true
  for (const part of encode(kind, id, payload)) ready = channel.write(part)
  return ready
}

/** Writes all of it before returning: output that the node does not take yet holds the function up. */
/** Whether anything was printed since the output pipe was last said to be drained. */
let printed = false

function writeOutput(kind, id, payload) {
  printed = kind === type.line
  for (const part of encode(kind, id, payload)) {
    for (let at = 0; at < part.length; ) at += writeSync(outputFd, part, at)
  }
}

let buffered = Buffer.alloc(0)
let pieces = []
let piecesBytes = 0
let needed = 4
function onBytes(chunk) {
  pieces.push(chunk)
  piecesBytes += chunk.length
  if (piecesBytes < needed) return
  buffered = pieces.length === 1 ? chunk : Buffer.concat(pieces, piecesBytes)
  needed = 4
  while (buffered.length >= 4) {
    needed = buffered.readUInt32BE(0) + 4
    if (buffered.length < needed) break
    const kind = buffered.readUInt8(4)
    const id = buffered.readUInt32BE(5)
    const payload = buffered.subarray(9, needed)
    buffered = buffered.subarray(needed)
    needed = 4
    if (kind === type.invoke) invoke(id, payload)
    else if (kind === type.init) void initialise(JSON.parse(payload))
  }
  pieces = buffered.length > 0 ? [buffered] : []
  piecesBytes = buffered.length
}

// --- output ---------------------------------------------------------------------------------------------------------

function line(text) {
  let bytes = Buffer.from(text)
  if (bytes.length > maxLineBytes) bytes = bytes.subarray(0, maxLineBytes)
  writeOutput(type.line, current.id, bytes)
}

const levels = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, FATAL: 5 }
const consoleLevels = {
  trace: 'TRACE',
  debug: 'DEBUG',
  log: 'INFO',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
}

function logText(level, args) {
  line(`${new Date(now()).toISOString()}\t${current.requestId ?? 'undefined'}\t${level}\t${format(...args)}`)
}

function jsonErrors(_key, value) {
  return value instanceof Error ? { ...jsonError(value), ...value } : value
}

function jsonError(error) {
  const stackTrace = typeof error.stack === 'string' ? error.stack.split('\n') : []
  return { errorType: error.constructor?.name ?? 'UnknownError', errorMessage: error.message, stackTrace }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html: one value stays one, several become text. */
function logJson(level, args) {
  const entry = { timestamp: new Date(now()).toISOString(), level, requestId: current.requestId }
  if (args.length !== 1) {
    const error = args.find((arg) => arg instanceof Error)
    return line(JSON.stringify({ ...entry, message: format(...args), ...(error && jsonError(error)) }))
  }
  const [message] = args
  let text
  try {
    text = JSON.stringify({ ...entry, message }, jsonErrors)
  } catch {
    text = JSON.stringify({ ...entry, message: format(message) })
  }
  line(text)
}

function captureConsole() {
  const json = settings.logFormat === 'JSON'
  const least = json ? (levels[settings.logLevel] ?? levels.INFO) : levels.TRACE
  for (const [method, level] of Object.entries(consoleLevels)) {
    console[method] = (...args) => {
      if (levels[level] >= least) (json ? logJson : logText)(level, args)
    }
  }
  for (const stream of [process.stdout, process.stderr]) captureStream(stream)
}

/** What is written past the console: whole lines as they are, a last piece without its line end when the request ends. */
const partial = new Map()
function captureStream(stream) {
  partial.set(stream, '')
  stream.write = (chunk, encoding, callback) => {
    const text = partial.get(stream) + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))
    const lines = text.split('\n')
    const rest = lines.pop()
    for (const one of lines) line(one)
    partial.set(stream, rest.length > maxLineBytes ? '' : rest)
    if (rest.length > maxLineBytes) line(rest)
    const done = typeof encoding === 'function' ? encoding : callback
    if (done) process.nextTick(done)
    return true
  }
}

function flushPartial() {
  for (const [stream, text] of partial) {
    if (text) line(text)
    partial.set(stream, '')
  }
}

// --- failures -------------------------------------------------------------------------------------------------------

/** An error as the caller of the function sees it. */
function describe(error) {
  try {
    if (isError(error)) {
      return {
        errorType: printable(error.name),
        errorMessage: printable(error.message),
        trace: printable(error.stack).split('\n'),
      }
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] }
  } catch {
    const problem = 'there was a problem while retrieving one or more of its message, name, and stack'
    return { errorType: 'handled', errorMessage: `callback called with Error argument, but ${problem}`, trace: [] }
  }
}

function isError(error) {
  return (
    types.isNativeError(error) ||
    (typeof error?.name === 'string' && typeof error.message === 'string' && typeof error.stack === 'string')
  )
}

/** DEL is no character that an answer may have. */
const printable = (text) => String(text ?? '').replaceAll('\x7f', '%7F')

function logFailure(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (settings?.logFormat === 'JSON') return logJson('ERROR', [error])
  let text
  try {
    text = JSON.stringify(error, (_key, value) => (value instanceof Error ? textError(value) : value))
  } catch {
    text = JSON.stringify(describe(error))
  }
  logText('ERROR', [title, `\t${text}`])
}

function textError(error) {
  const shown = { errorType: error.name, errorMessage: error.message, code: error.code, ...error }
  return typeof error.stack === 'string' ? { ...shown, stack: error.stack.split('\n') } : shown
}

class RuntimeError extends Error {
  constructor(errorType, message, stack) {
    super(message)
    Object.defineProperty(this, 'name', { value: errorType })
    this.stack = stack ?? `${errorType}: ${message}`
  }
}

/** Ends the process after telling why; the frame is written synchronously, since nothing runs afterwards. */
function die(title, error, code) {
  const failure = describe(error)
  logFailure(title, error)
  flushPartial()
  const failed = handler ? type.crash : type.initFailed
  writeOutput(type.drained, current.id, Buffer.alloc(0))
  try {
    for (const part of encode(failed, current.id, Buffer.from(JSON.stringify(failure)))) {
      for (let at = 0; at < part.length; ) at += writeSync(3, part, at)
    }
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

process.on('exit', () => {
  flushPartial()
})

// --- loading --------------------------------------------------------------------------------------------------------

const require = createRequire(join(sdkRoot, 'landfall-functions.cjs'))
/** The packages that Lambda's Node runtimes bring, for functions that do not bring their own. */
const provided = /^@(aws-sdk|smithy|aws-crypto)\//
const sdkParent = pathToFileURL(join(sdkRoot, 'landfall-functions.cjs')).href
registerHooks({
  resolve(specifier, context, next) {
    if (!provided.test(specifier)) return asDeployed(next(specifier, context))
    try {
      return asDeployed(next(specifier, context))
    } catch (error) {
      if (error?.code === 'ERR_MODULE_NOT_FOUND') return next(specifier, { ...context, parentURL: sdkParent })
      // CommonJS takes no other parent here.
      if (error?.code === 'MODULE_NOT_FOUND' && context.parentURL !== sdkParent) {
        return { url: pathToFileURL(require.resolve(specifier)).href, shortCircuit: true }
      }
      throw error
    }
  },
})

/**
 * Where `/var/task` is a link (it was made after this program began), code sees itself there all the same, and not at
 * the folder that the link leads to.
 */
let linked = { folder: '', folderUrl: '', root: '', rootUrl: '' }
function showTaskRoot(root) {
  const folder = realpathSync(root)
  if (folder === root) return
  linked = { folder, folderUrl: `${pathToFileURL(folder).href}/`, root, rootUrl: `${pathToFileURL(root).href}/` }
  const realCwd = process.cwd.bind(process)
  process.cwd = () => {
    const path = realCwd()
    return path === folder || path.startsWith(`${folder}/`) ? root + path.slice(folder.length) : path
  }
}
function asDeployed(found) {
  const { folderUrl, rootUrl } = linked
  if (folderUrl === '' || !found.url?.startsWith(folderUrl)) return found
  return { ...found, url: rootUrl + found.url.slice(folderUrl.length) }
}

function splitHandler(text) {
  const slash = text.lastIndexOf('/') + 1
  const dot = text.indexOf('.', slash)
  if (dot <= slash || dot === text.length - 1) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler')
  return { file: text.slice(0, dot), path: text.slice(dot + 1) }
}

async function load(root, name) {
  if (name.includes('..')) {
    const advice = 'Use absolute paths when specifying root directories in handler names.'
    throw new RuntimeError('Runtime.MalformedHandlerName', `'${name}' is not a valid handler name. ${advice}`)
  }
  const { file, path } = splitHandler(name)
  const loaded = await importFile(root, file)
  const within = (object) => path.split('.').reduce((found, part) => found?.[part], object)
  const found = within(loaded) ?? within(loaded.default)
  if (!found) throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`)
  if (typeof found !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`)
  streaming = streamingOf(found, (type, message) => new RuntimeError(type, message))
  isAsync = found.constructor?.name === 'AsyncFunction'
  if (modern && !streaming && found.length > 2) {
    const message = [
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24.',
      'You need to modify this function to use a supported handler signature to use Node.js 24 or later.',
      'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    ]
    throw new RuntimeError('Runtime.CallbackHandlerDeprecated', message.join(' '))
  }
  return found
}

/** `index` is a file of that name, or with one of these endings, in their order; else what require() makes of it. */
async function importFile(root, file) {
  const { statSync } = process.getBuiltinModule('node:fs')
  const base = resolvePath(root, file)
  const path = ['', '.js', '.mjs', '.cjs', ...(modern ? ['.ts', '.mts', '.cts'] : [])]
    .map((suffix) => base + suffix)
    .find((one) => statSync(one, { throwIfNoEntry: false })?.isFile())
  try {
    if (path) return /\.m[jt]s$/.test(path) ? await import(pathToFileURL(path).href) : await loadCommon(path)
    return await loadCommon(createRequire(join(root, 'index.js')).resolve(base))
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RuntimeError('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`, error.stack)
    }
    if (error?.code !== 'MODULE_NOT_FOUND') throw error
    const message = path ? error.message : `Cannot find module '${file}'\nRequire stack:\n- ${import.meta.filename}`
    throw new RuntimeError('Runtime.ImportModuleError', `Error: ${message}`)
  }
}

/** require() is quicker than import() and also takes modules, unless they await at their top level. */
function loadCommon(path) {
  try {
    return createRequire(path)(path)
  } catch (error) {
    if (error?.code === 'ERR_REQUIRE_ASYNC_MODULE' || error?.code === 'ERR_REQUIRE_ESM')
      return import(pathToFileURL(path).href)
    throw error
  }
}

async function initialise(specialisation) {
  settings = specialisation
  Object.assign(process.env, settings.environment)
  // Node reads it when it begins, which this program has done already.
  if (process.env.NODE_PATH) module._initPaths()
  process.chdir(settings.taskRoot)
  showTaskRoot(settings.taskRoot)
  process.argv.length = 1
  captureConsole()
  modern = Number(/nodejs(\d+)/.exec(settings.environment.AWS_EXECUTION_ENV)?.[1]) >= 24
  offerStreaming()
  // A debugger wants to see it as Node compiles it.
  const taken = debugged ? () => undefined : useCompiledCode(settings.taskRoot, settings.compiledFile)
  if (settings.keepsCompiled) takeCompiled = taken
  try {
    handler = await load(settings.taskRoot, settings.handler)
  } catch (error) {
    return die('Uncaught Exception', error, 129)
  }
  send(type.initialised, 0, Buffer.alloc(0))
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
  } catch (error) {
    return answer.fail(error)
  }
  if (streaming) return void serveStream(id, event, contextOf(header, modern ? {} : { waits: true }), answer)
  try {
    if (modern) {
      const returned = handler(event, contextOf(header, {}))
      if (isPromise(returned)) returned.then(answer.succeed, answer.fail)
      else answer.succeed(returned)
      return
    }
    const { context, callback } = withCallbacks(header, answer)
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
    flushPartial()
    // Nothing printed: the answer says so, and the node need not hear from the other pipe.
    if (!printed) return send(kind === type.result ? type.quietResult : type.quietFailure, id, bytes)
    writeOutput(type.drained, id, noBytes)
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
      logFailure('Invoke Error', error)
      finish(type.failure, Buffer.from(JSON.stringify(describe(error))))
    },
    /** The end of an answer that was streamed. */
    end() {
      if (!settled) finish(type.result, noBytes)
    },
    /** Called when nothing is left to do, and so nothing would ever answer. */
    onEmpty() {
      if (isAsync || modern) answer.fail(neverSettled())
      else answer.succeed(null)
    },
  }
  return answer
}

const noBytes = Buffer.alloc(0)
const neverSettled = () =>
  new RuntimeError(
    'Runtime.NodeJsExit',
    [
      'The Lambda runtime client detected an unexpected Node.js exit code.',
      'This is most commonly caused by a Promise that was never settled.',
      'For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
    ].join(' '),
  )

/** The ways to answer up to Node 22; of all of them the first that is used counts. */
function withCallbacks(header, answer) {
  let used = false
  const once = (fn) => (first, second) => {
    if (used) return
    used = true
    fn(first, second)
  }
  const done = (error, value) => (isNothing(error) ? answer.succeed(value) : answer.fail(error))
  const context = contextOf(header, {
    waits: true,
    more: {
      succeed: once((value) => answer.succeed(value)),
      fail: once((error) => answer.fail(error ?? 'handled')),
      done: once(done),
    },
  })
  const callback = once((error, value) => {
    if (!isNothing(error) || !context.callbackWaitsForEmptyEventLoop) return done(error, value)
    process.removeListener('beforeExit', answer.onEmpty)
    answer.onEmpty = () => answer.succeed(value)
    process.once('beforeExit', answer.onEmpty)
  })
  return { context, callback }
}

const isNothing = (value) => value === undefined || value === null

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

function contextOf(header, { waits, more }) {
  const { environment } = settings
  return {
    ...(waits && { callbackWaitsForEmptyEventLoop: true }),
    ...more,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: header.clientContext,
    identity: undefined,
    invokedFunctionArn: header.functionArn,
    awsRequestId: header.requestId,
    tenantId: undefined,
    ...(modern && { xRayTraceId: header.traceId }),
    getRemainingTimeInMillis: () => header.deadlineMs - now(),
  }
}

// --- start ----------------------------------------------------------------------------------------------------------

/** What bundles of most functions ask Node for: a third of the time that they load. */
const usual = ['http', 'https', 'http2', 'crypto', 'stream', 'zlib', 'net', 'tls', 'dns', 'url', 'fs/promises', 'os']
for (const name of [...usual, 'child_process', 'async_hooks', 'worker_threads', 'stream/promises']) {
  process.getBuiltinModule(`node:${name}`)
}
for (const name of preload) {
  try {
    require(name)
  } catch {
    // Preloading saves time and nothing else: a package that is not there is reported when a function asks for it.
  }
}
if (debugged) {
  const inspector = process.getBuiltinModule('node:inspector')
  inspector.open(0, '127.0.0.1')
  const report = { protocol: 'devtools', port: Number(new URL(inspector.url()).port) }
  send(type.inspector, 0, Buffer.from(JSON.stringify(report)))
}
channel.on('data', onBytes)
// The node is gone, or has ended this instance: there is nobody to answer.
channel.on('end', () => exit(0))
channel.on('error', () => exit(0))
send(type.ready, 0, Buffer.alloc(0))
