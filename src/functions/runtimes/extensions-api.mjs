// The Extensions API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html. Executables in
// `/opt/extensions` are external extensions, started ahead of the runtime; what the runtime's own processes register are
// internal ones.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bodyOf, refuse, reply } from './api-server.mjs'
import { launchErrors } from './launch-errors.mjs'

const mostExtensions = 10
const maxBodyBytes = 65_536
const events = ['INVOKE', 'SHUTDOWN']
const root = '/2020-01-01/extension'
const idHeader = 'lambda-extension-identifier'
const typeHeader = 'lambda-extension-function-error-type'
/** What external extensions do not get: https://docs.aws.amazon.com/lambda/latest/dg/lambda-extensions.html */
export const runtimeOnly = [
  ...['AWS_EXECUTION_ENV', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', '_HANDLER'],
  ...['AWS_XRAY_CONTEXT_MISSING', 'AWS_XRAY_DAEMON_ADDRESS', '_AWS_XRAY_DAEMON_ADDRESS', 'LAMBDA_RUNTIME_DIR'],
  ...['LAMBDA_TASK_ROOT', 'AWS_LAMBDA_EXEC_WRAPPER'],
]

/** The external extensions that layers bring: executables' paths, by name. */
export function extensionsIn(layersRoot) {
  if (!layersRoot) return []
  const dir = join(layersRoot, 'extensions')
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(dir)
    .sort()
    .filter((name) => statSync(join(dir, name), { throwIfNoEntry: false })?.isFile())
    .map((name) => ({ name, path: join(dir, name) }))
}

/**
 * `host`: `settings()` (environment and handler of the function), `output`, `onChange()` after every step of one,
 * `onFailed(failure)` when one fails or ends that should not.
 */
export function createExtensions(host) {
  const all = []
  let registrationOpen = true
  let shuttingDown = false

  const fail = (extension, errorType, why) => {
    if (extension.failed) return
    extension.failed = errorType
    if (!shuttingDown) host.onFailed({ errorType, errorMessage: why }, extension)
    host.onChange()
  }

  const begin = (path, environment) => {
    const env = { ...process.env, ...environment }
    for (const variable of runtimeOnly) delete env[variable]
    const child = spawn(path, [], { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] })
    host.output.capture('extension', child.stdout)
    host.output.capture('extension', child.stderr)
    return child
  }

  const launch = ({ name, path, child }, environment) => {
    const extension = { name, external: true, events: [], queue: [], state: 'started', failed: undefined }
    all.push(extension)
    const notStarted = (code) => {
      extension.state = 'ended'
      fail(extension, 'Extension.LaunchError', `fork/exec ${path}: ${launchErrors[code] ?? code}`)
    }
    try {
      if (!child) accessSync(path, constants.X_OK)
    } catch {
      return notStarted('EACCES')
    }
    extension.child = child ?? begin(path, environment)
    extension.child.on('error', ({ code }) => notStarted(code))
    extension.child.on('exit', (code, signal) => {
      extension.state = 'ended'
      fail(extension, 'Extension.Crash', signal ? `signal: ${signal}` : `exit status ${code}`)
    })
    return undefined
  }

  /** The extension that the request names; what is wrong has been said otherwise. */
  const identified = (request, response) => {
    const id = request.headers[idHeader]
    const wrong = (type, why) => {
      refuse(response, 403, `Extension.${type}`, why)
      return undefined
    }
    if (id === undefined) return wrong('MissingExtensionIdentifier', `Missing ${idHeader} header`)
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
      return wrong('InvalidExtensionIdentifier', 'Invalid extension identifier')
    }
    const found = all.find((extension) => extension.id === id)
    return found ?? wrong('UnknownExtensionIdentifier', 'Unknown extension identifier')
  }

  const register = async (request, response) => {
    const name = request.headers['lambda-extension-name']
    const body = await bodyOf(request, maxBodyBytes)
    if (!name) return refuse(response, 403, 'Extension.InvalidExtensionName', 'Empty extension name')
    if (name.length > 128) return refuse(response, 403, 'Extension.InvalidExtensionName', 'Too long an extension name')
    let asked
    try {
      asked = JSON.parse(body).events ?? []
      if (!Array.isArray(asked)) throw new TypeError('events is no list')
    } catch {
      return refuse(response, 400, 'InvalidRequestFormat', 'The request is a JSON object with a list of events.')
    }
    const unknown = asked.find((event) => !events.includes(event))
    if (unknown !== undefined) {
      return refuse(response, 403, 'Extension.InvalidEventType', `Invalid event type: ${unknown}`)
    }
    let extension = all.find((one) => one.name === name)
    if (extension?.id !== undefined) {
      const why = `The extension ${name} has been registered already.`
      return refuse(response, 403, 'Extension.InvalidExtensionState', why)
    }
    if (!registrationOpen) {
      return refuse(response, 403, 'Extension.RegistrationClosed', 'Extensions register while the instance starts.')
    }
    if (!extension) {
      if (asked.includes('SHUTDOWN')) {
        const why = 'Internal extensions cannot register for SHUTDOWN.'
        return refuse(response, 403, 'ShutdownEventNotSupportedForInternalExtension', why)
      }
      if (all.length >= mostExtensions) {
        return refuse(response, 403, 'Extension.TooManyExtensions', `There are ${mostExtensions} extensions already.`)
      }
      extension = { name, external: false, queue: [], state: 'started', failed: undefined }
      all.push(extension)
    }
    Object.assign(extension, { id: randomUUID(), events: [...new Set(asked)], state: 'registered' })
    const { environment, handler, account } = host.settings()
    const features = request.headers['lambda-extension-accept-feature']?.split(',').map((one) => one.trim()) ?? []
    reply(
      response,
      200,
      {
        functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
        functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
        handler,
        ...(features.includes('accountId') && account !== undefined && { accountId: account }),
      },
      { 'Lambda-Extension-Identifier': extension.id },
    )
    host.onChange()
  }

  const next = async (request, response) => {
    const extension = identified(request, response)
    if (!extension) return
    if (extension.waiting || extension.failed) {
      return refuse(response, 403, 'Extension.InvalidExtensionState', `It may not ask when it is ${extension.state}.`)
    }
    extension.state = 'ready'
    extension.waiting = response
    request.socket.once('close', () => {
      if (extension.waiting === response) extension.waiting = undefined
    })
    give(extension)
    host.onChange()
  }

  /** Hands the next event to an extension that waits for one. */
  const give = (extension) => {
    if (!extension.waiting || extension.queue.length === 0) return
    const { waiting } = extension
    extension.waiting = undefined
    extension.state = 'running'
    reply(waiting, 200, extension.queue.shift(), { 'Lambda-Extension-Event-Identifier': randomUUID() })
  }

  const report = (errorType) => async (request, response) => {
    const body = await bodyOf(request, maxBodyBytes)
    const extension = identified(request, response)
    if (!extension) return
    const given = request.headers[typeHeader]
    if (!given) return refuse(response, 400, 'InvalidRequestFormat', `Missing ${typeHeader} header`)
    reply(response, 202, { status: 'OK' })
    let said = given
    try {
      said = JSON.parse(body).errorMessage ?? given
    } catch {
      // The type is all there is.
    }
    fail(extension, /^[A-Za-z]+\.[A-Za-z0-9]+$/.test(given) ? given : errorType, String(said).slice(0, 1_000))
  }

  const registered = (event) => all.filter((one) => one.events?.includes(event) && one.id !== undefined && !one.failed)

  return {
    routes: [
      ['POST', new RegExp(`^${root}/register$`), register],
      ['GET', new RegExp(`^${root}/event/next$`), next],
      ['POST', new RegExp(`^${root}/init/error$`), report('Extension.InitError')],
      ['POST', new RegExp(`^${root}/exit/error$`), report('Extension.ExitError')],
    ],
    all,
    identified,
    /**
     * Starts the external ones, but for those with a `child`, which have been. Those past the limit are told so by `register`, as
     * none of them may be left out unseen.
     */
    launch(found, environment) {
      for (const one of found.slice(0, mostExtensions)) launch(one, environment)
      if (found.length > mostExtensions) {
        const errorMessage = `A function has at most ${mostExtensions} extensions; its layers bring ${found.length}.`
        host.onFailed({ errorType: 'Extension.TooManyExtensions', errorMessage })
      }
    },
    closeRegistration() {
      registrationOpen = false
    },
    /** Whether all that were started have registered. */
    haveRegistered: () => all.every((one) => one.id !== undefined || one.failed),
    /** Whether all have asked for an event and have none to work on. */
    areReady: () => all.every((one) => one.failed || (one.state === 'ready' && one.queue.length === 0)),
    hasShutdown: () => all.some((one) => one.external && one.child && one.state !== 'ended'),
    invoke(event) {
      for (const extension of registered('INVOKE')) {
        extension.queue.push(event)
        give(extension)
      }
    },
    /** Tells who asked to be told; the others are ended. Resolves when all have ended. */
    async shutDown(event) {
      shuttingDown = true
      const told = registered('SHUTDOWN')
      const ends = all
        .filter(({ child, state }) => child && state !== 'ended')
        .map((one) => new Promise((resolve) => one.child.once('exit', resolve)))
      for (const extension of all) {
        if (told.includes(extension)) {
          extension.queue.push(event)
          give(extension)
        } else extension.child?.kill('SIGKILL')
      }
      await Promise.all(ends)
    },
  }
}
