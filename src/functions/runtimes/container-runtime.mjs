// A runtime that is in a container: what the image starts speaks the Runtime API, and reaches this supervisor on the
// loopback of the network that both share.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { createRuntimeApi } from './runtime-api.mjs'

/** `container`: program, options, image and arguments, and the environment of the engine's own program. `own`: name, user and file of this instance. */
export function containerRuntime({ container, own, host }) {
  const api = createRuntimeApi({ ...host, onNext: host.onInitialised, onInitError: host.onInitFailed })
  const invalid = (errorMessage) => host.onInitFailed({ errorType: 'Runtime.InvalidEntrypoint', errorMessage })
  let child

  return {
    routes: api.routes,
    ready: Promise.resolve(),
    invoke: api.invoke,
    // The container itself is ended by name, by the node.
    kill: (signal) => child?.kill(signal),
    start(_settings, environment) {
      const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`)
      const broken = lines.findIndex((line) => line.slice(0, -1).includes('\n'))
      if (broken >= 0) {
        const [name] = lines[broken].split('=')
        return invalid(`The environment variable ${name} has a line break, which cannot be given to a container.`)
      }
      // Secrets are in it: not on a command line, which others of the host may read.
      writeFileSync(own.environmentFile, lines.join(''), { mode: 0o600 })
      const { program, options, image, args, ownNetwork } = container
      const network = ownNetwork ? `ns:/proc/${process.pid}/ns/net` : 'host'
      const mine = ['--name', own.name, '--network', network, '--user', `${own.uid}:${own.uid}`]
      child = spawn(
        program,
        [...options.slice(0, -2), ...mine, '--env-file', own.environmentFile, ...options.slice(-2), image, ...args],
        {
          cwd: '/',
          env: container.environment,
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      )
      host.output.capture('function', child.stdout)
      host.output.capture('function', child.stderr)
      child.on('error', (error) => invalid(`${program}: ${error.message}`))
      child.on('exit', host.onExit)
      return undefined
    },
  }
}
