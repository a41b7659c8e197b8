// What a function prints, in the formats of Lambda's Node runtimes.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
import process from 'node:process'
import { StringDecoder } from 'node:string_decoder'
import { format } from 'node:util'
import { describe } from './node-errors.mjs'

const now = Date.now
const maxLineBytes = 262_144
const levels = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, FATAL: 5 }
const methods = {
  trace: 'TRACE',
  debug: 'DEBUG',
  log: 'INFO',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
}

/** `write(bytes)` gets each line; `requestId()` answers whose it is. */
export function createConsole({ write, requestId }) {
  let json = false
  /** What was written past the console and has no line end yet. */
  const partial = new Map()

  const line = (text) => {
    const bytes = Buffer.from(text)
    write(bytes.length > maxLineBytes ? bytes.subarray(0, maxLineBytes) : bytes)
  }
  const log = (level, args) => line((json ? jsonEntry : textEntry)(requestId(), level, args))
  const captureStream = (stream) => {
    partial.set(stream, '')
    // Node has made the pipe one that does not wait, for all who write to it: loggers that do it by themselves, and children.
    stream._handle?.setBlocking?.(true)
    // A letter may come in two pieces.
    const decoder = new StringDecoder('utf8')
    stream.write = (chunk, encoding, callback) => {
      const text = partial.get(stream) + (typeof chunk === 'string' ? chunk : decoder.write(chunk))
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

  return {
    /** Takes over the console and the streams behind it. */
    capture({ logFormat, logLevel }) {
      json = logFormat === 'JSON'
      const least = json ? (levels[logLevel] ?? levels.INFO) : levels.TRACE
      for (const [method, level] of Object.entries(methods)) {
        console[method] = levels[level] < least ? () => undefined : (...args) => log(level, args)
      }
      for (const stream of [process.stdout, process.stderr]) captureStream(stream)
    },
    /** Tells of what ends an invocation, or the program. */
    failure(title, thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      log('ERROR', json ? [error] : [title, `\t${errorText(error)}`])
    },
    /** Lines that have no end yet end with the request. */
    flush() {
      for (const [stream, text] of partial) {
        if (text) line(text)
        partial.set(stream, '')
      }
    },
  }
}

function textEntry(requestId, level, args) {
  return `${new Date(now()).toISOString()}\t${requestId ?? 'undefined'}\t${level}\t${format(...args)}`
}

/** One value stays one, several become text. */
function jsonEntry(requestId, level, args) {
  const entry = { timestamp: new Date(now()).toISOString(), level, requestId }
  if (args.length !== 1) {
    const error = args.find((arg) => arg instanceof Error)
    return JSON.stringify({ ...entry, message: format(...args), ...(error && jsonError(error)) })
  }
  const [message] = args
  try {
    return JSON.stringify({ ...entry, message }, jsonErrors)
  } catch {
    return JSON.stringify({ ...entry, message: format(message) })
  }
}

function jsonErrors(_key, value) {
  return value instanceof Error ? { ...jsonError(value), ...value } : value
}

function jsonError(error) {
  const stackTrace = typeof error.stack === 'string' ? error.stack.split('\n') : []
  return { errorType: error.constructor?.name ?? 'UnknownError', errorMessage: error.message, stackTrace }
}

function errorText(error) {
  try {
    return JSON.stringify(error, (_key, value) => (value instanceof Error ? textError(value) : value))
  } catch {
    return JSON.stringify(describe(error))
  }
}

function textError(error) {
  const shown = { errorType: error.name, errorMessage: error.message, code: error.code, ...error }
  return typeof error.stack === 'string' ? { ...shown, stack: error.stack.split('\n') } : shown
}
