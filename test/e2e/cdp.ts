/** A client of the Chrome DevTools protocol: what a Node debugger is to a function. */
export interface Debugger extends AsyncDisposable {
  send<T = Record<string, unknown>>(method: string, params?: object): Promise<T>
  /** Resolves when the process has ended, or the connection to it. */
  readonly gone: Promise<void>
  /** The next event of this name, also one that came already and that nobody took. */
  event<T = Record<string, unknown>>(name: string, matches?: (params: T) => boolean): Promise<T>
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** Finds the one process at `http://127.0.0.1:<port>` as debuggers do, and attaches to it. */
export async function attach(port: number): Promise<Debugger> {
  const response = await fetch(`http://127.0.0.1:${port}/json/list`)
  const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[]
  if (!target) throw new Error('nothing to attach to')
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  const events: Message[] = []
  const wakers = new Set<() => void>()
  let closed = false
  const wake = () => {
    for (const waker of [...wakers]) waker()
  }
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    if (message.id === undefined) {
      events.push(message)
      wake()
    } else if (message.error) waiting.get(message.id)?.reject(new Error(message.error.message))
    else waiting.get(message.id)?.resolve(message.result)
  })
  const gone = Promise.withResolvers<void>()
  socket.addEventListener('close', () => {
    closed = true
    for (const { reject } of waiting.values()) reject(new Error('the process is gone'))
    wake()
    gone.resolve()
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  let last = 0
  return {
    gone: gone.promise,
    send<T>(method: string, params: object = {}) {
      last += 1
      const id = last
      const answer = new Promise<T>((resolve, reject) => waiting.set(id, { resolve: (v) => resolve(v as T), reject }))
      socket.send(JSON.stringify({ id, method, params }))
      return answer
    },
    async event<T>(name: string, matches: (params: T) => boolean = () => true) {
      while (true) {
        const at = events.findIndex(({ method, params }) => method === name && matches(params as T))
        const [found] = at < 0 ? [] : events.splice(at, 1)
        if (found) return found.params as T
        if (closed) throw new Error(`the process ended before ${name}`)
        await new Promise<void>((resolve) => {
          const waker = () => {
            wakers.delete(waker)
            resolve()
          }
          wakers.add(waker)
        })
      }
    },
    async [Symbol.asyncDispose]() {
      socket.close()
      await gone.promise
    },
  }
}

/** What `Debugger.paused` tells. */
export interface Paused {
  readonly callFrames: readonly { readonly callFrameId: string; readonly location: { readonly lineNumber: number } }[]
}
