import { relative } from 'node:path'
import type { Clients } from '../clients.ts'
import { CliError } from '../command.ts'
import { type Connection, connectionEnvironment } from '../connection.ts'
import { type Deployment, deployment } from '../deployment.ts'
import { logLine } from '../log-line.ts'
import { tail } from '../log-tail.ts'
import { osls } from '../osls.ts'
import { present } from '../present.ts'
import { type PackagedService, packagedService, type Service } from '../service.ts'
import { explain } from '../service-errors.ts'
import type { Terminal } from '../terminal.ts'
import { beginInspection, type InspectionRequest } from './inspect.ts'
import { createUpdater, type Updater } from './update.ts'
import { changes } from './watch.ts'

export interface Development {
  readonly service: Service
  readonly stage: string | undefined
  readonly connection: Connection
  clientsIn(region: string): Clients
  /** The function that debuggers may be attached to. */
  readonly inspection?: InspectionRequest
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

/** What runs of the service now, and what keeps it current. */
interface Live {
  readonly packaged: PackagedService
  readonly updater: Updater
  /** Ends the tail of this deployment's logs. */
  readonly logs: AbortController
}

/** Deploys the service, then follows its sources and its logs until the signal aborts. A failed deployment waits for the next change. */
export async function develop(development: Development): Promise<void> {
  const { service, terminal, signal } = development
  // Watched from before the deployment, whose failure is the end of it, too.
  const watching = new AbortController()
  const edits = changes(service.dir, AbortSignal.any([signal, watching.signal]))
  let live: Live | undefined
  let inspection: AsyncDisposable | undefined
  try {
    live = await deployed(development)
    inspection = live && (await inspected(development, live))
    for await (const changed of edits) {
      const startedMs = performance.now()
      const change = live && (await attempt(terminal, service, () => live!.updater.apply(changed)))
      if (change?.kind === 'updated') {
        const tookMs = Math.round(performance.now() - startedMs)
        terminal.answer({ event: 'updated', functions: change.functions, tookMs }, () =>
          terminal.style('green', `updated ${change.functions.join(', ')} in ${tookMs} ms`),
        )
      }
      if (live && change?.kind !== 'deploy') continue
      if (change?.kind === 'deploy') terminal.err(change.because)
      await close(live)
      live = await deployed(development)
      inspection ??= live && (await inspected(development, live))
    }
  } finally {
    watching.abort()
    await close(live)
    await inspection?.[Symbol.asyncDispose]()
  }
}

/** Once: the address stays the same over every update. Throws for a function that is not there. */
async function inspected({ inspection, terminal, signal }: Development, { packaged }: Live) {
  return inspection && (await beginInspection(inspection, packaged, terminal, signal))
}

/** Deploys, shows what stands, and begins to tail; undefined when it failed, which has been said. */
async function deployed(development: Development): Promise<Live | undefined> {
  const { service, stage, connection, terminal, signal, clientsIn } = development
  return await attempt(terminal, service, async () => {
    const fromMs = Date.now()
    const done = terminal.progress(`deploying ${relative('.', service.dir) || 'this service'}`)
    let result: Deployment
    let packaged: PackagedService
    try {
      // --force: code that was updated in place since the last deployment is not what osls remembers.
      await osls(service, ['deploy', '--force', ...(stage ? ['--stage', stage] : [])], connection, { signal })
      packaged = await packagedService(service)
      result = await deployment(clientsIn(packaged.region), packaged.stackName, connection.endpoint)
    } finally {
      done()
    }
    const clients = clientsIn(packaged.region)
    const updater = await createUpdater(service, packaged, clients)
    terminal.answer({ event: 'deployed', endpoint: connection.endpoint, ...result }, () =>
      [present(terminal, result), '', connectHint(terminal, connection), ''].join('\n'),
    )
    const logs = new AbortController()
    void follow(terminal, clients, packaged, fromMs, AbortSignal.any([logs.signal, signal]))
    return { packaged, updater, logs }
  })
}

function connectHint(terminal: Terminal, connection: Connection): string {
  const variables = connectionEnvironment(connection)
  const shown = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION', 'AWS_DEFAULT_REGION']
  const line = shown.map((name) => `${name}=${variables[name]}`).join(' ')
  return `${terminal.style('gray', `Any AWS tool: export ${line}`)}\nWatching for changes; Ctrl-C ends.`
}

async function follow(
  terminal: Terminal,
  clients: Clients,
  packaged: PackagedService,
  fromMs: number,
  signal: AbortSignal,
) {
  const groups = packaged.functions.map(({ name }) => `/aws/lambda/${name}`)
  try {
    for await (const event of tail(clients, { groups, fromMs, follow: true, signal })) {
      terminal.answer({ event: 'log', ...event }, () => logLine(terminal, event, true))
    }
  } catch (error) {
    if (!signal.aborted) report(terminal, error)
  }
}

async function close(live: Live | undefined): Promise<void> {
  live?.logs.abort()
  await live?.updater[Symbol.asyncDispose]()
}

/** Runs a step whose failure is shown and then waited out: the next change may mend it. */
async function attempt<T>(terminal: Terminal, service: Service, step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step()
  } catch (error) {
    if (!isAboutTheService(error)) throw error
    report(terminal, error)
    terminal.err(`waiting for a change in ${relative('.', service.dir) || 'this folder'}`)
    return undefined
  }
}

function isAboutTheService(error: unknown): error is Error {
  return (
    error instanceof CliError || explain(error, 'dev') !== undefined || (error instanceof Error && 'errors' in error)
  )
}

function report(terminal: Terminal, error: unknown): void {
  const { message, nextStep } =
    error instanceof CliError ? error : (explain(error, 'dev') ?? { message: String(error), nextStep: '' })
  if (terminal.json) terminal.out(JSON.stringify({ event: 'failed', error: message, nextStep }))
  else terminal.err(`${terminal.style('red', message)}\n${nextStep}`.trimEnd())
}
