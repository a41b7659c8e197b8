import { awsError } from '../kernel/errors.ts'
import type { Incoming } from './exchange.ts'

const empty = new Uint8Array(0)

/** How many bytes of bodies the node holds at once, over all requests. */
export interface BodyBudget {
  used: number
  readonly max: number
}

/** What a body that is held until it is whole must bring, unless it ends, in every `idleMs`: it has a place among the requests in flight before anybody knows whose it is. */
const leastBytes = 65_536

/** Counts bytes against the budget. Throws SlowDown when they are too many; `taken` is told of them otherwise. */
export function hold(budget: BodyBudget, bytes: number, taken: (bytes: number) => void): void {
  if (budget.used + bytes > budget.max) throw overBudget()
  budget.used += bytes
  taken(bytes)
}

/**
 * Reads a whole body of at most `maxBytes`. A client that sends less than `leastBytes` in `idleMs` is given up.
 * `taken` is told what was added to the budget, for giving it back when the request ends. No promise when the whole
 * body has arrived already, as a small one has.
 */
export function readBody(
  req: Incoming,
  maxBytes: number,
  idleMs: number,
  budget: BodyBudget,
  taken: (bytes: number) => void,
): Promise<Uint8Array> | Uint8Array {
  const announced = Number(req.headers['content-length'] ?? Number.NaN)
  if (announced === 0 || (Number.isNaN(announced) && req.headers['transfer-encoding'] === undefined)) return empty
  if (announced > maxBytes) return Promise.reject(tooLarge(maxBytes))
  const arrived = req.complete ? arrivedBody(req) : undefined
  if (arrived) {
    hold(budget, arrived.length, taken)
    return arrived
  }

  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const done = () => {
      clearTimeout(timer)
      req.off('data', onData)
      req.off('end', onEnd)
      req.off('close', onClose)
    }
    const fail = (error: Error) => {
      done()
      req.pause()
      reject(error)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) return fail(tooLarge(maxBytes))
      if (budget.used + chunk.length > budget.max) return fail(overBudget())
      budget.used += chunk.length
      taken(chunk.length)
      chunks.push(chunk)
    }
    const onEnd = () => {
      done()
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size))
    }
    const onClose = () =>
      fail(awsError('RequestTimeout', 'The connection closed before the whole body was received.', { status: 400 }))
    let before = 0
    const timer = setTimeout(() => {
      if (size - before < leastBytes) return fail(slow())
      before = size
      timer.refresh()
    }, idleMs)
    req.on('data', onData)
    req.on('end', onEnd)
    req.on('close', onClose)
  })
}

/**
 * The whole body, when it came with the headers, as a small one does. Its end may still be to come, unless the request is
 * `complete`: what is answered before costs Node much more.
 */
export function arrivedBody(req: Incoming): Buffer | undefined {
  if (req.readableLength === 0 || req.readableLength !== Number(req.headers['content-length'])) return undefined
  const body = req.read() as Buffer | null
  req.resume()
  return body ?? undefined
}

/** The body as it arrives. Ends with an error when the client pauses longer than `idleMs`, leaves, or sends too much. */
export async function* streamBody(req: Incoming, maxBytes: number, idleMs: number): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(() => req.destroy(slow()), idleMs)
  let size = 0
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw tooLarge(maxBytes)
      timer.refresh()
      yield chunk
    }
    if (!req.complete)
      throw awsError('IncompleteBody', 'The connection closed before the whole body was received.', { status: 400 })
  } finally {
    clearTimeout(timer)
  }
}

function tooLarge(maxBytes: number): Error {
  return awsError('RequestEntityTooLargeException', `The request body must be at most ${maxBytes} bytes.`, {
    status: 413,
  })
}

function overBudget(): Error {
  return awsError('SlowDown', 'The node holds as many request bodies as it may. Reduce your request rate.', {
    status: 503,
  })
}

function slow(): Error {
  return awsError('RequestTimeout', 'The body arrived too slowly. Send it without pauses.', {
    status: 400,
  })
}
