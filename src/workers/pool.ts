import { Worker } from 'node:worker_threads'
import type { Workers } from '../kernel/workers.ts'

const defaultTimeoutMs = 30_000
const maxHeapMb = 512

/** A task took longer than it was given; its thread has been ended. */
export class WorkerTimeout extends Error {
  override name = 'WorkerTimeout'
}

/** A task needed more memory than a thread has; it has ended. */
export class WorkerOutOfMemory extends Error {
  override name = 'WorkerOutOfMemory'
}

interface Job {
  readonly task: string
  readonly input: unknown
  readonly timeoutMs: number
  readonly transfer: readonly ArrayBuffer[]
  resolve(value: unknown): void
  reject(error: Error): void
}

/** What a thread says of a task: that it has begun, and then how it ended. */
export interface Reply {
  readonly id: number
  readonly begun?: true
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly message: string }
}

/** A pool of at most `size` threads, started when first needed. A thread that overruns or dies is replaced. */
export function createWorkers(size: number, script: URL): Workers & AsyncDisposable {
  const idle: Worker[] = []
  const all = new Set<Worker>()
  const waiting: Job[] = []
  let nextId = 1

  function next(): void {
    const job = waiting[0]
    if (!job) return
    const worker = idle.pop() ?? (all.size < size ? spawn() : undefined)
    if (!worker) return
    waiting.shift()
    give(worker, job)
  }

  function spawn(): Worker {
    const worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb }, env: {} })
    worker.unref()
    all.add(worker)
    return worker
  }

  function drop(worker: Worker): void {
    all.delete(worker)
    worker.terminate().catch(() => undefined)
  }

  function give(worker: Worker, job: Job): void {
    const id = nextId++
    worker.ref()
    const finish = (healthy: boolean) => {
      clearTimeout(timer)
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
      worker.unref()
      if (healthy) idle.push(worker)
      else drop(worker)
      next()
    }
    let timer: NodeJS.Timeout | undefined
    const onMessage = (reply: Reply) => {
      if (reply.id !== id) return
      if (reply.begun) {
        // A thread that has yet to start, on a machine with much to do, is no fault of the task's.
        timer = setTimeout(() => {
          job.reject(new WorkerTimeout(`${job.task} took longer than ${job.timeoutMs} ms`))
          finish(false)
        }, job.timeoutMs)
        return
      }
      if (reply.error) job.reject(Object.assign(new Error(reply.error.message), { name: reply.error.name }))
      else job.resolve(reply.result)
      finish(true)
    }
    const onError = (error: Error) => {
      const full = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      job.reject(full ? new WorkerOutOfMemory(`${job.task} took more memory than it is given`) : error)
      finish(false)
    }
    const onExit = () => onError(new Error(`the worker ended during ${job.task}`))
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    try {
      worker.postMessage({ id, task: job.task, input: job.input }, [...job.transfer])
    } catch (error) {
      // The input can't be cloned: nothing has reached the thread.
      job.reject(error instanceof Error ? error : new Error(String(error)))
      finish(true)
    }
  }

  return {
    run<T>(
      task: string,
      input: unknown,
      options: { timeoutMs?: number; signal?: AbortSignal; transfer?: ArrayBuffer[] } = {},
    ) {
      return new Promise<T>((resolve, reject) => {
        if (options.signal?.aborted) return reject(options.signal.reason)
        waiting.push({
          task,
          input,
          timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
          transfer: options.transfer ?? [],
          resolve: resolve as (value: unknown) => void,
          reject,
        })
        next()
      })
    },
    async [Symbol.asyncDispose]() {
      for (const job of waiting.splice(0)) job.reject(new Error('the node is stopping'))
      await Promise.all([...all].map((worker) => worker.terminate()))
      all.clear()
    },
  }
}
