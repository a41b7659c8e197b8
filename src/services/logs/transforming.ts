import type { Processor } from '@aws-sdk/client-cloudwatch-logs'
import type { Host } from '../../kernel/host.ts'
import type { TransformBatch } from '../../telemetry/transform/transform.ts'

/** What a user's expressions may take for one batch. */
const batchMs = 5_000
const tooMuch: ReadonlySet<string> = new Set(['WorkerTimeout', 'WorkerOutOfMemory'])

/**
 * Takes messages through a transformer in a worker, for a user's expressions may backtrack without end: undefined when
 * they took too long or too much memory. Of a message that the transformer can make nothing of, undefined stands in its place.
 */
export async function transformed(
  { host, signal }: { readonly host: Host; readonly signal: AbortSignal },
  { config, messages, ...about }: Omit<TransformBatch, 'config'> & { readonly config: readonly Processor[] },
): Promise<(string | undefined)[] | undefined> {
  const batch: TransformBatch = { config: JSON.stringify(config), messages: [...messages], ...about }
  try {
    return await host.workers.run<(string | undefined)[]>('transform', batch, { timeoutMs: batchMs, signal })
  } catch (error) {
    if (!(error instanceof Error) || !tooMuch.has(error.name)) throw error
    host.log.warn('logs.transformer-took-too-much', { group: about.logGroup, events: messages.length })
    return undefined
  }
}
