import { StoreError } from '../kernel/store.ts'
import type { Attempt } from './transaction.ts'

interface Running {
  readonly attempt: Attempt
  dueMs: number
  reject(error: Error): void
}

const settled = new StoreError(
  'closed',
  'A transaction was used after its function had ended; await every read inside the function.',
)

/** A timer that comes so much later than asked for says that nothing has run meanwhile. */
const lateAtLeastMs = 500

/** Of a clock that nobody sets. Not `performance`, which Node loads when it is first used: a start would wait for it. */
const monotonicMs = () => process.uptime() * 1_000

/** Runs the functions of transactions, and aborts those that outlive the limit: one timer for all, since all have the same. */
export class Deadlines {
  readonly #limitMs: number
  /** In the order in which they are due. */
  readonly #running = new Set<Running>()
  #timer: NodeJS.Timeout | undefined

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** What `fn` comes to. Its handle is of no use afterwards, and it is abandoned when it takes too long. */
  run<A extends Attempt, T>(attempt: A, fn: (attempt: A) => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T | Promise<T>
      try {
        result = fn(attempt)
      } catch (error) {
        attempt.end(settled)
        reject(error)
        return
      }
      if (!isPromise(result)) {
        attempt.end(settled)
        resolve(result)
        return
      }
      const running: Running = { attempt, dueMs: monotonicMs() + this.#limitMs, reject }
      this.#running.add(running)
      this.#timer ??= this.#wake(this.#limitMs)
      const over = () => {
        attempt.end(settled)
        this.#running.delete(running)
      }
      result.then(
        (value) => {
          over()
          resolve(value)
        },
        (error: unknown) => {
          over()
          reject(error)
        },
      )
    })
  }

  abortAll(error: StoreError): void {
    for (const { attempt, reject } of this.#running) {
      attempt.end(error)
      reject(error)
    }
    this.#running.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #wake(afterMs: number): NodeJS.Timeout {
    const atMs = monotonicMs() + afterMs
    return setTimeout(() => this.#abortOverdue(atMs), afterMs).unref()
  }

  #abortOverdue(atMs: number): void {
    this.#timer = undefined
    const nowMs = monotonicMs()
    // Late by much: the process had no processor, or was stopped, and so had its transactions. That is not their time.
    const lateMs = nowMs - atMs
    if (lateMs > lateAtLeastMs) for (const running of this.#running) running.dueMs += lateMs + lateAtLeastMs
    for (const running of this.#running) {
      if (running.dueMs > nowMs) {
        this.#timer = this.#wake(running.dueMs - nowMs + 1)
        return
      }
      const error = new StoreError('timeout', `A transaction took longer than ${this.#limitMs} ms and was aborted.`)
      this.#running.delete(running)
      running.attempt.end(error)
      running.reject(error)
    }
  }
}

const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
