import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { expect } from 'vitest'
import { temporaryFolder } from '../e2e/folder.ts'
import { lastingPort } from '../e2e/lasting-port.ts'
import { type Background, background } from '../e2e/process.ts'

/** A node in a process of its own, on a data folder of its own, which goes when it is disposed of. */
export interface KillableNode extends AsyncDisposable {
  readonly endpoint: string
  /** A client that does not try again. */
  client<C>(ctor: new (config: never) => C, options?: { readonly region?: string }): C
  /** Ends it with SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again, on the port that it had. */
  start(): Promise<void>
}

/** Starts one. `flags` come on top of those that every such node has, `env` on top of the environment. */
export async function killableNode(
  flags: readonly string[] = ['--no-isolation'],
  env: Readonly<Record<string, string>> = {},
): Promise<KillableNode> {
  const data = await temporaryFolder()
  const port = await lastingPort()
  let process: Background
  let endpoint = ''
  const start = async () => {
    process = background(['start', '--dev', ...flags, '--port', port, '--data', data.path], { env, outlivesTest: true })
    endpoint = (await process.line<{ endpoint?: string }>((line) => line.endpoint !== undefined)).endpoint ?? ''
  }
  await start()
  return {
    get endpoint() {
      return endpoint
    },
    client(ctor, options = {}) {
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
      const made = { endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1, ...options }
      return new ctor(made as never)
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

/** Takes messages from a queue, each told to `take`, until nothing of what `missing` answers is missing. */
export async function takeUntil(
  sqs: SQSClient,
  QueueUrl: string | undefined,
  take: (body: string) => void,
  missing: () => readonly unknown[],
): Promise<void> {
  const next = async () => {
    const asked = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 })
    for (const { Body = '', ReceiptHandle } of (await sqs.send(asked)).Messages ?? []) {
      take(Body)
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    }
    return missing()
  }
  await expect.poll(next, { timeout: 60_000, interval: 1 }).toEqual([])
}
