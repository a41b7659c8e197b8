import type { Job } from '../../kernel/delivery.ts'
import type { Outcome } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import type { ExecuteOptions } from './execute.ts'
import type { Found } from './find.ts'
import { lambdaFunction } from './state.ts'

/** Tags that say what a function belongs to, the first that it has. */
const serviceTags = ['aws:cloudformation:stack-name', 'service', 'Service']
/** A little more than invocations are kept for, so that none is left when the last has expired. */
const expireAfterMs = 25 * 3_600_000

/** Counts what an invocation used, and keeps it where invocations are recorded. */
export function meter(
  host: Host,
  found: Found,
  atMs: number,
  { requestId, payload, clientContext }: ExecuteOptions,
  { payload: answer, error, durationMs, billedMs, initMs }: Outcome,
): void {
  const { name, record, version, configuration } = found
  const { scope } = name
  const functionName = record.name
  const tag = serviceTags.find((one) => record.tags[one] !== undefined)
  host.usage.put(scope, {
    functionName,
    architecture: configuration.architecture,
    service: tag && record.tags[tag],
    atMs,
    billedMs,
    initMs,
    memoryMb: configuration.memoryMb,
    storageMb: configuration.ephemeralStorageMb,
  })
  if (!host.invocations.enabled) return
  const { qualifier } = name
  const times = { durationMs, billedMs, initMs }
  const kept = { requestId, functionName, version, qualifier, atMs, event: payload, answer, clientContext, error }
  host.invocations.put(scope, { ...kept, ...times }, async (tx) => {
    if ((await tx.get(lambdaFunction(functionName)))?.id !== record.id) return false
    const data: Expiry = { functionName }
    const dueAtMs = atMs + expireAfterMs
    host.deliveries.schedule(tx, { kind: 'lambda:expire-invocations', scope, key: functionName, dueAtMs, data })
    return true
  })
}

interface Expiry {
  readonly functionName: string
}

/** Forgets the invocations of a function that is not called any more. */
export const expireInvocations: Job<Expiry> = {
  retry: { attempts: 10, minMs: 1_000, maxMs: 60_000 },
  async run({ functionName }, { host, scope }) {
    await host.records.write(scope, (tx) => host.invocations.forget(tx, functionName, host.clock.nowMs()))
  },
}
