// The program of every instance of a custom runtime: it starts unspecialised, waits for code and environment on
// descriptor 3 (frames: see ../frames.ts), starts the code's own `bootstrap` and is its Runtime API, over HTTP on a port
// of its own: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// Plain JavaScript in another process and as another user: nothing of Landfall can be imported here.
import { spawn } from 'node:child_process'
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { Socket } from 'node:net'
import { constants as os } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

const maxResponseBytes = 6_291_556
const maxLineBytes = 262_144
const outputFd = 4
const type = {
  init: 1,
  invoke: 2,
  ready: 10,
  initialised: 11,
  initFailed: 12,
  result: 13,
  failure: 14,
  line: 20,
  drained: 21,
}
const exit = process.reallyExit.bind(process)
const channel = new Socket({ fd: 3, readable: true, writable: true })
/** What the node itself had inherited, and so handed on. */
for (const [fd, dev, ino] of JSON.parse(process.argv[2] ?? '[]')) {
  try {
    const at = fstatSync(fd)
    if (at.dev === dev && at.ino === ino) closeSync(fd)
  } catch {
    // The node has closed it since, and the number is free.
  }
}

/** True in a sandbox, where users may be shared with other instances and processes are not seen of any but this one. */
const ownProcesses = process.argv[3] === 'sandbox'

/** The invocation that the runtime has or is to get; undefined between two. */
let current
/** The id of the last invocation: what is printed belongs to it. */
let currentId = 0
/** Requests for the next invocation that wait for one. */
const waiting = []
let initialised = false

// --- frames ---------------------------------------------------------------------------------------------------------

function encode(kind, id, payload) {
  const head = Buffer.allocUnsafe(9)
  head.writeUInt32BE(payload.length + 5, 0)
  head.writeUInt8(kind, 4)
  head.writeUInt32BE(id, 5)
  return Buffer.concat([head, payload])
}

function send(kind, id, payload = Buffer.alloc(0)) {
  channel.write(encode(kind, id, payload))
}

/** Writes all of it before returning: output that the node does not take yet holds the function up. */
function writeOutput(kind, id, payload = Buffer.alloc(0)) {
  const bytes = encode(kind, id, payload)
  for (let at = 0; at < bytes.length; ) at += writeSync(outputFd, bytes, at)
}

let buffered = Buffer.alloc(0)
let pieces = []
let piecesBytes = 0
let needed = 4
channel.on('data', (chunk) => {
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
    else if (kind === type.init) initialise(JSON.parse(payload))
  }
  pieces = buffered.length > 0 ? [buffered] : []
  piecesBytes = buffered.length
})
// The node is gone, or has ended this instance: there is nobody to answer.
channel.on('end', () => exit(0))
channel.on('error', () => exit(0))

// --- output ---------------------------------------------------------------------------------------------------------

let outputBytes = 0
const partials = []

function line(bytes) {
  writeOutput(type.line, currentId, bytes.subarray(0, maxLineBytes))
}

/** Whole lines as they come; a last piece without its line end when the request ends. */
function capture(stream) {
  const partial = { rest: Buffer.alloc(0) }
  partials.push(partial)
  stream.on('data', (chunk) => {
    outputBytes += chunk.length
    let rest = partial.rest.length > 0 ? Buffer.concat([partial.rest, chunk]) : chunk
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      line(rest.subarray(0, end))
      rest = rest.subarray(end + 1)
    }
    if (rest.length > maxLineBytes) {
      line(rest)
      rest = Buffer.alloc(0)
    }
    partial.rest = rest
  })
  stream.on('error', () => undefined)
}

/** Resolves when all that the runtime had printed by now is on its way: what is in its pipes is read turn by turn. */
async function outputRead() {
  for (let before = -1; before !== outputBytes; ) {
    before = outputBytes
    for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  for (const partial of partials) {
    if (partial.rest.length > 0) line(partial.rest)
    partial.rest = Buffer.alloc(0)
  }
}

// --- the runtime ----------------------------------------------------------------------------------------------------

function initialise(settings) {
  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 }, (request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.on('connection', (socket) => {
    if (!isOurs(socket, server.address().port)) socket.destroy()
  })
  server.listen(0, '127.0.0.1', () => start(settings, server.address().port))
}

/**
 * Whether the other end is a process of this instance's own user: where instances share a network, any of them could
 * connect. On hosts that do not say, all instances are one user and are not kept apart in any case.
 */
function isOurs(socket, port) {
  let table
  try {
    table = readFileSync('/proc/net/tcp', 'latin1')
  } catch {
    return true
  }
  const hex = (number) => number.toString(16).toUpperCase().padStart(4, '0')
  for (const row of table.split('\n')) {
    const [, local = '', remote = '', , , , , uid, , inode] = row.trim().split(/\s+/)
    if (local.endsWith(`:${hex(socket.remotePort)}`) && remote.endsWith(`:${hex(port)}`)) {
      return Number(uid) === process.getuid() && (!ownProcesses || isOpen(inode))
    }
  }
  return false
}

/** Whether a process here has the socket open: all that are seen are this instance's own. */
function isOpen(inode) {
  const name = `socket:[${inode}]`
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === name)
    } catch {
      // Ended meanwhile.
      return false
    }
  })
}

function start(settings, port) {
  const { taskRoot, layersRoot, environment } = settings
  const places = [taskRoot, layersRoot].filter(Boolean).map((root) => join(root, 'bootstrap'))
  const bootstrap = places.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
  const invalid = (message) => failInit({ errorType: 'Runtime.InvalidEntrypoint', errorMessage: message })
  if (!bootstrap) return invalid(`Couldn't find valid bootstrap(s): [${places.join(' ')}]`)
  try {
    accessSync(bootstrap, constants.X_OK)
  } catch {
    return invalid(`fork/exec ${bootstrap}: permission denied`)
  }
  const child = spawn(bootstrap, [], {
    cwd: taskRoot,
    env: { ...process.env, ...environment, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  capture(child.stdout)
  capture(child.stderr)
  const words = { ENOEXEC: 'exec format error', ENOENT: 'no such file or directory', EACCES: 'permission denied' }
  child.on('error', (error) => invalid(`fork/exec ${bootstrap}: ${words[error.code] ?? error.message}`))
  child.on('exit', async (code, signal) => {
    await outputRead()
    writeOutput(type.drained, currentId)
    if (signal) process.kill(process.pid, signal)
    exit(signal ? 128 + os.signals[signal] : code)
  })
}

async function failInit(failure) {
  await outputRead()
  writeOutput(type.drained, 0)
  channel.write(encode(type.initFailed, 0, Buffer.from(JSON.stringify(failure))), () => exit(1))
}

function invoke(id, payload) {
  const headerBytes = payload.readUInt32BE(0)
  const header = JSON.parse(payload.subarray(4, 4 + headerBytes))
  current = { id, header, event: payload.subarray(4 + headerBytes), delivered: false }
  currentId = id
  deliver()
}

function deliver() {
  if (!current || current.delivered) return
  const response = waiting.shift()
  if (!response) return
  current.delivered = true
  const { requestId, deadlineMs, functionArn, traceId, clientContext } = current.header
  const seconds = Math.floor(Date.now() / 1000).toString(16)
  const trace = traceId ?? `Root=1-${seconds}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': current.event.length,
    'Lambda-Runtime-Aws-Request-Id': requestId,
    'Lambda-Runtime-Deadline-Ms': String(deadlineMs),
    'Lambda-Runtime-Invoked-Function-Arn': functionArn,
    'Lambda-Runtime-Trace-Id': trace,
    ...(clientContext !== undefined && { 'Lambda-Runtime-Client-Context': ascii(JSON.stringify(clientContext)) }),
  })
  response.end(current.event)
}

/** JSON as a header can carry it. */
function ascii(json) {
  return json.replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

// --- the Runtime API ------------------------------------------------------------------------------------------------

const root = '/2018-06-01/runtime/'

async function answer(request, response) {
  const { method, url = '' } = request
  const path = url.startsWith(root) ? url.slice(root.length) : ''
  if (path === 'invocation/next' && method === 'GET') return next(request, response)
  const [, requestId, what] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
  if (method !== 'POST' || (what === undefined && path !== 'init/error')) {
    return reply(response, 404, { errorType: 'NotFound', errorMessage: `There is no ${method} ${url} here.` })
  }
  const body = await bodyOf(request)
  if (path === 'init/error') {
    if (initialised) return reply(response, 403, { errorType: 'InvalidStateTransition', errorMessage: 'Started.' })
    reply(response, 202, { status: 'OK' })
    return failInit(failureIn(body, request.headers['lambda-runtime-function-error-type']))
  }
  const invocation = current
  if (!invocation?.delivered || invocation.header.requestId !== requestId) {
    return reply(response, 400, { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' })
  }
  current = undefined
  await outputRead()
  writeOutput(type.drained, invocation.id)
  const fail = (failure) => send(type.failure, invocation.id, Buffer.from(JSON.stringify(failure)))
  const { 'lambda-runtime-function-error-type': late, 'lambda-runtime-function-error-body': lateBody } =
    request.trailers
  if (body === undefined) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`
    fail({ errorType: 'Function.ResponseSizeTooLarge', errorMessage })
    return reply(response, 413, { errorType: 'RequestEntityTooLarge', errorMessage })
  }
  // A response that was streamed may turn out to have failed when most of it had been sent.
  if (late !== undefined) fail(failureIn(Buffer.from(lateBody ?? '', 'base64'), late))
  else if (what === 'response') send(type.result, invocation.id, body)
  else fail(failureIn(body, request.headers['lambda-runtime-function-error-type']))
  reply(response, 202, { status: 'OK' })
}

function next(request, response) {
  if (!initialised) {
    initialised = true
    send(type.initialised, 0)
  }
  waiting.push(response)
  request.socket.once('close', () => {
    const at = waiting.indexOf(response)
    if (at !== -1) waiting.splice(at, 1)
  })
  deliver()
}

/** The body; undefined when it is larger than a response may be. */
async function bodyOf(request) {
  const chunks = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes <= maxResponseBytes) chunks.push(chunk)
  }
  return bytes > maxResponseBytes ? undefined : Buffer.concat(chunks)
}

/** What the runtime reports: its document as it is, else what the header says. */
function failureIn(body, errorType) {
  try {
    const failure = JSON.parse(body)
    if (failure !== null && typeof failure === 'object') return { ...(errorType && { errorType }), ...failure }
  } catch {
    // No document: the type is all there is.
  }
  return { errorType: errorType ?? 'Unhandled', errorMessage: String(body ?? '').slice(0, 1_000) }
}

function reply(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(body))
}

send(type.ready, 0)
