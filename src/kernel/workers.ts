/** Work that is superlinear, user-supplied or large, done off the event loop with a time limit. */
export interface Workers {
  /**
   * Runs a named task (workers/tasks) in a worker thread. Rejects with a `WorkerTimeout` when it has run for
   * `timeoutMs` (the thread is ended) or with what the task threw.
   */
  run<T>(
    task: string,
    input: unknown,
    options?: { timeoutMs?: number; signal?: AbortSignal; transfer?: ArrayBuffer[] },
  ): Promise<T>
}
