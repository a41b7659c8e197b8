import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inheritedEnvironment } from '../config.ts'
import { CliError } from './command.ts'
import { type Connection, connectionEnvironment } from './connection.ts'
import type { Service } from './service.ts'

/** How often osls asks for a stack's events, in milliseconds: the node is near, so its own 5 s would be the wait. */
const monitoringMs = 150

export interface Run {
  /** All that was printed, in order. */
  readonly output: string
}

export interface RunOptions {
  readonly signal: AbortSignal
  /** Called with each piece of output as it comes. */
  readonly onOutput?: (text: string) => void
}

/** Runs `osls ARGS` on the service against the node. Throws with the end of its output when it fails. */
export async function osls(
  service: Service,
  args: readonly string[],
  node: Connection,
  options: RunOptions,
): Promise<Run> {
  const tool = findTool(service)
  const child = spawn(process.execPath, [tool.bin, ...args], {
    cwd: service.dir,
    env: toolEnvironment(node),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = () => child.kill('SIGTERM')
  options.signal.addEventListener('abort', stop, { once: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      options.onOutput?.(text)
    })
  }
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    options.signal.throwIfAborted()
    if (code !== 0) {
      throw new CliError(
        `${tool.name} ${args[0]} failed:\n${output.trim()}`,
        `Mend what it names above, then run it again.`,
      )
    }
    return { output }
  } finally {
    options.signal.removeEventListener('abort', stop)
  }
}

interface Tool {
  readonly name: string
  readonly bin: string
}

/** The service's own osls or serverless, else ours. */
function findTool(service: Service): Tool {
  const own = createRequire(join(service.dir, 'package.json'))
  const ours = createRequire(import.meta.url)
  for (const [require, names] of [
    [own, ['osls', 'serverless']],
    [ours, ['osls']],
  ] as const) {
    for (const name of names) {
      const tool = locate(require, name)
      if (tool) return tool
    }
  }
  throw new CliError('osls is not installed.', 'Install Landfall again, or add osls to the service: npm i -D osls')
}

function locate(require: NodeJS.Require, name: string): Tool | undefined {
  for (const folder of require.resolve.paths(name) ?? []) {
    const manifest = readManifest(join(folder, name, 'package.json'))
    if (!manifest) continue
    const bin = typeof manifest.bin === 'string' ? manifest.bin : (manifest.bin[name] ?? manifest.bin.serverless)
    if (bin) return { name, bin: join(folder, name, bin) }
  }
  return undefined
}

function readManifest(path: string): { bin: string | Record<string, string> } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined
    }
    throw error
  }
}

/** Everything the user's own environment has, but pointed at the node, quiet and asking nothing. */
function toolEnvironment(node: Connection): NodeJS.ProcessEnv {
  const {
    AWS_PROFILE: _profile,
    AWS_DEFAULT_PROFILE: _defaultProfile,
    AWS_SESSION_TOKEN: _token,
    ...inherited
  } = inheritedEnvironment()
  // The folder of our own Node goes first, so that a plugin that starts `node` gets the one osls runs on.
  const path = `${dirname(process.execPath)}:${inherited.PATH ?? ''}`
  return {
    ...inherited,
    ...connectionEnvironment(node),
    PATH: path,
    SLS_AWS_MONITORING_FREQUENCY: String(monitoringMs),
    SLS_TELEMETRY_DISABLED: '1',
    SLS_NOTIFICATIONS_MODE: 'off',
    SLS_INTERACTIVE_SETUP_ENABLE: '',
    CI: '1',
    ...withPlugin(inherited.NODE_OPTIONS),
  }
}

/**
 * What points version 2 of the SDK for JavaScript at the node, which does not know AWS_ENDPOINT_URL (Serverless Framework 3
 * and osls 3 use it), and keeps the data folder out of packages. `nodeOptions` are those that are set already.
 */
export function withPlugin(nodeOptions = ''): { NODE_OPTIONS: string } {
  const plugin = fileURLToPath(new URL('./serverless-plugin.cjs', import.meta.url))
  return { NODE_OPTIONS: `${nodeOptions} --require ${JSON.stringify(plugin)}`.trim() }
}
