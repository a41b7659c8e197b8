import type { RunningNode } from '../../main.ts'
import { nearest } from '../arguments.ts'
import { CliError } from '../command.ts'
import type { PackagedFunction, PackagedService } from '../service.ts'
import type { Terminal } from '../terminal.ts'

/** Which function debuggers may be attached to, and where. */
export interface InspectionRequest {
  readonly node: RunningNode
  /** Its key in serverless.yml, or its full name. */
  readonly key: string
  readonly port: number
}

/** A debugger that comes with the function's package is known only when that is loaded. */
const patienceMs = 5_000

/** Lets debuggers be attached to a function of the deployed service until disposed of, and says how. */
export async function beginInspection(
  { node, key, port }: InspectionRequest,
  service: PackagedService,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const fn = service.functions.find((one) => one.key === key || one.name === key)
  if (!fn) throw unknownFunction(key, service)
  if (!/^(nodejs|python)/.test(fn.runtime)) {
    throw new CliError(
      `${key} runs on ${fn.runtime}; debuggers can be attached to Node and Python functions.`,
      'Leave out --inspect, or start a debugger in the function itself.',
    )
  }
  const arn = `arn:aws:lambda:${service.region}:000000000000:function:${fn.name}`
  const inspection = await node.host.functions.inspect(arn, port).catch((error: unknown) => {
    throw isTaken(error)
      ? new CliError(`Port ${port} is taken, perhaps by another debugger.`, 'Choose another: --inspect-port 0', {
          cause: error,
        })
      : error
  })
  void say(inspection, fn, terminal, signal)
  return inspection
}

async function say(
  { port, ready }: Awaited<ReturnType<RunningNode['host']['functions']['inspect']>>,
  fn: PackagedFunction,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  const reported = ready()
  const late = setTimeout(() => {
    terminal.answer({ event: 'inspecting', function: fn.key, waiting: true }, () =>
      terminal.style('gray', `${fn.key} says where a debugger is attached once it has loaded: call it.`),
    )
  }, patienceMs)
  const report = await Promise.race([reported, aborted])
  clearTimeout(late)
  if (!report) return
  if (report.problem !== undefined) {
    terminal.answer({ event: 'inspecting', function: fn.key, problem: report.problem }, () =>
      terminal.style('red', `${fn.key}: ${report.problem}`),
    )
    return
  }
  const address = `127.0.0.1:${port}`
  const configuration = attachConfiguration(report.protocol, fn.key, port)
  terminal.answer({ event: 'inspecting', function: fn.key, address, protocol: report.protocol, configuration }, () =>
    [
      `${terminal.style('bold', `Debugger: ${fn.key} listens on ${terminal.style('cyan', address)}`)}`,
      report.protocol === 'devtools'
        ? `Attach with chrome://inspect, node inspect ${address}, or VS Code with this in .vscode/launch.json:`
        : 'Attach with VS Code, with this in .vscode/launch.json:',
      JSON.stringify(configuration, null, 2),
      'It serves one request at a time, and its time limit stands still while a debugger is attached.',
      '',
    ].join('\n'),
  )
}

/** https://code.visualstudio.com/docs/nodejs/nodejs-debugging, https://code.visualstudio.com/docs/python/debugging */
function attachConfiguration(protocol: 'devtools' | 'debug-adapter', key: string, port: number): object {
  const name = `landfall: ${key}`
  const where = { localRoot: '$' + '{workspaceFolder}', remoteRoot: '/var/task' }
  if (protocol === 'debug-adapter') {
    const connect = { host: '127.0.0.1', port }
    return { name, type: 'debugpy', request: 'attach', connect, pathMappings: [where], justMyCode: true }
  }
  // Restart: code that changes is a new process. Every location: what is bundled lies outside of the workspace.
  return {
    ...{ name, type: 'node', request: 'attach', address: '127.0.0.1', port, restart: true },
    ...{ ...where, sourceMaps: true, resolveSourceMapLocations: null, skipFiles: ['<node_internals>/**'] },
  }
}

function unknownFunction(key: string, { functions }: PackagedService): CliError {
  const keys = functions.map((fn) => fn.key)
  const meant = nearest(key, keys)
  return new CliError(
    `This service has no function "${key}".`,
    meant ? `Did you mean: --inspect ${meant}` : `It has ${keys.join(', ')}.`,
    { exitCode: 2 },
  )
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
