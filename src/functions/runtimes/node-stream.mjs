// What Lambda's Node runtimes give functions that stream their answers: the `awslambda` global, and the stream.
// https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
import process from 'node:process'
import { Writable } from 'node:stream'

const streamingKey = Symbol.for('aws.lambda.runtime.handler.streaming')
const highWaterMarkKey = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')
const httpIntegration = 'application/vnd.awslambda.http-integration-response'
const maxChunkBytes = 65_536

export function offerStreaming() {
  if (/^(1|true)$/.test(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA ?? '')) return
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[streamingKey] = 'response'
      if (typeof options?.highWaterMark === 'number') handler[highWaterMarkKey] = Math.trunc(options.highWaterMark)
      return handler
    },
    HttpResponseStream: {
      /** The first write sends status, headers and cookies ahead of itself; an end without one sends none, as in Lambda. */
      from(stream, metadata) {
        stream.setContentType(httpIntegration)
        const text = JSON.stringify(metadata)
        stream._onBeforeFirstWrite = (write) => {
          write(text)
          write(new Uint8Array(8))
        }
        return stream
      },
    },
  }
}

/** How a handler streams: undefined when it does not. Throws `failed(errorType, message)` for what is no kind of streaming. */
export function streamingOf(handler, failed) {
  const kind = handler[streamingKey]
  if (!kind) return undefined
  if (kind !== 'response') throw failed('Runtime.MalformedStreamingHandler', 'Only response streaming is supported.')
  const highWaterMark = Number(handler[highWaterMarkKey])
  return { highWaterMark: highWaterMark > 0 ? highWaterMark : maxChunkBytes }
}

/**
 * The stream that a handler writes to. `begin(contentType)` comes once, ahead of the first `piece(bytes)`, which answers
 * false when it wants no more until `drained` calls back: whoever reads slowly so slows the function.
 */
export function createResponseStream({ highWaterMark, begin, piece, drained, failed }) {
  let contentType = 'application/octet-stream'
  let begun = false
  let wrote = false
  const start = () => {
    if (begun) return
    begun = true
    begin(contentType)
  }
  const send = (bytes, at, done) => {
    for (let from = at; from < bytes.length; ) {
      const to = from + maxChunkBytes
      if (!piece(bytes.subarray(from, to))) return drained(() => send(bytes, to, done))
      from = to
    }
    done()
  }
  const stream = new Writable({
    highWaterMark,
    write(bytes, _encoding, done) {
      start()
      send(bytes, 0, done)
    },
    final(done) {
      start()
      done()
    },
  })
  // Who destroys it with an error has been told by what they await; nobody has to listen.
  stream.on('error', () => undefined)
  const write = stream.write.bind(stream)
  stream.write = (chunk, encoding, callback) => {
    const plain = typeof chunk === 'string' || chunk instanceof Uint8Array
    const first = !wrote
    wrote = true
    if (first && typeof stream._onBeforeFirstWrite === 'function') stream._onBeforeFirstWrite((ahead) => write(ahead))
    return write(plain ? chunk : JSON.stringify(chunk), encoding, callback)
  }
  stream.setContentType = (type) => {
    if (wrote) throw failed('Runtime.InvalidStreamingOperation', 'Cannot set content-type, too late.')
    contentType = String(type)
  }
  return stream
}

/** Resolves to whether the stream has ended well, once it has ended at all. */
export function ended(stream) {
  return new Promise((resolve) => {
    const settle = () => resolve(stream.writableFinished)
    if (stream.writableFinished || stream.destroyed) settle()
    else stream.once('finish', settle).once('close', settle)
  })
}
