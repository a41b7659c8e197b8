import type { FunctionSpec, Outcome, RunRequest } from '../kernel/functions.ts'
import type { CodeLease } from './code-store.ts'
import { type CpuMode, cpuShare } from './cpu-share.ts'
import { dataLimitBytes } from './data-limit.ts'
import type { Exit } from './exit.ts'
import { type Extensions, readExtensions, reportRecord } from './extensions.ts'
import { exitMessage, type Failure, failureFrom, failureOf, parseJson } from './failure.ts'
import { frame } from './frames.ts'
import { createInvocationLog, type InvocationLog } from './invocation-log.ts'
import { finish, outcomeOf } from './outcome.ts'
import { platformLines, type Report } from './platform-lines.ts'
import type { InstanceProcess } from './process.ts'
import type { ProcessListener } from './process-streams.ts'
import type { Served } from './served.ts'
import type { Specialisation } from './specialisation.ts'
import { type StreamedAnswer, streamedAnswer } from './streamed-answer.ts'
import { timeLimit } from './time-limit.ts'
import { watchMemory } from './watch-memory.ts'

export interface InstanceOptions {
  readonly spec: FunctionSpec
  readonly process: InstanceProcess
  readonly lease: CodeLease
  readonly logStream: string
  readonly credentialsExpireAtMs: number
  /** Default: shared. */
  readonly cpu?: CpuMode | undefined
  readonly nowMs: () => number
}

interface Loaded {
  readonly initMs: number
  readonly maxMemoryMb: number
}

export type InitResult =
  | { readonly kind: 'ready'; readonly initMs: number }
  /** `killed`: by a signal that no program sends by mistake. */
  | (Loaded & { readonly kind: 'failed'; readonly failure: Failure; readonly killed: boolean })
  | (Loaded & { readonly kind: 'timeout' })
  /** It ended before it was told what to load. */
  | { readonly kind: 'lost' }

/** One process that belongs to one function version and serves one request at a time. */
export interface Instance {
  readonly spec: FunctionSpec
  readonly logStream: string
  readonly credentialsExpireAtMs: number
  readonly process: InstanceProcess
  /** False once its process has ended or can no longer be trusted to answer. */
  readonly usable: boolean
  /** Loads the code. What it prints goes to `log`. */
  initialise(specialisation: Specialisation, limitMs: number, log: InvocationLog): Promise<InitResult>
  /** Serves one request; never rejects. `free` is called when the instance is done with it, which may be after the answer. */
  invoke(request: RunRequest, initMs: number | undefined, log: InvocationLog, free: () => void): Promise<Served>
  /** Ends the process and everything it started. */
  end(): Promise<void>
}

interface Answer {
  readonly ok: boolean
  readonly payload: Buffer
}

/** What a function is told it has left while a debugger holds its time limit up. */
const heldMs = 86_400_000

export function createInstance(options: InstanceOptions): Instance {
  const { spec, process, lease, logStream, nowMs, cpu = 'shared' } = options
  const lines = platformLines(spec.logFormat, spec.qualifier, nowMs, spec.systemLogLevel)
  let usable = true
  let requests = 0
  let extensions: Extensions | undefined
  let log: InvocationLog | undefined
  /** One wait at a time is told of the end: a promise that lasts as long as the instance would keep all who raced it. */
  let exit: Exit | undefined
  let onExit: ((exit: Exit) => void) | undefined
  void process.exited.then((how) => {
    usable = false
    exit = how
    onExit?.(how)
  })
  /** What comes first: what `start` gives to its callback, the end of the program, or that of its time. */
  const firstOf = async <T>(limitMs: number, start: (answer: (value: T) => void) => void) => {
    const { promise, resolve } = Promise.withResolvers<T | Exit | 'timeout'>()
    onExit = resolve
    const cancel = timeLimit(limitMs, () => resolve('timeout'), process.hold)
    const stop = watchMemory(process, spec.memoryMb)
    start(resolve)
    // Ended before: nothing that was sent just now has been read.
    if (exit) resolve({ ...exit, unread: true })
    const first = await promise
    onExit = undefined
    cancel()
    stop()
    return first
  }
  /** A peak past the limit was never granted: what the kernel reports includes pages shared with other processes. */
  const maxMemoryMb = () => Math.min(spec.memoryMb, Math.ceil(process.peakBytes() / 1_048_576)) || spec.memoryMb
  const listen = (listener: Omit<ProcessListener, 'onLine'>) =>
    process.listen({
      ...listener,
      onFrame(received) {
        if (received.type === frame.compiled) lease.keepCompiled(received.payload)
        else listener.onFrame(received)
      },
      onLine: (text) => log?.add(text),
    })

  return {
    spec,
    logStream,
    credentialsExpireAtMs: options.credentialsExpireAtMs,
    process,
    get usable() {
      return usable
    },

    async initialise(specialisation, limitMs, initLog) {
      log = initLog
      const startedAt = performance.now()
      process.limitMemory(spec.memoryMb * 1024 * 1024)
      await process.limitData((startedWith) => dataLimitBytes(spec.memoryMb, spec.runtime, startedWith))
      process.limitCpu(cpuShare(spec.memoryMb, cpu, 'loading'))
      const answer = await firstOf<'ready' | Buffer>(limitMs, (answered) => {
        listen({
          onDrained: () => undefined,
          onFrame(received) {
            if (received.type === frame.initialised) {
              extensions = readExtensions(received.payload)
              answered('ready')
            } else if (received.type === frame.initFailed) answered(received.payload)
          },
        })
        process.send(frame.init, 0, Buffer.from(JSON.stringify(specialisation)))
      })
      const initMs = performance.now() - startedAt
      if (answer === 'ready') {
        if (extensions) process.endAfter(extensions.shutdownMs)
        if (cpu === 'exact') process.limitCpu(cpuShare(spec.memoryMb, cpu, 'serving'))
        return { kind: 'ready', initMs }
      }
      usable = false
      const loaded = { initMs, maxMemoryMb: maxMemoryMb() }
      // What it printed comes before the report of its failure.
      await process.end()
      if (isUnread(answer)) return { kind: 'lost' }
      if (answer === 'timeout') return { kind: 'timeout', ...loaded }
      const failure = Buffer.isBuffer(answer)
        ? failureFrom(answer)
        : failureOf('Runtime.ExitError', exitMessage(answer))
      return { kind: 'failed', ...loaded, failure, killed: !Buffer.isBuffer(answer) && answer.signal === 'SIGKILL' }
    },

    async invoke(request, initMs, requestLog, free) {
      log = requestLog
      requests += 1
      const id = requests
      let crash: Failure | undefined
      let stream: StreamedAnswer | undefined
      process.thaw()
      const startedAt = performance.now()
      let drains = 0
      let settled = false
      let onSettled: ((how: 'settled') => void) | undefined
      const isSettled = () => settled && drains > 1
      const first = await firstOf<Answer>(spec.timeoutMs, (answered) => {
        let result: Answer | undefined
        listen({
          onDrained(of) {
            if (of !== id) return
            drains += 1
            if (result) answered(result)
            if (isSettled()) onSettled?.('settled')
          },
          onFrame(received) {
            const { type, payload } = received
            // What ends the program may have been begun by an earlier request.
            if (type === frame.crash) crash = failureFrom(payload)
            else if (received.id !== id) return
            else if (type === frame.quietResult) answered({ ok: true, payload })
            else if (type === frame.quietFailure) answered({ ok: false, payload })
            else if (type === frame.result || type === frame.failure) {
              result = { ok: type === frame.result, payload }
              if (drains > 0) answered(result)
            } else if (type === frame.settled) {
              settled = true
              if (isSettled()) onSettled?.('settled')
            } else if (type === frame.streamChunk) stream?.onChunk(payload)
            else if (type === frame.streamStart)
              stream ??= streamedAnswer(received, request.response, process.readFrames)
          },
        })
        const header = Buffer.from(JSON.stringify(invocationHeader(spec, request, process.hold?.held === true)))
        const headerLength = Buffer.allocUnsafe(4)
        headerLength.writeUInt32BE(header.length)
        process.send(frame.invoke, id, headerLength, header, request.payload)
        // While it is on its way: nothing of what the function prints can be here yet.
        for (const line of lines.start(request.requestId)) requestLog.addPlatform(line)
      })
      const reportOf = (status: Report['status'], errorType: string | undefined): Report => {
        const durationMs = status === 'timeout' ? spec.timeoutMs : performance.now() - startedAt
        return {
          durationMs,
          billedMs: Math.ceil(durationMs + (initMs ?? 0)),
          memoryMb: spec.memoryMb,
          maxMemoryMb: maxMemoryMb(),
          initMs,
          status,
          errorType,
        }
      }
      const told = ({ ok, payload }: Answer) => ({
        payload: stream && ok ? (stream.failure?.document ?? stream.gathered) : payload,
        failure: ok ? stream?.failure : failureFrom(payload),
      })
      const ended = (report: Report, payload: Uint8Array, failure: Failure | undefined): Outcome => {
        if (extensions) process.send(frame.report, id, reportRecord(request, report))
        const outcome = finish(lines, request, report, requestLog, logStream, payload, failure)
        return stream ? Object.assign(outcome, { streamed: stream.head }) : outcome
      }
      const answeredWith = (answer: Answer): Outcome => {
        const { payload, failure } = told(answer)
        return ended(reportOf(failure ? 'failure' : 'success', failure?.errorType), payload, failure)
      }
      const endedWithout = async (answer: Exit | 'timeout'): Promise<Outcome> => {
        let report: Report
        let failure: Failure
        if (answer === 'timeout') {
          usable = false
          report = reportOf('timeout', 'Sandbox.Timedout')
          const message = `RequestId: ${request.requestId} Error: Task timed out after ${(spec.timeoutMs / 1000).toFixed(2)} seconds`
          failure = failureOf('Sandbox.Timedout', message)
          if (extensions) process.send(frame.shutdown, id, Buffer.from(JSON.stringify({ reason: 'timeout' })))
          await (extensions ? process.shutdown() : process.end())
          for (const line of lines.timedOut(request.requestId, spec.timeoutMs)) requestLog.addPlatform(line)
        } else {
          usable = false
          const message = exitMessage(answer)
          failure = crash ?? failureOf('Runtime.ExitError', `RequestId: ${request.requestId} Error: ${message}`)
          report = reportOf('error', failure.errorType)
          await process.end()
          for (const line of lines.exited(request.requestId, message)) requestLog.addPlatform(line)
        }
        return ended(report, failure.document, failure)
      }
      const conclude = async (answer: typeof first): Promise<Outcome> => {
        try {
          return answer !== 'timeout' && 'payload' in answer ? answeredWith(answer) : await endedWithout(answer)
        } finally {
          free()
        }
      }
      if (isUnread(first)) {
        usable = false
        requestLog.addPlatform(`[landfall] The instance ended before it was given request ${request.requestId}.`)
        free()
        return { notBegun: () => endedWithout(first) }
      }
      if (!extensions || isSettled() || first === 'timeout' || !('payload' in first)) return conclude(first)
      // Extensions are still at work: the caller need not wait for them, the next request has to.
      const { payload, failure } = told(first)
      const report = reportOf(failure ? 'failure' : 'success', failure?.errorType)
      const rest = firstOf<'settled'>(spec.timeoutMs - report.durationMs, (answered) => {
        onSettled = answered
      })
      const finished = rest.then((how) => conclude(how === 'settled' ? first : how))
      const outcome = outcomeOf(report, logStream, payload, failure, requestLog.tail)
      return Object.assign(outcome, stream && { streamed: stream.head }, { finished })
    },

    async end() {
      // One that has failed is past being told.
      const ended = usable ? process.shutdown() : process.end()
      usable = false
      await ended
      lease.release()
    },
  }
}

function isUnread(first: Exit | object | string): first is Exit & { unread: true } {
  return typeof first === 'object' && 'unread' in first && first.unread === true
}

/** The log of one request, on the stream of the instance that serves it. */
export function logFor(request: Pick<RunRequest, 'onLog'>, logStream: string, nowMs: () => number): InvocationLog {
  return createInvocationLog(nowMs, (batch) => request.onLog?.(logStream, batch))
}

function invocationHeader(spec: FunctionSpec, request: RunRequest, isHeld: boolean): Record<string, unknown> {
  return {
    requestId: request.requestId,
    functionArn: request.invokedArn ?? spec.functionArn,
    // Wall time: the function compares it with its own clock.
    deadlineMs: Date.now() + (isHeld ? heldMs : spec.timeoutMs),
    ...(request.traceId ? { traceId: request.traceId } : {}),
    ...(request.clientContext ? { clientContext: parseJson(Buffer.from(request.clientContext)) } : {}),
  }
}
