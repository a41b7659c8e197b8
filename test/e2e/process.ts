import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

const root = join(import.meta.dirname, '../..')
const entry = join(root, 'src/cli/landfall.ts')
const tool = join(root, 'node_modules/osls/bin/serverless.js')

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  /** What to run instead of the sources' entry. */
  readonly entry?: string
  /** A command that runs the rest of its arguments as one: `nice`, `unshare …`. */
  readonly within?: readonly string[]
  /** Started inside a test and used by the next ones too: whoever starts it ends it. */
  readonly outlivesTest?: boolean
}

export interface Result {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs `landfall ARGS` from the sources to its end. */
export function landfall(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return run([entry, ...args], options)
}

/** Runs `osls ARGS` as a user without Landfall's CLI would: only the environment points at the node. */
export function osls(args: readonly string[], endpoint: string, cwd: string): Promise<Result> {
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    SLS_AWS_MONITORING_FREQUENCY: '100',
  }
  return run([tool, ...args], { cwd, env })
}

export async function run(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const child = start(args, options)
  child.stdin?.end(options.input ?? '')
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
  return { code: code as number | null, out, err }
}

/** A command that runs until told to stop. */
export interface Background extends AsyncDisposable {
  readonly child: ChildProcess
  /** The first JSON line on standard output, given or still to come, that `matches`. Rejects when the command ends before. */
  line<T = Record<string, unknown>>(matches: (line: T) => boolean): Promise<T>
  /** The same, of the lines after the last one that this gave. */
  next<T = Record<string, unknown>>(matches: (line: T) => boolean): Promise<T>
  /** Sends the signal and resolves to the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Everything on standard error so far. */
  readonly err: string
}

/** Starts `landfall ARGS --json`, from the sources unless told otherwise. */
export function background(args: readonly string[], options: RunOptions = {}): Background {
  const child = start([options.entry ?? entry, ...args, '--json'], options)
  const lines: unknown[] = []
  const wakers = new Set<() => void>()
  let err = ''
  let ended = false
  const wake = () => {
    for (const waker of wakers) waker()
  }
  child.stderr!.setEncoding('utf8').on('data', (piece: string) => {
    err += piece
  })
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(JSON.parse(line))
    wake()
  })
  const closed = once(child, 'close').then(([code]) => {
    ended = true
    wake()
    return code as number | null
  })
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (!ended) child.kill(signal)
    return await closed
  }
  let given = 0
  const find = async <T>(matches: (line: T) => boolean, from: number): Promise<{ found: T; at: number }> => {
    while (true) {
      const at = (lines as T[]).findIndex((line, index) => index >= from && matches(line))
      if (at >= 0) return { found: lines[at] as T, at }
      if (ended) throw new Error(`landfall ${args.join(' ')} ended before that line. It said:\n${err}`)
      await new Promise<void>((resolve) => {
        const waker = () => {
          wakers.delete(waker)
          resolve()
        }
        wakers.add(waker)
      })
    }
  }
  return {
    child,
    stop,
    get err() {
      return err
    },
    line: async <T>(matches: (line: T) => boolean) => (await find(matches, 0)).found,
    async next<T>(matches: (line: T) => boolean) {
      const { found, at } = await find(matches, given)
      given = at + 1
      return found
    },
    [Symbol.asyncDispose]: async () => {
      await stop()
    },
  }
}

function start(
  args: readonly string[],
  { cwd = root, env = {}, within = [], outlivesTest = false }: RunOptions,
): ChildProcess {
  const [file, ...rest] = [...within, process.execPath, ...args]
  const child = spawn(file!, rest, { cwd, env: { ...plainEnvironment(), ...env }, stdio: 'pipe' })
  running.add(child)
  child.once('close', () => running.delete(child))
  if (!outlivesTest) endWithTest(child)
  return child
}

/** Ended at the latest with the process of the test file. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A test that ran out of time never comes to the end of what it uses. */
function endWithTest(child: ChildProcess): void {
  const end = () => {
    if (running.has(child)) child.kill('SIGKILL')
  }
  try {
    onTestFinished(end)
  } catch {
    // Started for all tests of a file.
  }
}

/** Without what would point tools elsewhere, and without colours. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|LANDFALL_|FORCE_COLOR|NODE_OPTIONS)/.test(name))
  return { ...Object.fromEntries(kept), NO_COLOR: '1', CI: '1' }
}
