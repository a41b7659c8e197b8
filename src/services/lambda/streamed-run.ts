import type { Outcome, StreamHead } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import { type ExecuteOptions, execute } from './execute.ts'
import type { Found } from './find.ts'
import { type ResponseQueue, responseQueue } from './response-queue.ts'

/** A request whose answer is taken as it comes. */
export interface StreamedRun {
  /** How the stream begins; undefined when the function has answered, or failed, without one. */
  readonly head: StreamHead | undefined
  readonly queue: ResponseQueue
  /** How it ended. The reader has had all of the stream before this. */
  readonly outcome: Promise<Outcome>
}

/**
 * Runs a request until its answer begins, or is there as a whole. Throws what `execute` throws; once a stream has
 * begun nobody is told by a status any more. A client that is gone does not end the function, as with Lambda.
 */
export async function startStreaming(
  host: Host,
  found: Found,
  options: Omit<ExecuteOptions, 'response' | 'signal'>,
  gone: AbortSignal,
): Promise<StreamedRun> {
  const queue = responseQueue()
  const outcome = execute(host, found, { ...options, response: queue.sink }).finally(() => queue.close())
  outcome.catch(() => undefined) // who reads is told, unless they have gone
  if (gone.aborted) queue.cancel()
  gone.addEventListener('abort', queue.cancel, { once: true })
  const first = await Promise.race([queue.started, outcome])
  return { head: 'contentType' in first ? first : first.streamed, queue, outcome }
}
