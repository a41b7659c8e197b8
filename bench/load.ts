import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

export interface Load {
  readonly port: number
  /** How many callers wait for answers at once. */
  readonly callers: number
  readonly requests: number
  /** The bytes of the n-th request; may depend on the previous answer of the same caller. */
  next(n: number, previous: Answer | undefined): Buffer
}

export interface Answer {
  readonly status: number
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

/** Drives a server over keep-alive connections, one request in flight each, and reads what the server's process spent. */
export async function drive(load: Load, pid: number): Promise<Measured> {
  const latencies: number[] = []
  let started = 0
  let errors = 0
  const cpuBefore = cpuSeconds(pid)
  const from = performance.now()
  await Promise.all(
    Array.from({ length: load.callers }, async () => {
      const caller = await openCaller(load.port)
      let previous: Answer | undefined
      while (started < load.requests) {
        const sentAt = performance.now()
        previous = await caller.request(load.next(started++, previous))
        latencies.push(performance.now() - sentAt)
        if (previous.status >= 300) errors++
      }
      caller.close()
    }),
  )
  const seconds = (performance.now() - from) / 1000
  const cpuMicros = ((cpuSeconds(pid) - cpuBefore) * 1e6) / latencies.length
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return { requests: latencies.length, seconds, p50Ms: at(0.5), p99Ms: at(0.99), cpuMicros, errors }
}

/** User and system time of a process, from /proc (clock ticks of 10 ms). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

interface Caller {
  request(bytes: Buffer): Promise<Answer>
  close(): void
}

/** A connection that sends one request and reads one answer at a time; only `Content-Length` bodies. */
export function openCaller(port: number): Promise<Caller> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1')
    let buffered = ''
    let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      buffered += chunk
      const head = buffered.indexOf('\r\n\r\n')
      if (head === -1) return
      const length = Number(/content-length: (\d+)/i.exec(buffered.slice(0, head))?.[1] ?? 0)
      if (buffered.length < head + 4 + length) return
      const answer = { status: Number(buffered.slice(9, 12)), body: buffered.slice(head + 4, head + 4 + length) }
      buffered = buffered.slice(head + 4 + length)
      waiting?.resolve(answer)
    })
    socket.on('error', (error) => (waiting ? waiting.reject(error) : reject(error)))
    socket.on('close', () => waiting?.reject(new Error('the server closed the connection')))
    socket.on('connect', () =>
      resolve({
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
