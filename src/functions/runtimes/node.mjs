// The program of every Node instance. It starts unspecialised, waits for code, environment and handler on descriptor 3
// (frames: see ../frames.ts), and then serves one request at a time. It runs as plain JavaScript, in another process and
// as another user: nothing of Landfall can be imported here.
import { closeSync, fstatSync, realpathSync, writeSync } from 'node:fs'
import module, { createRequire, registerHooks } from 'node:module'
import { Socket } from 'node:net'
import { join, resolve as resolvePath } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { format, inspect } from 'node:util'

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
  line: 20,
  drained: 21,
}

const now = Date.now
const exit = process.reallyExit.bind(process)
const channel = new Socket({ fd: 3, readable: true, writable: true })
const sdkRoot = process.argv[2]
const preload = JSON.parse(process.argv[3] ?? '[]')
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
let handler

// --- frames ---------------------------------------------------------------------------------------------------------

function encode(kind, id, payload) {
  const head = Buffer.allocUnsafe(9)
  head.writeUInt32BE(payload.length + 5, 0)
  head.writeUInt8(kind, 4)
  head.writeUInt32BE(id, 5)
  return payload.length < 65_536 ? [Buffer.concat([head, payload])] : [head, payload]
}

function send(kind, id, payload) {
  for (const part of encode(kind, id, payload)) channel.write(part)
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

/** Errors keep their name, message and stack; what cannot be written as JSON is inspected. */
function jsonValue(_key, value) {
  if (value instanceof Error) {
    return {
      ...value,
      errorType: value.name,
      errorMessage: value.message,
      stackTrace: (value.stack ?? '').split('\n'),
      cause: value.cause,
    }
  }
  return typeof value === 'bigint' ? value.toString() : value
}

function logJson(level, args) {
  const entry = { timestamp: new Date(now()).toISOString(), level, requestId: current.requestId }
  const [first] = args
  if (args.length === 1 && typeof first === 'object' && first !== null && !(first instanceof Error)) {
    try {
      return line(JSON.stringify({ ...entry, message: first }, jsonValue))
    } catch {
      return line(JSON.stringify({ ...entry, message: format(first) }))
    }
  }
  const error = args.find((arg) => arg instanceof Error)
  const failure = error && {
    errorType: error.name,
    errorMessage: error.message,
    stackTrace: (error.stack ?? '').split('\n'),
  }
  line(JSON.stringify({ ...entry, message: format(...args), ...failure }))
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

function describe(error, errorType) {
  try {
    if (error instanceof Error || (error && typeof error === 'object' && 'message' in error && 'stack' in error)) {
      return {
        errorType: errorType ?? String(error.name),
        errorMessage: String(error.message),
        trace: String(error.stack ?? '').split('\n'),
      }
    }
    return {
      errorType: errorType ?? typeof error,
      errorMessage: typeof error === 'string' ? error : inspect(error),
      trace: [],
    }
  } catch {
    return { errorType: 'handled', errorMessage: 'The function failed with an error that cannot be read.', trace: [] }
  }
}

function logFailure(title, failure) {
  if (settings?.logFormat === 'JSON') {
    line(
      JSON.stringify({
        timestamp: new Date(now()).toISOString(),
        level: 'ERROR',
        requestId: current.requestId,
        message: { errorType: failure.errorType, errorMessage: failure.errorMessage, stackTrace: failure.trace },
      }),
    )
  } else {
    const { errorType, errorMessage, trace } = failure
    const text = JSON.stringify({ errorType, errorMessage, stack: trace })
    line(`${new Date(now()).toISOString()}\t${current.requestId ?? 'undefined'}\tERROR\t${title}\t${text}`)
  }
}

class RuntimeError extends Error {
  constructor(errorType, message, stack) {
    super(message)
    this.errorType = errorType
    this.name = errorType
    if (stack) this.stack = stack
  }
}

/** Ends the process after telling why; the frame is written synchronously, since nothing runs afterwards. */
function die(title, failure, code) {
  logFailure(title, failure)
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

process.on('uncaughtException', (error) => die('Uncaught Exception ', describe(error), 129))
process.on('unhandledRejection', (reason) => {
  const cause = describe(reason)
  const failure = {
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: reason instanceof Error ? `${reason.name}: ${reason.message}` : cause.errorMessage,
    trace: [`Runtime.UnhandledPromiseRejection: ${cause.errorMessage}`, ...cause.trace],
  }
  die('Unhandled Promise Rejection ', failure, 128)
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
  const { file, path } = splitHandler(name)
  const base = resolvePath(root, file)
  if (base !== root && !base.startsWith(`${root}/`)) {
    throw new RuntimeError(
      'Runtime.MalformedHandlerName',
      `'${name}' is not a valid handler name. The file must be in the package.`,
    )
  }
  const loaded = await importFile(base, root, file)
  let found = loaded
  for (const part of path.split('.')) found = found?.[part]
  if (found === undefined && loaded.default !== undefined) {
    found = loaded.default
    for (const part of path.split('.')) found = found?.[part]
  }
  if (found === undefined) throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`)
  if (typeof found !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`)
  return found
}

/** `index` is index (as it is), index.js, index.mjs or index.cjs, in that order; import() tells CommonJS from modules. */
async function importFile(base, root, file) {
  const { statSync } = process.getBuiltinModule('node:fs')
  const path = ['', '.js', '.mjs', '.cjs']
    .map((suffix) => base + suffix)
    .find((one) => statSync(one, { throwIfNoEntry: false })?.isFile())
  if (!path) {
    const message = `Error: Cannot find module '${file}'\nRequire stack:\n- ${root}`
    throw new RuntimeError('Runtime.ImportModuleError', message)
  }
  try {
    return path.endsWith('.mjs') ? await import(pathToFileURL(path).href) : loadCommon(path)
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RuntimeError('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`, error.stack)
    }
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw new RuntimeError('Runtime.ImportModuleError', `Error: ${error.message}`, error.stack)
    }
    throw error
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
  if (settings.cacheDir) module.enableCompileCache(settings.cacheDir)
  try {
    handler = await load(settings.taskRoot, settings.handler)
  } catch (error) {
    const failure = describe(error, error?.errorType)
    if (error instanceof RuntimeError && !error.stack.includes('\n    at'))
      failure.trace = [`${error.name}: ${error.message}`]
    return die('Uncaught Exception ', failure, 1)
  }
  send(type.initialised, 0, Buffer.alloc(0))
}

// --- invocations ----------------------------------------------------------------------------------------------------

function invoke(id, payload) {
  const headerBytes = payload.readUInt32BE(0)
  const header = JSON.parse(payload.subarray(4, 4 + headerBytes))
  const invocation = { id, requestId: header.requestId, finish: undefined }
  current = invocation
  if (header.traceId) process.env._X_AMZN_TRACE_ID = header.traceId
  else delete process.env._X_AMZN_TRACE_ID
  let settled = false
  const finish = (kind, bytes) => {
    if (settled) return
    settled = true
    process.removeListener('beforeExit', onEmpty)
    channel.ref()
    flushPartial()
    // Nothing printed: the answer says so, and the node need not hear from the other pipe.
    if (!printed) return send(kind === type.result ? type.quietResult : type.quietFailure, id, bytes)
    writeOutput(type.drained, id, Buffer.alloc(0))
    send(kind, id, bytes)
  }
  const succeed = (value) => {
    if (settled) return
    let text
    try {
      text = JSON.stringify(value === undefined ? null : value) ?? 'null'
    } catch (error) {
      return fail(error, 'Runtime.MarshalError', 'Unable to stringify response body')
    }
    const bytes = Buffer.from(text)
    if (bytes.length > maxResponseBytes) {
      const message = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`
      return finish(
        type.failure,
        Buffer.from(JSON.stringify({ errorType: 'Function.ResponseSizeTooLarge', errorMessage: message })),
      )
    }
    finish(type.result, bytes)
  }
  const fail = (error, errorType, message) => {
    if (settled) return
    const failure = describe(error, errorType)
    if (message) failure.errorMessage = message
    logFailure('Invoke Error ', failure)
    finish(type.failure, Buffer.from(JSON.stringify(failure)))
  }
  // A callback's answer waits for the event loop to be empty, unless the context says otherwise.
  let answer
  const onEmpty = () => (answer ? answer() : succeed(null))
  const answered = (send) => {
    answer ??= send
    if (!context.callbackWaitsForEmptyEventLoop) answer()
  }
  const done = (error, value) =>
    answered(error === undefined || error === null ? () => succeed(value) : () => fail(error))
  const context = makeContext(header, done)
  process.once('beforeExit', onEmpty)
  channel.unref()
  let event
  try {
    event = JSON.parse(payload.subarray(4 + headerBytes))
  } catch (error) {
    return fail(error, 'Runtime.UnmarshalError')
  }
  try {
    const returned = handler(event, context, done)
    if (returned !== null && typeof returned?.then === 'function') returned.then(succeed, (error) => fail(error))
    // A synchronous handler that takes no callback and returns something has answered with nothing, as in Lambda.
  } catch (error) {
    fail(error)
  }
}

function makeContext(header, done) {
  const { environment } = settings
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: header.clientContext,
    identity: undefined,
    invokedFunctionArn: header.functionArn,
    awsRequestId: header.requestId,
    getRemainingTimeInMillis: () => Math.max(0, header.deadlineMs - now()),
  }
  const hidden = { done, succeed: (value) => done(null, value), fail: (error) => done(error ?? 'handled') }
  for (const [name, value] of Object.entries(hidden)) Object.defineProperty(context, name, { value, enumerable: false })
  return context
}

// --- start ----------------------------------------------------------------------------------------------------------

for (const name of preload) {
  try {
    require(name)
  } catch {
    // Preloading saves time and nothing else: a package that is not there is reported when a function asks for it.
  }
}
channel.on('data', onBytes)
// The node is gone, or has ended this instance: there is nobody to answer.
channel.on('end', () => exit(0))
channel.on('error', () => exit(0))
send(type.ready, 0, Buffer.alloc(0))
