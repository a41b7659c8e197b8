import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFlags } from '../scripts/run.mjs'

export interface Server extends AsyncDisposable {
  readonly port: number
  readonly pid: number
}

const root = join(import.meta.dirname, '..')

/** The bare server of bare.ts; `answerOnly` verifies and parses nothing. */
export async function startBare({ answerOnly = false } = {}): Promise<Server> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'bare.ts'), ...(answerOnly ? ['--answer-only'] : [])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const port = Number(await firstLine(child))
  return { port, pid: child.pid!, [Symbol.asyncDispose]: () => end(child) }
}

export interface Landfall extends Server {
  /** From the start of the process to its line that it listens. */
  readonly readyMs: number
}

/** A built node, durable. Without a data folder it has one of its own, which goes with it; `env` comes on top of the environment. */
export async function startLandfall(
  options: { readonly folder?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Landfall> {
  const dataDir = options.folder ?? mkdtempSync(join(tmpdir(), 'landfall-bench-'))
  const from = performance.now()
  // --source: the TypeScript as it is, for trying a change without building; --prof: with a CPU profile.
  const entry = process.argv.includes('--source') ? 'src/cli/landfall.ts' : 'dist/landfall.js'
  const flags = process.argv.includes('--prof') ? ['--cpu-prof', '--cpu-prof-dir=.cache'] : []
  const child = spawn(
    process.execPath,
    [...nodeFlags, ...flags, join(root, entry), 'start', '--dev', '--port', '0', '--data', dataDir, '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...options.env } },
  )
  const line = await firstLine(child)
  const readyMs = performance.now() - from
  const port = Number(/:(\d+)/.exec(line)?.[1])
  if (!port) throw new Error(`the node printed no address: ${line}`)
  return {
    port,
    pid: child.pid!,
    readyMs,
    async [Symbol.asyncDispose]() {
      await end(child)
      if (options.folder === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk
      const end = text.indexOf('\n')
      if (end !== -1) resolve(text.slice(0, end))
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
}
