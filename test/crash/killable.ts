import { temporaryFolder } from '../e2e/folder.ts'
import { type Background, background } from '../e2e/process.ts'

/** A node in a process of its own, on a data folder of its own, which goes when it is disposed of. */
export interface KillableNode extends AsyncDisposable {
  readonly endpoint: string
  /** A client that does not try again. */
  client<C>(ctor: new (config: never) => C): C
  /** Ends it with SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again, on the port that it had. */
  start(): Promise<void>
}

/** Starts one. `flags` come on top of those that every such node has. */
export async function killableNode(flags: readonly string[] = ['--no-isolation']): Promise<KillableNode> {
  const data = await temporaryFolder()
  let process: Background
  let endpoint = ''
  const start = async () => {
    const port = endpoint === '' ? '0' : new URL(endpoint).port
    process = background(['start', '--dev', ...flags, '--port', port, '--data', data.path], { outlivesTest: true })
    endpoint = (await process.line<{ endpoint?: string }>((line) => line.endpoint !== undefined)).endpoint ?? ''
  }
  await start()
  return {
    get endpoint() {
      return endpoint
    },
    client(ctor) {
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
      return new ctor({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 } as never)
    },
    async kill() {
      await process.stop('SIGKILL')
    },
    start,
    async [Symbol.asyncDispose]() {
      await process[Symbol.asyncDispose]()
      await data[Symbol.asyncDispose]()
    },
  }
}
