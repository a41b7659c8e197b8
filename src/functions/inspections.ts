import type { Inspection, InspectorReport, Outcome } from '../kernel/functions.ts'
import type { Log } from '../kernel/log.ts'
import { createInspectorRelay, type InspectorRelay } from './inspector-relay.ts'
import type { LaunchPlan } from './launch-plan.ts'
import type { InstanceProcess } from './process.ts'

export interface InspectionsOptions {
  start(plan: LaunchPlan): Promise<InstanceProcess>
  readonly log: Log
}

/** A function that is inspected: it has one process at a time, which is started before there is a request. */
export interface InspectedFunction extends Inspection {
  /** The plan as it is for inspected processes, which is a reason to start one now. */
  prepare(plan: LaunchPlan): void
  /** A process for a version of the function; the one before has ended then. */
  take(plan: LaunchPlan): Promise<InstanceProcess>
  /** Runs requests one after the other. */
  inTurn(run: () => Promise<Outcome>): Promise<Outcome>
}

export interface Inspections extends AsyncDisposable {
  /** The inspected function with this ARN, or that this is a version of. */
  of(functionArn: string): InspectedFunction | undefined
  /** Rejects when the port is taken, and for a function that is inspected already. */
  begin(functionArn: string, port: number): Promise<InspectedFunction>
}

/** Room for what a debugger makes a program remember. */
const overheadMb = 128
/** How long a debugger that comes early waits for the process to listen. */
const patienceMs = 30_000
const restartAfterMs = 200
const notInspectable =
  'No debugger can be attached to a function that needs a supervisor: for extensions (/opt/extensions in a layer), for ' +
  'AWS_LAMBDA_EXEC_WRAPPER, for code that names AWS_LAMBDA_RUNTIME_API, or for its runtime. Leave that out, or --inspect.'

export function createInspections(options: InspectionsOptions): Inspections {
  const inspected = new Map<string, InspectedFunction>()
  return {
    of(functionArn) {
      if (inspected.size === 0) return undefined
      return inspected.get(functionArn) ?? inspected.get(functionArn.split(':').slice(0, 7).join(':'))
    },
    async begin(functionArn, port) {
      if (inspected.has(functionArn)) throw new Error(`${functionArn} is inspected already.`)
      const begun = await inspect(port, options, () => inspected.delete(functionArn))
      inspected.set(functionArn, begun)
      return begun
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...inspected.values()].map((one) => one[Symbol.asyncDispose]()))
    },
  }
}

async function inspect(
  port: number,
  { start, log }: InspectionsOptions,
  ended: () => void,
): Promise<InspectedFunction> {
  const stop = new AbortController()
  let last: Promise<unknown> = Promise.resolve()
  let wanted: LaunchPlan | undefined
  let spare: { readonly key: string; readonly process: Promise<InstanceProcess> } | undefined
  let current: InstanceProcess | undefined
  let turns = 0
  let report = Promise.withResolvers<InspectorReport>()
  let newest: InspectorReport | undefined

  const relay: InspectorRelay = await createInspectorRelay({
    port,
    everyConnection: () => newest?.protocol === 'debug-adapter',
    async target() {
      const patience = AbortSignal.any([stop.signal, AbortSignal.timeout(patienceMs)])
      const { port, problem } = await Promise.race([report.promise, rejectOn(patience)])
      if (port === undefined) throw new Error(problem)
      return port
    },
  })

  const inspectedPlan = (plan: LaunchPlan): LaunchPlan => ({
    ...plan,
    key: `inspected ${plan.key}`,
    argv: [...plan.argv, 'inspect'],
    overheadMb: (plan.overheadMb ?? 0) + overheadMb,
    inspection: {
      hold: relay.hold,
      onReport(told) {
        newest = told
        if (told.problem !== undefined) log.warn('functions.not-inspected', { reason: told.problem })
        report.resolve(told)
      },
    },
  })
  /** Whoever asks from now on is told of the process that is about to start. */
  const renew = () => {
    const before = report
    report = Promise.withResolvers()
    before.resolve(report.promise)
    relay.disconnect()
  }
  const startSpare = (plan: LaunchPlan) => {
    renew()
    if (!plan.inspectable) report.resolve({ protocol: 'devtools', problem: notInspectable })
    const process = start(plan.inspectable ? inspectedPlan(plan) : plan)
    spare = { key: plan.key, process }
    process.then(
      ({ exited, end }) =>
        exited.then(() => {
          if (spare?.process !== process) return
          spare = undefined
          renew()
          startAgain()
          return end()
        }),
      (error: Error) => {
        if (spare?.process === process) spare = undefined
        log.warn('functions.not-inspected', { reason: error.message })
      },
    )
  }
  const dropSpare = async () => {
    const dropped = spare
    spare = undefined
    await dropped?.process.then((process) => process.end()).catch(() => undefined)
  }
  /** A debugger waits for the next process, not for the next request. */
  const startAgain = () => {
    const timer = setTimeout(() => {
      if (wanted && !current && !spare && !stop.signal.aborted) startSpare(wanted)
    }, restartAfterMs)
    timer.unref()
  }

  return {
    port: relay.port,
    get attached() {
      return relay.hold.held
    },
    ready: () => report.promise,
    prepare(plan) {
      wanted = plan
      if (stop.signal.aborted || current || spare?.key === plan.key) return
      void dropSpare().then(() => {
        if (!current && !spare && !stop.signal.aborted) startSpare(plan)
      })
    },
    async take(plan) {
      wanted = plan
      // Not for a request, but ahead of one: what there is stays, with its debugger.
      if (current && turns === 0) throw new Error('A function that is inspected has one instance.')
      await current?.end()
      if (spare && spare.key !== plan.key) await dropSpare()
      if (!spare) startSpare(plan)
      const taken = spare
      spare = undefined
      const process = await taken!.process
      current = process
      void process.exited.then(() => {
        if (current === process) current = undefined
        renew()
        startAgain()
      })
      return process
    },
    inTurn(run) {
      turns += 1
      const turn = last.then(run).finally(() => {
        turns -= 1
      })
      last = turn.catch(() => undefined)
      return turn
    },
    async [Symbol.asyncDispose]() {
      if (stop.signal.aborted) return
      stop.abort(new Error('The function is not inspected any more.'))
      ended()
      await dropSpare()
      await current?.end()
      await relay[Symbol.asyncDispose]()
    },
  }
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
