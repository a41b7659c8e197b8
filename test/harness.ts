import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Options, readConfig } from '../src/config.ts'
import type { MovableClock } from '../src/kernel/clock.ts'
import { type RunningNode, type StartOptions, startNode as start } from '../src/main.ts'

/**
 * How long `vi.waitFor` waits, as `expect.poll` does (vitest.config.ts): what is awaited comes within milliseconds, but a
 * machine that is busy with something else may take far longer, and a wait that is too long costs only a test that fails.
 */
export const patiently = { timeout: 45_000, interval: 20 }

export interface KeyPair {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

interface ClientConfig {
  endpoint: string
  region: string
  credentials: KeyPair
  maxAttempts: number
  forcePathStyle: boolean
}

export interface TestNode extends AsyncDisposable {
  readonly endpoint: string
  readonly dataDir: string
  readonly clock: MovableClock
  readonly node: RunningNode
  /** An SDK client of this node; with the well-known key unless others are given. */
  client<C>(ctor: new (config: ClientConfig) => C, options?: Partial<ClientConfig>): C
  /** Closes the node and starts another on the same data folder. Endpoint and clock are new. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** Starts a node on a free port with a data folder of its own, which goes when it is closed. */
export async function startNode(options: Options & StartOptions = {}): Promise<TestNode> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'landfall-test-'))
  const config = () => readConfig({ dev: true, port: 0, logLevel: 'error', ...options, dataDir }, {})
  let node = await start(config(), options)
  const close = async () => {
    await node.close()
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
  }
  return {
    get endpoint() {
      return node.endpoint
    },
    get clock() {
      return node.clock
    },
    get node() {
      return node
    },
    dataDir,
    client: (ctor, overrides = {}) =>
      new ctor({
        endpoint: node.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 1,
        forcePathStyle: true,
        ...overrides,
      }),
    async restart() {
      await node.close()
      node = await start(config(), options)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * The host's time for a node whose test's steps have to lie in one minute, hour or day: at first, the beginning of the hour
 * that is next. A node's own clock goes by it; requests are signed with the time that it is.
 */
export function earlyInTheHour(): () => number {
  const hourMs = 3_600_000
  const aheadMs = hourMs - (Date.now() % hourMs) + 1_000
  return () => Date.now() + aheadMs
}

/** An identifier, token or signature of the same form that is never the one given: its last `count` characters are others. */
export function altered(text: string, count = 4): string {
  return text.slice(0, -count) + text.slice(-count).replace(/./g, (character) => (character === '0' ? '1' : '0'))
}
