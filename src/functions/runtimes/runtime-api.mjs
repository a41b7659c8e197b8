// The Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. A runtime begins, asks for an
// invocation, answers it, and asks again; anything else is refused as a wrong transition.
import { ascii, bodyOf, refuse, reply } from './api-server.mjs'
import { maxChunkBytes } from './frames.mjs'

const maxResponseBytes = 6_291_556
const root = '/2018-06-01/runtime'

/**
 * `runtime` is told: `onNext()` at the first request for an invocation, `onInitError(failure)`,
 * `onAnswer({ ok, payload })`, `onStreamStart(head)`, `onStreamChunk(bytes)`, which may return a promise to hold the
 * runtime up. Answers are `accepted` before the next invocation is given out.
 */
export function createRuntimeApi(runtime) {
  /** `starting`, `waiting` (for an invocation), `invoked`, `answering`, `answered` or `failed`. */
  let state = 'starting'
  /** The invocation that was given out last, and the one to give out next. */
  let invocation
  let upcoming
  /** Resolves when the answer that is being sent has been taken. */
  let taken = Promise.resolve()
  const waiting = []

  const wrongState = (response, what) =>
    refuse(response, 403, 'InvalidStateTransition', `The runtime may not send ${what} when it is ${state}.`)

  const deliver = () => {
    if (!upcoming || waiting.length === 0) return
    const response = waiting.shift()
    invocation = upcoming
    upcoming = undefined
    state = 'invoked'
    const { header, event } = invocation
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': event.length,
      'Lambda-Runtime-Aws-Request-Id': header.requestId,
      'Lambda-Runtime-Deadline-Ms': String(header.deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': header.functionArn,
      'Lambda-Runtime-Trace-Id': invocation.trace,
      ...(header.clientContext !== undefined && {
        'Lambda-Runtime-Client-Context': ascii(JSON.stringify(header.clientContext)),
      }),
      ...(header.cognitoIdentity !== undefined && {
        'Lambda-Runtime-Cognito-Identity': ascii(JSON.stringify(header.cognitoIdentity)),
      }),
    })
    response.end(event)
  }

  const next = async (request, response) => {
    // One that breaks its answer off may ask before that has been noticed.
    await taken
    if (['invoked', 'answering', 'failed'].includes(state)) return wrongState(response, 'invocation/next')
    const first = state === 'starting'
    state = 'waiting'
    waiting.push(response)
    request.socket.once('close', () => {
      const at = waiting.indexOf(response)
      if (at !== -1) waiting.splice(at, 1)
    })
    if (first) runtime.onNext()
    deliver()
  }

  const initError = async (request, response) => {
    const body = await bodyOf(request, maxResponseBytes)
    if (state !== 'starting') return wrongState(response, 'init/error')
    state = 'failed'
    reply(response, 202, { status: 'OK' })
    await runtime.onInitError(failureIn(body, request.headers['lambda-runtime-function-error-type']))
  }

  /** Whether the request answers the invocation that is under way; what is wrong has been said otherwise. */
  const mayAnswer = (response, requestId, what) => {
    if (invocation?.header.requestId === requestId) {
      if (state === 'invoked') return true
      wrongState(response, what)
      return false
    }
    refuse(response, 400, 'InvalidRequestID', 'Invalid request ID')
    return false
  }

  let noLongerSending = () => undefined
  const beginAnswer = () => {
    state = 'answering'
    const sending = Promise.withResolvers()
    taken = sending.promise
    noLongerSending = sending.resolve
  }
  const answered = async (response, answer, refusal) => {
    await runtime.onAnswer(answer)
    state = 'answered'
    noLongerSending()
    if (refusal) refuse(response, 413, refusal.errorType, refusal.errorMessage)
    else reply(response, 202, { status: 'OK' })
  }
  const failed = (failure) => ({ ok: false, payload: Buffer.from(JSON.stringify(failure)) })
  const tooLarge = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`
  /** A response that was sent in pieces may turn out to have failed when most of it had been sent. */
  const lateFailure = ({ trailers }) => {
    const errorType = trailers['lambda-runtime-function-error-type']
    if (errorType === undefined) return undefined
    return failureIn(Buffer.from(trailers['lambda-runtime-function-error-body'] ?? '', 'base64'), errorType)
  }

  const respond = async (request, response, [, requestId]) => {
    if (!mayAnswer(response, requestId, 'a response')) return
    beginAnswer()
    if (request.headers['lambda-runtime-function-response-mode'] === 'streaming') return stream(request, response)
    const body = await bodyOf(request, maxResponseBytes)
    const failure = lateFailure(request)
    if (body === undefined) {
      const answer = failed({ errorType: 'Function.ResponseSizeTooLarge', errorMessage: tooLarge })
      const errorMessage = `Exceeded maximum allowed payload size (${maxResponseBytes} bytes).`
      return answered(response, answer, { errorType: 'RequestEntityTooLarge', errorMessage })
    }
    return answered(response, failure ? failed(failure) : { ok: true, payload: body })
  }

  const stream = async (request, response) => {
    runtime.onStreamStart({ contentType: request.headers['content-type'] ?? 'application/octet-stream' })
    try {
      for await (const chunk of request) {
        for (let at = 0; at < chunk.length; at += maxChunkBytes) {
          await runtime.onStreamChunk(chunk.subarray(at, at + maxChunkBytes))
        }
      }
    } catch {
      const errorMessage = 'The runtime broke its response off.'
      return answered(response, failed({ errorType: 'Runtime.TruncatedResponse', errorMessage }))
    }
    const failure = lateFailure(request)
    return answered(response, failure ? failed(failure) : { ok: true, payload: Buffer.alloc(0) })
  }

  const fail = async (request, response, [, requestId]) => {
    const body = await bodyOf(request, maxResponseBytes)
    if (!mayAnswer(response, requestId, 'an error')) return
    beginAnswer()
    return answered(response, failed(failureIn(body, request.headers['lambda-runtime-function-error-type'])))
  }

  /** Nothing is restored here (SnapStart makes no snapshots), so there is nothing that could be asked for or fail. */
  const restore = async (_request, response) => {
    refuse(response, 403, 'InvalidStateTransition', 'This instance was not restored from a snapshot.')
  }

  return {
    routes: [
      ['GET', new RegExp(`^${root}/invocation/next$`), next],
      ['POST', new RegExp(`^${root}/invocation/([^/]+)/response$`), respond],
      ['POST', new RegExp(`^${root}/invocation/([^/]+)/error$`), fail],
      ['POST', new RegExp(`^${root}/init/error$`), initError],
      ['GET', new RegExp(`^${root}/restore/next$`), restore],
      ['POST', new RegExp(`^${root}/restore/error$`), restore],
    ],
    invoke(given) {
      upcoming = given
      deliver()
    },
  }
}

/** What the runtime reports: its document as it is, else what the header says. */
export function failureIn(body, errorType) {
  try {
    const failure = JSON.parse(body)
    if (failure !== null && typeof failure === 'object') return { ...(errorType && { errorType }), ...failure }
  } catch {
    // No document: the type is all there is.
  }
  return { errorType: errorType ?? 'Unhandled', errorMessage: String(body ?? '').slice(0, 1_000) }
}
