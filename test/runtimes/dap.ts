import { once } from 'node:events'
import { connect } from 'node:net'

/** A client of the Debug Adapter Protocol: what a Python debugger is to a function. */
export interface DebugAdapter {
  /** Sends a request and resolves to the body of its response. */
  send<T = Record<string, unknown>>(command: string, args?: object): Promise<T>
  /** The next event of this name, also one that came already and that nobody took. */
  event<T = Record<string, unknown>>(name: string): Promise<T>
  /** Closes the connection. */
  close(): void
}

interface Message {
  readonly type: 'request' | 'response' | 'event'
  readonly event?: string
  readonly body?: unknown
  readonly request_seq?: number
  readonly success?: boolean
  readonly message?: string
}

/** Connects to the adapter that listens on the port. Messages are JSON behind a `Content-Length` header. */
export async function connectAdapter(port: number): Promise<DebugAdapter> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  const events: Message[] = []
  let woken = Promise.withResolvers<void>()
  const receive = (message: Message) => {
    const { type, request_seq: request = 0, success, body } = message
    if (type === 'event') {
      events.push(message)
      woken.resolve()
      woken = Promise.withResolvers()
    } else if (success) waiting.get(request)?.resolve(body)
    else waiting.get(request)?.reject(new Error(message.message))
  }
  let bytes = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    for (;;) {
      const head = bytes.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/Content-Length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1])
      const end = head + 4 + length
      if (bytes.length < end) return
      receive(JSON.parse(bytes.toString('utf8', head + 4, end)) as Message)
      bytes = bytes.subarray(end)
    }
  })
  let last = 0
  return {
    send<T>(command: string, args: object = {}) {
      last += 1
      const seq = last
      const answer = new Promise<T>((resolve, reject) => waiting.set(seq, { resolve: (v) => resolve(v as T), reject }))
      const body = JSON.stringify({ seq, type: 'request', command, arguments: args })
      socket.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
      return answer
    },
    async event<T>(name: string) {
      for (;;) {
        const at = events.findIndex(({ event }) => event === name)
        const [found] = at < 0 ? [] : events.splice(at, 1)
        if (found) return found.body as T
        await woken.promise
      }
    },
    close: () => void socket.destroy(),
  }
}
