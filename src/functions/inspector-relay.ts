import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import type { Hold } from './time-limit.ts'

/** Debuggers' way to a function's process, at one address for as long as the function is inspected. */
export interface InspectorRelay extends AsyncDisposable {
  readonly port: number
  /** Held while a debugger is attached. */
  readonly hold: Hold
  /** Ends the connections to a process that is gone. */
  disconnect(): void
}

export interface RelayOptions {
  /** 0 picks a free one. */
  readonly port: number
  /** The port at which the process listens, once there is one. Rejects when there is none to come. */
  target(): Promise<number>
  /** True for protocols in which any connection is a debugger's (the debug adapter protocol); else a WebSocket's are. */
  everyConnection(): boolean
}

const headerBytes = 16_384
/** Connections at once: a debugger uses a few. */
const mostConnections = 64
/** A process that has ended refuses connections for a moment before that is known. */
const againAfterMs = 50
const upgrade = /^upgrade:\s*websocket\s*$/im

/** Listens on loopback. Bytes go through as they are: what is discovered of the process by a debugger is the process's own answer. */
export async function createInspectorRelay({ port, target, everyConnection }: RelayOptions): Promise<InspectorRelay> {
  const attached = new Set<Socket>()
  const open = new Set<Socket>()
  /** Those that talk to a process, and don't wait for one. */
  const connected = new Set<Socket>()
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of [...listeners]) listener()
  }
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      open.delete(socket)
      connected.delete(socket)
      if (attached.delete(socket) && attached.size === 0) changed()
    })
    void pass(socket, {
      target,
      everyConnection,
      onConnected(isDebugger) {
        connected.add(socket)
        if (!isDebugger) return
        attached.add(socket)
        if (attached.size === 1) changed()
      },
    })
  })
  server.maxConnections = mostConnections
  await listening(server, port)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the inspector has no port')
  return {
    port: address.port,
    hold: {
      get held() {
        return attached.size > 0
      },
      onChange(fn) {
        listeners.add(fn)
        return () => listeners.delete(fn)
      },
    },
    disconnect() {
      for (const socket of connected) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

interface Passing extends Pick<RelayOptions, 'target' | 'everyConnection'> {
  onConnected(isDebugger: boolean): void
}

/** Reads the head of the first request, to tell a debugger from a question, and hands everything on. */
async function pass(socket: Socket, { target, everyConnection, onConnected }: Passing): Promise<void> {
  try {
    const process = await reach(target, socket)
    process.on('error', () => socket.destroy())
    process.once('close', () => socket.destroy())
    socket.once('close', () => process.destroy())
    const first = everyConnection() ? Buffer.alloc(0) : await head(socket)
    if (socket.destroyed) return void process.destroy()
    onConnected(everyConnection() || upgrade.test(first.toString('latin1')))
    process.write(first)
    socket.pipe(process)
    process.pipe(socket)
  } catch {
    // No process to inspect, or no request: there is nobody to hand it to.
    socket.destroy()
  }
}

/** A connection to the process; to the next one, when this one has just ended. */
async function reach(target: () => Promise<number>, socket: Socket): Promise<Socket> {
  while (true) {
    const port = await target()
    const process = dial(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => {
      process.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    if (isOpen) return process
    if (socket.destroyed) throw new Error('closed')
    await new Promise((resolve) => setTimeout(resolve, againAfterMs))
  }
}

function head(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let seen: Buffer = Buffer.alloc(0)
    const onData = (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk])
      if (!seen.includes('\r\n\r\n') && seen.length < headerBytes) return
      socket.pause()
      socket.off('data', onData)
      resolve(seen)
    }
    socket.on('data', onData)
    socket.once('close', () => reject(new Error('closed')))
  })
}
