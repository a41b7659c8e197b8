// A runtime that is a program of its own and speaks the Runtime API: a package's `bootstrap`, or a published runtime
// interface client.
import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { dotnetCommand } from './dotnet.mjs'
import { launchErrors } from './launch-errors.mjs'
import { createRuntimeApi } from './runtime-api.mjs'

/**
 * `command`: what runs the handler; `{task}`, `{layers}` and `{handler}` in it are replaced. `dotnet`: the program that
 * runs what the handler names. Neither: a `bootstrap`. `host`: what createRuntimeApi tells, `onExit(code, signal)` and `output`.
 */
export function customRuntime({ command, dotnet }, host) {
  const commandFor = (task) => {
    if (dotnet) return dotnetCommand(dotnet, task)
    return command ? expand(command, task) : bootstrapIn(task)
  }
  const api = createRuntimeApi({
    ...host,
    onNext: host.onInitialised,
    onInitError: host.onInitFailed,
  })
  const invalid = (message) => host.onInitFailed({ errorType: 'Runtime.InvalidEntrypoint', errorMessage: message })
  let child

  return {
    routes: api.routes,
    ready: Promise.resolve(),
    invoke: api.invoke,
    kill: (signal) => child?.kill(signal),
    start(task, environment) {
      const found = commandFor(task)
      if (typeof found === 'string') return invalid(found)
      const wrapper = (command || dotnet) && environment.AWS_LAMBDA_EXEC_WRAPPER
      const [file, ...args] = wrapper ? [wrapper, ...found] : found
      child = spawn(file, args, {
        cwd: task.taskRoot,
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      host.output.capture('function', child.stdout)
      host.output.capture('function', child.stderr)
      child.on('error', (error) => invalid(`fork/exec ${file}: ${launchErrors[error.code] ?? error.message}`))
      child.on('exit', host.onExit)
      return undefined
    },
  }
}

function bootstrapIn({ taskRoot, layersRoot }) {
  const places = [taskRoot, layersRoot].filter(Boolean).map((root) => join(root, 'bootstrap'))
  const bootstrap = places.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
  if (!bootstrap) return `Couldn't find valid bootstrap(s): [${places.join(' ')}]`
  try {
    accessSync(bootstrap, constants.X_OK)
  } catch {
    return `fork/exec ${bootstrap}: ${launchErrors.EACCES}`
  }
  return [bootstrap]
}

/** What is a list of places (`a:b`) is left without those of layers where there are none. */
function expand(command, { taskRoot, layersRoot, handler }) {
  return command.map((word) =>
    word
      .split(delimiter)
      .filter((part) => layersRoot || !part.includes('{layers}'))
      .join(delimiter)
      .replaceAll('{task}', taskRoot)
      .replaceAll('{layers}', layersRoot ?? '')
      .replaceAll('{handler}', handler),
  )
}
