import { connect, type Socket } from 'node:net'
import { cpuOfProcess } from './processes.ts'

export interface Load {
  readonly port: number
  /** How many callers wait for answers at once. */
  readonly callers: number
  readonly requests: number
  /** Ends the load when so many seconds have passed, if the requests have not all been sent by then. */
  readonly seconds?: number
  /** The bytes of the n-th request; may depend on the previous answer of the same caller. */
  next(n: number, previous: Answer | undefined): Buffer
}

export interface Answer {
  readonly status: number
  /** Where it came in chunks, with their lengths between. */
  readonly body: string
}

export interface Measured {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Microseconds of CPU that the serving process spent per request; undefined where /proc can't tell. */
  readonly cpuMicros: number
  readonly errors: number
}

/**
 * Drives a server over keep-alive connections, one request in flight each, and reads what it spent: the CPU of its process,
 * or what `cpuOf` counts.
 */
export async function drive(load: Load, pid: number, cpuOf = cpuOfProcess): Promise<Measured> {
  const latencies: number[] = []
  let started = 0
  let errors = 0
  const cpuBefore = cpuOf(pid)
  const from = performance.now()
  const until = from + (load.seconds ?? Number.POSITIVE_INFINITY) * 1000
  await Promise.all(
    Array.from({ length: load.callers }, async () => {
      const caller = await openCaller(load.port)
      let previous: Answer | undefined
      while (started < load.requests && performance.now() < until) {
        const sentAt = performance.now()
        previous = await caller.request(load.next(started++, previous))
        latencies.push(performance.now() - sentAt)
        if (previous.status >= 300) errors++
      }
      caller.close()
    }),
  )
  const seconds = (performance.now() - from) / 1000
  const cpuMicros = ((cpuOf(pid) - cpuBefore) * 1e6) / latencies.length
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return { requests: latencies.length, seconds, p50Ms: at(0.5), p99Ms: at(0.99), cpuMicros, errors }
}

interface Caller {
  request(bytes: Buffer): Promise<Answer>
  close(): void
}

/** One request and one answer at a time, on a connection that is kept; a new one where the server has closed it. */
export async function openCaller(port: number): Promise<Caller> {
  let connection = await open(port)
  return {
    async request(bytes) {
      if (connection.closed) connection = await open(port)
      return connection.request(bytes)
    },
    close: () => connection.close(),
  }
}

interface Connection extends Caller {
  readonly closed: boolean
}

function open(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1')
    let buffered = ''
    let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined
    let closed = false
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      buffered += chunk
      const answer = wholeAnswer(buffered)
      if (!answer) return
      buffered = ''
      closed = answer.last
      const { resolve } = waiting ?? {}
      waiting = undefined
      resolve?.(answer)
    })
    socket.on('error', (error) => (waiting ? waiting.reject(error) : reject(error)))
    socket.on('close', () => {
      closed = true
      waiting?.reject(new Error('the server closed the connection'))
    })
    socket.on('connect', () =>
      resolve({
        get closed() {
          return closed
        },
        request: (bytes) =>
          new Promise((done, failed) => {
            waiting = { resolve: done, reject: failed }
            socket.write(bytes)
          }),
        close: () => {
          waiting = undefined
          socket.destroy()
        },
      }),
    )
  })
}

/** The answer, once all of it is there; `last` when the server closes the connection after it. */
function wholeAnswer(text: string): (Answer & { readonly last: boolean }) | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = text.slice(0, headEnd)
  const rest = text.slice(headEnd + 4)
  const answer = { status: Number(head.slice(9, 12)), last: /\r\nconnection: close/i.test(head) }
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    return rest.endsWith('0\r\n\r\n') ? { ...answer, body: rest } : undefined
  }
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
  return rest.length < length ? undefined : { ...answer, body: rest.slice(0, length) }
}
