import type { Server } from 'node:http'
import type { Http2Server, Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'

/** The first bytes of a connection that speaks HTTP/2: https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const preface = Buffer.from('PRI * HTTP/2.0\r\n')

/** What a connection may send before it is known what it speaks. */
const told = 3

interface Sessions {
  /** Lets requests in flight end, and takes no more; connections that never said anything are closed. */
  drain(): void
  close(): void
}

/**
 * Lets the server's port answer HTTP/2 too, as clients speak it that know of it (without TLS there is nothing to agree
 * on): the SDK's of Kinesis does, for SubscribeToShard.
 */
export function alsoHttp2(
  server: Server,
  limits: { readonly headerBytes: number; readonly keepAliveMs: number; readonly headersMs: number },
  answer: (req: Http2ServerRequest, res: Http2ServerResponse) => void,
): Sessions {
  const open = new Set<ServerHttp2Session>()
  const silent = new Set<Socket>()
  const onRequest = (req: Http2ServerRequest, res: Http2ServerResponse) => {
    // By the name that HTTP/1.1 has for it, under which it may have been signed.
    const authority = req.headers[':authority']
    if (authority !== undefined) {
      if (req.headers.host === undefined) req.rawHeaders.push('host', authority)
      req.headers.host = authority
    }
    if (!req.stream.endAfterHeaders && req.headers['content-length'] === undefined) {
      req.headers['transfer-encoding'] = 'chunked'
    }
    answer(req, res)
  }
  const onSession = (session: ServerHttp2Session) => {
    open.add(session)
    session.on('close', () => open.delete(session))
    session.on('error', () => session.destroy())
    session.setTimeout(limits.keepAliveMs, () => session.close())
  }
  /** Made when the first client speaks it: most nodes never load it. */
  let made: Promise<Http2Server> | undefined
  const other = () => {
    made ??= import('node:http2').then(({ createServer }) =>
      createServer({ settings: { maxHeaderListSize: limits.headerBytes } }, onRequest).on('session', onSession),
    )
    return made
  }
  const handlers = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const giveUp = () => void socket.destroy()
    const undecided = setTimeout(giveUp, limits.headersMs)
    // The server leaves half of a connection open when a client ends its own: not before a word was said.
    socket.once('end', giveUp)
    silent.add(socket)
    const decide = () => {
      const first: Buffer | null = socket.read()
      if (first === null) return void socket.once('readable', decide)
      clearTimeout(undecided)
      silent.delete(socket)
      socket.off('end', giveUp)
      socket.unshift(first)
      const speaks2 =
        first.length >= told && first.subarray(0, preface.length).equals(preface.subarray(0, first.length))
      if (speaks2) return void other().then((made) => made.emit('connection', socket))
      for (const handler of handlers) Reflect.apply(handler, server, [socket])
    }
    socket.once('close', () => {
      clearTimeout(undecided)
      silent.delete(socket)
    })
    socket.on('error', () => undefined)
    decide()
  })
  return {
    drain: () => {
      for (const socket of silent) socket.destroy()
      for (const session of open) session.close()
    },
    close: () => {
      for (const session of open) session.destroy()
    },
  }
}
