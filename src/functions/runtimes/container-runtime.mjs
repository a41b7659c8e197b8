// A runtime that is in a container: what the image starts speaks the Runtime API, and reaches this supervisor on the
// loopback of the network that both share.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { constants as os } from 'node:os'
import process from 'node:process'
import { createRuntimeApi } from './runtime-api.mjs'

const mostSaid = 4_096
/** The engine's own, of a program that cannot be run, or not be found: https://docs.podman.io/en/latest/markdown/podman-run.1.html#exit-status */
const notStarted = [125, 126, 127]
const engineError = /^(docker: )?Error( response from daemon)?: /

/** The engine ends with 128 and the number of the signal that ended the container. */
function endOf(code, signal) {
  const [name] = Object.entries(os.signals).find(([, number]) => number === code - 128) ?? []
  return name ? [null, name] : [code, signal]
}

/** `container`: program, options, image and arguments, and the environment of the engine's own program. `own`: name, user and file of this instance. */
export function containerRuntime({ container, own, host }) {
  let asked = false
  const onNext = () => {
    asked = true
    host.onInitialised()
  }
  const api = createRuntimeApi({ ...host, onNext, onInitError: host.onInitFailed })
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
      const { program, options, image, args, ownNetwork, tellsPid } = container
      const network = ownNetwork ? `ns:/proc/${process.pid}/ns/net` : 'host'
      const mine = ['--name', own.name, '--network', network, '--user', `${own.uid}:${own.uid}`]
      if (tellsPid) mine.push('--pidfile', own.pidFile)
      // The engine itself is to be in the node's network: runc refuses podman's settings for one that it is in itself.
      const outside = ownNetwork ? ['nsenter', `--net=/proc/${process.ppid}/ns/net`, program] : [program]
      const [file, ...before] = outside
      child = spawn(
        file,
        [
          ...before,
          ...[...options.slice(0, -2), ...mine, '--env-file', own.environmentFile],
          ...[...options.slice(-2), image, ...args],
        ],
        {
          cwd: '/',
          env: container.environment,
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      )
      host.output.capture('function', child.stdout)
      host.output.capture('function', child.stderr)
      child.on('error', (error) => invalid(`${program}: ${error.message}`))
      let last = ''
      child.stderr.on('data', (bytes) => {
        last = (last + bytes.toString()).slice(-mostSaid)
      })
      child.on('close', (code, signal) => {
        const said = last.trim().split('\n').at(-1)
        if (!asked && notStarted.includes(code) && engineError.test(said)) return invalid(said.replace(engineError, ''))
        return host.onExit(...endOf(code, signal))
      })
      return undefined
    },
  }
}
