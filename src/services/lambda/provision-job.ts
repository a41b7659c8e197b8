import type { Job } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { FunctionSpec } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import { logWriter } from './log-writer.ts'
import { provisionedSpec, type Share, sharesOf } from './provisioned-status.ts'
import { provisioned } from './state.ts'

interface Provision {
  readonly name: string
  readonly qualifier: string
}

/** Keeps the instances of one configuration for as long as it is there; begins anew with every start of the node. */
export const provisionJob: Job<Provision> = {
  retry: { attempts: Number.POSITIVE_INFINITY, minMs: 1_000, maxMs: 60_000 },
  concurrency: 10_000,
  async run({ name, qualifier }, { host, scope, signal }) {
    const kept = new Map<string, FunctionSpec>()
    // An alias that changes says so here.
    for await (const _ of host.records.watch(scope, provisioned.under(name, qualifier), signal)) {
      const shares = await host.records.read(scope, (tx) => sharesOf(tx, { scope, name, qualifier })).catch(ifGone)
      await keep(host, shares, kept)
      if (shares.length === 0) return
    }
  },
}

/** Provisions what is to be kept, and lets go of what no longer is. */
async function keep(host: Host, shares: readonly Share[], kept: Map<string, FunctionSpec>): Promise<void> {
  const before = new Map(kept)
  for (const { found, count } of shares) {
    const spec = await provisionedSpec(host, found)
    before.delete(spec.version)
    kept.set(spec.version, spec)
    await host.functions.provision(spec, { count, onLog: logWriter(host, found) })
  }
  for (const [version, spec] of before) {
    kept.delete(version)
    await host.functions.provision(spec, { count: 0 })
  }
}

/** Deleted with its function or version: nothing is to be kept. */
function ifGone(error: unknown): readonly Share[] {
  if (isAwsError(error, 'ResourceNotFoundException')) return []
  throw error
}
