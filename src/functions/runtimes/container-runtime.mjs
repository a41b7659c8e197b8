// A runtime that is in a container: what the image starts speaks the Runtime API, and reaches this supervisor on the
// loopback of the network that both share.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { constants as os } from 'node:os'
import { basename } from 'node:path'
import process from 'node:process'
import { descriptors, initArguments, initProcesses, shell } from './container-init.mjs'
import { launchErrors } from './launch-errors.mjs'
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

/**
 * `container`: the engine's program, its options and environment, the image, what runs in it (`argv`) and its extensions' paths.
 * `own`: name, user and file of this instance.
 */
export function containerRuntime({ container, own, host }) {
  let asked = false
  const onNext = () => {
    asked = true
    host.onInitialised()
  }
  const api = createRuntimeApi({ ...host, onNext, onInitError: host.onInitFailed })
  const invalid = (errorMessage) => host.onInitFailed({ errorType: 'Runtime.InvalidEntrypoint', errorMessage })
  const [entry] = container.argv
  let child
  /** What runs beside and below the shell, where there are extensions. */
  let within

  /** Starts the container; false when it cannot be, which has been said. */
  const open = (environment, [first, ...rest], channels = 0) => {
    const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`)
    const broken = lines.findIndex((line) => line.slice(0, -1).includes('\n'))
    if (broken >= 0) {
      const [name] = lines[broken].split('=')
      invalid(`The environment variable ${name} has a line break, which cannot be given to a container.`)
      return false
    }
    // Secrets are in it: not on a command line, which others of the host may read.
    writeFileSync(own.environmentFile, lines.join(''), { mode: 0o600 })
    const { program, options, image, ownNetwork, tellsPid } = container
    const network = ownNetwork ? `ns:/proc/${process.pid}/ns/net` : 'host'
    const mine = ['--name', own.name, '--network', network, '--user', `${own.uid}:${own.uid}`]
    if (tellsPid) mine.push('--pidfile', own.pidFile)
    if (channels > 0) mine.push(`--preserve-fds=${channels}`)
    mine.push('--env-file', own.environmentFile, '--entrypoint', first)
    // The engine itself is to be in the node's network: runc refuses podman's settings for one that it is in itself.
    const outside = ownNetwork ? ['nsenter', `--net=/proc/${process.ppid}/ns/net`, program] : [program]
    const [file, ...before] = outside
    child = spawn(file, [...before, ...options, ...mine, image, ...rest], {
      cwd: '/',
      env: container.environment,
      stdio: ['ignore', 'pipe', 'pipe', ...Array(channels).fill('pipe')],
    })
    host.output.capture('function', child.stdout)
    host.output.capture('function', child.stderr)
    child.on('error', (error) => invalid(`${program}: ${error.message}`))
    let last = ''
    child.stderr.on('data', (bytes) => {
      last = (last + bytes.toString()).slice(-mostSaid)
    })
    child.on('close', (code, signal) => {
      const said = last.trim().split('\n').at(-1)
      const never = !asked && notStarted.includes(code) && engineError.test(said)
      if (never) invalid(said.replace(engineError, ''))
      if (within) within.end(...endOf(code, signal))
      else if (!never) host.onExit(...endOf(code, signal))
    })
    return true
  }

  return {
    routes: api.routes,
    ready: Promise.resolve(),
    invoke: api.invoke,
    // The container itself is ended by name, by the node.
    kill: (signal) => (within?.runtime ?? child)?.kill(signal),
    /** Starts the container with its extensions alone, and answers them. */
    external(environment) {
      const paths = container.extensions
      if (paths.length === 0) return []
      if (!open(environment, [shell, ...initArguments(paths, container.argv)], descriptors)) return []
      const [, , , told, printed, orders] = child.stdio
      host.output.capture('extension', printed)
      within = initProcesses(paths.length, { told, orders, endOf })
      within.runtime.on('exit', host.onExit)
      within.runtime.on('error', ({ code }) => invalid(`fork/exec ${entry}: ${launchErrors[code] ?? code}`))
      return paths.map((path, i) => ({ name: basename(path), path, child: within.extensions[i] }))
    },
    start(_settings, environment) {
      if (within) within.start()
      else open(environment, container.argv)
    },
  }
}
