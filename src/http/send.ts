import type { HeaderValues, WireResponse } from '../kernel/http.ts'
import type { Outgoing } from './exchange.ts'

/**
 * Writes an answer. A streamed body waits for the client, and one that reads nothing for `idleMs` is dropped.
 * A source that fails after the head was sent can only be shown by breaking the connection.
 */
export function send(
  res: Outgoing,
  response: WireResponse,
  extra: HeaderValues | undefined,
  idleMs: number,
): Promise<void> | void {
  const { status, body } = response
  const headers: HeaderValues = extra ? { ...response.headers, ...extra } : response.headers
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    const length = body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    if (headers['content-length'] === undefined && status !== 204 && status !== 304)
      headers['content-length'] = String(length)
    res.writeHead(status, headers)
    // As long in bytes as in characters: ASCII, which needs no encoding.
    if (typeof body === 'string') res.end(body, length === body.length ? 'latin1' : 'utf8')
    // A character a byte: head and body then go out as one.
    else if (body && length <= copiedBytes) res.end(asLatin1(body), 'latin1')
    else res.end(body)
    return
  }
  res.writeHead(status, headers)
  return stream(res, body, idleMs)
}

/** Smaller bodies are copied behind their head; larger ones are handed to the socket as they are. */
const copiedBytes = 8_192

const asLatin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

async function stream(res: Outgoing, body: AsyncIterable<Uint8Array>, idleMs: number): Promise<void> {
  try {
    for await (const chunk of body) {
      if (res.destroyed) break
      if (!res.write(chunk)) await drained(res, idleMs)
    }
    res.end()
  } catch {
    // The head said success; an aborted connection is the only honest end left.
    res.destroy()
  }
}

/** Resolves when more can be written or nobody reads any more; rejects after `idleMs` without either. Leaves no listener. */
function drained(res: Outgoing, idleMs: number): Promise<void> {
  if (res.destroyed) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      clearTimeout(timer)
      res.off('drain', go)
      res.off('close', go)
      if (error) reject(error)
      else resolve()
    }
    const go = () => settle()
    const timer = setTimeout(() => settle(new Error('the client reads nothing')), idleMs)
    res.on('drain', go)
    res.on('close', go)
  })
}
